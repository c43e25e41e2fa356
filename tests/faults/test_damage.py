"""A chunk of a run's journal is damaged: that run stops and says where, all others go on."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conductor import Conductor, append, document, wait
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.server

LAST = "(SELECT max(first_seq) FROM runner_journalchunk WHERE run_id = :run)"
DAMAGES = {
    "truncated": f"UPDATE runner_journalchunk SET events = substr(events, 1, length(events) / 2) "
    f"WHERE run_id = :run AND first_seq = {LAST}",
    "garbage": f"UPDATE runner_journalchunk SET events = CAST(x'fffe5b00ff' AS TEXT) "
    f"WHERE run_id = :run AND first_seq = {LAST}",
    "other numbers": f"UPDATE runner_journalchunk SET events = '[1' || substr(events, 2) "
    f"WHERE run_id = :run AND first_seq = {LAST}",
    "no events": f"UPDATE runner_journalchunk SET events = '[1, {{}}]' "
    f"WHERE run_id = :run AND first_seq = {LAST}",
    "another word": f"UPDATE runner_journalchunk SET events = replace(events, 'step.waiting', "
    f"'step.wafting') WHERE run_id = :run AND first_seq = {LAST}",
    "the first is missing": "DELETE FROM runner_journalchunk WHERE run_id = :run AND first_seq = 1",
    "a last number that none has": f"UPDATE runner_journalchunk SET last_seq = 2147483647 "
    f"WHERE run_id = :run AND first_seq = {LAST}",
}


def test_a_damaged_journal_stops_its_run_alone_and_says_which_chunk(tmp_path: Path) -> None:
    server = Conductor.installed(tmp_path / "home")
    server.start()
    try:
        # None may end before the last of them waits.
        drawing = document("Slow", append("a\n"), wait(8), append("b\n"), wait(0.1))
        blueprint = server.make(drawing)
        runs = {name: server.start_run(blueprint) for name in DAMAGES}
        sound = server.start_run(blueprint)
        before = [*runs.values(), sound]
        until(
            lambda: all("step.waiting" in types_of(server, run) for run in before),
            "all are waiting",
        )
        server.kill()
        with closing(sqlite3.connect(server.home / "db.sqlite3", timeout=20)) as database:
            for name, run in runs.items():
                key = {"run": run.replace("-", "")}
                assert database.execute(DAMAGES[name], key).rowcount == 1, name
            database.commit()
        server.start()
        assert server.ended(sound)["status"] == "succeeded"
        cookie = server.session()

        def failed(run: str) -> bool:
            return bool(server.run_of(run)["status"] == "failed")

        begun: dict[str, str] = {}
        for name, run in runs.items():
            until(partial(failed, run), f"{name} has failed")
            error = server.run_of(run)["error"]
            assert error["code"] == "journal_damaged", name
            assert error["chunk"] >= 1
            where = f"chunk {error['chunk']}, events {error['first_seq']} to {error['last_seq']}"
            assert where in error["message"]
            assert error["message"] in server.log(), name
            for path in (f"/api/runs/{run}/events/", f"/api/runs/{run}/explain/"):
                refused = server.ask("GET", path)
                assert (refused.status, refused.body["code"]) == (409, "journal_damaged"), name
                assert refused.is_problem
                assert refused.body["chunk"] == error["chunk"]
            page = server.ask("GET", f"/runs/{run}/", headers={"Cookie": cookie})
            assert page.status == 200, name
            assert "journal_damaged" in page.body
            assert f"chunk {error['chunk']}, events" in page.body
            with server.socket(cookie) as socket:
                socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
                told = json.loads(socket.recv(timeout=PATIENCE))
                while told["type"] == "events":
                    told = json.loads(socket.recv(timeout=PATIENCE))
                assert (told["type"], told["code"]) == ("error", "journal_damaged"), name
                assert f"chunk {error['chunk']}," in told["message"]
                assert told["run"] == run
                # The same socket goes on with others.
                socket.send(json.dumps({"type": "subscribe", "run": sound, "after": 0}))
                assert json.loads(socket.recv(timeout=PATIENCE))["type"] == "events"
            again = server.ask("POST", f"/api/runs/{run}/rerun/", {"from": "start"})
            assert again.status == 201, again
            refused = server.ask("POST", f"/api/runs/{run}/rerun/", {"from": "failed"})
            assert (refused.status, refused.body["code"]) == (409, "journal_damaged"), name
            begun[name] = again.body["run"]["id"]
        for name, anew in begun.items():
            assert server.ended(anew)["status"] == "succeeded", name
        assert "Traceback" not in server.log(), server.log()
    finally:
        server.stop()


def types_of(server: Conductor, run: str) -> set[str]:
    return {event["type"] for event in server.events(run)}
