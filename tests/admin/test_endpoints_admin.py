"""Endpoints and messages in the admin: the secret once, the last day, tried and sent again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from runner.models import Endpoint, OutgoingMessage
from runner.outgoing.claiming import Outcome, claim, note
from runner.outgoing.endpoints import create_endpoint
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


def test_who_may_only_look_changes_nothing(client: Client) -> None:
    owner = User.objects.create_user("ada")
    endpoint = Endpoint.objects.create(owner=owner, name="Shop", url="https://x.example/")
    client.force_login(User.objects.create_user("eve", is_staff=True))
    for place in ("", f"{endpoint.pk}/change/", f"{endpoint.pk}/rotate/"):
        assert client.get(f"{HOME}endpoint/{place}").status_code == 403
    for place in ("rotate", "test", "switch"):
        assert client.post(f"{HOME}endpoint/{endpoint.pk}/{place}/").status_code == 403
    assert Endpoint.objects.get().enabled
