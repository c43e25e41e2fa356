"""Endpoints and messages in the admin: the secret once, the last day, tried and sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from runner.models import Endpoint, OutgoingMessage
from runner.outgoing.claiming import Outcome, claim, note
from runner.outgoing.endpoints import create_endpoint
from runner.outgoing.statistics import chart, last_day
from tests.admin.conftest import page

pytestmark = pytest.mark.django_db
HOME = "/admin/runner/"


def test_the_story_of_an_endpoint(client: Client) -> None:
    owner = User.objects.create_superuser("owner")
    client.force_login(owner)
    given = {"name": "Shop", "owner": owner.pk, "url": "ftp://x", "on_failed": "on"}
    assert "The address must be" in page(client.post(f"{HOME}endpoint/add/", given))
    ready = page(client.post(f"{HOME}endpoint/add/", {**given, "url": "https://shop.example/"}))
    assert "whsec_" in ready
    endpoint = Endpoint.objects.get()
    place = f"{HOME}endpoint/{endpoint.pk}/"
    assert "whsec_" not in page(client.get(f"{place}change/"))
    rotated = page(client.post(f"{place}rotate/", {"keep_hours": "2"}))
    assert "signed with the old secret too" in rotated
    tried = client.post(f"{place}test/", follow=True)
    assert "None yet." in page(tried)
    (claimed,) = claim("me", 5)
    note(claimed, Outcome(timezone.now(), 12, 410, answer=b"<b>gone</b>"))
    listed = page(client.get(f"{HOME}endpoint/"))
    assert "1 failed attempt, 1 given up" in listed
    for text in (listed, page(client.get(f"{place}change/"))):
        assert 'aria-label="Attempts of the last 24 hours: 1 failed."' in text
    assert "switched off" in listed
    message = OutgoingMessage.objects.get()
    shown = page(client.get(f"{HOME}outgoingmessage/{message.pk}/change/"))
    assert "&lt;b&gt;gone&lt;/b&gt;" in shown
    assert message.webhook_id in shown
    assert "The endpoint Shop was switched off" in page(client.get("/blueprints/"))
    client.post(f"{HOME}endpoint/", {"action": "enable", "_selected_action": endpoint.pk})
    again = {"action": "send_selected_again", "_selected_action": message.pk}
    assert "1 of 1 messages are sent again" in page(
        client.post(f"{HOME}outgoingmessage/", again, follow=True)
    )
    assert client.post(f"{place}delete/", {"post": "yes"}).status_code == 302
    assert not OutgoingMessage.objects.exists()


def test_the_secrets_of_several_endpoints_are_rotated_together_and_shown_once(
    client: Client,
) -> None:
    owner = User.objects.create_superuser("owner")
    client.force_login(owner)
    made = [Endpoint(owner=owner, name=it, url="https://x.example/") for it in ("Shop", "Bank")]
    for endpoint in made:
        create_endpoint(endpoint)
    before = {it.pk: it.secret for it in made}
    chosen = {"action": "rotate_selected", "_selected_action": [str(it.pk) for it in made]}
    assert "Each of these endpoints gets a new secret" in page(
        client.post(f"{HOME}endpoint/", chosen)
    )
    assert {it.pk: it.secret for it in Endpoint.objects.all()} == before
    done = page(client.post(f"{HOME}endpoint/", {**chosen, "rotate": "1", "keep_hours": "2"}))
    assert done.count("whsec_") == 2
    for endpoint in Endpoint.objects.all():
        assert endpoint.secret != before[endpoint.pk] == endpoint.old_secret


def test_only_endpoints_that_are_on_get_a_test(client: Client) -> None:
    owner = User.objects.create_superuser("owner")
    client.force_login(owner)
    on, off = (Endpoint(owner=owner, name=it, url="https://x.example/") for it in ("on", "off"))
    for endpoint in (on, off):
        create_endpoint(endpoint)
    Endpoint.objects.filter(pk=off.pk).update(enabled=False)
    chosen: dict[str, Any] = {"action": "try_selected", "_selected_action": [off.pk]}
    told = page(client.post(f"{HOME}endpoint/", chosen, follow=True))
    assert '<li class="warning">0 endpoints get a test' in told
    chosen["_selected_action"].append(on.pk)
    told = page(client.post(f"{HOME}endpoint/", chosen, follow=True))
    assert '<li class="success">1 endpoint gets a test' in told
    assert [it.endpoint for it in OutgoingMessage.objects.all()] == [on]


def test_who_may_only_look_changes_nothing(client: Client) -> None:
    owner = User.objects.create_user("ada")
    endpoint = Endpoint.objects.create(owner=owner, name="Shop", url="https://x.example/")
    client.force_login(User.objects.create_user("eve", is_staff=True))
    for place in ("", f"{endpoint.pk}/change/", f"{endpoint.pk}/rotate/"):
        assert client.get(f"{HOME}endpoint/{place}").status_code == 403
    for place in ("rotate", "test", "switch"):
        assert client.post(f"{HOME}endpoint/{endpoint.pk}/{place}/").status_code == 403
    assert Endpoint.objects.get().enabled


def test_the_last_day_counts_what_is_of_each_endpoint_and_no_older() -> None:
    owner, now = User.objects.create_user("owner"), timezone.now()
    shop, bank = (
        Endpoint.objects.create(owner=owner, name=it, url="https://x.example/")
        for it in ("Shop", "Bank")
    )

    def sent(endpoint: Endpoint, number: int, status: str, hours: float, answer: int) -> None:
        moment = now - timedelta(hours=hours)
        for _ in range(number):
            message = OutgoingMessage.objects.create(
                endpoint=endpoint,
                key=str(uuid4()),
                type="x",
                body=b"",
                status=status,
                due=moment,
                created=moment,
                ended=None if status == "waiting" else moment,
            )
            message.attempts.create(started=moment, milliseconds=9, status=answer, answer=b"")

    sent(shop, 3, "failed", 1, 500)
    sent(shop, 2, "waiting", 0, 503)
    sent(shop, 4, "delivered", 1, 204)
    sent(shop, 5, "failed", 30, 500)
    sent(bank, 1, "failed", 1, 500)
    assert {it: str(day) for it, day in last_day([shop.pk, bank.pk]).items()} == {
        shop.pk: "4 arrived, 5 failed attempts, 3 given up, 2 waiting",
        bank.pk: "0 arrived, 1 failed attempt, 1 given up",
    }
    with CaptureQueriesContext(connection) as asked:
        day = chart([shop.pk], now)
    assert [(name, count) for name, count, _ in day.sums] == [("arrived", 4), ("failed", 5)]
    (sql,) = [it["sql"] for it in asked]
    # The rows are counted where they are.
    assert '"id"' not in sql.partition("GROUP BY")[2]
