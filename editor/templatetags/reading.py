"""How pages write numbers and values for people."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from runner.models import Run

register = template.Library()

_SPECIAL = re.compile(r"`([^`\n]+)`|(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))")
# How much of a moment is shown; static/site/times.js shows as much in the reader's own time.
_SHOWN = {
    "minutes": "%-d %b %Y, %H:%M",
    "seconds": "%-d %b %Y, %H:%M:%S",
    "clock": "%H:%M:%S",
    "millis": "%H:%M:%S.%f",
}


@register.filter
def seconds(value: float | None) -> str:
    """Write a duration: `<0.1 ms`, `0.4 ms`, `120 ms`, `2.5 s`, `3 min 20 s`, `2 h 5 min`."""
    if value is None:
        return "–"
    if value < 0.0001:
        return "<0.1 ms"
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{int(value // 60)} min {int(value % 60)} s"
    return f"{int(value // 3600)} h {int(value % 3600 // 60)} min"


@register.filter
def took(run: Run) -> str:
    """Write how long a run took, or has taken by now."""
    if run.started is None:
        return "–"
    return seconds(((run.finished or timezone.now()) - run.started).total_seconds())


@register.filter
def ago(moment: datetime | None) -> str:
    """Write how long ago something was: `just now`, `5 min ago`, `2 days ago`, a date."""
    if moment is None:
        return "–"
    passed = (timezone.now() - moment).total_seconds()
    if passed < 45:
        return "just now"
    if passed < 3600:
        return f"{max(1, round(passed / 60))} min ago"
    if passed < 86_400:
        return f"{round(passed / 3600)} h ago"
    if passed < 14 * 86_400:
        days = round(passed / 86_400)
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{timezone.localtime(moment):%-d %b %Y}"


@register.filter
def moment(value: datetime | None, shown: str = "minutes") -> SafeString | str:
    """Write a moment, which the reader's browser turns into local time, with the exact instant."""
    if value is None:
        return "–"
    instant = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if shown == "ago":
        return format_html('<time datetime="{0}" title="{0}">{1}</time>', instant, ago(value))
    text = f"{timezone.localtime(value):{_SHOWN[shown]}}"
    text = text[:-3] if shown == "millis" else text
    return format_html(
        '<time datetime="{0}" title="{0}" data-local="{1}">{2}</time>', instant, shown, text
    )


@register.filter
def told(sentence: str) -> SafeString:
    """Write a sentence with its `code` as code, and its instants as moments."""
    parts, start = [], 0
    for found in _SPECIAL.finditer(sentence):
        code, instant = found.groups()
        parts += [escape(sentence[start : found.start()]), _code(code) if code else _when(instant)]
        start = found.end()
    return mark_safe("".join([*parts, escape(sentence[start:])]))  # noqa: S308  # escaped above


def _code(text: str) -> str:
    return format_html("<code>{}</code>", text)


def _when(instant: str) -> str:
    try:
        return moment(datetime.fromisoformat(instant), "seconds")
    except ValueError:
        return escape(instant)
