"""Lists of the admin with very many rows: what is counted, looked through and offered."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from editor.models import Blueprint
from runner import long_lists
from runner.models import Endpoint, OutgoingMessage, Run, Webhook, time_ordered_id
from tests.admin.conftest import page
from tests.starting import start_run

RUNS, MESSAGES = "/admin/runner/run/", "/admin/runner/outgoingmessage/"
DELIVERIES = "/admin/runner/webhookdelivery/"


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
    assert "Further →" not in text
    # Whoever goes on does so from the last row: nothing is passed by for what is far behind.
    for beyond in (2, 999_999):
        text = page(admin.get(f"{RUNS}?p={beyond}"))
        assert "more than 3 runs" in text
        assert shown(text, runs) == [4]
    found = [*shown(page(admin.get(RUNS)), runs)[::-1], 4]
    address = f"{RUNS}?p=2"
    while further := re.search(r'href="([^"]+)" rel="next"', page(admin.get(address))):
        address = RUNS + html.unescape(further[1])
        for part in (address, f"{address}&p=2"):
            text = page(admin.get(part))
            assert "← To the first" in text
            found += [it for it in shown(text, runs)[::-1] if it not in found]
        address += "&p=2"
    assert found == [6, 5, 4, 3, 2, 1, 0]
    assert "more than" not in text


def test_a_search_looks_through_the_newest_and_finds_a_whole_id_among_all(
    admin: Client, runs: list[Run]
) -> None:
    assert shown(page(admin.get(f"{RUNS}?q=Orders&p=1")), runs) == [5, 6]
    assert shown(page(admin.get(f"{RUNS}?q=Orders&p=2")), runs) == [4]
    assert shown(page(admin.get(f"{RUNS}?q={runs[0].pk}")), runs) == [0]
    assert shown(page(admin.get(f"{RUNS}?q={str(runs[0].pk)[-12:]}")), runs) == []


def test_what_is_searched_is_what_a_row_has_or_refers_to_word_by_word(
    admin: Client, runs: list[Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    end = str(runs[6].pk)[-12:]
    for many in (1000, 0):  # by their keys, and not
        monkeypatch.setattr(long_lists, "MOST_KEYS", many)
        assert shown(page(admin.get(f"{RUNS}?q=orders+{end}")), runs) == [6]
        assert shown(page(admin.get(f"{RUNS}?q=nobody+{end}")), runs) == []
        assert shown(page(admin.get(f"{RUNS}?q='orders+{end}'")), runs) == []
        assert shown(page(admin.get(f"{RUNS}?q=+")), runs) == [5, 6]


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


def test_what_is_rare_is_found_by_an_index_that_has_nothing_else(
    admin: Client, blueprint: Blueprint
) -> None:
    owner = User.objects.get(username="owner")
    endpoint, _ = (
        Endpoint.objects.create(owner=owner, name=name, url="https://shop.example/").pk
        for name in ("Shop", "Stock")
    )
    hook = Webhook.objects.create(
        blueprint=blueprint, node="hook", token="t" * 43, authentication="none"
    ).pk
    asked = {
        f"{DELIVERIES}?verdict__exact=too_large": "delivery_refused (verdict=?)",
        f"{DELIVERIES}?verdict__exact=too_large&webhook__id__exact={hook}": "delivery_refused",
        f"{MESSAGES}?status__exact=failed&endpoint__id__exact={endpoint}": (
            "message_undelivered (status=? AND endpoint_id=?)"
        ),
        f"/api/messages/?status=waiting&endpoint={endpoint}": "message_undelivered",
        f"/runs/?status=queued&blueprint={blueprint.pk}": "run_live",
        f"/runs/?blueprint={blueprint.pk}": "run_blueprint",
    }
    for address, index in asked.items():
        with CaptureQueriesContext(connection) as statements:
            assert admin.get(address).status_code == 200
        # PostgreSQL goes by how many rows there are.
        if connection.vendor == "sqlite":
            plans = plans_of([it["sql"] for it in statements])
            assert any(index in plan for plan in plans), (address, plans)


def plans_of(statements: list[str]) -> list[str]:
    """Return how SQLite finds what each of these statements asks for by a condition."""
    plans = []
    with connection.cursor() as cursor:
        for sql in statements:
            if sql.startswith("SELECT") and "WHERE" in sql:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
                plans.append("; ".join(str(row[-1]) for row in cursor.fetchall()))
    return plans
