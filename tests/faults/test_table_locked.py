"""Another program has locked a table of PostgreSQL's: callers are told no, and all goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cluster import cluster
from tests.faults.conductor import Conductor, document, wait
from tests.patience import until

pytestmark = [pytest.mark.server, pytest.mark.postgres]


def test_who_asks_for_a_locked_table_is_told_no_in_time_and_runs_go_on(tmp_path: Path) -> None:
    import psycopg

    with cluster() as database:
        server = Conductor(
            tmp_path / "home", CONDUCTOR_DATABASE_URL=database.url, CONDUCTOR_DATABASE_TIMEOUT="2"
        )
        server.start()
        try:
            blueprint = server.make(document("Slow", wait(1), wait(0.1)))
            run = server.start_run(blueprint)
            path = f"/api/blueprints/{blueprint}/runs/"
            # As VACUUM FULL and many an ALTER TABLE do.
            with psycopg.connect(database.url) as other:
                other.execute("LOCK TABLE runner_run IN ACCESS EXCLUSIVE MODE")
                for method, address in (("GET", "/api/runs/"), ("POST", path)):
                    body = {"inputs": {}, "draft": True} if method == "POST" else None
                    refused = server.ask(method, address, body)
                    assert (refused.status, refused.body["code"]) == (503, "database_unavailable")
                    assert int(refused.headers["retry-after"]) > 0
                other.rollback()
            until(server.healthy, "health is back")
            assert server.ended(run)["status"] == "succeeded"
            assert server.ended(server.start_run(blueprint))["status"] == "succeeded"
            assert "cannot go on" not in server.log()
        finally:
            server.stop()
