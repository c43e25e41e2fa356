"""Lists of the admin with very many rows: what is counted, looked through and offered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from editor.models import Blueprint
from runner import long_lists
from runner.models import Endpoint, OutgoingMessage, Run, time_ordered_id
from tests.admin.conftest import page
from tests.starting import start_run

RUNS, MESSAGES = "/admin/runner/run/", "/admin/runner/outgoingmessage/"


@pytest.fixture
def runs(admin: Client, blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Seven runs, the oldest first, where three are many."""
    monkeypatch.setattr(long_lists, "MOST_COUNTED", 3)
    monkeypatch.setattr(long_lists, "SEARCHED", 3)
    monkeypatch.setattr("runner.admin.RunAdmin.list_per_page", 2)
    made = [start_run(blueprint) for _ in range(7)]
    for number, run in enumerate(made):
        run.created = timezone.now() - timedelta(minutes=7 - number)
        run.save()
    return made


def shown(text: str, runs: list[Run]) -> list[int]:
    return [place for place, run in enumerate(runs) if f'title="{run.pk}"' in text]


def test_no_more_are_counted_than_a_page_needs(admin: Client, runs: list[Run]) -> None:
    text = page(admin.get(RUNS))
    assert "more than 3 runs" in text
    assert "more than 3 results" in text
    assert "Select all runs" in text
    assert shown(text, runs) == [5, 6]
    # Whoever goes on is shown what there is, and in the end their number.
    text = page(admin.get(f"{RUNS}?p=3"))
    assert "more than 6 runs" in text
    assert shown(text, runs) == [1, 2]
    text = page(admin.get(f"{RUNS}?p=4"))
    assert "more than" not in text
    assert "7 runs" in text
    assert shown(text, runs) == [0]
    assert admin.get(f"{RUNS}?p=9").url == f"{RUNS}?e=1"  # type: ignore[attr-defined]


def test_a_search_looks_through_the_newest_and_finds_a_whole_id_among_all(
    admin: Client, runs: list[Run]
) -> None:
    assert shown(page(admin.get(f"{RUNS}?q=Orders&p=1")), runs) == [5, 6]
    assert shown(page(admin.get(f"{RUNS}?q=Orders&p=2")), runs) == [4]
    assert shown(page(admin.get(f"{RUNS}?q={runs[0].pk}")), runs) == [0]
    assert shown(page(admin.get(f"{RUNS}?q={str(runs[0].pk)[-12:]}")), runs) == []


def test_nothing_is_offered_for_which_all_would_be_read(admin: Client, runs: list[Run]) -> None:
    text = page(admin.get(RUNS))
    assert "_facets" not in text
    assert text.count('class="sortable') == 1
    with CaptureQueriesContext(connection) as asked:
        admin.get("/admin/editor/blueprint/")
    assert not [it for it in asked if "GROUP BY" in it["sql"] and "runner_run" in it["sql"]]


def test_the_types_that_can_be_chosen_are_those_of_the_newest_messages(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.outgoing.messages_admin.TYPES_OF", 2)
    owner = User.objects.get(username="owner")
    endpoint = Endpoint.objects.create(owner=owner, name="Shop", url="https://shop.example/")
    now = timezone.now()
    for kind in ("old.kind", "order.paid", "order.sent"):
        OutgoingMessage.objects.create(
            id=time_ordered_id(), endpoint=endpoint, key=kind, type=kind, body=b"{}",
            due=now, created=now,
        )  # fmt: skip
    text = page(admin.get(MESSAGES))
    assert "?type=order.paid" in text
    assert "?type=order.sent" in text
    assert "?type=old.kind" not in text
    # One that was chosen all the same is shown as that.
    text = page(admin.get(f"{MESSAGES}?type=old.kind"))
    assert '<a href="?type=old.kind">' in text
    assert "1 outgoing message" in text


def test_a_long_run_is_told_in_hours_and_all_are_offered_only_from_some(
    admin: Client, runs: list[Run]
) -> None:
    Run.objects.filter(pk=runs[-1].pk).update(
        started=timezone.now() - timedelta(hours=33, minutes=7)
    )
    text = page(admin.get(RUNS))
    assert "33 h 7 min" in text
    assert "Show all</a>)" not in text
    assert "Show all</a>)" in page(admin.get(f"{RUNS}?status__exact=queued"))
