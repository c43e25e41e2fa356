"""Answers requests to /hooks/resume/: an address that resumes one step of a run, once.

Programs that look into mails open links, so only a POST resumes; a GET shows a
page with a button.
"""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from channels.db import database_sync_to_async
from django.contrib.staticfiles import finders
from django.db import transaction
from django.template.loader import render_to_string

from runner.models import Authentication, Run, Signal, Wait
from runner.queue import signals
from runner.queue.outside import NoSuchAddress, ResumeAddress
from runner.queue.waits import wait_id
from runner.webhooks import strangers
from runner.webhooks.answers import Answer, as_json, problem
from runner.webhooks.judging import Refused, read_value
from runner.webhooks.request import BodyMissing, Receive, Request, read_all
from runner.webhooks.signatures import Credentials

TOKEN = "resume"  # noqa: S105  # what stands in the place of a webhook's token
BODY_LIMIT = 1024 * 1024
METHODS = ("GET", "HEAD", "POST")
# Whoever has the address may resume the step; nothing else proves who they are.
ANYBODY = Credentials(Authentication.NONE, "", "", "")
_CODES = {408: "too_slow", 413: "too_large", 400: "bad_body"}


class Closed(Exception):
    """The address resumes nothing any more."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


async def answer(request: Request, receive: Receive) -> Answer:
    """Answer one request; its path begins with the address' token."""
    token, _, request.path = request.path.partition("/")
    page = "text/html" in request.headers.get("accept", "")
    try:
        address = ResumeAddress.read(token)
    except NoSuchAddress:
        more = await strangers.turn()
        return _told(page, 404, "not_found", "There is no such address.").also(more)
    if request.method not in METHODS:
        detail = f"{request.method} is not allowed here; allowed: {', '.join(METHODS)}."
        allow = ((b"allow", ", ".join(METHODS).encode()),)
        return problem(405, "method_not_allowed", detail, allow)
    try:
        if request.method != "POST":
            await database_sync_to_async(_check)(address)
            return _page(
                200, "Go on?", "Somebody waits for you to go on. It can be done once.", ask=True
            )
        await read_all(receive, request, BODY_LIMIT)
        value = read_value(ANYBODY, request)
        await database_sync_to_async(_resume)(address, value)
    except Closed as error:
        return _told(page, 410, error.code, str(error))
    except BodyMissing as error:
        return _told(page, error.status, _CODES[error.status], error.reason)
    except Refused as error:
        refusal = error.refusal
        return _told(page, refusal.status, refusal.code, refusal.detail or refusal.reason)
    if page:
        return _page(200, "Done", "It goes on. You can close this page.")
    return as_json(202, {"accepted": True})


def _check(address: ResumeAddress) -> None:
    """Raise Closed where a call would resume nothing."""
    if address.expired:
        raise Closed("expired", "The time of this address is over.")
    run = Run.objects.filter(pk=address.run).values_list("status", flat=True).first()
    if run is None or run in signals.OVER:
        raise Closed("run_over", "The run that waited here has ended.")
    if Signal.objects.filter(run=address.run, step=address.step, key=_key(address)).exists():
        raise Closed("already_used", "This address was used already; it can be used once.")
    key = wait_id(str(address.run), address.step, address.attempt)
    if Wait.objects.filter(pk=key, closed__isnull=False).exists():
        raise Closed("not_waiting", "The step that waited here does not wait any more.")


@transaction.atomic
def _resume(address: ResumeAddress, value: dict[str, Any]) -> None:
    # A worker for which the time of the address is over waits for who has the lock before.
    Run.objects.select_for_update(of=("self",)).filter(pk=address.run).first()
    _check(address)
    try:
        signals.send(address.run, address.step, _key(address), value)
    except signals.AlreadySent:
        raise Closed(
            "already_used", "This address was used already; it can be used once."
        ) from None
    except (signals.RunOver, Run.DoesNotExist):
        raise Closed("run_over", "The run that waited here has ended.") from None


def _key(address: ResumeAddress) -> str:
    return f"call:{address.attempt}"


def _told(page: bool, status: int, code: str, detail: str) -> Answer:
    if page:
        return _page(status, HTTPStatus(status).phrase, detail)
    return problem(status, code, detail)


LOOK = {"tokens": "site/tokens.css", "mark": "site/mark.svg"}
# The page stands for itself: it has no scripts, and nobody can put it into a frame.
SAFE = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
        b"frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


@cache
def _look() -> dict[str, str]:
    """Return the site's colours and mark, which the page holds itself."""
    return {name: _static(path) for name, path in LOOK.items()}


def _static(path: str) -> str:
    found = finders.find(path)
    assert isinstance(found, str), path
    return Path(found).read_text("utf-8")


def _page(status: int, title: str, text: str, *, ask: bool = False) -> Answer:
    context = {**_look(), "title": title, "text": text, "ask": ask}
    html = render_to_string("hooks/resume.html", context)
    return Answer(status, ((b"content-type", b"text/html; charset=utf-8"),), html.encode(), SAFE)
