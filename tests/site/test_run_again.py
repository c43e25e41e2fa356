"""`conductor rerun` and `conductor test`: what they print, and how they end."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from conductor_site.command import main
from editor.actions import create_blueprint
from editor.models import Blueprint
from runner.graph import load
from runner.models import Queue, Run
from tests.ended import end_here
from tests.serving import COMMAND
from tests.starting import start_run

DOCUMENT: dict[str, Any] = {
    "name": "Greeting",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "stop": {"kind": "flow.fail", "parameters": {"message": "not yet"}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> stop.in", "start.out -> out.in"],
    "tests": [
        {"name": "stops", "inputs": {"a": 1}, "expect": {"status": "failed", "ran": ["stop"]}}
    ],
}


@pytest.fixture
def blueprint(db: None) -> Blueprint:
    owner = User.objects.create_user("ada")
    return create_blueprint(owner=owner, name="Greeting", document=load(DOCUMENT))


@pytest.fixture
def failed(blueprint: Blueprint) -> Run:
    return end_here(start_run(blueprint, blueprint.draft, inputs={"a": 1}).pk)


def test_a_failed_run_is_repeated(failed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rerun", str(failed.pk)]) == 0
    *lines, made = capsys.readouterr().out.splitlines()
    assert lines[0] == "  taken over  start"
    assert "  runs again  stop: It failed." in lines
    run = Run.objects.get(pk=made)
    assert (run.rerun_of_id, run.rerun_from, run.trigger) == (failed.pk, "failed", "cli")
    assert run.owner == failed.owner


def test_what_would_be_is_only_said(failed: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rerun", str(failed.pk), "--from", "stop", "--version", "draft", "--dry"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "nothing was started"
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "gone"], "The run has no step 'gone'."),
        (["-i", "a=2"], "Other inputs begin at the start (--from start), or at a step."),
        (["--version", "published"], "The blueprint was never published"),
        (["--from", "out", "-i", "side=1"], "out has no input 'side' (it has in)."),
    ],
)
def test_what_cannot_be_repeated_is_said_in_one_line(
    failed: Run, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["rerun", str(failed.pk), *words]) == 2
    assert capsys.readouterr().err.startswith(f"conductor rerun: {said}")
    assert Run.objects.count() == 1


def test_a_blueprints_draft_is_tested_by_its_name(
    blueprint: Blueprint, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", "Greeting", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)["Greeting"]
    assert (report["passed"], report["cases"][0]["name"]) == (True, "stops")
    assert main(["test", str(blueprint.pk), "-k", "none"]) == 2
    assert main(["test", "Nobody's"]) == 2
    assert "There is no file and no blueprint" in capsys.readouterr().err


def test_a_file_that_is_unsound_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("nodes: {x: {kind: no.such}}\n")
    assert main(["test", str(file)]) == 2
    assert "unknown_kind" in capsys.readouterr().err
    assert main(["test", str(tmp_path / "none.yaml")]) == 2
    assert "no such file" in capsys.readouterr().err


def test_a_step_that_was_skipped_is_refused(
    blueprint: Blueprint, failed: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    document = {**DOCUMENT, "nodes": {**DOCUMENT["nodes"]}}
    document["nodes"]["out"] = {**document["nodes"]["out"], "settings": {"disabled": True}}
    run = start_run(blueprint, document)
    end_here(run.pk)
    assert main(["rerun", str(run.pk), "--from", "out"]) == 2
    assert "The step 'out' is skipped: the node is disabled." in capsys.readouterr().err
    assert Run.objects.count() == 2


def test_what_is_no_id_is_said_to_be_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["rerun", "the-last-one"])
    told = capsys.readouterr().err
    assert "'the-last-one' is no id of a run; the end of the address of its page is one" in told


def test_a_home_that_is_new_has_no_such_run(tmp_path: Path) -> None:
    run = "11111111-1111-1111-1111-111111111111"
    done = subprocess.run(
        [*COMMAND, "rerun", run],
        env={**os.environ, "CONDUCTOR_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, f"conductor rerun: There is no run {run}.\n")


def test_a_run_is_started_later_and_its_queue_says_so(
    blueprint: Blueprint, capsys: pytest.CaptureFixture[str]
) -> None:
    start = ["start", "Greeting", "--draft", "--delay", "60", "--unique", "x", "-i", "a=2"]
    start += ["--unique-for", "3600"]
    assert main(start) == main(start) == 0
    run = Run.objects.get()
    one, same = capsys.readouterr().out.split()
    assert one == same == str(run.pk)
    Run.objects.update(finished=run.created)
    assert main(start) == 0
    assert capsys.readouterr().out.split() == [one]
    Run.objects.update(finished=None)
    assert (run.status, run.inputs, run.trigger) == ("queued", {"a": 2}, "cli")
    assert run.wake_at is not None
    assert main(["queue", "set", "bulk", "--concurrency", "2"]) == 0
    assert main(["queue", "set", "bulk", "--concurrency", "0", "--rate", "0.5"]) == 0
    assert main(["queue", "drain", "bulk"]) == main(["queue", "list", "--json"]) == 0
    bulk, default = json.loads(capsys.readouterr().out)
    assert (bulk["name"], bulk["draining"], default["put_off"]) == ("bulk", True, 1)
    assert (Queue.objects.get(name="bulk").concurrency, Queue.objects.get(name="bulk").rate) == (
        None,
        0.5,
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["start", "Nothing"], "There is no blueprint 'Nothing'."),
        (["start", "Greeting"], "never published"),
        (["queue", "pause", "bulk"], "There is no queue 'bulk'."),
        (["queue", "set", "Bulk!"], "small letters"),
        (["queue", "set", "bulk", "--priority", "1000"], "priority"),
        (["queue", "pause", "default", "--rate", "1"], "with 'set'"),
        (["queue", "pause"], "needs the name"),
    ],
)
def test_what_cannot_be_started_or_set_is_told(
    blueprint: Blueprint, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert told in capsys.readouterr().err
    assert Run.objects.count() == 0


def test_dead_letters_are_replayed_by_a_command(
    failed: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Run.objects.filter(pk=failed.pk).update(dead=True)
    assert main(["dead", "list"]) == 0
    assert "Greeting: not yet" in capsys.readouterr().out
    assert main(["dead", "replay", str(failed.pk), "--from", "start"]) == 0
    made = Run.objects.get(rerun_of=failed)
    assert capsys.readouterr().out == f"{failed.pk} -> {made.pk}\n"
    assert main(["dead", "dismiss", str(failed.pk)]) == 2
