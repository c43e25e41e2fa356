"""SIGKILL while times are due: after the restart each of them has its one run."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.serving import Server

pytestmark = pytest.mark.server

SCHEDULES = 12


def ticking() -> dict[str, Any]:
    """Many schedules that come each second, so that a kill finds some half done."""
    parameters = {"every": 1, "missed": "all"}
    ticks = {f"t{number}": {"kind": "trigger.schedule", "parameters": parameters}
             for number in range(SCHEDULES)}  # fmt: skip
    return {"format": "conductor/1", "name": "Ticking", "nodes": ticks, "edges": []}


def test_each_time_of_each_schedule_starts_one_run_whenever_the_server_is_killed(
    tmp_path: Path,
) -> None:
    server = Server.installed(tmp_path / "home")
    server.start()
    try:
        made = server.call("POST", "/api/blueprints/", {"name": "T", "document": ticking()})[1]
        path = f"/api/blueprints/{made['id']}/publish/"
        assert server.call("POST", path, {})[0] == 201
        # Just after a second has begun, when all of them are being started.
        time.sleep(2.01 - time.time() % 1)
        server.kill()
        server.start()
        time.sleep(1.5)
        for row in server.get("/api/schedules/")[1]["results"]:
            assert server.call("POST", f"/api/schedules/{row['id']}/pause/", {})[0] == 200
        rows = server.get("/api/schedules/")[1]["results"]
        runs, page = [], "/api/runs/?limit=200"
        while page:
            found = server.get(page.removeprefix(server.url))[1]
            runs += found["results"]
            page = found["next"]
    finally:
        server.stop()
    for row in rows:
        times = sorted(
            datetime.fromisoformat(run["inputs"]["scheduled_for"])
            for run in runs
            if run["trigger_node"] == row["node"]
        )
        assert len(times) == row["count"] > 3
        assert {b - a for a, b in pairwise(times)} == {timedelta(seconds=1)}
        assert times[-1] == datetime.fromisoformat(row["last"])
