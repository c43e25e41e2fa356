"""A person connects a credential: is sent to the provider, and comes back with a code for tokens.

RFC 6749, section 4.1, with PKCE (RFC 7636), the issuer's name (RFC 9207) and what RFC 9700 advises.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from runner.credentials.grants import grant
from runner.credentials.keeping import CODE, client_of, secrets_of
from runner.engine.errors import NodeError
from runner.engine.hiding import Hiding
from runner.models import Consent, Credential
from runner.nodes.credentials import OWN_PARAMETERS, AuthorizationCode
from runner.nodes.tokens import ask
from runner.sealing import SecretBox, SecretUnreadable

LASTS = timedelta(minutes=10)
# How many of a person's may be under way: whoever presses and does not come back leaves one.
MOST = 20
OF_SESSION = "connecting"
LONGEST = 4000  # characters of a code or state


class NotConnected(Exception):
    """It did not come about; the message is for the person, and `credential` is what it was for."""

    def __init__(self, message: str, credential: Credential | None = None) -> None:
        super().__init__(message)
        self.credential = credential


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a person is sent, and who asks there."""

    address: str
    host: str


def redirect_address() -> str:
    """Return the one address to which every provider sends people back, to be registered there."""
    return f"{settings.CONDUCTOR_URL.rstrip('/')}/credentials/connected/"


def begin(row: Credential, user: User, session: MutableMapping[str, Any]) -> Asked:
    """Return where the owner consents; whoever comes back from there is known by the session.

    Raises NotConnected.
    """
    client = _client(row)
    if row.owner_id != user.pk:
        raise NotConnected("Only its owner connects a credential.", row)
    now = timezone.now()
    Consent.objects.filter(begun__lte=now - LASTS).delete()
    late = Consent.objects.filter(user=user).order_by("-begun").values_list("pk", flat=True)
    Consent.objects.filter(pk__in=list(late[MOST - 1 :])).delete()
    state = secrets.token_urlsafe(32)
    verifier = secrets.token_urlsafe(48) if client.pkce == "S256" else ""
    Consent.objects.create(
        state=_hashed(state),
        credential=row,
        user=user,
        session=_hashed(session.setdefault(OF_SESSION, secrets.token_urlsafe(32))),
        client=client_of(row.fields),
        scope=client.scope,
        verifier=SecretBox.of_site().seal(verifier),
        begun=now,
    )
    asks = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_address(),
        "scope": client.scope,
        "state": state,
    }
    if verifier:
        digest = hashlib.sha256(verifier.encode()).digest()
        asks["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        asks["code_challenge_method"] = "S256"
    where = urlsplit(client.authorization_url)
    known = parse_qsl(where.query, keep_blank_values=True)
    further = parse_qsl(client.parameters, keep_blank_values=True)
    pairs = [
        *((name, value) for name, value in known if name.lower() not in OWN_PARAMETERS),
        *((name, value) for name, value in asks.items() if value),
        *further,
    ]
    return Asked(urlunsplit(where._replace(query=urlencode(pairs))), where.netloc)


def finish(told: Mapping[str, str], user: User, session: Mapping[str, Any]) -> Credential:
    """Exchange the code with which a person comes back for tokens, and keep those.

    Return the credential. Raises NotConnected, and changes nothing then.
    """
    consent = _consent(told.get("state", ""), user, session)
    row = consent.credential
    client = _client(row)
    if row.owner_id != user.pk:
        raise NotConnected("It belongs to somebody else by now.", row)
    if client_of(row.fields) != consent.client:
        raise NotConnected(
            "Its addresses or its client were changed since you were sent to the provider.", row
        )
    _check_issuer(told.get("iss"), client, row)
    if "error" in told:
        raise NotConnected(_in_words(client, told), row)
    code = told.get("code", "")
    if not code or len(code) > LONGEST:
        raise NotConnected("The provider sent no code.", row)
    try:
        verifier = SecretBox.of_site().open(consent.verifier)
    except SecretUnreadable:
        raise NotConnected("The site's key was changed meanwhile.", row) from None
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_address(),
        **({"code_verifier": verifier} if verifier else {}),
    }
    allow = settings.CONDUCTOR_HTTP_ALLOW
    try:
        tokens = async_to_sync(ask)(row.name, client, form, allow, [code, verifier])
    except NodeError as error:
        raise NotConnected(str(error), row) from None
    if not grant(row, consent.client, tokens, consent.scope):
        raise NotConnected("It was changed or deleted while the provider answered.", row)
    return row


def _client(row: Credential) -> AuthorizationCode:
    if row.kind != CODE:
        raise NotConnected("This is of a kind that needs not be connected.", row)
    try:
        return AuthorizationCode.model_validate({**row.fields, **secrets_of(row)})
    except SecretUnreadable:
        raise NotConnected(
            "Its client secret was encrypted with another key of this site: enter it again.", row
        ) from None


def _consent(state: str, user: User, session: Mapping[str, Any]) -> Consent:
    """Return what this person began in this session, once: nobody comes back with it again."""
    wrong = NotConnected(
        "This answer belongs to nothing that you have begun here in the last ten minutes, or it "
        "has come before. Nothing was changed: press Connect once more."
    )
    mine = session.get(OF_SESSION)
    if not state or len(state) > LONGEST or not isinstance(mine, str):
        raise wrong
    rows = Consent.objects.select_related("credential__owner")
    found = rows.filter(pk=_hashed(state), user=user, begun__gt=timezone.now() - LASTS).first()
    if found is None or not hmac.compare_digest(found.session, _hashed(mine)):
        raise wrong
    # Of two that come at once, one has deleted it.
    if not Consent.objects.filter(pk=found.pk).delete()[0]:
        raise wrong
    return found


def _check_issuer(issuer: str | None, client: AuthorizationCode, row: Credential) -> None:
    """Refuse the answer of another provider than the one that was asked (RFC 9207).

    One that is asked by us could otherwise have people consent at another, and get that one's code.
    """
    if client.issuer:
        if issuer != client.issuer:
            named = f"names itself {issuer[:300]!r}" if issuer else "does not name itself"
            raise NotConnected(
                f"The answer {named}, and not {client.issuer!r} as its issuer is here.", row
            )
    elif issuer is not None:
        asked = urlsplit(client.authorization_url).hostname
        if _host_of(issuer) != asked:
            raise NotConnected(
                f"The answer is of {issuer[:300]!r}, but {asked!r} was asked. If that is the same "
                "provider, enter this as the credential's issuer.",
                row,
            )


def _host_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _in_words(client: AuthorizationCode, told: Mapping[str, str]) -> str:
    hiding = Hiding()
    hiding.hide([client.client_secret])
    why = "; ".join(
        hiding.text(told[name])[:300] for name in ("error", "error_description") if told.get(name)
    )
    host = urlsplit(client.authorization_url).hostname
    return f"{host} did not grant it: {why}." if why else f"{host} did not grant it."


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
