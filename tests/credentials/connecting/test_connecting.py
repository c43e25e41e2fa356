"""A person connects a credential: consent, the way back, and everything that must not connect."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from runner.credentials.grants import opened
from runner.credentials.keeping import keep
from runner.models import Consent, Credential, Grant
from runner.nodes.tokens import ask
from tests.credentials.connecting.browser import BACK, STALE, Browser, state_of
from tests.credentials.provider import CLIENT, CLIENT_SECRET, SITE, Provider

pytestmark = pytest.mark.django_db


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
