"""Approvals: who may decide, once, and what they see of the run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from django.utils import timezone

from editor.actions import create_blueprint
from runner.actions import cancel_run
from runner.graph import load
from runner.journal.committer import close_committer
from runner.journal.reader import read_events
from runner.models import Run, Wait
from runner.queue import Worker
from tests.api.conftest import Caller
from tests.patience import PATIENCE, until
from tests.starting import start_run

T = TypeVar("T")


def drawing(**parameters: Any) -> dict[str, Any]:
    asked = {"title": "Pay it?", "note": "The bill of May", "value": "{{ input.sum }}"}
    ports = ("approved", "rejected", "expired")
    return {
        "format": "conductor/1",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {"kind": "flow.approval", "parameters": {**asked, **parameters}},
            **{port: {"kind": "flow.output"} for port in ports},
        },
        "edges": ["start.out -> ask.in", *(f"ask.{port} -> {port}.in" for port in ports)],
    }


class Office:
    """A worker beside the test, and runs that ask for approvals."""

    def __init__(self) -> None:
        self.owner = User.objects.create_user("owner", password="x")
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._work()))
        self._thread.start()
        assert self._started.wait(PATIENCE)

    async def _work(self) -> None:
        self._worker, self._loop = Worker(), asyncio.get_running_loop()
        working = asyncio.create_task(self._worker.run())
        while not self._worker.has_room:
            await asyncio.sleep(0.005)
        self._started.set()
        await working

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._worker.stop(), self._loop)
        self._thread.join(PATIENCE)

    def ask(self, status: str = "waiting", **parameters: Any) -> Run:
        document = load(drawing(**parameters))
        blueprint = create_blueprint(owner=self.owner, name="Pay", document=document)
        run = start_run(blueprint, document, inputs={"sum": 120, "secret": "hidden"})
        return until(lambda: Run.objects.filter(pk=run.pk, status=status).first())


@pytest.fixture
def office(transactional_db: None) -> Iterator[Office]:
    office = Office()
    yield office
    office.close()
    close_committer()
    connections.close_all()


def caller(name: str, *groups: str) -> Caller:
    user = User.objects.create_user(name, password="analytical-engine-1")
    user.groups.set(Group.objects.get_or_create(name=group)[0] for group in groups)
    return Caller(user)


def outputs(run: Run) -> dict[str, Any]:
    row = until(lambda: Run.objects.filter(pk=run.pk, finished__isnull=False).first())
    assert row.status == "succeeded", row.error
    return dict(row.outputs)


def test_who_is_asked_sees_the_offer_alone_and_approves(office: Office) -> None:
    anna = caller("anna")
    run = office.ask(users=["anna"])
    _, listed, _ = anna("GET", "approvals/")
    [shown] = listed["results"]
    assert (shown["title"], shown["note"], shown["value"]) == ("Pay it?", "The bill of May", 120)
    assert (shown["open"], shown["mine"], shown["quorum"]) == (True, None, 1)
    assert "hidden" not in str(listed)
    assert str(run.pk) not in str(listed)
    # The run itself is none of hers.
    assert anna("GET", f"runs/{run.pk}/")[0] == 404
    status, decided, _ = anna(
        "POST", f"approvals/{shown['id']}/", {"decision": "approve", "comment": "fine"}
    )
    assert (status, decided["mine"], decided["open"]) == (200, "approve", False)
    approved = outputs(run)["approved"]
    assert (approved["decision"], approved["value"]) == ("approved", 120)
    [decision] = approved["decisions"]
    assert (decision["by"], decision["decision"], decision["comment"]) == (
        "anna", "approve", "fine",
    )  # fmt: skip
    assert anna("GET", "approvals/")[1] == {"results": []}


def test_somebody_else_may_not_decide_not_even_the_owner(
    office: Office, problem: Callable[..., Any]
) -> None:
    caller("anna")
    run = office.ask(users=["anna"])
    wait = Wait.objects.get(run=run)
    for stranger in (caller("eve"), Caller(office.owner)):
        for method, body in (("GET", None), ("POST", {"decision": "approve"})):
            problem(stranger(method, f"approvals/{wait.pk}/", body), 403, "not_asked")
        assert stranger("GET", "approvals/")[1] == {"results": []}
    assert Run.objects.get(pk=run.pk).status == "waiting"


def test_an_approval_that_there_is_not(office: Office, problem: Callable[..., Any]) -> None:
    anna = caller("anna")
    path = "approvals/01890000-0000-7000-8000-000000000000/"
    problem(anna("POST", path, {"decision": "approve"}), 404, "not_found")


@pytest.mark.parametrize(
    "body", [{}, {"decision": "maybe"}, {"decision": "approve", "x": 1}, {"decision": "approve",
             "comment": "x" * 2001}],
)  # fmt: skip
def test_a_bad_decision_changes_nothing(
    office: Office, problem: Callable[..., Any], body: Any
) -> None:
    anna = caller("anna")
    run = office.ask(users=["anna"])
    problem(anna("POST", f"approvals/{Wait.objects.get(run=run).pk}/", body), 400, "invalid")
    assert not run.signals.exists()


def test_a_quorum_takes_several_people_each_once(
    office: Office, problem: Callable[..., Any]
) -> None:
    anna, ben = caller("anna"), caller("ben", "finance")
    run = office.ask(users=["anna"], groups=["finance"], quorum=2)
    path = f"approvals/{Wait.objects.get(run=run).pk}/"
    assert anna("POST", path, {"decision": "approve"})[1]["open"] is True
    problem(anna("POST", path, {"decision": "reject"}), 409, "already_decided")
    until(lambda: [e for e in read_events(run.pk) if e["type"] == "step.resumed"])
    until(lambda: Run.objects.filter(pk=run.pk, status="waiting").exists())
    assert (ben("GET", path)[1]["approved"], ben("GET", path)[1]["mine"]) == (1, None)
    assert ben("POST", path, {"decision": "approve"})[0] == 200
    decisions = outputs(run)["approved"]["decisions"]
    assert [decision["by"] for decision in decisions] == ["anna", "ben"]


def test_a_rejection_rejects_and_then_nobody_can_decide(
    office: Office, problem: Callable[..., Any]
) -> None:
    anna, ben = caller("anna"), caller("ben")
    run = office.ask(users=["anna", "ben"])
    path = f"approvals/{Wait.objects.get(run=run).pk}/"
    assert anna("POST", path, {"decision": "reject"})[0] == 200
    problem(ben("POST", path, {"decision": "approve"}), 410, "approval_over")
    assert outputs(run)["rejected"]["decision"] == "rejected"
    problem(ben("POST", path, {"decision": "approve"}), 410, "approval_over")


def test_whoever_joins_the_group_later_may_decide_and_who_has_left_may_not(
    office: Office, problem: Callable[..., Any]
) -> None:
    late, left = caller("late"), caller("left", "finance")
    run = office.ask(groups=["finance"])
    path = f"approvals/{Wait.objects.get(run=run).pk}/"
    left.user.groups.clear()
    problem(left("POST", path, {"decision": "approve"}), 403, "not_asked")
    late.user.groups.set(Group.objects.filter(name="finance"))
    assert late("POST", path, {"decision": "approve"})[0] == 200
    assert outputs(run)["approved"]["decision"] == "approved"


def test_after_the_deadline_nobody_can_decide(office: Office, problem: Callable[..., Any]) -> None:
    anna = caller("anna")
    run = office.ask(users=["anna"])
    path = f"approvals/{Wait.objects.get(run=run).pk}/"
    Wait.objects.filter(run=run).update(until=timezone.now())
    problem(anna("POST", path, {"decision": "approve"}), 410, "approval_over")
    assert anna("GET", "approvals/")[1] == {"results": []}


def test_at_the_deadline_the_run_goes_on_as_expired(office: Office) -> None:
    caller("anna")
    run = office.ask("succeeded", users=["anna"], seconds=0.2)
    assert outputs(run)["expired"] == {"decision": "expired", "value": 120, "decisions": []}
    until(lambda: not Wait.objects.filter(run=run, closed__isnull=True).exists())


def test_a_cancelled_run_asks_nobody_any_more(office: Office, problem: Callable[..., Any]) -> None:
    anna = caller("anna")
    run = office.ask(users=["anna"])
    path = f"approvals/{Wait.objects.get(run=run).pk}/"
    cancel_run(run)
    until(lambda: Run.objects.filter(pk=run.pk, status="cancelled").exists())
    problem(anna("POST", path, {"decision": "approve"}), 410, "approval_over")
    assert anna("GET", "approvals/")[1] == {"results": []}


def test_people_whom_nobody_knows_fail_the_step_and_say_who(office: Office) -> None:
    run = office.ask("failed", users=["nobody"])
    assert "no active user 'nobody'" in run.error["message"]
    run = office.ask("failed", groups=["nothing"])
    assert "no group 'nothing'" in run.error["message"]
    run = office.ask("failed", users="{{ [] }}")
    assert "Nobody is asked" in run.error["message"]


def test_the_page_takes_a_decision_and_the_header_counts(office: Office) -> None:
    anna = caller("anna")
    run = office.ask(users=["anna"])
    page = Client()
    page.force_login(anna.user)
    listed = page.get("/approvals/").content.decode()
    assert "Pay it?" in listed
    assert '<span class="count"' in listed
    path = f"/approvals/{Wait.objects.get(run=run).pk}/"
    said = page.post(path, {"decision": "perhaps"}, follow=True).content.decode()
    assert "Say whether you approve or reject." in said
    said = page.post(path, {"decision": "approve"}, follow=True).content.decode()
    assert "You have approved it" in said
    assert '<span class="count"' not in said
    assert outputs(run)["approved"]["decision"] == "approved"
    stranger = Client()
    stranger.force_login(office.owner)
    assert stranger.get(path).status_code == 403
    assert Client().get(path).status_code == 302


def test_the_admin_shows_who_is_waited_for_and_changes_nothing(office: Office) -> None:
    caller("anna", "finance")
    run = office.ask(users=["anna"], groups=["finance"])
    admin = Client()
    admin.force_login(User.objects.create_superuser("root"))
    shown = admin.get("/admin/runner/wait/").content.decode()
    assert "Pay it?" in shown
    assert "anna, group finance" in shown
    wait = Wait.objects.get(run=run)
    assert admin.get(f"/admin/runner/wait/{wait.pk}/change/").status_code == 200
    assert admin.post(f"/admin/runner/wait/{wait.pk}/delete/").status_code == 403
