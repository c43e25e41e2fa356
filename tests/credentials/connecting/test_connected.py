"""A credential that is connected: how its client asks, what others see of it, and its end."""

from __future__ import annotations

from argparse import ArgumentParser
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from editor.actions import create_blueprint
from editor.actions.sharing import share_with
from editor.models import Right
from runner.credentials.keeping import keep, secrets_of
from runner.graph import load
from runner.models import Consent, Credential, Grant
from tests.credentials.conftest import asking
from tests.credentials.connecting.browser import BACK, Browser, state_of
from tests.credentials.provider import CLIENT_SECRET, SITE, Provider

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("send_in", ["header", "body", "none"])
def test_a_client_proves_itself_as_the_provider_wants(
    ada: User, row: Credential, provider: Provider, send_in: str
) -> None:
    keep(row, {"send_in": send_in})
    assert "is connected" in Browser(ada).connect(row)
    (form,) = provider.forms
    assert ("client_secret" in form, "client_id" in form) == {
        "header": (False, False), "body": (True, True), "none": (False, True),
    }[send_in]  # fmt: skip
    (seen,) = [seen for seen in provider.seen if seen[1] == "/token"]
    assert ("authorization" in seen[2]) is (send_in == "header")


def test_a_provider_that_takes_no_proof_key_gets_none(
    ada: User, row: Credential, provider: Provider
) -> None:
    keep(row, {"pkce": "none"})
    assert "is connected" in Browser(ada).connect(row)
    assert "code_challenge" not in provider.asked[0]
    assert "code_challenge_method" not in provider.asked[0]
    assert "code_verifier" not in provider.forms[0]
    # What was begun with one ends with it, whatever is chosen meanwhile.
    keep(row, {"pkce": "S256"})
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    keep(row, {"pkce": "none"})
    assert "is connected" in browser.come_back(back)
    with pytest.raises(ValidationError, match="public client, which has no secret, needs it"):
        keep(row, {"send_in": "none"})


def test_by_another_name_of_the_site_nobody_is_sent_away(
    ada: User, row: Credential, provider: Provider
) -> None:
    other = Client(HTTP_HOST="other.example")
    other.force_login(ada)
    answer = other.post(f"/credentials/{row.pk}/connect/")
    assert answer.status_code == 409
    assert f"providers send you back to {SITE}" in answer.content.decode()
    assert not Consent.objects.exists()


def test_addresses_are_no_way_into_the_page(ada: User, row: Credential, provider: Provider) -> None:
    keep(row, {"authorization_url": "https://a.example/'\"><script>alert(1)</script>?x=';1"})
    answer = Browser(ada).client.post(f"/credentials/{row.pk}/connect/")
    assert "<script>alert" not in answer.content.decode()
    for wrong in ("javascript:alert(1)", "https://a@b.example/", "https:///x", "//a.example/"):
        with pytest.raises(ValidationError):
            keep(row, {"authorization_url": wrong})


def test_what_was_asked_for_is_what_is_granted_where_nothing_is_said(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    keep(row, {"scope": "everything"})
    browser.come_back(back)
    assert Grant.objects.get().scope == "read write"
    for said, kept in (("read", "read"), (["read", "write"], "read write"), ("", "")):
        provider.told = {"scope": said}
        browser.connect(row)
        assert Grant.objects.get().scope == kept


def test_what_is_secret_goes_nowhere_by_an_export_or_the_admin(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    browser.connect(row)
    User.objects.filter(pk=ada.pk).update(is_superuser=True, is_staff=True)
    place = f"/admin/runner/credential/{row.pk}/"
    for path in ("change/", "delete/"):
        text = browser.client.get(place + path).content.decode()
        assert "access-token" not in text
        assert Grant.objects.get().tokens not in text
    assert "Connected since" in browser.client.get(f"{place}change/").content.decode()
    Credential.objects.update(owner=User.objects.create_user("eve"))
    text = browser.client.get(f"{place}change/").content.decode()
    assert f"eve alone connects it, at {SITE}/credentials/{row.pk}/" in text
    browser.client.post(f"{place}delete/", {"post": "yes"})
    assert not Grant.objects.exists()


def test_who_may_change_it_does_not_thereby_get_what_was_granted(
    ada: User, row: Credential, provider: Provider
) -> None:
    root = Browser(User.objects.create_superuser("root")).client
    place = f"/api/credentials/{row.pk}/"
    Browser(ada).connect(row)
    evil = {"token_url": "https://evil.example/token"}
    answer = root.patch(place, {"fields": evil}, "application/json")
    assert answer.status_code == 400
    assert "Enter it anew" in answer.json()["detail"]
    assert state_of(row) == "connected"
    # Without a secret it is another client, which has neither the old secret nor the tokens.
    answer = root.patch(place, {"fields": {**evil, "send_in": "none"}}, "application/json")
    assert answer.status_code == 200, answer.json()
    assert answer.json()["connection"]["state"] == "none"
    assert secrets_of(Credential.objects.get()) == {"client_secret": ""}
    assert not Grant.objects.exists()


def test_an_editor_of_a_blueprint_sees_that_it_is_connected_and_no_more(
    ada: User, row: Credential, provider: Provider
) -> None:
    eve = User.objects.create_user("eve")
    drawn = asking("https://api.example.com/")
    blueprint = create_blueprint(owner=ada, name="Asks", document=load(drawn))
    share_with(blueprint, "eve", Right.EDIT)
    for connected in (False, True):
        if connected:
            Browser(ada).connect(row)
        client = Browser(eve).client
        (told,) = client.get(f"/api/blueprints/{blueprint.pk}/credentials/").json()["credentials"]
        assert told == {
            "id": None,
            "name": "Shop",
            "kind": "oauth2_code",
            "usable": False,
            "connected": connected,
        }
        problems = client.get(f"/api/blueprints/{blueprint.pk}/").json()["problems"]
        assert [it["code"] for it in problems] == ([] if connected else ["unconnected_credential"])
    for path in (f"/credentials/{row.pk}/connect/", f"/credentials/{row.pk}/disconnect/"):
        assert Browser(eve).client.post(path).status_code == 404
    assert Browser(eve).client.delete(f"/api/credentials/{row.pk}/connection/").status_code == 404
    assert state_of(row) == "connected"


def test_the_command_says_whether_it_is_connected(
    ada: User,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from conductor_site.command.credential import add_arguments, perform

    def command(*words: str, given: str = "") -> str:
        parser = ArgumentParser()
        add_arguments(parser)
        monkeypatch.setattr("sys.stdin", StringIO(given))
        assert perform(parser.parse_args([*words, "--user", "ada"])) == 0
        return capsys.readouterr().out

    fields = provider.fields(send_in="none")
    del fields["client_secret"]
    given = [word for pair in fields.items() for word in ("--field", "=".join(pair))]
    said = command("set", "Shop", "--kind", "oauth2_code", *given)
    row = Credential.objects.get()
    assert said == (
        f"Shop is made. Register {BACK} as the redirect address at the provider, then connect it "
        f"at {SITE}/credentials/{row.pk}/\n"
    )
    assert command("list") == "Shop  oauth2_code  any host  not connected\n"
    assert "is connected" in Browser(ada).connect(row)
    assert command("list") == "Shop  oauth2_code  any host  connected\n"
    assert command("set", "Shop", "--per-second", "2") == "Shop is changed.\n"


def test_disconnecting_forgets_the_tokens(ada: User, row: Credential, provider: Provider) -> None:
    browser = Browser(ada)
    browser.connect(row)
    page = browser.client.post(f"/credentials/{row.pk}/disconnect/", follow=True)
    assert "is not connected any more" in page.content.decode()
    assert not Grant.objects.exists()
    browser.connect(row)
    answer = browser.client.delete(f"/api/credentials/{row.pk}/connection/")
    assert answer.json()["connection"]["state"] == "none"
    assert not Grant.objects.exists()


def test_pages_ask_for_a_connection_until_there_is_one(
    ada: User, provider: Provider, settings: Any
) -> None:
    browser = Browser(ada)
    text = browser.client.get("/credentials/new/").content.decode()
    assert BACK in text
    assert "Google" in text
    given = {"name": "Shop", "kind": "oauth2_code", "burst": "1", **provider.fields()}
    page = browser.client.post("/credentials/new/", given, follow=True)
    row = Credential.objects.get()
    assert page.redirect_chain == [(f"/credentials/{row.pk}/", 302)]
    assert "Connect it now" in page.content.decode()
    assert "Not connected yet" in browser.client.get("/credentials/").content.decode()
    browser.connect(row)
    text = browser.client.get(f"/credentials/{row.pk}/").content.decode()
    assert "Connect again" in text
    assert "Connected since" in text


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"client_secret": ""}, "client_secret", "It is missing; of a public client"),
        ({"parameters": "prompt"}, "parameters", "name=value"),
        ({"parameters": "a=b&State=mine"}, "parameters", "State is set by itself"),
        ({"parameters": "redirect_uri=https://evil.example"}, "parameters", "set by itself"),
        ({"authorization_url": "ftp://a"}, "authorization_url", "https://host/path"),
        ({"scope": "a\nb"}, "scope", "one line"),
    ],
)
def test_what_cannot_be_is_told_by_its_field(
    ada: User, provider: Provider, given: dict[str, str], field: str, words: str
) -> None:
    body = {"name": "A", "kind": "oauth2_code", "fields": provider.fields(**given)}
    answer = Browser(ada).client.post("/api/credentials/", body, "application/json")
    (told,) = answer.json()["errors"]
    assert (answer.status_code, told["field"]) == (400, field)
    assert words in told["message"]
    assert CLIENT_SECRET not in quote(answer.content.decode(), safe="/ ")
