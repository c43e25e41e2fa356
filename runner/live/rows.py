"""Asks the rows what the sockets follow; the rows are the truth, whichever process wrote them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ParamSpec, TypeVar, cast
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase

from editor.models import Right
from editor.visible import Who, blueprints_of, right_of, runs_of
from runner.actions.history import JournalPruned, pruned_since
from runner.actions.summary import run_line
from runner.journal.reader import JournalDamaged, sound_chunks
from runner.models import WHOLE, Run, RunStatus, with_newest

OVER = frozenset({RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED})
NEWEST = 20
# How much of a journal is read at once.
MOST_BYTES = 256 * 1024

Chunks = list[tuple[int, int, str]]
Statuses = list[tuple[UUID, str]]
P = ParamSpec("P")
T = TypeVar("T")


def asynchronous(work: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Let work with rows be awaited; a thread does it."""
    return cast(Callable[P, Awaitable[T]], database_sync_to_async(work))


@dataclass(frozen=True, slots=True)
class Look:
    """How far the journals of runs go and which of them are over, and the runs of blueprints."""

    runs: dict[str, tuple[int, bool]]
    blueprints: dict[str, Statuses]


@asynchronous
def right_to_run(who: Who, run: UUID) -> Right | None:
    """Return what somebody may do with the blueprint of this run; None where it isn't theirs.

    Raises JournalPruned where it is, and its journal is gone.
    """
    found = runs_of(who).filter(pk=run).first()
    right = right_of(who, found.blueprint) if found is not None else None
    if right is not None and (since := pruned_since(run)):
        raise JournalPruned(since)
    return right


@asynchronous
def right_to_blueprint(who: Who, blueprint: UUID) -> Right | None:
    """Return what somebody may do with this blueprint; None where it isn't there for them."""
    found = blueprints_of(who).filter(pk=blueprint).first()
    return right_of(who, found) if found is not None else None


@asynchronous
def rights_now(who: Who, runs: Collection[str], blueprints: Collection[str]) -> dict[str, Right]:
    """Return of these runs and blueprints those that somebody may still see, with the right."""
    rows = {str(run.pk): run.blueprint for run in runs_of(who).filter(pk__in=runs)}
    rows |= {str(row.pk): row for row in blueprints_of(who).filter(pk__in=blueprints)}
    found = {row.pk: right_of(who, row) for row in rows.values()}
    return {key: right for key, row in rows.items() if (right := found[row.pk])}


@asynchronous
def chunks_after(run: str, seq: int) -> tuple[Chunks, bool]:
    """Return chunks of the run's journal with events after `seq`, and whether these are all.

    Raises JournalDamaged where the first of them is missing or damaged.
    """
    found: Chunks = []
    size = 0
    try:
        for first_seq, last_seq, text, *_ in sound_chunks(run, seq):
            found.append((first_seq, last_seq, text))
            size += len(text)
            if size > MOST_BYTES:
                return found, False
    except JournalDamaged:
        if not found:
            raise
        # What comes before the damage is told; the next look finds it.
        return found, False
    return found, True


@asynchronous
def look(runs: Collection[str], blueprints: Collection[str]) -> Look:
    """Return how these runs, and the runs of these blueprints, stand now."""
    found: dict[str, tuple[int, bool]] = {}
    if runs:
        rows = Run.objects.filter(pk__in=runs).only("noted_seq", "status")
        found = {str(it.pk): (it.last_seq, it.status in OVER) for it in with_newest(rows)}
    return Look(found, {blueprint: _statuses(blueprint) for blueprint in blueprints})


def _statuses(blueprint: str) -> Statuses:
    rows = Run.objects.filter(WHOLE, blueprint_id=blueprint).order_by("-created")
    return [(run.pk, run.shown_status) for run in rows.only("pk", "status", "paused")[:NEWEST]]


@asynchronous
def newest_runs(blueprint: str) -> list[dict[str, Any]]:
    """Return the blueprint's newest runs as lists show them."""
    rows = Run.objects.filter(WHOLE, blueprint_id=blueprint).order_by("-created")
    lines = rows.select_related("blueprint", "version", "started_by").defer("inputs", "outputs")
    return [run_line(run) for run in with_newest(lines)[:NEWEST]]


@asynchronous
def who_is_there(user: User | AnonymousUser, session: SessionBase | None) -> Who | None:
    """Return who the session that opened the socket belongs to; None where it is over."""
    if session is None or session.session_key is None:
        return None
    # Read anew: what the socket has is what its session was when it opened, and lazy at that. One
    # that is over is empty.
    fresh = import_module(settings.SESSION_ENGINE).SessionStore(session.session_key)
    if not isinstance(user, User):
        guest = Who.of(AnonymousUser(), fresh)
        return guest if guest.links else None
    found = User.objects.filter(pk=user.pk or 0, is_active=True).first()
    if (
        found is None
        or str(fresh.get("_auth_user_id")) != str(user.pk)
        or fresh.get("_auth_user_hash") != found.get_session_auth_hash()
    ):
        return None
    return Who.of(found, fresh)
