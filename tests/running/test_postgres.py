"""Running on PostgreSQL: the same tests, on a server, where what is asked of it differs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# What these tell of is decided by the engine, lies in files, has no rows, or is how SQLite plans or
# takes over.
THE_SAME = (
    "calls_cut", "counting", "debugger", "figures", "large_values", "lifetime", "lists_plan",
    "parts", "reruns", "traces",
)  # fmt: skip
# Where messages come from: what is kept of them is the same for all.
SOURCES = ("mail", "mail_parts", "folder")
# Those of queues, which the other engine may not break.
QUEUES = ("queues", "queue_limits", "gathering", "dead_letters", "labels", "jobs")
MOST = 1800  # seconds; a few hundred tests one after the other are no single test
URL = os.environ.get("CONDUCTOR_TEST_POSTGRES_URL", "postgresql:///conductor_running")


@pytest.mark.postgres
@pytest.mark.timeout(MOST)
def test_everything_that_runs_on_sqlite_runs_on_postgresql() -> None:
    _passes(
        str(HERE),
        *(str(HERE.parent / it) for it in ("schedules", "outgoing", "listeners")),
        *(f"--ignore={HERE / f'test_{it}.py'}" for it in THE_SAME),
        *(f"--ignore={HERE.parent / f'listeners/test_{it}.py'}" for it in SOURCES),
    )


@pytest.mark.postgres
@pytest.mark.timeout(MOST)
def test_queues_keep_their_promises_where_pgqueuer_is_the_engine() -> None:
    places = (str(HERE / f"test_{it}.py") for it in QUEUES)
    _passes(*places, CONDUCTOR_QUEUE="pgqueuer")


def _passes(*places: str, **environment: str) -> None:
    psycopg = pytest.importorskip("psycopg")
    try:
        psycopg.connect(URL.rpartition("/")[0] + "/postgres", connect_timeout=3).close()
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers: {error}")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-m", "not postgres and not server"),
            *("-p", "no:cacheprovider", "--create-db", *places),
        ],
        cwd=HERE.parents[1],
        env={**os.environ, "CONDUCTOR_DATABASE_URL": URL, **environment},
        capture_output=True,
        text=True,
        timeout=MOST - 60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
