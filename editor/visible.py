"""Who may do what with a blueprint and its runs: the one place that says so.

The API, the pages and the sockets ask here, each time anew, so that a right that is withdrawn is
gone with the next question. What somebody may not even look at does not exist for them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.db.models import F, IntegerField, Q, QuerySet, UUIDField
from django.utils import timezone

from editor.merged import Merged
from editor.models import Blueprint, Right, Share, ShareLink
from runner.models import (
    LIVE,
    PAUSED,
    UNSUCCESSFUL,
    Credential,
    Endpoint,
    Listener,
    MessageAside,
    OutgoingMessage,
    Run,
    RunStatus,
    Schedule,
    Webhook,
)
from runner.written import Unindexed, written_in

# The ids of the links that a session has opened.
OPENED = "share_links"
# Shared blueprints, or endpoints, whose rows are merged each by itself: SQLite takes 500 queries
# as one.
MOST_MERGED = 200


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks: somebody who is signed in, or a guest; both may have opened links."""

    user: User | None
    links: frozenset[UUID] = field(default_factory=frozenset)

    @classmethod
    def of(cls, user: User | AnonymousUser, session: SessionBase | None = None) -> Who:
        """Return who a session belongs to; a script with a token has none."""
        opened = session.get(OPENED, []) if session is not None else []
        known = user if isinstance(user, User) and user.is_active else None
        return cls(known, frozenset(_ids(opened)))

    @property
    def name(self) -> str:
        """What others call them."""
        return self.user.get_username() if self.user else "a guest"


class RightMissing(Exception):
    """Somebody may look at a blueprint, but not do with it what they wanted to."""

    def __init__(self, wanted: Right, has: Right, owner: str) -> None:
        self.wanted = wanted
        self.has = has
        super().__init__(
            f"Only its owner, {owner}, may do this with the blueprint; you {has.label}."
            if wanted is Right.OWN
            else f"You {has.label}, and this needs the right to {wanted.value}, "
            f"which the owner, {owner}, can give."
        )


def blueprints_of(who: Who | User, right: Right = Right.VIEW) -> QuerySet[Blueprint]:
    """Return the blueprints with which somebody may do what needs this right."""
    who = who if isinstance(who, Who) else Who(who)
    rows = Blueprint.objects.all()
    if who.user and who.user.is_superuser:
        return rows
    found = Q(owner=who.user) if who.user else Q(pk__in=())
    for shared in _shared(who, right):
        found |= Q(pk__in=shared)
    return rows.filter(found)


def runs_of(who: Who | User, right: Right = Right.VIEW) -> QuerySet[Run]:
    """Return the runs of these blueprints, with what their summaries need."""
    who = who if isinstance(who, Who) else Who(who)
    rows = _runs()
    if who.user and who.user.is_superuser:
        return rows
    found = Q(owner=who.user) if who.user else Q(pk__in=())
    # Many are given nothing, and for one's own runs alone an index has them in their order.
    if shared := _blueprints_shared(who, right):
        found |= Q(blueprint__in=shared)
    return rows.filter(found)


def newest_runs_of(who: Who) -> QuerySet[Run] | Merged[Run]:
    """Return the runs that somebody may look at, newest first, for a list of all of them."""
    # PostgreSQL knows how many of all runs are these, and picks the index by that.
    if connection.vendor != "sqlite" or (who.user and who.user.is_superuser):
        return runs_of(who)
    mine = Q(owner=who.user) if who.user else Q(pk__in=())
    own, others = _runs().filter(mine), _runs().exclude(mine)
    shared = sorted(_blueprints_shared(who, Right.VIEW))
    parts = [others.filter(blueprint=one) for one in shared[:MOST_MERGED]]
    if rest := shared[MOST_MERGED:]:
        parts.append(others.filter(blueprint__in=rest))
    return Merged((own, *parts)) if parts else own


def few_runs_of(who: Who, blueprint: UUID | None = None, *, live: bool = False) -> QuerySet[Run]:
    """Return the runs of one blueprint, or those that have not ended (`live`), or both.

    They are few of all that somebody may look at. SQLite cannot know that, and would go through all
    of the owner's, or of a blueprint's, to count them.
    """
    place = Unindexed("blueprint", output_field=UUIDField()) if live else F("blueprint")
    rows = _runs().alias(whose=Unindexed("owner", output_field=IntegerField()), place=place)
    if live:
        rows = rows.filter(finished__isnull=True)
    if blueprint:
        rows = rows.filter(place=blueprint)
    if who.user and who.user.is_superuser:
        return rows
    found = Q(place__in=_blueprints_shared(who, Right.VIEW))
    return rows.filter(found | Q(whose=who.user.pk) if who.user else found)


def right_of(who: Who, blueprint: Blueprint) -> Right | None:
    """Return the highest right that somebody has to a blueprint; None where they may not look."""
    if who.user and (who.user.is_superuser or who.user.pk == blueprint.owner_id):
        return Right.OWN
    given = set(_rights(who).filter(blueprint=blueprint).values_list("right", flat=True))
    if who.links and _opened(who).filter(blueprint=blueprint).exists():
        given.add(Right.VIEW)
    return max(map(Right, given), key=list(Right).index, default=None)


def owned(who: Who, run: Run) -> Right:
    """Return OWN for a run of somebody's own blueprint, else VIEW: all that a list asks for."""
    own = who.user and (who.user.is_superuser or who.user.pk == run.owner_id)
    return Right.OWN if own else Right.VIEW


def require(who: Who, blueprint: Blueprint, wanted: Right) -> Right:
    """Return the right that somebody has to a blueprint, which holds the one that is wanted.

    Raises Blueprint.DoesNotExist for those who may not look, and RightMissing.
    """
    has = right_of(who, blueprint)
    if has is None:
        raise Blueprint.DoesNotExist
    if not has.allows(wanted):
        raise RightMissing(wanted, has, blueprint.owner.get_username())
    return has


def webhooks_of(user: User) -> QuerySet[Webhook]:
    """Return the webhooks of the user's own blueprints: nobody is given those of others."""
    rows = Webhook.objects.select_related("blueprint").filter(draft=False)
    return rows if user.is_superuser else rows.filter(blueprint__owner=user)


def endpoints_of(user: User) -> QuerySet[Endpoint]:
    """Return the user's own endpoints: nobody is given those of others."""
    rows = Endpoint.objects.select_related("blueprint", "owner")
    return rows if user.is_superuser else rows.filter(owner=user)


def credentials_of(user: User) -> QuerySet[Credential]:
    """Return the user's own credentials: nobody is given those of others."""
    rows = Credential.objects.select_related("owner", "grant")
    return rows if user.is_superuser else rows.filter(owner=user)


def messages_of(user: User) -> QuerySet[OutgoingMessage]:
    """Return the messages to these endpoints."""
    rows = OutgoingMessage.objects.select_related("endpoint")
    return rows if user.is_superuser else rows.filter(endpoint__owner=user)


def newest_messages_of(user: User) -> QuerySet[OutgoingMessage] | Merged[OutgoingMessage]:
    """Return these messages, newest first, for a list of all of them."""
    # An index has those of an endpoint in their order; of several they are merged.
    endpoints = list(endpoints_of(user).order_by("pk").values_list("pk", flat=True))
    rows = OutgoingMessage.objects.select_related("endpoint")
    parts = [rows.filter(endpoint=one) for one in endpoints[:MOST_MERGED]]
    if rest := endpoints[MOST_MERGED:]:
        parts.append(rows.filter(endpoint__in=rest))
    return Merged(tuple(parts)) if len(parts) > 1 else (parts or [rows.none()])[0]


def schedules_of(who: Who | User) -> QuerySet[Schedule]:
    """Return the schedules of the blueprints that somebody may look at."""
    return Schedule.objects.filter(blueprint__in=blueprints_of(who)).select_related("blueprint")


def listeners_of(who: Who | User) -> QuerySet[Listener]:
    """Return the listeners of the blueprints that somebody may look at."""
    return Listener.objects.filter(blueprint__in=blueprints_of(who)).select_related("blueprint")


def aside_of(user: User) -> QuerySet[MessageAside]:
    """Return what listeners of the user's own blueprints could not accept: nobody else sees it."""
    rows = MessageAside.objects.select_related("blueprint")
    return rows if user.is_superuser else rows.filter(blueprint__owner=user)


def shown_as(wanted: Collection[str]) -> Q:
    """Return the condition of runs that are shown with one of these statuses."""
    if set(wanted) <= set(UNSUCCESSFUL):
        # SQLite uses the index of these only where the query has its condition, letter by letter.
        return Q(status__in=wanted) & written_in("status", UNSUCCESSFUL)
    held = Q(paused=True, status__in=(RunStatus.RUNNING, RunStatus.WAITING))
    found = Q(status__in=wanted) & ~held
    if PAUSED in wanted:
        found |= held
    # By the condition of the index of those that have not ended.
    return found & Q(finished__isnull=True) if set(wanted) <= {*LIVE, PAUSED} else found


def valid_links() -> QuerySet[ShareLink]:
    """Return the links that hold now."""
    return ShareLink.objects.filter(Q(expires__isnull=True) | Q(expires__gt=timezone.now()))


def _rights(who: Who) -> QuerySet[Share]:
    """Return what is given to somebody, as far as the links hold by which it came."""
    holds = Q(link__isnull=True) | Q(link__in=valid_links())
    return Share.objects.filter(holds, user=who.user) if who.user else Share.objects.none()


def _opened(who: Who) -> QuerySet[ShareLink]:
    """Return the links that let somebody look without being signed in."""
    return valid_links().filter(pk__in=who.links, open=True)


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("blueprint", "version", "started_by")


def _blueprints_shared(who: Who, right: Right) -> set[UUID]:
    return {row["blueprint"] for part in _shared(who, right) for row in part}


def _shared(who: Who, right: Right) -> list[QuerySet[Any]]:
    """Return the ids of the blueprints with which somebody may do what needs this right."""
    enough = [it for it in Right if it.allows(right)]
    found: list[QuerySet[Any]] = []
    if who.user:
        found.append(_rights(who).filter(right__in=enough).values("blueprint"))
    if who.links and right is Right.VIEW:
        found.append(_opened(who).values("blueprint"))
    return found


def _ids(texts: Iterable[Any]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except (ValueError, TypeError, AttributeError):
            continue
