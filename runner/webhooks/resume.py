"""Answers requests to /hooks/resume/: an address that resumes one step of a run, once.

Programs that look into mails open links, so only a POST resumes; a GET shows a
page with a button.
"""

from __future__ import annotations

from html import escape
from http import HTTPStatus
from string import Template
from typing import Any

from channels.db import database_sync_to_async

from runner.models import Authentication, Run, Signal, Wait
from runner.queue import signals
from runner.queue.outside import NoSuchAddress, ResumeAddress
from runner.queue.waits import wait_id
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
        return _told(page, 404, "not_found", "There is no such address.")
    if request.method not in METHODS:
        detail = f"{request.method} is not allowed here; allowed: {', '.join(METHODS)}."
        allow = ((b"allow", ", ".join(METHODS).encode()),)
        return problem(405, "method_not_allowed", detail, allow)
    try:
        if request.method != "POST":
            await database_sync_to_async(_check)(address)
            return _page(
                200, "Go on?", "Somebody waits for you to go on. It can be done once.", ASK
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


def _resume(address: ResumeAddress, value: dict[str, Any]) -> None:
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


ASK = '<form method="post"><button>Go on</button></form>'
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
PAGE = Template("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>$title</title><style>
body { font: 16px/1.5 system-ui, sans-serif; display: grid; place-content: center;
  min-height: 90vh; margin: 1rem; text-align: center }
h1 { font-size: 1.5rem; margin: 0 } p { margin: .5rem 0 1.5rem }
button { font: inherit; font-weight: 600; padding: .6rem 1.6rem; border: 0; border-radius: 8px;
  color: #fff; background: #4456d6; cursor: pointer }
</style></head><body><main><h1>$title</h1><p>$text</p>$form</main></body></html>
""")


def _page(status: int, title: str, text: str, form: str = "") -> Answer:
    html = PAGE.substitute(title=escape(title), text=escape(text), form=form)
    return Answer(status, ((b"content-type", b"text/html; charset=utf-8"),), html.encode(), SAFE)
