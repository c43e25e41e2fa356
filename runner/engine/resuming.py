"""How an execution goes on where the journal of an earlier one ends, wherever that was cut."""

from __future__ import annotations

import time

from runner.engine import events as e
from runner.engine.alarms import Alarms
from runner.engine.firing import Firing
from runner.engine.frame_steps import FrameSteps
from runner.engine.record import Record
from runner.engine.tasks import Tasks
from runner.engine.work import Failure


def go_on(record: Record, tasks: Tasks, alarms: Alarms, frames: FrameSteps, *, epoch: int) -> None:
    """Write that the run goes on in its `epoch`, and take up the steps that were under way.

    Those that may not be repeated fail, parked ones wait on, frames are as their insides stand.
    """
    state = record.state
    record.cancel_overtaken()
    while state.halted:
        frames.answer()
    parked = [path for path, _ in state.parked()]
    under_way = [
        firing
        for path, firing in state.running.items()
        if not firing.node.spec.begins and path not in parked
    ]
    repeats = [firing.path for firing in under_way if _may_repeat(firing)]
    record.write(e.RUN_RESUMED, None, {"epoch": epoch, "repeats": repeats})
    for firing in under_way:
        if state.running.get(firing.path) is not firing:
            # The failure of one before it has cancelled it: a join needs it no more.
            continue
        if _may_repeat(firing):
            tasks.start(firing, interrupted=True)
            continue
        failure = Failure(
            "interrupted",
            "The step was interrupted, and the node says 'at most once'.",
            "interrupted",
            permanent=True,
        )
        record.fail(firing, failure, firing.started or time.time())
    for path in parked:
        alarms.set(path)


def _may_repeat(firing: Firing) -> bool:
    """Say whether an interrupted step may go on; each item is asked by itself."""
    settings = firing.node.settings
    return not settings.at_most_once or settings.mapped is not None
