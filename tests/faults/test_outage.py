"""PostgreSQL crashes and is away for a while: callers are told, runs wait and go on.

Five seconds; the variable CONDUCTOR_TEST_OUTAGE asks for more. From seven on the workers' leases
end meanwhile.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.faults.cluster import cluster
from tests.faults.conductor import document
from tests.faults.counted import counting
from tests.faults.kills import Campaign
from tests.patience import until

pytestmark = [pytest.mark.server, pytest.mark.postgres]

SECONDS = float(os.environ.get("CONDUCTOR_TEST_OUTAGE", "5"))


def test_runs_go_on_after_postgresql_was_away_and_callers_were_told(tmp_path: Path) -> None:
    with cluster() as database, counting() as counts:
        site = Campaign(tmp_path / "home", counts, 1, database.url, CONDUCTOR_DATABASE_TIMEOUT="2")
        server = site.server
        try:
            hook = server.webhook()
            cookie = server.session()
            site.keep_busy()
            until(lambda: counts.arrivals.total() > 20, "runs are under way")
            database.stop()
            began = time.monotonic()
            for method, path in [
                ("GET", "/api/runs/"),
                ("POST", f"/api/blueprints/{site.blueprint}/runs/"),
                ("POST", "/api/blueprints/"),
            ]:
                body = {"name": "Not made", "draft": True} if method == "POST" else None
                refused = server.ask(method, path, body)
                assert (refused.status, refused.body["code"]) == (503, "database_unavailable")
                assert refused.is_problem
                assert int(refused.headers["retry-after"]) > 0
            refused = server.ask("POST", hook, {})
            assert refused.status == 503, refused
            assert refused.is_problem
            page = server.ask("GET", "/runs/", headers={"Cookie": cookie})
            assert page.status == 503
            assert "cannot take this now" in page.body
            assert server.ask("GET", "/healthz").status == 503
            time.sleep(max(0.0, SECONDS - (time.monotonic() - began)))  # the outage itself
            database.start()
            site.check()
            until(server.healthy, "health is back")
            assert server.ask("POST", hook, {}).status == 202
            run = server.start_run(server.make(document("After")))
            assert server.ended(run)["status"] == "succeeded"
            names = [row["name"] for row in server.ask("GET", "/api/blueprints/").body["results"]]
            assert "Not made" not in names
            said = site.log()
            assert "The database takes no writes" in said
            assert "nothing was lost" in said
            assert "The worker reaches the database again" in said
            assert SECONDS < 12 or "could not say for" in said
            assert "cannot go on" not in said
        finally:
            site.close()
