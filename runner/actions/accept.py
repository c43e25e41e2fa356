"""Accept a run into the queue: its row and its first events, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions import gather, room, writing
from runner.actions.writing import New
from runner.engine.events import RUN_CANCELLED, RUN_STARTED, Event
from runner.graph.labelled import labels_of
from runner.graph.labels import apart, together
from runner.graph.queueing import QueueSettings
from runner.journal.spill import Spiller
from runner.models import JournalChunk, Run, RunStatus, time_ordered_id
from runner.queue import queues, slots
from runner.queue.places import PLAIN, KeyInvalid, Place, place_of, settings_of
from runner.queue.wake import wake_workers


@dataclass(frozen=True, slots=True)
class Cause:
    """The run that caused another; `step` and `attempt` are those of a call."""

    parent: Run
    step: str = ""
    attempt: int = 1
    depth: int = 0
    cancel: bool = False
    handles_error: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever starts a run wants of the queue; what is None is as the blueprint says.

    `outside`: it is a start of its own, which may be the same as another, be
    gathered with others, be dropped, or be refused; what runs cause is none of that.
    `due`: it does not begin before. `unique_for`: seconds for which `unique` holds, also when the
    run has ended. `labels`: what its worker must have besides what its drawing
    asks for.
    """

    outside: bool = False
    due: datetime | None = None
    priority: int | None = None
    unique: str | None = None
    unique_for: float | None = None
    attempt: int = 1
    labels: tuple[str, ...] = ()


NONE, OUTSIDE = Wishes(), Wishes(outside=True)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The run to which a start has led, and whether it is a new one."""

    run: Run
    new: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRow:
    """A run that is about to get its row."""

    events: list[Event]
    blueprint: Blueprint
    drawing: Drawing
    version: BlueprintVersion | None
    inputs: dict[str, Any]
    trigger: str
    trigger_node: str
    by: User | None
    rerun_of: Run | None = None
    rerun_from: str = ""
    cause: Cause | None = None
    edited: bool = False
    key: UUID = field(default_factory=time_ordered_id)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a drawing asks of the queue, and the variables that its expressions may use."""

    queueing: QueueSettings
    vars: dict[str, Any]
    labels: frozenset[str]


def accept_run(new: NewRow, *, wishes: Wishes = NONE) -> Accepted:
    """Accept a run; when this returns within no transaction, it is durable.

    Only runs of published versions queue as their blueprint says; those of a draft are trials.
    Raises QueueDraining and KeyInvalid for a start from outside.
    """
    asked = _asked(new.drawing)
    place = _place(new, wishes, asked)
    labels = _labels(new, wishes, asked.labels)
    queue = queues.state_of(place.queue, queues.known())
    if wishes.outside and queue.draining:
        raise queues.QueueDraining(place.queue)
    with writing.within(alone=not place.plain):
        if not place.plain:
            slots.lock(new.blueprint.pk)
        if place.unique and (first := gather.first_with(new.blueprint.pk, place.unique)):
            return Accepted(first, new=False)
        if place.gather is not None:
            run = gather.gathered(new.blueprint.pk, place, new.inputs)
            if run is not None:
                transaction.on_commit(wake_workers)
                return Accepted(run, new=False)
            run = _gathering(new, place, labels)
        else:
            run = _queued(new, place, wishes, queue, labels)
        if place.unique:
            gather.remember(run, place)
    return Accepted(run)


def _labels(new: NewRow, wishes: Wishes, drawn: frozenset[str]) -> str:
    origin = new.rerun_of
    # What called the repeated run may have asked for more than its drawing does.
    more = apart(origin.labels) if origin and origin.drawing_id == new.drawing.pk else frozenset()
    return together([*drawn, *wishes.labels, *more])


def _place(new: NewRow, wishes: Wishes, asked: _Asked) -> Place:
    own = PLAIN if new.version is None else asked.queueing
    if wishes.due is not None:
        # What was put off by itself is put off by nothing else.
        own = own.model_copy(update={"debounce": None, "batch": None})
    if wishes.unique_for is not None:
        own = own.model_copy(update={"unique_for": wishes.unique_for})
    vars_ = {**settings.CONDUCTOR_VARS, **asked.vars}
    find = partial(
        place_of,
        vars=vars_,
        node=new.trigger_node,
        priority=wishes.priority,
        unique=wishes.unique,
    )
    try:
        place = find(own, new.inputs, outside=wishes.outside)
    except KeyInvalid:
        if wishes.outside:
            raise
        # What runs cause is part of what was promised to those who started them.
        keyless = own.model_copy(update={"key": "", "per_key": None})
        place = find(keyless, new.inputs, outside=False)
    if place.limited and _within_a_slot(new):
        return replace(place, limited=False, limit_key="")
    return place


def _asked(drawing: Drawing) -> _Asked:
    return _read(drawing.document) if drawing.document else _asked_by(drawing.pk)


# Who starts many gives the drawing by its hash alone; it never changes.
@lru_cache(maxsize=4096)
def _asked_by(drawing: str) -> _Asked:
    return _read(Drawing.objects.values_list("document", flat=True).get(pk=drawing))


def _read(document: dict[str, Any]) -> _Asked:
    return _Asked(settings_of(document), document.get("vars") or {}, frozenset(labels_of(document)))


def _within_a_slot(new: NewRow) -> bool:
    """Say whether a run that waits for this one has a slot of the same blueprint.

    This one would wait for ever for a slot that only its own end could free.
    """
    cause = new.cause
    above = cause.parent if cause is not None and cause.step else None
    while above is not None:
        if above.limited and above.blueprint_id == new.blueprint.pk:
            return True
        above = above.parent if above.parent_step else None
    return False


def _queued(
    new: NewRow, place: Place, wishes: Wishes, queue: queues.QueueState, labels: str
) -> Run:
    events = new.events
    now = timezone.now()
    more: dict[str, Any] = {"attempt": wishes.attempt, "limited": place.limited, "labels": labels}
    if wishes.due is not None and wishes.due > now:
        more |= {"wake_at": wishes.due, "turn": place.turn(wishes.due)}
    else:
        if wishes.outside and (
            why := room.make(
                new.blueprint.pk, place.limit_key, place.settings if place.limited else None, queue
            )
        ):
            last = events[-1]
            end = Event(last.seq + 1, now.timestamp(), RUN_CANCELLED, None, {"reason": why})
            events = [*events, end]
            more |= _dropped(why, now)
        elif place.limited:
            more["held"] = not slots.is_free(new.blueprint.pk, place.limit_key, place.settings)
    return _write(new, place, events, new.inputs, more)


def _dropped(why: str, now: datetime) -> dict[str, Any]:
    return {
        "status": RunStatus.CANCELLED,
        "error": {"code": "dropped", "message": why},
        "finished": now,
        "limited": False,
        "unsettled": True,
        "cancel_requested": True,
        "cancel_reason": why,
    }


def _gathering(new: NewRow, place: Place, labels: str) -> Run:
    until = gather.first_moment(place)
    inputs = gather.first_inputs(place, new.inputs)
    more = {
        "wake_at": until,
        "limited": place.limited,
        "turn": place.turn(until),
        "labels": labels,
    }
    # Its first event is written when no more starts are gathered in it.
    run = _write(new, place, [], inputs, more)
    gather.begin(run, place)
    return run


def _write(
    new: NewRow, place: Place, events: list[Event], inputs: dict[str, Any], more: dict[str, Any]
) -> Run:
    cause = new.cause
    began = next((event.time for event in events if event.type == RUN_STARTED), None)
    created = datetime.fromtimestamp(new.events[0].time, UTC)
    spiller = Spiller(new.key)
    text = spiller.events(events) if events else ""
    last = events[-1].seq if events else 0
    run = Run(
        pk=new.key,
        blueprint=new.blueprint,
        drawing=new.drawing,
        version=new.version,
        inputs=orjson.loads(spiller.column(inputs, 1, "inputs")),
        trigger=new.trigger,
        trigger_node=new.trigger_node,
        owner_id=new.blueprint.owner_id,
        started_by=new.by,
        rerun_of=new.rerun_of,
        rerun_from=new.rerun_from,
        parent=cause.parent if cause else None,
        parent_step=cause.step if cause else "",
        parent_attempt=cause.attempt if cause else 1,
        depth=cause.depth if cause else 0,
        cancel_with_parent=cause.cancel if cause else False,
        handles_error=cause.handles_error if cause else False,
        edited=new.edited,
        noted_seq=last,
        created=created,
        started=datetime.fromtimestamp(began, UTC) if began is not None else None,
        queue=place.queue,
        priority=place.priority,
        **{"turn": place.turn(created), "limit_key": place.limit_key, **more},
    )
    chunk = None
    if events:
        chunk = JournalChunk(run=run, first_seq=1, last_seq=last, epoch=0, events=text)
    writing.write(New(run, chunk, text), alone=not place.plain)
    return run
