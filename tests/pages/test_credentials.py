"""The pages of credentials: one's own, by their kinds' fields, and never what is secret of them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editor.actions import create_blueprint
from runner.credentials.keeping import secrets_of
from runner.graph import load
from runner.models import Credential
from tests.credentials.conftest import asking

pytestmark = pytest.mark.django_db
SECRET = "sk-live-0123456789"
NEW = {"name": "Bank", "kind": "basic", "username": "ada", "password": SECRET, "burst": "1"}


@pytest.fixture
def user() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(browser: Client, path: str, given: dict[str, str] | None = None) -> str:
    """Return the page that an address leads to, or that a form does."""
    answer = (
        browser.get(path, follow=True) if given is None else browser.post(path, given, follow=True)
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_story_of_a_credential(browser: Client, user: User) -> None:
    assert "No credentials yet" in page(browser, "/credentials/")
    assert 'name="owner"' not in page(browser, "/credentials/new/")
    wrong = page(browser, "/credentials/new/", {**NEW, "username": "a:b", "hosts": "http://x/"})
    assert "must not hold a colon" in wrong
    assert "is no host" in wrong
    assert SECRET not in wrong
    listed = page(browser, "/credentials/new/", NEW)
    assert "The credential “Bank” is kept." in listed
    assert "User and password" in listed
    row = Credential.objects.get()
    assert (row.owner, secrets_of(row)) == (user, {"password": SECRET})

    place = f"/credentials/{row.pk}/"
    shown = page(browser, place)
    assert SECRET not in shown
    assert 'name="token"' not in shown
    assert 'value="ada"' in shown
    change = {"name": "Bank", "username": "bob", "password": "", "burst": "2", "per_second": "4"}
    assert "is changed" in page(browser, place, change)
    row.refresh_from_db()
    assert (row.kind, row.fields, row.burst) == ("basic", {"username": "bob"}, 2)
    assert secrets_of(row) == {"password": SECRET}

    create_blueprint(owner=user, name="Transfers", document=load(asking("http://b/", "Bank")))
    assert "Transfers" in page(browser, place)
    assert "uses it by its name" in page(browser, place, {**change, "name": "Account"})
    assert "Tick that it goes all the same" in page(browser, f"{place}delete/", {})
    assert Credential.objects.get().name == "Bank"
    gone = page(browser, f"{place}delete/", {"even_if_used": "yes"})
    assert "“Bank” is deleted" in gone
    assert not Credential.objects.exists()


def test_those_of_others_are_not_there_also_for_superusers(browser: Client) -> None:
    page(browser, "/credentials/new/", NEW)
    row = Credential.objects.get()
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    for path in (f"/credentials/{row.pk}/", f"/credentials/{row.pk}/delete/"):
        assert root.post(path, {}).status_code == 404
    assert "Bank" not in page(root, "/credentials/")
    assert Credential.objects.exists()


def test_what_cannot_be_read_any_more_is_said(browser: Client) -> None:
    page(browser, "/credentials/new/", NEW)
    Credential.objects.update(secret="gAAAAA-of-another-key")
    assert "Sealed with another key" in page(browser, "/credentials/")
    place = f"/credentials/{Credential.objects.get().pk}/"
    assert "cannot be read: enter it again" in page(browser, place)
    change = {"name": "Bank", "username": "ada", "password": "", "burst": "1"}
    assert "Is missing." in page(browser, place, change)
    page(browser, place, {**change, "password": "new"})
    assert secrets_of(Credential.objects.get()) == {"password": "new"}
