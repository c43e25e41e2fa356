"""A person connects a credential: consent, the way back, and everything that must not connect."""

from __future__ import annotations

import json
import logging
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from http.client import HTTPConnection
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from editor.actions import create_blueprint
from editor.actions.sharing import share_with
from editor.models import Right
from runner.credentials.grants import connection_of, opened
from runner.credentials.keeping import keep, secrets_of
from runner.graph import load
from runner.models import Consent, Credential, Grant
from runner.nodes.tokens import ask
from tests.credentials.conftest import asking
from tests.credentials.provider import CLIENT, CLIENT_SECRET, Provider

pytestmark = pytest.mark.django_db
SITE = "http://conductor.example:8000"
BACK = f"{SITE}/credentials/connected/"
STALE = "belongs to nothing that you have begun here"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    found = Provider()
    settings.CONDUCTOR_HTTP_ALLOW = found.allow
    settings.CONDUCTOR_URL = SITE
    settings.ALLOWED_HOSTS = ["conductor.example", "other.example"]
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def row(ada: User, provider: Provider) -> Credential:
    row = Credential(owner=ada, name="Shop", kind="oauth2_code")
    keep(row, provider.fields())
    return row


class Browser:
    """A person's browser, which knows our site and the provider."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(HTTP_HOST="conductor.example:8000")
        if user is not None:
            self.client.force_login(user)

    def leave(self, row: Credential) -> str:
        """Press Connect; return where that leads."""
        answer = self.client.post(f"/credentials/{row.pk}/connect/")
        assert answer.status_code == 200, answer.content.decode()
        text = answer.content.decode()
        (found,) = re.findall(r'http-equiv="refresh" content="0;url=([^"]*)"', text)
        return unescape(str(found))

    def consent(self, address: str) -> str:
        """Look at the provider's page, which leads back; return where to."""
        where = urlsplit(address)
        connection = HTTPConnection(where.netloc)
        connection.request("GET", f"{where.path}?{where.query}")
        back = str(connection.getresponse().headers["Location"])
        connection.close()
        return back

    def come_back(self, back: str) -> str:
        """Return to our site; return what its page says."""
        assert back.startswith(BACK)
        answer = self.client.get(back.removeprefix(SITE))
        if answer.status_code == 302 and answer["Location"] == "/credentials/connected/":
            answer = self.client.get(answer["Location"])
        assert answer.status_code == 200, answer
        return unescape(answer.content.decode())

    def connect(self, row: Credential) -> str:
        return self.come_back(self.consent(self.leave(row)))


def state_of(row: Credential) -> str:
    found = connection_of(Credential.objects.get(pk=row.pk))
    assert found is not None
    return found.state


def test_the_owner_connects_and_no_one_sees_the_tokens(
    ada: User, row: Credential, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ada_here = Browser(ada)
    address = ada_here.leave(row)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked.pop("state")
    assert len(asked.pop("code_challenge")) == 43
    assert asked == {
        "tenant": "a",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": BACK,
        "scope": "read write",
        "code_challenge_method": "S256",
        "access_type": "offline",
    }
    assert CLIENT_SECRET not in address
    back = ada_here.consent(address)
    # The code goes out of the address before anything is shown.
    first = ada_here.client.get(back.removeprefix(SITE))
    assert (first.status_code, first["Location"]) == (302, "/credentials/connected/")
    assert first["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    page = ada_here.client.get("/credentials/connected/").content.decode()
    assert "Shop is connected" in page
    assert opened(Grant.objects.get()) == {
        "access": "access-token-number-1",
        "refresh": "refresh-token-number-1",
    }
    assert provider.forms[0]["redirect_uri"] == BACK
    assert "client_secret" not in provider.forms[0]  # it is in the header
    shown = ada_here.client.get(f"/credentials/{row.pk}/").content.decode()
    listed = ada_here.client.get("/credentials/").content.decode()
    api = ada_here.client.get(f"/api/credentials/{row.pk}/").json()
    assert api["connection"]["state"] == "connected"
    assert api["connection"]["scope"] == "read write"
    assert api["connection"]["renews"] is True
    stored = str([*Grant.objects.values(), *Consent.objects.values()])
    for text in (page, shown, listed, json.dumps(api), stored, caplog.text):
        for secret in ("access-token", "refresh-token", "code-number", "code_verifier"):
            assert secret not in text
    # Looked at once more, it says nothing of what is over.
    assert "is connected" not in ada_here.client.get("/credentials/connected/").content.decode()


def test_an_answer_serves_once(ada: User, row: Credential, provider: Provider) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    assert "is connected" in browser.come_back(back)
    provider.codes |= {"code-number-1-of-the-provider": provider.asked[0]}
    assert STALE in browser.come_back(back)
    assert len(provider.forms) == 1
    assert state_of(row) == "connected"


def test_an_answer_serves_whoever_began_it_in_the_session_in_which_they_did(
    ada: User, row: Credential, provider: Provider
) -> None:
    eve = User.objects.create_user("eve")
    begun = Browser(ada)
    back = begun.consent(begun.leave(row))
    for other in (Browser(eve), Browser(ada)):
        other.leave(row) if other.client.session["_auth_user_id"] == str(ada.pk) else None
        assert STALE in other.come_back(back)
    # Who is signed out is led to the sign-in, without the code.
    answer = Browser(None).client.get(back.removeprefix(SITE))
    assert answer["Location"] == "/sign-in/?next=/credentials/"
    assert provider.forms == []
    # None of them has used it up.
    assert "is connected" in begun.come_back(back)


def test_nobody_connects_what_is_anothers(ada: User, row: Credential, provider: Provider) -> None:
    root = User.objects.create_superuser("root")
    for person in (User.objects.create_user("eve"), root):
        answer = Browser(person).client.post(f"/credentials/{row.pk}/connect/")
        assert answer.status_code == 404
    strict = Client(enforce_csrf_checks=True, HTTP_HOST="conductor.example:8000")
    strict.force_login(ada)
    assert strict.post(f"/credentials/{row.pk}/connect/").status_code == 403
    assert strict.post(f"/credentials/{row.pk}/disconnect/").status_code == 403
    assert strict.get(f"/credentials/{row.pk}/connect/").status_code == 405
    assert not Consent.objects.exists()


def test_one_that_is_given_to_somebody_else_meanwhile_is_not_connected(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    Credential.objects.update(owner=User.objects.create_user("eve"))
    assert "belongs to somebody else" in browser.come_back(back)
    assert not Grant.objects.exists()


def test_what_is_made_up_changes_nothing(ada: User, row: Credential, provider: Provider) -> None:
    browser = Browser(ada)
    state = parse_qs(urlsplit(browser.leave(row)).query)["state"][0]
    for query in (
        "code=x",
        "code=x&state=",
        "code=x&state=made-up",
        f"code=x&state={state}x",
        f"code=x&state={state}&state=other",
        f"code=x&code=y&state={state}",
        f"code=x&state={state}&iss=http://127.0.0.1&iss=https://evil.example",
        "code=x&state=%00%ed%a0%80",
        "state=" + "x" * 5000,
        "error=access_denied&error_description=%3Cscript%3E",
    ):
        text = browser.come_back(f"{BACK}?{query}")
        assert STALE in text, query
        assert "<script>" not in text.replace("<script src", "").replace('<script id="', "")
    assert provider.forms == []
    assert Consent.objects.count() == 1


def test_an_answer_after_ten_minutes_is_none(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    begun = Consent.objects.get()
    Consent.objects.update(begun=begun.begun - timedelta(minutes=10, seconds=1))
    assert STALE in browser.come_back(back)
    # And is swept away by the next one.
    browser.leave(row)
    assert Consent.objects.exclude(pk=begun.pk).count() == Consent.objects.count() == 1


def test_who_presses_and_does_not_come_back_leaves_not_much(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    places = [browser.leave(row) for _ in range(25)]
    assert Consent.objects.count() == 20
    assert STALE in browser.come_back(browser.consent(places[0]))
    assert "is connected" in browser.come_back(browser.consent(places[-1]))


@pytest.mark.parametrize(
    "change",
    [
        {"token_url": "https://evil.example/token", "client_secret": "another"},
        {"authorization_url": "https://evil.example/authorize"},
        {"client_id": "another"},
    ],
)
def test_another_client_is_connected_anew(
    ada: User, row: Credential, provider: Provider, change: dict[str, str]
) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))
    assert "is connected" in browser.connect(row)
    keep(row, change)
    # Neither is what was granted kept for it, nor does who was on the way connect it.
    assert not Grant.objects.exists()
    assert state_of(row) == "none"
    assert "were changed since you were sent" in browser.come_back(back)
    assert [form["grant_type"] for form in provider.forms] == ["authorization_code"]
    assert not Grant.objects.exists()


def test_what_is_the_same_client_stays_connected(
    ada: User, row: Credential, provider: Provider
) -> None:
    Browser(ada).connect(row)
    row.name = "Store"
    keep(row, {"scope": "read", "client_secret": "a newer one"}, "Shop")
    assert state_of(row) == "connected"


def test_a_change_while_the_provider_answers_wins(
    ada: User, row: Credential, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(ada)
    back = browser.consent(browser.leave(row))

    async def meanwhile(*given: Any) -> Any:
        tokens = await ask(*given)
        change = {"client_id": "another"}
        await sync_to_async(lambda: keep(Credential.objects.get(pk=row.pk), change))()
        return tokens

    monkeypatch.setattr("runner.credentials.connecting.ask", meanwhile)
    assert "changed or deleted while the provider answered" in browser.come_back(back)
    assert not Grant.objects.exists()


def test_what_the_provider_says_against_it_is_shown_as_text(
    ada: User, row: Credential, provider: Provider
) -> None:
    browser = Browser(ada)
    assert "is connected" in browser.connect(row)
    said = f"<b>{CLIENT_SECRET}</b>"
    provider.also = {"error": "access_denied", "error_description": said}
    answer = browser.client.get(browser.consent(browser.leave(row)).removeprefix(SITE), follow=True)
    text = answer.content.decode()
    assert "127.0.0.1 did not grant it: access_denied; &lt;b&gt;••••••&lt;/b&gt;." in text
    # What was granted before still is.
    assert state_of(row) == "connected"
    provider.also = {}
    provider.refuses = (400, {"error": "invalid_grant", "error_description": "<i>old</i>"})
    text = browser.connect(row)
    assert "it answered 400, invalid_grant; <i>old</i>." in text
    assert state_of(row) == "connected"


@pytest.mark.parametrize(
    ("issuer", "told", "done"),
    [
        ("", "http://127.0.0.1:1", True),
        ("", "https://honest.example", False),
        ("", "http://[::", False),
        ("https://as.example", "https://as.example", True),
        ("https://as.example", "https://as.example/", False),
        ("https://as.example", None, False),
    ],
)
def test_the_answer_of_another_provider_is_refused(
    ada: User, row: Credential, provider: Provider, issuer: str, told: str | None, done: bool
) -> None:
    keep(row, {"issuer": issuer})
    provider.also = {} if told is None else {"iss": told}
    text = Browser(ada).connect(row)
    assert ("is connected" in text) is done
    assert Grant.objects.exists() is done
    # The code of an honest provider was not given to the one that asked for it.
    assert bool(provider.forms) is done


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"access_token": None}, "it answered 200."),
        ({"access_token": "two\nlines"}, "it answered 200."),
        ({"access_token": 5}, "it answered 200."),
        ({"access_token": "x" * 50_001}, "it answered 200."),
        ({"token_type": "mac"}, "of the type 'mac', which is not sent as Bearer"),
        ({"error": "bad_verification_code"}, "it answered 200, bad_verification_code."),
    ],
)
def test_an_answer_that_is_no_token_connects_nothing(
    ada: User, row: Credential, provider: Provider, told: dict[str, Any], why: str
) -> None:
    provider.told = told
    assert why in Browser(ada).connect(row)
    assert not Grant.objects.exists()


@pytest.mark.parametrize("lasts", ["3600", 1e300, -5, "soon", None, True, "nan"])
def test_an_end_is_read_where_it_is_one(
    ada: User, row: Credential, provider: Provider, lasts: Any
) -> None:
    provider.lasts = lasts
    assert "is connected" in Browser(ada).connect(row)
    known = lasts in ("3600", 1e300, True)
    assert (Grant.objects.get().ends is not None) is known


def test_a_person_of_slack_is_in_a_part_of_its_own(
    ada: User, row: Credential, provider: Provider
) -> None:
    own = {"access_token": "xoxp-of-a-person", "scope": "search:read", "token_type": "user"}
    provider.told = {"access_token": None, "ok": True, "authed_user": own}
    assert "is connected" in Browser(ada).connect(row)
    grant = Grant.objects.get()
    assert opened(grant) == {"access": "xoxp-of-a-person", "refresh": ""}
    assert grant.scope == "search:read"


def test_a_slow_provider_is_not_waited_for_for_ever(
    ada: User, row: Credential, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.nodes.tokens.PATIENCE", 0.3)
    provider.slow = 2
    text = Browser(ada).connect(row)
    assert "127.0.0.1 gave no token for the credential 'Shop' within 0.3 seconds." in text
    assert not Grant.objects.exists()


def test_private_addresses_are_asked_for_tokens_only_where_that_is_allowed(
    ada: User, row: Credential, provider: Provider, settings: Any
) -> None:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset()
    text = Browser(ada).connect(row)
    assert "127.0.0.1 is not public" in text
    assert provider.forms == []
    # Nor is who redirects followed.
    settings.CONDUCTOR_HTTP_ALLOW = provider.allow
    provider.on("/token", 307, Location=f"{provider.url}/elsewhere")
    provider.on("/elsewhere", 200, b"{}")
    assert "it answered 307" in Browser(ada).connect(row)
    assert "/elsewhere" not in [seen[1] for seen in provider.seen]


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
