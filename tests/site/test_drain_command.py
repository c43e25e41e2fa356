"""`conductor drain`: which workers it asks, what it prints, and how it exits."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from conductor_site.command import main
from runner.models import Worker
from runner.queue.claim import beat, heed

SERVER, FIRST, SECOND = "embedded-web1-1-a", "box-2-b", "box-3-c"


@pytest.fixture(autouse=True)
def _alive(transactional_db: None) -> None:
    for name in (SERVER, FIRST, SECOND):
        beat(name, 0.5, ["gpu"] if name == SECOND else [])
    beat("gone-4-d", 0.5)
    Worker.objects.filter(name="gone-4-d").update(heartbeat=timezone.now() - timedelta(minutes=1))


def asked() -> set[str]:
    return set(Worker.objects.filter(draining=True).values_list("name", flat=True))


def test_without_names_the_workers_are_listed_and_nothing_is_asked(capsys: Any) -> None:
    assert main(["drain"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["worker", "state", "runs", "labels"]
    assert [line.split()[0] for line in lines] == [FIRST, SECOND, SERVER]
    assert lines[1].split()[1:] == ["takes", "runs", "0", "gpu"]
    assert asked() == set()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([FIRST], {FIRST}),
        (["box-"], {FIRST, SECOND}),
        (["web1"], {SERVER}),
        ([SECOND, "web1-1"], {SECOND, SERVER}),
        (["--all"], {SERVER, FIRST, SECOND}),
    ],
)
def test_those_are_asked_whose_names_begin_so(words: list[str], names: set[str]) -> None:
    assert main(["drain", *words, "--wait", "0"]) == 0
    assert asked() == names
    assert main(["drain", *words, "--undo"]) == 0
    assert asked() == set()


def test_it_waits_until_the_worker_has_drained(capsys: Any) -> None:
    assert main(["drain", FIRST, "--wait", "0.1"]) == 1
    assert "draining" in capsys.readouterr().out

    def do_so() -> None:
        heed(FIRST, drains=True)
        connections.close_all()

    doing = threading.Timer(0.2, do_so)
    doing.start()
    assert main(["drain", FIRST, "--json"]) == 0
    doing.join()
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["name"], told["standing"], told["runs"]) == (FIRST, "drained", 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nobody"], f"begins with 'nobody'; alive: {FIRST}, {SECOND}, {SERVER}."),
        (["gone"], "No worker lives whose name begins with 'gone'"),
        ([""], "begins with ''"),
        ([FIRST, "--all"], "Give names, or --all, not both."),
        (["--undo"], "--undo needs the names of workers, or --all."),
        ([FIRST, "--wait", "-1"], "--wait is a number of seconds, 0 or more."),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], said: str, capsys: Any) -> None:
    assert main(["drain", *words]) == 2
    assert said in capsys.readouterr().err
    assert asked() == set()
