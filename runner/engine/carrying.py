"""What follows from the end of a step begins in that step's own task, where that is quicker."""

from __future__ import annotations

import contextvars
from collections.abc import Callable

from runner.engine.frame_steps import FrameSteps
from runner.engine.record import Record
from runner.engine.tasks import Tasks
from runner.engine.turns import Turns

FEW = 3


class Carrying:
    """Starts what may start, by a run's `turn`, without waking the run's own task for it.

    A wake-up is another turn of the event loop, which took a fifth of an asynchronous step. Where
    more than a `FEW` steps are under way, several end in one turn of the loop, and one wake-up
    serves them all.
    """

    def __init__(
        self,
        record: Record,
        tasks: Tasks,
        frames: FrameSteps,
        turns: Turns,
        turn: Callable[[], bool],
    ) -> None:
        self._record = record
        self._tasks = tasks
        self._frames = frames
        self._turns = turns
        self._turn = turn
        # That of a step says of which step its code is.
        self._context = contextvars.copy_context()

    def carry_on(self) -> bool:
        """Start what follows from the end of a step; say whether the run needs no waking for it."""
        tasks = self._tasks
        if len(tasks.running) > FEW or tasks.changed.is_set() or not self._is_plain():
            return False
        done = self._context.run(self._turn)
        return done and bool(tasks.running) and not self._frames.asks and self._is_plain()

    def _is_plain(self) -> bool:
        """Say whether nothing is to be seen to but steps that begin and end."""
        tasks, state = self._tasks, self._record.state
        return not (
            tasks.barrier
            or tasks.broken is not None
            or self._record.ending is not None
            or state.debug is not None
            or state.timers
            or self._turns.due
        )
