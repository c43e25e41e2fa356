"""The pages of runs, as the browser gets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from editor.pages.steps import steps_of
from runner.models import Run, RunStatus, Wait
from tests.pages.showing import DOCUMENT, draw, run_of, text


def test_runs_are_listed_and_filtered(user: User, browser: Client) -> None:
    one, two = draw(user, "One"), draw(user, "Two")
    run_of(one, "failed")
    run_of(two)
    assert text(browser.get("/runs/")).count('class="name"') == 2
    failed = text(browser.get("/runs/?status=failed"))
    assert failed.count('class="name"') == 1
    assert "It broke" in failed
    assert text(browser.get(f"/runs/?blueprint={two.pk}")).count('class="name"') == 1
    assert "No such runs" in text(browser.get("/runs/?status=queued"))
    assert text(browser.get("/runs/?status=x&blueprint=y")).count('class="name"') == 2


def test_the_list_of_runs_says_what_each_waits_for(
    user: User, browser: Client, django_assert_max_num_queries: Any
) -> None:
    blueprint, now = draw(user), timezone.now()
    wake = datetime(2031, 5, 6, 7, 8, tzinfo=UTC)

    def waiting(kinds: str = "", title: str = "Refund?", wake_at: datetime | None = None) -> Run:
        run = run_of(blueprint, "waiting")
        Run.objects.filter(pk=run.pk).update(wake_at=wake_at)
        for step, kind in enumerate(kinds.split()):
            offer = {"title": title} if kind == "approval" else {}
            fields = {"step": f"s{step}", "kind": kind, "offer": offer, "created": now}
            Wait.objects.create(pk=uuid4(), run=run, **fields)
        return run

    waiting(wake_at=wake)
    waiting("call", wake_at=wake)
    over = waiting("approval", "Over and done")
    Wait.objects.filter(run=over).update(closed=now)
    waiting("approval approval call")
    child = run_of(draw(user, "Charging"), "running")
    Run.objects.filter(pk=child.pk).update(parent=waiting(), parent_step="call")
    long = "<i>" + "x" * 190
    waiting("approval", long)
    for _ in range(10):
        waiting("approval")
    with django_assert_max_num_queries(9):
        page = text(browser.get("/runs/"))
    instant = "2031-05-06T07:08:00Z"
    shown = f'<time datetime="{instant}" title="{instant}" data-local="seconds">'
    shown += "6 May 2031, 07:08:00</time><"
    assert f">Waits until {shown}" in page
    assert f">Waits for a call at its address, at most until {shown}" in page
    assert ">Waits for 2 approvals and a call at its address<" in page
    assert ">Waits for a run of Charging<" in page
    assert page.count(">Waits for an approval: “Refund?”<") == 10
    assert "Over and done" not in page
    # A long title stands whole on the page of approvals.
    assert f"Waits for an approval: “&lt;i&gt;{'x' * 76}…”<" in page


def test_a_run_shows_its_values_steps_and_events(user: User, browser: Client) -> None:
    run = run_of(draw(user), "failed", events=250)
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "It broke" in page
    assert "&lt;b&gt;you&lt;/b&gt;" in page
    assert page.count('<strong class="step">The greeting</strong>') == 250
    assert f'href="/blueprints/{run.blueprint_id}/?run={run.pk}"' in page
    assert "Cancel the run" not in page
    assert page.count("<code>step.succeeded</code>") == 100
    last = text(browser.get(f"/runs/{run.pk}/?after=200"))
    assert last.count("<code>step.succeeded</code>") == 50
    assert text(browser.get(f"/runs/{run.pk}/?after=x")).count("<code>step.succeeded</code>") == 100


def test_a_run_offers_the_others_of_its_blueprint_to_compare_with(
    user: User, browser: Client
) -> None:
    blueprint, another = draw(user), draw(user)
    run, repeated, latest = (run_of(blueprint) for _ in range(3))
    assert 'name="with"' not in text(browser.get(f"/runs/{run_of(another).pk}/"))
    run.rerun_of = repeated
    run.save()
    page = text(browser.get(f"/runs/{run.pk}/"))
    offered = re.findall(r'<option value="([^"]+)">([^<]+)<', page)
    assert [pk for pk, _ in offered] == [str(repeated.pk), str(latest.pk)]
    assert offered[0][1].endswith("repeated by this one")


def test_a_queued_run_is_cancelled_from_its_page(user: User, browser: Client) -> None:
    run = run_of(draw(user), "queued")
    Run.objects.filter(pk=run.pk).update(held=True)
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "Cancel the run" in page
    assert "It waits for other runs of its blueprint to end" in page
    assert "It waits for other runs of its blueprint to end" in text(browser.get("/runs/"))
    page = text(browser.post(f"/runs/{run.pk}/cancel/", follow=True))
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert "pill-cancelled" in page


def test_steps_are_read_from_events_also_where_a_step_begins_with_its_end() -> None:
    def event(kind: str, step: str, **data: Any) -> dict[str, Any]:
        return {"seq": 1, "time": 5.0, "type": kind, "step": step, "data": data}

    rows = steps_of(
        [
            event("step.succeeded", "start", duration=0.1, started=4.0),
            event("step.started", "out", attempt=1),
            event("step.retrying", "out", attempt=1, error={"message": "again"}),
            event("step.started", "out", attempt=2),
            event("step.failed", "out", error={"message": "no"}, duration=2.0),
            event("step.skipped", "gone#2", reason="not reached"),
            event("step.cancelled", "late", reason="the run ended"),
            event("step.waiting", "box/wait[3]"),
        ],
        DOCUMENT,
    )
    assert [(row.path, row.node, row.status) for row in rows] == [
        ("start", "start", "succeeded"),
        ("out", "out", "failed"),
        ("gone#2", "gone", "skipped"),
        ("late", "late", "cancelled"),
        ("box/wait[3]", "wait", "waiting"),
    ]
    assert rows[0].started is not None
    assert (rows[0].started.timestamp(), rows[0].seconds) == (4.0, 0.1)
    assert (rows[1].attempts, rows[1].note, rows[1].title) == (2, "no", "The greeting")
    # What never began has had no attempt, and no moment at which it did.
    assert [row.attempts for row in rows] == [1, 2, None, None, 1]
    assert [row.started is None for row in rows] == [False, False, True, True, False]


def test_a_cancelled_run_is_shown_as_no_error(user: User, browser: Client) -> None:
    run = run_of(draw(user), "cancelled")
    run.error = {"code": "cancelled", "message": "cancelled by ada"}
    run.save()
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "<h2>It was cancelled</h2>" in page
    assert "<p>Cancelled by ada</p>" in page
    assert "notice-error" not in page
    listed = text(browser.get("/runs/"))
    assert "cancelled by ada" in listed
    assert "under-error" not in listed
