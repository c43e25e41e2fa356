"""SIGKILL of a worker process in the middle of a run: the next one goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from runner.journal.reader import read_events
from runner.models import Run
from tests.forking import Forked
from tests.patience import PATIENCE
from tests.running.conftest import Site

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
# A worker process on the tests' own database, whose file name the settings do not know.
WORKER = """
import asyncio, sys
from django.conf import settings
import django
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from runner.queue import Worker

async def work():
    await Worker(embedded=True).run()

asyncio.run(work())
"""

# One whose committer meets a fault of Conductor's own after a few windows.
FAULTY = WORKER.replace(
    "async def work",
    """
from runner.journal.counting import Counting

windows, take = [], Counting.take

def fails(self, *given):
    windows.append(given)
    if len(windows) == 6:
        raise RuntimeError("a fault")
    take(self, *given)

Counting.take = fails

async def work""",
)


def ten_waits() -> dict[str, Any]:
    """Ten nodes that write a line each and wait, side by side from one trigger, then a join."""
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "join": {"kind": "flow.join"},
        "out": {"kind": "flow.output", "parameters": {"name": "count"}},
    }
    edges = ["join.out -> out.in"]
    for number in range(10):
        nodes[f"write{number}"] = {
            "kind": "file.write",
            "parameters": {"path": "recovery.txt", "content": f"{number}\n", "mode": "append"},
        }
        nodes[f"wait{number}"] = {
            "kind": "flow.wait",
            "parameters": {"seconds": 0.2 * (number + 1)},
        }
        edges += [
            f"start.out -> wait{number}.in",
            f"wait{number}.out -> write{number}.in",
            f"write{number}.out -> join.in",
        ]
    return {"format": "conductor/1", "name": "Ten waits", "nodes": nodes, "edges": edges}


def start_worker(script: str = WORKER) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "CONDUCTOR_HOME": str(settings.CONDUCTOR_HOME),
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    name = str(connection.settings_dict["NAME"])
    return Forked([sys.executable, "-c", script, name], cwd=ROOT, env=environment)


def finished(run: Run) -> Counter[str]:
    return Counter(e["step"] for e in read_events(run.pk) if e["type"] == "step.succeeded")


def another_finishes(run: Run) -> None:
    worker = start_worker()
    try:
        deadline = time.monotonic() + PATIENCE
        while run.status != "succeeded" and time.monotonic() < deadline:
            time.sleep(0.05)
            run.refresh_from_db()
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(PATIENCE)
    assert (run.status, run.epoch) == ("succeeded", 2)


def test_a_run_survives_sigkill_of_its_worker_with_each_finished_node_executed_once(
    site: Site,
) -> None:
    written = settings.CONDUCTOR_FILES / "recovery.txt"
    written.unlink(missing_ok=True)
    run = site.start(ten_waits())
    first = start_worker()
    try:
        deadline = time.monotonic() + PATIENCE
        while sum(step.startswith("write") for step in finished(run)) < 3:
            assert time.monotonic() < deadline, "the worker did nothing"
            time.sleep(0.02)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait(PATIENCE)
    before = finished(run)
    run.refresh_from_db()
    assert run.status == "running"
    assert len([step for step in before if step.startswith("write")]) < 10

    another_finishes(run)
    events = read_events(run.pk)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    (resumed,) = [event for event in events if event["type"] == "run.resumed"]
    after = finished(run)
    assert set(after.values()) == {1}
    assert {f"write{n}" for n in range(10)} <= set(after)
    # What had succeeded was not done again; what was in flight is the only thing that may be.
    lines = Counter(written.read_text().split())
    for number in range(10):
        repeated = f"write{number}" in resumed["data"]["repeats"]
        assert 1 <= lines[str(number)] <= 1 + repeated
        assert not (repeated and before[f"write{number}"])


def test_a_worker_that_cannot_write_for_a_fault_ends_and_another_goes_on(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    (settings.CONDUCTOR_FILES / "recovery.txt").unlink(missing_ok=True)
    run = site.start(ten_waits())
    faulty = start_worker(FAULTY)
    assert faulty.wait(PATIENCE) == 70
    assert "The committer has a fault; this process ends" in capfd.readouterr().err
    run.refresh_from_db()
    assert run.status == "running"
    another_finishes(run)
