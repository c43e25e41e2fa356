"""The debugger reaches a run whoever executes it, and a paused run costs no worker."""

from __future__ import annotations

from typing import Any

import pytest

from runner.actions import cancel_run, debug
from runner.actions.debug import Debugged, DebugRefused
from runner.journal.reader import read_events
from runner.models import Run
from runner.queue import Worker
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.test_parked import working
from tests.starting import start_run

LINE = chain("data.set", "flow.wait", "data.set", fields={"x": 1}, keep=True)
LINE["nodes"]["n1"]["parameters"] = {"seconds": 0.01}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for what is asked however busy the machine is."""
    monkeypatch.setattr(debug, "PATIENCE", 30.0)


def start(site: Site, *breakpoints: dict[str, str], paused: bool = False, **inputs: Any) -> Run:
    debugged = {"breakpoints": list(breakpoints), "paused": paused}
    return start_run(site.blueprint, LINE, inputs=inputs, debug=debugged)


def shown(run: Run) -> str:
    return Run.objects.get(pk=run.pk).shown_status


def held(run: Run) -> Debugged | None:
    """Return the run, once it is paused and its row says so."""
    row = Run.objects.get(pk=run.pk)
    found = Debugged.of(row)
    return found if found.paused and row.shown_status == "paused" else None


def at_rest(run: Run) -> Run | None:
    return Run.objects.filter(pk=run.pk, status="waiting", worker="", paused=True).first()


def kinds(run: Run) -> list[str]:
    return [event["type"] for event in read_events(run.pk)]


async def test_a_run_is_held_edited_and_goes_on(site: Site, worker: Worker) -> None:
    run = await rows(lambda: start(site, {"node": "n0"}, a=1))
    found = await until(lambda: held(run))
    (token,) = found.to_json()["tokens"]
    assert (token["id"], token["value"], token["edge"]) == (
        "n0.in", {"a": 1}, "start.out -> n0.in",
    )  # fmt: skip
    assert await rows(lambda: debug.edit_token(run, "n0.in", {"a": 2}, site.owner))
    assert await rows(lambda: debug.go_on(run, "ada"))
    row = await until(ended(run))
    assert row.outputs == {"got": {"a": 2, "x": 1}}
    assert row.shown_status == "succeeded"


async def test_a_run_is_stepped_to_its_end(site: Site, worker: Worker) -> None:
    run = await rows(lambda: start(site, paused=True))
    begun = []
    for _ in range(6):
        found = await until(lambda: held(run))
        begun.append(found.to_json()["step"])
        assert await rows(lambda: debug.step(run, "ada"))
        if begun[-1] == "out":
            break
    assert begun == [None, "start", "n0", "n1", "n2", "out"]
    assert (await until(ended(run))).status == "succeeded"


async def test_a_paused_run_takes_no_room_in_a_worker_and_is_woken_by_what_is_asked(
    site: Site,
) -> None:
    async with working(most=1) as worker:
        run = await rows(lambda: start(site, {"node": "n0"}))
        await until(lambda: at_rest(run))
        await until(lambda: worker.has_room)
        other = await rows(site.start)
        assert (await until(ended(other))).status == "succeeded"
        # It is claimed for what is asked, paused as before.
        assert await rows(lambda: debug.edit_token(run, "n0.in", 7, site.owner))
        await until(lambda: at_rest(run))
        found = await rows(lambda: Debugged.of(run))
        assert found.to_json()["tokens"][0]["value"] == 7
        assert (await rows(lambda: kinds(run))).count("breakpoint.hit") == 1
        assert await rows(lambda: cancel_run(run))
        assert (await until(ended(run))).shown_status == "cancelled"


async def test_a_worker_that_takes_over_has_the_run_paused_with_its_breakpoints(site: Site) -> None:
    async with working():
        run = await rows(lambda: start(site, {"node": "n0"}, {"node": "n2"}))
        await until(lambda: held(run))
    # It was handed back in the middle of the pause.
    assert await rows(lambda: shown(run)) == "paused"
    async with working():
        await until(lambda: "run.resumed" in kinds(run))
        found = await until(lambda: held(run))
        assert [it["node"] for it in found.to_json()["breakpoints"]] == ["n0", "n2"]
        assert await rows(lambda: debug.go_on(run, "ada"))
        await until(lambda: kinds(run).count("breakpoint.hit") == 2)
        await until(lambda: held(run))
        assert await rows(lambda: debug.set_breakpoints(run, [], "ada"))
        assert await rows(lambda: debug.go_on(run, "ada"))
        assert (await until(ended(run))).status == "succeeded"


async def test_what_is_asked_while_no_worker_is_there_is_done_by_the_next(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug, "PATIENCE", 0.0)
    run = await rows(site.start)
    assert not await rows(lambda: debug.pause(run, "ada"))
    async with working():
        found = await until(lambda: held(run))
        assert found.to_json()["reason"] == "asked"
        assert [e["data"]["by"] for e in await rows(lambda: read_events(run.pk))
                if e["type"] == "run.paused"] == ["ada"]  # fmt: skip
        await rows(lambda: debug.go_on(run, "ada"))
        assert (await until(ended(run))).status == "succeeded"
    with pytest.raises(DebugRefused, match="The run is over"):
        await rows(lambda: debug.pause(Run.objects.get(pk=run.pk), "ada"))
