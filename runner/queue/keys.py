"""Who has the keys that frames of several runs take in turn, and who waits for them.

A row is a frame that has a key or wants it. Whoever changes who has one holds the key's lock, so
that there is no moment in which nobody or two have it. Who waits is told by a signal after that is
kept; a signal that was lost in between is sent again by a chore.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from runner.engine import Fenced
from runner.engine.account import node_of
from runner.engine.keys import Turn, Wanted
from runner.models import SPREAD, KeyTurn, Run
from runner.queue.signals import OVER, AlreadySent, RunOver, send

LONGEST = 200
MOST = 100
UNHEARD = timedelta(seconds=5)  # who does not know by then that it has a key is told again
_ATTEMPT = re.compile(r"~\d+$")


class SiteKeys:
    """The engine's `Keys` for runs of this site; `ask` asks the database in another thread."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    async def turns(self, run: str, epoch: int, wanted: Sequence[Wanted]) -> Mapping[str, Turn]:
        """Make these the only frames of a run that have keys or want them; see `Keys.turns`."""
        answers: Mapping[str, Turn] = await self._ask(turns, UUID(run), epoch, wanted)
        return answers


def turns(run: UUID, epoch: int, wanted: Sequence[Wanted]) -> dict[str, Turn]:
    """Make these the only frames of a run that have keys or want them; return how each stands.

    Raises Fenced where the run is not this epoch's any more.
    """
    with transaction.atomic():
        rows = Run.objects.only("owner", "blueprint", "trigger", "parent", "parent_step")
        row = rows.filter(pk=run).first()
        named = {it.path: _name(it, row) for it in wanted} if row is not None else {}
        left = KeyTurn.objects.filter(run=run).exclude(step__in=list(named))
        names = {*named.values(), *left.values_list("name", flat=True)}
        _lock(names)
        row = rows.select_for_update(of=("self",)).filter(pk=run, epoch=epoch).first()
        if row is None:
            raise Fenced
        left.delete()
        stuck = {it.path: _join(row, it, named[it.path]) for it in wanted}
        following = _give(names)
        mine = KeyTurn.objects.filter(run=run, granted__isnull=False)
        granted = set(mine.values_list("step", flat=True))
        mine.filter(known=False).update(known=True)
    _tell(it for it in following if it.run_id != run)
    return {
        path: Turn(granted=path in granted or said is None, stuck=said or "")
        for path, said in stuck.items()
    }


def give_back(runs: Sequence[Run]) -> None:
    """Give the keys of runs that have ended to others."""
    names = set(KeyTurn.objects.filter(run__in=runs).values_list("name", flat=True))
    if names:
        with transaction.atomic():
            _lock(names)
            KeyTurn.objects.filter(run__in=runs).delete()
            following = _give(names)
        _tell(following)


def sweep() -> None:
    """Give keys to those who wait of which nobody has any more, and tell those who do not know.

    Of those who wait for one another for ever, one is told to ask again, and so learns it.
    """
    over = KeyTurn.objects.filter(run__status__in=OVER).values("run")
    for run in Run.objects.filter(pk__in=over).only("pk")[:MOST]:
        give_back([run])
    taken = KeyTurn.objects.filter(granted__isnull=False)
    free = KeyTurn.objects.exclude(name__in=taken.values("name")).values_list("name", flat=True)
    if names := set(free[:MOST]):
        # A run that was deleted gave nothing back.
        with transaction.atomic():
            _lock(names)
            following = _give(names)
        _tell(following)
    now = timezone.now()
    unheard = taken.filter(granted__lt=now - UNHEARD, known=False).order_by("id")
    _tell([*unheard[:MOST], *_last_of_a_ring()], again=f" {now:%H:%M:%S}")


def holder_of(run: Run, step: str) -> tuple[KeyTurn, int] | None:
    """Return who has the key that a frame of a run waits for, and how many are before it in line.

    None where it does not wait.
    """
    waiting = KeyTurn.objects.filter(run=run, granted__isnull=True)
    mine = next((it for it in waiting if _ATTEMPT.sub("", it.step) == step), None)
    if mine is None:
        return None
    others = KeyTurn.objects.filter(name=mine.name)
    holder = others.filter(granted__isnull=False).select_related("run").first()
    if holder is None:
        return None
    return holder, others.filter(granted__isnull=True, pk__lt=mine.pk).count()


def _name(wanted: Wanted, run: Run) -> str:
    whose = f"owner:{run.owner_id}" if wanted.scope == "owner" else f"blueprint:{run.blueprint_id}"
    return hashlib.sha256(json.dumps([whose, wanted.key]).encode()).hexdigest()


def _lock(names: set[str]) -> None:
    """Have all others wait who change who has these keys; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for number in sorted({int(name[:15], 16) for name in names}):
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _give(names: set[str]) -> list[KeyTurn]:
    """Give those of the keys that nobody has to whoever has waited longest for each."""
    given = []
    for name in names:
        line = KeyTurn.objects.filter(name=name)
        if line.filter(granted__isnull=False).exists():
            continue
        following = line.exclude(run__status__in=OVER).order_by("id").first()
        if following is not None:
            following.granted = timezone.now()
            following.save(update_fields=["granted"])
            given.append(following)
    return given


def _join(run: Run, wanted: Wanted, name: str) -> str | None:
    """Take a place in the line for a key; say why it would be in vain, else nothing.

    None: it needs no place, since the key is held around it.
    """
    known = KeyTurn.objects.filter(run=run, step=wanted.path).first()
    if known is not None and known.granted is not None:
        return ""
    key = json.dumps(wanted.key)[:LONGEST]
    holder = KeyTurn.objects.filter(name=name, granted__isnull=False).first()
    if holder is not None:
        # As in one run: what is called within a frame that has the key need not wait.
        if _is_within(run, wanted.path, holder):
            return None
        if stuck := _why_never(run, wanted.path, key, holder):
            return stuck
    if known is None:
        KeyTurn.objects.create(
            name=name, key=key, run=run, step=wanted.path, created=timezone.now()
        )
    return ""


def _tell(rows: Iterable[KeyTurn], again: str = "") -> None:
    """Have the runs look that have keys now; those that did not the first time, once more."""
    for row in rows:
        with suppress(Run.DoesNotExist, RunOver, AlreadySent):
            send(row.run_id, _ATTEMPT.sub("", row.step), f"key {row.pk}{again}", {})


# --- who could never have it ----------------------------------------------


def _around(run: Run, step: str) -> Iterator[tuple[Run, str]]:
    """Yield a run with a step of it, and the runs that wait for it with the steps that do."""
    yield run, step
    while run.parent is not None and run.parent_step and _waits(run):
        step, run = run.parent_step, run.parent
        yield run, step


def _waits(run: Run) -> bool:
    """Say whether the step that called a run waits for its end."""
    assert run.parent is not None
    if run.trigger == SPREAD:
        return True
    calling = run.parent.drawing.document["nodes"].get(node_of(run.parent_step), {})
    return calling.get("parameters", {}).get("wait", True) is not False


def _is_inside(step: str, frame: str) -> bool:
    return step.startswith(f"{frame}/")


def _is_within(run: Run, step: str, holder: KeyTurn) -> bool:
    """Say whether a step lies in the frame that has a key, also by calls that it waits for."""
    return any(
        at.pk == holder.run_id and _is_inside(path, holder.step) for at, path in _around(run, step)
    )


def _why_never(run: Run, step: str, key: str, holder: KeyTurn) -> str:
    """Say why a frame would wait for ever, with the keys and the runs; empty where it would not.

    It would where the holder's frame waits, perhaps by others, for a key that a frame around
    this one has.
    """
    at = list(_around(run, step))
    mine = {
        it.name
        for it in KeyTurn.objects.filter(run__in=[it for it, _ in at], granted__isnull=False)
        if any(it.run_id == other.pk and _is_inside(path, it.step) for other, path in at)
    }
    if not mine:
        return ""
    seen: set[UUID] = set()
    look = [(holder, f"It wants the key {key}, which run {holder.run_id} has")]
    while look and len(seen) < MOST:
        frame, said = look.pop()
        if frame.pk in seen:
            continue
        seen.add(frame.pk)
        for waiting in _waiting_in(frame):
            said_next = f"{said}, and that one waits for the key {waiting.key}, which"
            if waiting.name in mine:
                return f"{said_next} this one has. Take the keys in the same order everywhere."
            holders = KeyTurn.objects.filter(name=waiting.name, granted__isnull=False)
            look += [(it, f"{said_next} run {it.run_id} has") for it in holders]
    return ""


def _last_of_a_ring() -> list[KeyTurn]:
    """Return, of frames that wait for one another for ever, the one that came last.

    Who comes to wait is told at once. But on PostgreSQL the two that close a ring of four at
    the same moment lock other keys, and neither sees the other.
    """
    old = KeyTurn.objects.filter(granted__isnull=True, created__lt=timezone.now() - UNHEARD)
    # Only a frame with another key around it can be in a ring.
    within = old.filter(Q(step__contains="/") | Q(run__parent__isnull=False))
    for row in within.select_related("run").order_by("-id")[:MOST]:
        holder = KeyTurn.objects.filter(name=row.name, granted__isnull=False).first()
        if holder is not None and _why_never(row.run, row.step, row.key, holder):
            return [row]
    return []


def _waiting_in(frame: KeyTurn) -> Iterator[KeyTurn]:
    """Yield what waits for a key inside a frame, also in runs that are called there."""
    called: list[tuple[UUID, str]] = [(frame.run_id, frame.step)]
    while called:
        run, within = called.pop()
        inside = Q(step__startswith=f"{within}/") if within else Q()
        yield from KeyTurn.objects.filter(inside, run=run, granted__isnull=True)
        steps = Q(parent_step__startswith=f"{within}/") if within else ~Q(parent_step="")
        children = Run.objects.filter(steps, parent=run, finished__isnull=True)
        called += [(it.pk, "") for it in children.select_related("parent__drawing") if _waits(it)]
