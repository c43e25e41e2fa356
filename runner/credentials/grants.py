"""What people have granted to credentials: kept sealed, lent to steps, renewed by one at a time."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from runner.credentials.keeping import CODE, client_of, is_readable, secrets_of
from runner.engine.credentials import CredentialMissing
from runner.models import Credential, Grant
from runner.nodes.credentials import AuthorizationCode
from runner.nodes.oauth import margin
from runner.nodes.tokens import Tokens
from runner.sealing import SecretBox, SecretUnreadable

# Seconds after which others renew a token though somebody has begun to: longer than an endpoint
# may take to answer, since two who renew at once may lose what only one of them was given.
LEASE = 60.0
# Seconds in which a token that is refused is not renewed once more: another one helps as little.
FRESH = 5.0
LONGEST = 4000  # characters of a scope

State = Literal["none", "connected", "refused", "ended"]
STATES: tuple[State, ...] = ("none", "connected", "refused", "ended")


@dataclass(frozen=True, slots=True)
class Connection:
    """Whether a credential is connected, without anything secret of it."""

    state: State
    since: datetime | None = None
    scope: str = ""
    ends: datetime | None = None
    renews: bool = False
    why: str = ""

    @property
    def works(self) -> bool:
        """Whether steps get tokens of it."""
        return self.state == "connected"


def connection_of(row: Credential) -> Connection | None:
    """Return whether a credential is connected; None of kinds that nobody connects."""
    if row.kind != CODE:
        return None
    grant: Grant | None = getattr(row, "grant", None)
    if grant is None or grant.client != client_of(row.fields):
        return Connection("none", why="Nobody has connected it yet.")
    if not is_readable(row) or opened(grant) is None:
        why = "Its tokens were encrypted with another key of this site."
        return Connection("none", why=why)
    state: State = "connected"
    why = ""
    if grant.refused:
        state, why = "refused", grant.refused
    elif not grant.renews and grant.ends is not None and grant.ends <= timezone.now():
        state, why = "ended", "What was granted has ended, and the provider lets nobody renew it."
    return Connection(state, grant.since, grant.scope, grant.ends, grant.renews, why)


def connect_at(row: Credential) -> str:
    """Return where a person connects a credential."""
    return f"{settings.CONDUCTOR_URL.rstrip('/')}/credentials/{row.pk}/"


@transaction.atomic
def grant(row: Credential, client: str, tokens: Tokens, asked: str) -> bool:
    """Keep what a person has granted; False where the credential has become another one since."""
    now = timezone.now()
    current = Credential.objects.select_for_update().filter(pk=row.pk, owner=row.owner_id).first()
    if current is None or current.kind != CODE or client_of(current.fields) != client:
        return False
    Grant.objects.update_or_create(
        credential=current,
        defaults={
            "client": client,
            "since": now,
            "renewed": None,
            # RFC 6749, section 5.1: where it does not say, all that was asked for is granted.
            "scope": (asked if tokens.scope is None else tokens.scope)[:LONGEST],
            **_columns(tokens, tokens.refresh),
        },
    )
    return True


def disconnect(row: Credential) -> None:
    """Throw away what was granted. The provider is not told."""
    Grant.objects.filter(credential=row.pk).delete()


def _columns(tokens: Tokens, refresh: str) -> dict[str, Any]:
    """Return what a row has of new tokens: from then on nobody renews it, and nothing is wrong."""
    now, lasts = timezone.now(), tokens.lasts
    secret = {"access": tokens.access, "refresh": refresh}
    return {
        "tokens": SecretBox.of_site().seal(json.dumps(secret)),
        "state": uuid.uuid4(),
        "renews": bool(refresh),
        "ends": None if lasts is None else now + timedelta(seconds=lasts),
        "due": None if lasts is None else now + timedelta(seconds=lasts - margin(lasts)),
        "refused": "",
        "renewer": None,
        "renewer_until": None,
    }


def opened(grant: Grant) -> dict[str, str] | None:
    """Return the tokens; None where the site's key does not open them."""
    try:
        found: dict[str, str] = json.loads(SecretBox.of_site().open(grant.tokens))
    except SecretUnreadable:
        return None
    return found


@dataclass(frozen=True, slots=True)
class Lent:
    """A token that can be used now."""

    access: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to renew a token, which nobody else has meanwhile.

    `spare` is the old one where it has not ended yet.
    """

    credential: uuid.UUID
    key: uuid.UUID
    name: str
    place: str
    client: AuthorizationCode = field(repr=False)
    refresh: str = field(repr=False)
    spare: str = field(repr=False)


def lend(pk: uuid.UUID, refused: str, renew: bool) -> Lent | Turn | None:
    """Return a token that was not `refused`, or else the turn to `renew` it; None: to be awaited.

    Raises CredentialMissing where there is none, and nothing that renews it.
    """
    row = Credential.objects.select_related("grant").filter(pk=pk).first()
    if row is None:
        raise CredentialMissing("The credential was deleted meanwhile.")
    connection = connection_of(row)
    if connection is None or connection.state in ("none", "refused"):
        raise missing(row.name, connect_at(row), connection.why if connection else "")
    grant, now = row.grant, timezone.now()
    tokens = opened(grant) or {}
    access, refresh = tokens.get("access", ""), tokens.get("refresh", "")
    lives = grant.ends is None or now < grant.ends
    if access != refused and (grant.due is None or now < grant.due):
        return Lent(access)
    fresh = grant.renewed is not None and now < grant.renewed + timedelta(seconds=FRESH)
    if lives and (not refresh or (access == refused and fresh)):
        # Nothing better is to be had, so that what refused it says so.
        return Lent(access)
    if not refresh:
        raise missing(row.name, connect_at(row), connection.why)
    spare = access if lives and access != refused else ""
    free = Q(renewer=None) | Q(renewer_until__lte=now)
    if not renew:
        under_way = grant.renewer_until is not None and now < grant.renewer_until
        return Lent(spare) if spare and under_way else None
    key = uuid.uuid4()
    mine = Grant.objects.filter(free, credential=pk, state=grant.state).update(
        renewer=key, renewer_until=now + timedelta(seconds=LEASE)
    )
    if not mine:
        # Who renews it gives another one soon; what has not ended serves until then.
        return Lent(spare) if spare else None
    client = AuthorizationCode.model_validate({**row.fields, **secrets_of(row)})
    return Turn(row.pk, key, row.name, connect_at(row), client, refresh, spare)


def missing(name: str, place: str, why: str) -> CredentialMissing:
    """Return the error of a credential that has to be connected."""
    said = f"The credential {name!r} has to be connected before it is used"
    told = f"{said}. {why}" if why else f"{said}."
    return CredentialMissing(f"{told} Its owner connects it at {place}")


def renewed(turn: Turn, tokens: Tokens) -> None:
    """Keep the new tokens, unless a person has connected it anew meanwhile."""
    # RFC 6749, section 6: without another refresh token the old one stays, and so does the scope.
    columns = _columns(tokens, tokens.refresh or turn.refresh)
    if tokens.scope is not None:
        columns["scope"] = tokens.scope[:LONGEST]
    Grant.objects.filter(pk=turn.credential, renewer=turn.key).update(
        renewed=timezone.now(), **columns
    )


def refuse(turn: Turn, why: str) -> None:
    """Note that the provider renews it no more."""
    Grant.objects.filter(pk=turn.credential, renewer=turn.key).update(
        refused=why[:1000], renewer=None, renewer_until=None
    )


def let_go(turn: Turn) -> None:
    """Let others renew it: this time it was in vain."""
    Grant.objects.filter(pk=turn.credential, renewer=turn.key).update(
        renewer=None, renewer_until=None
    )
