"""A run whose journal was pruned says so, and so does what needs the journal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conductor_site.command import main
from runner.models import Run
from runner.retention.limits import Limits
from runner.retention.sweep import sweep
from tests.api.conftest import Caller
from tests.ended import end_here


@pytest.fixture
def pruned(call: Caller) -> dict[str, Any]:
    made = call.make()
    _, run, _ = call("POST", f"blueprints/{made['id']}/runs/", {"draft": True})
    row = end_here(run["id"])
    Run.objects.filter(pk=row.pk).update(finished=row.created - timedelta(days=31))
    assert sweep(Limits(journal_days=30), threading.Event()).journals == 1
    return dict(run)


def test_the_run_says_since_when_and_the_events_are_gone(
    call: Caller, pruned: dict[str, Any], problem: Callable[..., dict[str, Any]]
) -> None:
    status, run, _ = call("GET", f"runs/{pruned['id']}/")
    assert (status, run["status"]) == (200, "succeeded")
    assert run["outputs"]
    assert run["pruned"]
    for path in ("events/", "events/?after=2", "explain/", "explain/?node=out"):
        answer = call("GET", f"runs/{pruned['id']}/{path}")
        problem(answer, 410, "journal_pruned")
        assert answer[1]["since"] == run["pruned"]
    problem(call("POST", f"runs/{pruned['id']}/rerun/", {"from": "failed"}), 409, "journal_pruned")
    assert call("POST", f"runs/{pruned['id']}/rerun/", {"from": "start"})[0] == 201


def test_a_part_of_a_draft_is_not_run_with_what_is_gone(
    call: Caller, pruned: dict[str, Any], problem: Callable[..., dict[str, Any]]
) -> None:
    path = f"blueprints/{pruned['blueprint']}/runs/"
    problem(call("POST", path, {"draft": True, "from": "out"}), 409, "no_origin")
    assert call("POST", path, {"draft": True, "reuse": True})[0] == 201


def test_its_page_and_the_admin_say_so(user: User, pruned: dict[str, Any]) -> None:
    browser = Client()
    user.is_staff = user.is_superuser = True
    user.save()
    browser.force_login(user)
    page = browser.get(f"/runs/{pruned['id']}/").content.decode()
    assert "journal_pruned" in page
    assert "No node has begun yet" not in page
    assert (
        "They were pruned on"
        in browser.get(f"/admin/runner/run/{pruned['id']}/change/").content.decode()
    )
    days = browser.get("/admin/runner/pruned/").content.decode()
    assert '<td class="field-journals">1</td>' in days
    assert browser.get("/admin/runner/pruned/add/").status_code == 403


def test_the_command_says_what_would_go_and_removes_it(
    pruned: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    Run.objects.update(finished="2020-01-01T00:00Z")
    assert main(["prune", "--dry-run", "--json"]) == 0
    told = capsys.readouterr().out
    assert told == '{"journals": 0, "bytes": 0, "runs": 1, "deliveries": 0}\n'
    assert Run.objects.exists()
    assert main(["prune"]) == 0
    assert "          1 runs" in capsys.readouterr().out
    assert not Run.objects.exists()
