"""The short way of a webhook's run: executed at once where it arrives, inserted with its events.

The run never waits in the queue: its row is inserted as this process' worker's,
in the same commit as its first events; a short run of pure nodes is accepted,
executed and ended by one commit. Where there is no worker here, or no room, or its
queue has limits, the run is queued like any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from django.db import DatabaseError

from runner.engine import EngineError
from runner.engine.events import RUN_QUEUED, Event
from runner.graph import DocumentInvalid, Plan
from runner.journal.committer import committer
from runner.journal.rows import Delivery, NewRun
from runner.journal.sources import OneWrite
from runner.journal.window import RunWrite
from runner.queue import queues
from runner.queue.plans import known_plan, plan_of
from runner.queue.wake import wake_workers
from runner.queue.worker import Worker, here
from runner.telemetry import Subject, tracing

Heard = Callable[[Sequence[Event]], None]
EPOCH = 1


async def accept(new: NewRun, delivery: Delivery | None = None, heard: Heard | None = None) -> bool:
    """Accept a run; when this returns, the run, its first events and the delivery are durable.

    Returns whether this process executes it: then `heard` is given all its
    events, on this loop, as they are committed, the first before this returns;
    else they must be read from the rows. Raises DatabaseError where the run
    cannot be written.
    """
    data = {"inputs": new.inputs, "trigger": new.trigger_node or None, "by": new.trigger}
    if new.stand_ins:
        data["stand_ins"] = dict(new.stand_ins)
    trace = tracing.inherited()
    if trace:
        data["trace"] = trace
    queued = Event(1, new.created, RUN_QUEUED, None, data)
    worker = here() if _may_begin(new.queue) else None
    if worker is not None and not worker.takes(new.labels):
        worker = None
    plan = await _plan(worker, new.drawing) if worker is not None and worker.has_room else None
    # While the plan was compiled, other runs may have taken the room.
    if worker is None or plan is None or not worker.has_room:
        await _enqueue(new, delivery, queued)
        return False

    def committed(write: RunWrite) -> None:
        if heard is not None and write.error is None:
            heard(write.events)

    journal = worker.hosting.journal_of(
        new.id,
        new.blueprint,
        EPOCH,
        new=new,
        delivery=delivery,
        subject=Subject(new.trigger, plan, trace=trace),
        on_commit=committed,
    )
    try:
        execution = worker.hosting.execution_of(
            plan, new.id, new.inputs, new.trigger_node, journal, [queued], EPOCH
        )
    except EngineError:
        # The worker that claims it ends it, with the reason.
        await _enqueue(new, delivery, queued)
        return False
    # The execution has its first turn before anything is written: what it gets done in it shares
    # the commit of its acceptance.
    journal.append(queued)
    # Steps that take time are begun in it.
    tracing.enter(str(new.id), trace)
    if not execution.at_once():
        worker.hosting.adopt(new.id, execution, journal, EPOCH)
    try:
        await journal.durable()
    except DatabaseError:
        # The sender is told no, so nothing may be done for it any more.
        execution.cancel("not accepted")
        raise
    return True


def _may_begin(queue: str) -> bool:
    """Say whether a run of this queue needs no look at the others, as far as is known here."""
    states = queues.at_hand()
    return states is not None and queues.state_of(queue, states).direct


async def _plan(worker: Worker, drawing: str) -> Plan | None:
    try:
        return known_plan(drawing) or await worker.ask(plan_of, drawing)
    except DocumentInvalid:
        return None


async def _enqueue(new: NewRun, delivery: Delivery | None, queued: Event) -> None:
    subject = Subject(new.trigger)
    write = RunWrite(new.id, new.blueprint, 0, "", [queued], new, delivery, subject=subject)
    waiting = OneWrite(asyncio.get_running_loop(), write)
    committer().put(waiting)
    await waiting.future
    wake_workers()
