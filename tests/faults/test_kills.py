"""SIGKILL at random moments of runs with effects outside: nothing is lost, nothing done anew.

Four kills for each database, half as many of calls; the variable CONDUCTOR_TEST_KILLS asks for
more of them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.call_kills import Calls
from tests.faults.kills import Campaign, campaign

KILLS = int(os.environ.get("CONDUCTOR_TEST_KILLS", "4"))
SEED = int(os.environ.get("CONDUCTOR_TEST_SEED", "1"))
# The longest that a test may take by default is not enough for a few hundred of them.
pytestmark = [pytest.mark.server, pytest.mark.timeout(600 + 20 * KILLS)]

DATABASES = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)


@DATABASES
def test_runs_survive_kills_with_each_effect_done_under_one_key(
    tmp_path: Path, database: str
) -> None:
    survive(tmp_path, database, Campaign, KILLS)


@DATABASES
def test_runs_that_call_others_survive_kills_and_every_called_one_ends_once(
    tmp_path: Path, database: str
) -> None:
    survive(tmp_path, database, Calls, max(2, KILLS // 2))


def survive(tmp_path: Path, database: str, of: type[Campaign], kills: int) -> None:
    with campaign(tmp_path / "home", database, SEED, of) as killing:
        killing.kill(kills)
        killing.check()
    figures = killing.figures
    assert figures.kills.total() == kills
    assert figures.runs >= kills
    assert figures.resumed >= 1, "no kill has cut a run"
