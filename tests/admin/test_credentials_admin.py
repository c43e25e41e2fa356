"""Credentials in the admin: made and changed by their kinds' fields, and never shown again."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editor.actions import create_blueprint
from runner.credentials.forms import FIELDS_OF, CredentialForm
from runner.credentials.keeping import secrets_of
from runner.graph import load
from runner.models import Credential
from tests.admin.conftest import page
from tests.credentials.conftest import asking

pytestmark = pytest.mark.django_db
PLACE = "/admin/runner/credential/"
SECRET = "sk-live-0123456789"


@pytest.fixture
def owner(client: Client) -> User:
    owner = User.objects.create_superuser("owner")
    client.force_login(owner)
    return owner


def test_every_field_of_every_kind_is_in_the_form() -> None:
    for names in FIELDS_OF.values():
        assert set(names) <= set(CredentialForm.base_fields)


def test_values_that_are_refused_are_not_shown_again(client: Client, owner: User) -> None:
    given = {"name": "Db", "owner": owner.pk, "kind": "values", "burst": 1}
    text = page(client.post(f"{PLACE}add/", {**given, "named_values": f"a={SECRET}\n{SECRET}=b"}))
    assert "The name of value 2 is no name" in text
    assert SECRET not in text


def test_the_story_of_a_credential(client: Client, owner: User) -> None:
    assert "Each is a password, token or key" in page(client.get(PLACE))
    given = {"name": "Bank", "owner": owner.pk, "kind": "basic", "burst": 1, "username": "a:b"}
    text = page(client.post(f"{PLACE}add/", given))
    assert "must not hold a colon" in text
    assert "Is missing." in text  # its password
    assert not Credential.objects.exists()
    made = client.post(f"{PLACE}add/", {**given, "username": "ada", "password": SECRET})
    assert made.status_code == 302
    row = Credential.objects.get()
    assert (row.fields, secrets_of(row)) == ({"username": "ada"}, {"password": SECRET})
    create_blueprint(
        owner=owner, name="Transfers", document=load(asking("https://bank.example/", "Bank"))
    )
    place = f"{PLACE}{row.pk}/"
    shown = page(client.get(f"{place}change/"))
    assert "Transfers" in shown
    assert SECRET not in shown
    assert "Empty: it stays as it is." in shown
    assert "User and password (ada)" in page(client.get(PLACE))
    # Another user's name, and the password as it was.
    change = {"name": "Bank", "username": "bob", "password": "", "burst": 1, "per_second": "0.5"}
    assert client.post(f"{place}change/", change).status_code == 302
    row.refresh_from_db()
    assert (row.fields, secrets_of(row)) == ({"username": "bob"}, {"password": SECRET})
    assert (row.kind, row.owner, row.per_second) == ("basic", owner, 0.5)
    assert client.post(f"{place}change/", {**change, "password": "new"}).status_code == 302
    row.refresh_from_db()
    assert secrets_of(row) == {"password": "new"}
    renamed = page(client.post(f"{place}change/", {**change, "name": "Account"}))
    assert "uses it by its name" in renamed
    assert "will fail: Transfers" in page(client.get(f"{place}delete/"))
    assert client.post(f"{place}delete/", {"post": "yes"}).status_code == 302
    assert not Credential.objects.exists()


def test_named_values_are_lines(client: Client, owner: User) -> None:
    given = {"name": "Db", "owner": owner.pk, "kind": "values", "burst": 1}
    assert "There must be 1 to 50 values" in page(client.post(f"{PLACE}add/", given))
    lines = f"host = db.example.com\npassword={SECRET}=\n\n"
    assert client.post(f"{PLACE}add/", {**given, "named_values": lines}).status_code == 302
    row = Credential.objects.get()
    kept = {"host": "db.example.com", "password": f"{SECRET}="}
    assert secrets_of(row) == kept
    place = f"{PLACE}{row.pk}/change/"
    assert "Its values: host, password." in page(client.get(place))
    # Left empty they stay; given anew they are those alone.
    assert client.post(place, {"name": "Db", "burst": 1}).status_code == 302
    row.refresh_from_db()
    assert secrets_of(row) == kept
    assert client.post(place, {"name": "Db", "burst": 1, "named_values": "a=b"}).status_code == 302
    row.refresh_from_db()
    assert secrets_of(row) == {"a": "b"}


def test_what_cannot_be_read_any_more_is_said(client: Client, owner: User) -> None:
    given = {"name": "Key", "owner": owner.pk, "kind": "bearer", "burst": 1, "token": SECRET}
    assert client.post(f"{PLACE}add/", given).status_code == 302
    row = Credential.objects.get()
    Credential.objects.update(secret="gAAAAA-of-another-key")
    place = f"{PLACE}{row.pk}/change/"
    assert "encrypted with another key of this site" in page(client.get(place))
    missing = page(client.post(place, {"name": "Key", "burst": 1}))
    assert "Is missing." in missing
    assert client.post(place, {"name": "Key", "burst": 1, "token": "new"}).status_code == 302
    row.refresh_from_db()
    assert secrets_of(row) == {"token": "new"}
