"""Resume addresses: signed, for one call, until their time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from runner.actions import cancel_run
from runner.journal.reader import read_events
from runner.models import Run, Signal, Wait
from runner.queue import Worker
from runner.queue.outside import ResumeAddress
from tests.patience import PATIENCE
from tests.starting import start_run
from tests.webhooks.conftest import Hook, call

AT_HOOK: dict[str, Any] = {"inputs": {"n": 1}, "trigger": "api", "trigger_node": "hook"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def drawing(**parameters: Any) -> dict[str, Any]:
    return {
        "format": "conductor/1",
        "nodes": {
            "hook": {"kind": "trigger.webhook"},
            "ask": {"kind": "flow.receive", "parameters": parameters},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
            "late": {"kind": "flow.output", "parameters": {"name": "late"}},
            "sent": {"kind": "log.message", "parameters": {"message": "{{ input }}"}},
        },
        "edges": [
            "hook.out -> ask.in", "ask.out -> out.in", "ask.timeout -> late.in",
            "ask.address -> sent.in",
        ],
    }  # fmt: skip


async def until(question: Callable[[], Any], within: float = PATIENCE) -> Any:
    deadline = time.monotonic() + within
    while not (answer := await sync_to_async(question)()):
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.02)
    return answer


async def waiting(hook: Hook) -> tuple[Run, str]:
    """Start a run and return it, with the path of its address, once it is parked."""

    run = await sync_to_async(start_run)(hook.blueprint, **AT_HOOK)
    await until(lambda: Run.objects.filter(pk=run.pk, status="waiting").exists())
    events = await sync_to_async(read_events)(run.pk)
    [emitted] = [e for e in events if e["type"] == "step.emitted"]
    address = emitted["data"]["outputs"]["address"]
    return run, "/" + address.split("/", 3)[3]


def ended(run: Run) -> Callable[[], Run | None]:
    return lambda: Run.objects.filter(pk=run.pk, finished__isnull=False).first()


async def test_a_call_resumes_the_run_once(amake: Any, worker: Worker) -> None:
    run, path = await waiting(await amake(drawing()))
    headers = {"content-type": "application/json", "authorization": "Bearer secret"}
    answer = await call(path + "/more", b'{"ok": true}', headers=headers, query="a=1")
    assert (answer.status, answer.json) == (202, {"accepted": True})
    row = await until(ended(run))
    got = row.outputs["got"]
    assert got["method"] == "POST"
    assert (got["body"], got["query"], got["path"]) == ({"ok": True}, {"a": "1"}, "more")
    assert "authorization" not in got["headers"]
    again = await call(path, b"{}")
    assert (again.status, again.json["code"]) == (410, "run_over")


async def test_the_address_is_used_up_before_the_run_goes_on(amake: Any, worker: Worker) -> None:
    run, path = await waiting(await amake(drawing()))
    await worker.stop()
    assert (await call(path, b"1", headers={"content-type": "application/json"})).status == 202
    again = await call(path, b"2", headers={"content-type": "application/json"})
    assert (again.status, again.json["code"]) == (410, "already_used")
    opened = await call(path, method="GET", headers={"accept": "text/html"})
    assert (opened.status, b"<form" in opened.body) == (410, False)
    assert b"This address was used already" in opened.body
    assert await sync_to_async(lambda: Signal.objects.get(run=run).value["body"])() == 1


async def test_many_calls_at_once_resume_once(amake: Any, worker: Worker) -> None:
    run, path = await waiting(await amake(drawing()))
    answers = await asyncio.gather(*(call(path, b"") for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [202] + [410] * 7
    assert (await until(ended(run))).status == "succeeded"


async def test_opening_the_address_asks_and_resumes_nothing(amake: Any, worker: Worker) -> None:
    run, path = await waiting(await amake(drawing()))
    for method in ("GET", "HEAD"):
        answer = await call(path, method=method)
        assert answer.status == 200
    page = await call(path, method="GET", headers={"accept": "text/html"})
    assert b'<form method="post">' in page.body
    # It has the site's name, mark and colours, and takes nothing from anywhere else.
    assert b"Conductor</header>" in page.body
    assert b"<svg" in page.body
    assert b"--accent: #4f46e5" in page.body
    assert b"prefers-color-scheme: dark" in page.body
    assert b"src=" not in page.body
    assert b"href=" not in page.body
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert not await sync_to_async(Signal.objects.filter(run=run).exists)()
    pressed = await call(path, b"", headers={**FORM, "accept": "text/html"})
    assert (pressed.status, b"It goes on" in pressed.body) == (200, True)
    assert (await until(ended(run))).status == "succeeded"
    closed = await call(path, method="GET", headers={"accept": "text/html"})
    assert (closed.status, b"<form" in closed.body) == (410, False)


async def test_an_address_that_was_tampered_with_is_unknown(amake: Any, worker: Worker) -> None:
    _, path = await waiting(await amake(drawing()))
    for wrong in (path[:-1], path + "x", path.replace("resume/", "resume/a"), "/hooks/resume/",
                  "/hooks/resume/" + "a" * 5000, "/hooks/resume/\u00e9:x"):  # fmt: skip
        answer = await call(wrong, b"")
        assert (answer.status, answer.json["code"]) == (404, "not_found"), wrong


async def test_after_its_time_the_address_is_gone(amake: Any, worker: Worker) -> None:
    run, _ = await waiting(await amake(drawing()))
    token = ResumeAddress(run.pk, "ask", 1, time.time() - 1).token
    for method in ("GET", "POST"):
        answer = await call(f"/hooks/resume/{token}", method=method)
        assert (answer.status, answer.json["code"]) == (410, "expired")


async def test_when_the_time_is_over_the_run_goes_on_at_timeout(amake: Any, worker: Worker) -> None:
    hook = await amake(drawing(seconds=0.2))
    run = await sync_to_async(start_run)(hook.blueprint, **AT_HOOK)
    row = await until(ended(run))
    assert row.outputs == {"late": {"n": 1}}


async def test_a_cancelled_run_takes_no_calls(amake: Any, worker: Worker) -> None:
    run, path = await waiting(await amake(drawing()))
    await sync_to_async(cancel_run)(run)
    await until(ended(run))
    answer = await call(path, b"")
    assert (answer.status, answer.json["code"]) == (410, "run_over")


async def test_a_step_that_does_not_wait_any_more_takes_no_calls(
    amake: Any, worker: Worker
) -> None:
    run, path = await waiting(await amake(drawing()))
    closing = Wait.objects.filter(run=run)
    await sync_to_async(closing.update)(closed=timezone.now())
    answer = await call(path, b"")
    assert (answer.status, answer.json["code"]) == (410, "not_waiting")


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {"content-type": "application/json"}, 400, "bad_body"),
        (b"x" * (1024 * 1024 + 1), {}, 413, "too_large"),
        (b"x", {"content-encoding": "br"}, 415, "bad_body"),
    ],
)
async def test_a_bad_body_uses_nothing_up(
    amake: Any, worker: Worker, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    run, path = await waiting(await amake(drawing()))
    answer = await call(path, body, headers=headers)
    assert (answer.status, answer.json["code"]) == (status, code)
    assert (await call(path, b"{}", method="DELETE")).status == 405
    assert (await call(path, b"{}")).status == 202
    assert (await until(ended(run))).status == "succeeded"
