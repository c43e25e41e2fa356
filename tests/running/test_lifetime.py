"""Whose runs a worker that starts may take at once: those of who has ended, of nobody else."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from runner.models import Worker
from runner.queue import lifetime
from runner.queue.claim import sign_off, sign_on
from tests.forking import Forked
from tests.patience import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time, django
django.setup()
from runner.queue.lifetime import Lifetime
Lifetime(sys.argv[1]).begin()
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.CONDUCTOR_HOME = tmp_path
    return tmp_path


@pytest.fixture
def other(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A worker's process, with its row and its lock."""
    environment = {
        **os.environ,
        "CONDUCTOR_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "conductor_site.settings",
    }
    command = [sys.executable, "-c", HOLDER, "other"]
    process = Forked(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        Worker.objects.create(name="other", started=Now(), heartbeat=Now())
        yield process
        process.kill()


def names() -> set[str]:
    return set(Worker.objects.values_list("name", flat=True))


def test_the_runs_of_a_worker_that_lives_are_left_to_it(other: subprocess.Popen[str]) -> None:
    sign_on("new")
    assert names() == {"other", "new"}
    assert lifetime.ended() == []


def test_those_of_one_that_was_killed_are_free_before_its_lease_has_run_out(
    other: subprocess.Popen[str], home: Path
) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait(PATIENCE)
    assert lifetime.ended() == ["other"]
    sign_on("new")
    assert names() == {"new"}
    assert list((home / "workers").iterdir()) == []


def test_one_that_stops_leaves_no_file(home: Path) -> None:
    mine = lifetime.Lifetime("mine")
    mine.begin()
    sign_on("mine")
    # Its own lock is one that is held, also for this process.
    sign_on("mine")
    assert names() == {"mine"}
    sign_off("mine")
    mine.end()
    assert list((home / "workers").iterdir()) == []


def test_one_that_is_about_to_take_its_lock_is_not_taken_to_have_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    lock = fcntl.flock

    def looked_at_meanwhile(file: int, how: int) -> None:
        if not seen:
            seen.append("")
            seen[:] = lifetime.ended() or [""]
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", looked_at_meanwhile)
    lifetime.Lifetime("mine").begin()
    assert seen == [""]


def test_one_whose_file_system_knows_no_locks_leaves_no_file_that_says_it_has_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patched:
        patched.setattr(fcntl, "flock", refused)
        lifetime.Lifetime("mine").begin()
    assert lifetime.ended() == []


def test_one_that_could_not_sign_off_is_seen_to_have_ended_at_the_next_start(home: Path) -> None:
    mine = lifetime.Lifetime("mine")
    mine.begin()
    sign_on("mine")
    mine.end(signed_off=False)
    sign_on("new")
    assert names() == {"new"}


def test_a_worker_of_another_home_is_known_by_its_lease_alone(home: Path) -> None:
    Worker.objects.create(name="elsewhere", started=Now(), heartbeat=Now())
    sign_on("new")
    assert names() == {"elsewhere", "new"}


def test_a_lock_that_cannot_be_taken_keeps_no_worker_from_working(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (home / "workers").write_text("in the way")
    mine = lifetime.Lifetime("mine")
    mine.begin()
    sign_on("mine")
    mine.end()
    assert names() == {"mine"}
    assert "lock cannot be taken" in caplog.text
