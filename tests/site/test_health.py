"""Who is told how the site is, what is said of what is wrong, and how soon."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from conductor_site import health, logs
from conductor_site.health import Answer, question_of, site_figures
from runner import stopping
from runner.engine import current
from runner.graph import load
from runner.models import Run, Worker
from runner.queue.claim import beat
from runner.queue.lease import now
from runner.queue.worker import Worker as Working
from runner.telemetry import figures
from tests.running.conftest import PURE, Site, site  # noqa: F401 - a fixture

TOKEN = "0123456789abcdef"


def asked(sender: str = "127.0.0.1", **headers: str) -> object:
    """Ask for the figures; the question itself is returned where it will be answered."""
    headers = {"host": "127.0.0.1:8000", **headers}
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    found = question_of("GET", "/metrics", sender, given)
    return found.status if isinstance(found, Answer) else found


def test_the_figures_are_closed_but_to_this_machine(settings: Any) -> None:
    assert asked() is site_figures
    assert asked("::1") is asked("::ffff:127.0.0.1") is site_figures
    assert asked(host="[::1]:8000") is asked(host="localhost") is site_figures
    assert asked("10.0.0.7") == asked(host="evil.example:8000") == asked(host="[") == 403
    # A proxy of this machine passes on what comes from anywhere.
    assert asked(x_forwarded_for="127.0.0.1") == asked(forwarded="for=127.0.0.1") == 403
    settings.CONDUCTOR_URL = "https://conductor.example.com"
    assert asked() == 403
    assert asked(authorization="Bearer ") == 401


def test_a_token_opens_the_figures_from_anywhere_and_a_wrong_one_nowhere(settings: Any) -> None:
    settings.CONDUCTOR_METRICS_TOKEN = TOKEN
    right = f"Bearer {TOKEN}"
    assert asked("203.0.113.9", authorization=right, x_forwarded_for="1.2.3.4") is site_figures
    assert asked("203.0.113.9") == 401
    assert asked("127.0.0.1", authorization="Bearer 0123456789abcdeF") == 401
    assert asked("127.0.0.1", authorization=TOKEN) == 401


def test_networks_that_are_named_may_read_the_figures_and_others_not(settings: Any) -> None:
    settings.CONDUCTOR_METRICS_ALLOW = (ip_network("10.1.0.0/16"),)
    assert asked("10.1.2.3") is site_figures
    assert asked("10.2.2.3") == asked("127.0.0.1") == asked("") == asked("unix") == 403
    assert asked("10.1.2.3", x_forwarded_proto="https") == 403


def test_only_questions_are_answered() -> None:
    answer = question_of("POST", "/readyz", "127.0.0.1", [])
    assert isinstance(answer, Answer)
    assert (answer.status, answer.headers) == (405, ((b"allow", b"GET, HEAD"),))


# --- what is wrong -----------------------------------------------------------------


def checks() -> dict[str, str]:
    answer = health.readyz()
    told = json.loads(answer.body)
    assert (
        (answer.status == 200)
        == (told["status"] == "ready")
        == (set(told["checks"].values()) == {"ok"})
    )
    found: dict[str, str] = told["checks"]
    return found


@pytest.mark.django_db
def test_ready_is_who_has_a_worker_that_looks_for_runs() -> None:
    assert "No worker" in checks()["worker"]
    beat("other-1-a")  # signed on, and not yet said that it looks
    assert "No worker" in checks()["worker"]
    beat("other-1-a", 0.5)
    assert set(checks().values()) == {"ok"}
    Worker.objects.update(heartbeat=timezone.now() - timedelta(seconds=11))
    assert "No worker" in checks()["worker"]


@pytest.mark.django_db
def test_a_missing_migration_is_named() -> None:
    beat("other-1-a", 0.5)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name LIKE '0003%' AND app = 'runner'")
    assert checks()["migrations"].startswith(
        "1 migrations are not applied, such as runner.0003_parked_runs"
    )


def test_a_run_that_nobody_takes_is_told_and_counted(site: Site) -> None:  # noqa: F811
    beat("other-1-a", 0.5)
    run = site.start()
    assert checks()["queue"] == "ok"
    Run.objects.filter(pk=run.pk).update(turn=timezone.now() - timedelta(seconds=90))
    assert checks()["queue"].startswith("The first run of the queue default waits for 9")
    text = site_figures().body.decode()
    assert 'conductor_queue_runs{queue="default"} 1.0' in text
    assert 'conductor_queue_oldest_seconds{queue="default"} 9' in text
    assert 'conductor_runs_open{status="queued"} 1.0' in text
    assert "conductor_workers 1.0" in text


@pytest.mark.django_db
def test_a_process_that_ends_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "_asked", threading.Event())
    assert checks()["process"] == "ok"
    stopping.begin()
    assert "about to end" in checks()["process"]


@pytest.mark.django_db
def test_a_worker_that_is_held_up_says_since_when() -> None:
    worker = Working()
    assert worker.silent == "The worker has not looked for runs yet."
    worker._lease.looked = now()
    assert "could not say" in worker.silent
    worker._lease.begin(now())
    assert worker.silent == ""
    worker._lease.looked = now() - 42
    assert worker.silent == "The worker last looked for runs 42 s ago."


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    release = threading.Event()
    yield release
    release.set()


def test_a_database_that_hangs_holds_one_thread_and_no_caller(
    hanging: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[int] = []

    def question() -> Answer:
        entered.append(threading.get_ident())
        hanging.wait(30)
        return Answer(200, b"")

    monkeypatch.setattr(health, "PATIENCE", 0.05)
    began = time.monotonic()
    for _ in range(5):
        future, left = health.begin(question)
        with pytest.raises(TimeoutError):
            future.result(left)
    assert time.monotonic() - began < 10
    assert len(entered) == 1
    told = json.loads(health.given_up(health.readyz).body)
    assert told == {"status": "unready", "checks": {"database": health.SLOW}}
    # What this process counts is told all the same.
    own = health.with_own(health.given_up(site_figures))
    assert own.status == 200
    assert b"process_resident_memory_bytes" in own.body


# --- the log -----------------------------------------------------------------------


def test_each_line_of_the_log_says_of_which_run_it_is() -> None:
    record = logging.LogRecord("part", logging.WARNING, "", 0, "It %s\n\udc80", ("broke",), None)
    lines, objects = logs.Lines(), logs.Objects()
    assert "[run" not in lines.format(record)
    assert "run" not in json.loads(objects.format(record))
    run, step = current.RUN.set("r-1"), current.STEP.set("orders[3]/charge")
    try:
        assert lines.format(record).endswith(" [run r-1]")
        told = json.loads(objects.format(record))
    finally:
        current.RUN.reset(run)
        current.STEP.reset(step)
    assert (told["run"], told["step"], told["level"]) == ("r-1", "orders[3]/charge", "WARNING")
    assert told["message"] == "It broke\n?"
    assert objects.format(record).count("\n") == 0


def test_a_step_is_counted_by_the_kind_of_its_node() -> None:
    from runner.graph import compile
    from runner.nodes import node_types
    from runner.telemetry import Subject

    subject = Subject("api", compile(load(PURE), node_types()))
    assert [subject.kind_of(path) for path in ("n0", "n0#2", "frame[3]/n0[17]", "gone")] == [
        "data.set", "data.set", "data.set", "unknown",
    ]  # fmt: skip


def test_what_cannot_be_counted_stops_no_committer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from runner import telemetry

    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(figures, "written", broken)
    telemetry.written([], 0.1)
    assert "was not counted" in caplog.text
