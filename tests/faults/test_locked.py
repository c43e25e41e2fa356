"""Another program holds the database for seconds: callers wait or are told no; runs go on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conductor import Answer, Conductor, append, document, wait
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.server


@pytest.fixture
def callers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def many(
    callers: ThreadPoolExecutor, server: Conductor, hook: str, blueprint: str
) -> tuple[list[Future[Answer]], list[Future[Answer]]]:
    """Post to the webhook and start runs by the API, all at once."""
    path = f"/api/blueprints/{blueprint}/runs/"
    posted = [callers.submit(server.ask, "POST", hook, {"n": n}) for n in range(5)]
    started = [callers.submit(server.ask, "POST", path, {"draft": True}) for _ in range(5)]
    return posted, started


def runs_in(server: Conductor, blueprint_name: str) -> set[str]:
    runs = server.ask("GET", "/api/runs/?limit=200").body["results"]
    return {run["id"] for run in runs if run["blueprint_name"] == blueprint_name}


def test_who_asks_while_the_database_is_locked_for_five_seconds_waits_and_is_accepted(
    tmp_path: Path, callers: ThreadPoolExecutor
) -> None:
    server = Conductor.installed(tmp_path / "home")
    server.start()
    try:
        hook = server.webhook(append("hook\n"))
        drawing = document("Slow", wait(1), append("run\n"), wait(0.1), append("end\n"))
        blueprint = server.make(drawing)
        run = server.start_run(blueprint)
        with server.socket(server.session()) as socket:
            socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
            used = server.cpu()
            with server.locked("EXCLUSIVE"):
                posted, started = many(callers, server, hook, blueprint)
                time.sleep(2.5)
                # What only reads is answered meanwhile, and health says what is wrong.
                assert server.ask("GET", f"/api/runs/{run}/").seconds < 1
                assert server.ask("GET", "/healthz").status == 503
                time.sleep(2.5)
                assert not any(each.done() for each in [*posted, *started])
            assert server.cpu() - used < 2, "waiting must not keep the processor busy"
            answers = [each.result() for each in posted]
            assert {answer.status for answer in answers} == {202}
            runs = [answer.body["run"] for answer in answers]
            answers = [each.result() for each in started]
            assert {answer.status for answer in answers} == {201}
            runs += [answer.body["id"] for answer in answers]
            assert server.ended(run)["status"] == "succeeded"
            for accepted in runs:
                assert server.ended(accepted)["status"] == "succeeded"
            assert told(socket, server.run_of(run)["last_seq"]) == server.events(run)
        lines = (server.home / "files" / "lines.txt").read_text().split()
        assert sorted(lines) == sorted(["hook"] * 5 + ["run", "end"] * 6)
        until(server.healthy, "health is back")
        assert "nothing was lost" in server.log()
    finally:
        server.stop()


def told(socket: Any, last: int) -> list[dict[str, Any]]:
    """Return the events that the socket tells, up to the one numbered `last`."""
    events: list[dict[str, Any]] = []
    while not events or events[-1]["seq"] < last:
        events += json.loads(socket.recv(timeout=PATIENCE)).get("events", [])
    return events


def test_who_asks_while_it_is_locked_for_longer_is_refused_and_nothing_of_it_happens(
    live: Conductor, callers: ThreadPoolExecutor
) -> None:
    hook = live.webhook(append("hook\n", "longer.txt"))
    drawing = document("Longer", wait(1), append("run\n", "longer.txt"))
    blueprint = live.make(drawing)
    cookie = live.session()
    # Others have used this server before, and named their blueprints alike.
    hooked = runs_in(live, "Hook")
    before = live.start_run(blueprint)  # last, so that it is under way when the database is locked
    with live.locked():
        posted, started = many(callers, live, hook, blueprint)
        page = callers.submit(live.ask, "POST", "/blueprints/new/", b"name=x", form(live, cookie))
        for each in [*posted, *started]:
            answer = each.result()
            assert answer.status == 503, answer
            assert answer.is_problem
            assert int(answer.headers["retry-after"]) > 0
            assert 1.5 < answer.seconds < 6
        assert page.result().status == 503
        assert "cannot take this now" in page.result().body
        until(lambda: not live.healthy(), "health says so when the run has found it locked")
    assert live.ended(before)["status"] == "succeeded"
    until(live.healthy, "health is back")
    assert runs_in(live, "Longer") == {before}
    assert runs_in(live, "Hook") == hooked
    assert (live.home / "files" / "longer.txt").read_text() == "run\n"
    # A caller who tries again is accepted.
    again = live.ask("POST", hook, {})
    assert again.status == 202
    assert live.ended(again.body["run"])["status"] == "succeeded"


def form(server: Conductor, cookie: str) -> dict[str, str]:
    """Return the headers of a form that a signed-in person sends."""
    page = server.ask("GET", "/blueprints/", headers={"Cookie": cookie})
    csrf = page.headers["set-cookie"].split("conductor_csrf=")[1].split(";")[0]
    return {
        "Cookie": f"{cookie}; conductor_csrf={csrf}",
        "X-CSRFToken": csrf,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_a_token_used_for_the_first_time_reads_while_the_database_is_locked(
    live: Conductor,
) -> None:
    # The time of its last use cannot be noted now.
    token = live.command("token", "create", "fresh")
    with live.locked():
        assert live.ask("GET", "/api/blueprints/", token=token).status == 200
