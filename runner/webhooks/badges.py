"""Verdicts, statuses and moments as the admin shows them: a word with a colour that means it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from runner.models import Authentication, Run, RunStatus, Verdict, WebhookDelivery

AUTHENTICATION = {
    Authentication.NONE.value: "none",
    Authentication.HEADER.value: "header",
    Authentication.BASIC.value: "basic",
    Authentication.HMAC.value: "HMAC",
    Authentication.STANDARD.value: "Standard Webhooks",
    Authentication.GITHUB.value: "GitHub",
    Authentication.SHOPIFY.value: "Shopify",
    Authentication.SLACK.value: "Slack",
    Authentication.STRIPE.value: "Stripe",
    Authentication.TWILIO.value: "Twilio",
    Authentication.JWT.value: "JWT",
}
VERDICTS = {
    Verdict.ACCEPTED.value: "accepted",
    Verdict.BAD_SIGNATURE.value: "bad signature",
    Verdict.NOT_ALLOWED.value: "not allowed",
    Verdict.DUPLICATE.value: "duplicate",
    Verdict.RATE_LIMITED.value: "rate limited",
    Verdict.TOO_LARGE.value: "too large",
    Verdict.BAD_BODY.value: "bad body",
    Verdict.DISABLED.value: "disabled",
    Verdict.NOT_PUBLISHED.value: "not published",
    Verdict.NOT_QUEUED.value: "not queued",
}
_STATUS = {
    RunStatus.QUEUED.value: "",
    RunStatus.RUNNING.value: "busy",
    RunStatus.WAITING.value: "waits",
    RunStatus.SUCCEEDED.value: "good",
    RunStatus.FAILED.value: "bad",
    RunStatus.CANCELLED.value: "",
}


def badge(word: str, mood: str = "", title: str = "") -> SafeString:
    """Return a word in a coloured field."""
    return format_html('<span class="c-badge {}" title="{}">{}</span>', mood, title, word)


ANSWERS = badge("answers", "good")


def verdict(value: str) -> SafeString:
    """Return what became of a delivery."""
    moods = {Verdict.ACCEPTED.value: "good", Verdict.DUPLICATE.value: "busy"}
    return badge(VERDICTS.get(value, value), moods.get(value, "bad"))


def status(run: Run) -> SafeString:
    """Return where a run stands."""
    return badge(run.shown_status, _STATUS.get(run.shown_status, "waits"))


def moment(value: datetime.datetime | None) -> SafeString | str:
    """Return a moment to the second, and to the millisecond in its title."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        local.isoformat(sep=" ", timespec="milliseconds"),
        local.strftime("%Y-%m-%d %H:%M:%S"),
    )


def request_line(delivery: WebhookDelivery) -> str:
    """Return method, path and query, as far as a line can show them."""
    line = f"{delivery.method} /{delivery.path}"
    if delivery.query:
        line += f"?{delivery.query}"
    return line if len(line) <= 80 else line[:79] + "…"


def rows(deliveries: Iterable[WebhookDelivery]) -> list[dict[str, Any]]:
    """Return deliveries as the templates' tables show them."""
    return [
        {
            "delivery": delivery,
            "when": moment(delivery.received),
            "verdict": verdict(delivery.verdict),
            "line": request_line(delivery),
            "run": status(delivery.run) if delivery.run else None,
        }
        for delivery in deliveries
    ]
