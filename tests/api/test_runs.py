"""Runs over the API: started, listed, read, cancelled. No worker runs here, so runs stay queued."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from editor.actions.sharing import share_with
from editor.models import Blueprint, Right
from runner.models import Run, RunStatus
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]


def start(call: Caller, made: dict[str, Any], **body: Any) -> tuple[int, Any, Any]:
    return call("POST", f"blueprints/{made['id']}/runs/", body)


def test_a_draft_is_run_as_it_is_now(call: Caller) -> None:
    made = call.make()
    status, run, answer = start(call, made, draft=True, inputs={"who": "you"})
    assert status == 201
    assert (run["status"], run["version"], run["trigger"]) == ("queued", None, "api")
    assert (run["inputs"], run["document"]) == ({"who": "you"}, made["document"])
    assert answer.headers["Location"] == f"/api/runs/{run['id']}/"
    assert call("GET", f"runs/{run['id']}/")[1] == run
    last = call("GET", f"blueprints/{made['id']}/")[1]["last_run"]
    assert last["id"] == run["id"]


def test_the_published_version_is_run(call: Caller, problem: Check) -> None:
    made = call.make()
    problem(start(call, made), 409, "not_published")
    call("POST", f"blueprints/{made['id']}/publish/")
    assert start(call, made)[1]["version"] == 1
    assert Run.objects.count() == 1


def test_a_draft_that_cannot_run_is_not_started(call: Caller, problem: Check) -> None:
    made = call.make(nodes={"x": {"kind": "no.such"}}, edges=[])
    found = problem(start(call, made, draft=True), 422, "document_unsound")
    assert found["problems"][0]["node"] == "x"
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    "body", [{"wait": 61}, {"wait": -1}, {"wait": "x"}, {"inputs": [1]}, {"draft": "perhaps"}]
)
def test_a_start_that_is_wrong_starts_nothing(
    call: Caller, problem: Check, body: dict[str, Any]
) -> None:
    problem(start(call, call.make(), **{"draft": True, **body}), 400, "invalid")
    assert not Run.objects.exists()


def test_inputs_must_be_what_the_blueprint_declares(call: Caller, problem: Check) -> None:
    made = call.make(inputs={"who": {"type": "string", "required": True}})
    problem(start(call, made, draft=True), 400, "inputs_invalid")
    problem(start(call, made, draft=True, inputs={"who": 7}), 400, "inputs_invalid")
    assert start(call, made, draft=True, inputs={"who": "you"})[0] == 201


def test_a_wait_that_ends_before_the_run_answers_202(call: Caller) -> None:
    began = time.monotonic()
    status, run, _ = start(call, call.make(), draft=True, wait=0.3)
    assert (status, run["status"]) == (202, "queued")
    assert 0.3 <= time.monotonic() - began < 5


def test_runs_are_listed_by_status_and_blueprint(call: Caller, other: Caller) -> None:
    one, two = call.make(), call.make()
    first = start(call, one, draft=True)[1]["id"]
    second = start(call, two, draft=True)[1]["id"]
    Run.objects.filter(pk=first).update(status=RunStatus.FAILED)

    def ids(query: str) -> list[str]:
        return [run["id"] for run in call("GET", f"runs/{query}")[1]["results"]]

    assert ids("") == [second, first]
    assert ids("?status=failed") == [first]
    assert ids("?status=failed,queued") == [second, first]
    assert ids(f"?blueprint={two['id']}") == [second]
    assert other("GET", "runs/")[1]["results"] == []
    assert other("GET", f"runs/{first}/")[0] == 404


def test_own_and_shared_runs_come_as_one_list_in_pages(
    call: Caller, other: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, hidden, own = [call.make() for _ in range(3)], call.make(), other.make()
    for one in shared:
        share_with(Blueprint.objects.get(pk=one["id"]), "eve", Right.VIEW)
    # What was shared with somebody who owns it since is theirs, and listed once.
    Blueprint.objects.filter(pk=shared[2]["id"]).update(owner=other.user)
    begun = []
    for turn in range(4):
        for caller, one in [(call, shared[0]), (call, shared[1]), (other, own), (other, shared[2])]:
            begun.append(start(caller, one, draft=True)[1]["id"])
        start(call, hidden, draft=True)
        if turn < 2:
            Run.objects.filter(pk__in=begun).update(status=RunStatus.FAILED)
    newest = begun[::-1]

    def pages(query: str) -> list[list[str]]:
        """Return the ids page by page; the way back has to show the same."""
        found, url = [], f"runs/?limit=5{query}"
        while True:
            page = other("GET", url)[1]
            found.append([run["id"] for run in page["results"]])
            if not page["next"]:
                break
            url = page["next"].split("/api/")[1]
        for before in found[-2::-1]:
            page = other("GET", page["previous"].split("/api/")[1])[1]
            assert [run["id"] for run in page["results"]] == before
        return found

    for most in (200, 1):  # the second: more are shared than are merged one by one
        monkeypatch.setattr("editor.visible.MOST_MERGED", most)
        assert pages("") == [newest[:5], newest[5:10], newest[10:15], newest[15:]]
        assert pages("&status=failed") == [newest[8:13], newest[13:]]
        assert pages("&status=cancelled") == [[]]
        assert pages(f"&blueprint={shared[1]['id']}") == [newest[2::4]]
        assert pages(f"&blueprint={hidden['id']}") == [[]]


def test_events_are_read_after_one(call: Caller) -> None:
    run = start(call, call.make(), draft=True)[1]
    page = call("GET", f"runs/{run['id']}/events/")[1]
    assert page["last_seq"] == 1
    assert [(event["seq"], event["type"]) for event in page["events"]] == [(1, "run.queued")]
    assert call("GET", f"runs/{run['id']}/events/?after=1")[1]["events"] == []


def test_a_run_is_cancelled_once(call: Caller, problem: Check) -> None:
    run = start(call, call.make(), draft=True)[1]
    status, cancelled, _ = call("POST", f"runs/{run['id']}/cancel/")
    assert (status, cancelled["status"]) == (202, "cancelled")
    problem(call("POST", f"runs/{run['id']}/cancel/"), 409, "run_is_over")
