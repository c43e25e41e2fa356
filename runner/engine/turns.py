"""Whose turn it is: the keys that the frames of one run have, or wait for until a host says so."""

from __future__ import annotations

import asyncio
from typing import Any

from runner.engine import events as e
from runner.engine.frames import Opened
from runner.engine.journal import Fenced
from runner.engine.keys import Keys, Turn, Wanted, text_of
from runner.engine.record import Record
from runner.engine.state import RunState
from runner.engine.tasks import Tasks


class Turns:
    """Asks for the keys of one run's frames, and gives back what they do not need any more.

    Only what is in the journal counts, so that nobody has a key before the end of the frame that
    had it is kept. `keys` None: nobody else could have one.
    """

    def __init__(
        self, record: Record, tasks: Tasks, keys: Keys | None, run_id: str, epoch: int
    ) -> None:
        self._record = record
        self._state = record.state
        self._tasks = tasks
        self._keys = keys
        self._run_id = run_id
        self._epoch = epoch
        # What the host was told last; what a journal says of an earlier process may be otherwise.
        self._told: frozenset[str] | None = None if _may_have_keys(record.state) else frozenset()
        self._asking: asyncio.Task[None] | None = None

    @property
    def due(self) -> bool:
        """Whether the host is being asked, or is to be."""
        if self._asking is not None or self._told is None:
            return True
        if not (self._state.locks or self._told):
            return False
        return self._told != self._wanted().keys()

    def look(self) -> None:
        """Ask the host where what the run's frames have or want is other than it was told."""
        if self._asking is not None or self._record.closed or not self.due:
            return
        wanted = self._wanted()
        if self._keys is None:
            self._told = frozenset(wanted)
            for opened in wanted.values():
                self._take(opened, Turn(granted=True))
            self._tasks.changed.set()
        else:
            self._asking = asyncio.create_task(self._ask(self._keys, wanted))
            self._asking.add_done_callback(self._asked)

    def come(self, path: str) -> bool:
        """Learn that the turn of a step may have come; say whether it is one that has turns."""
        firing = self._state.running.get(path)
        if firing is None or not firing.node.spec.begins or self._record.closed:
            return False
        self._told = None
        self._tasks.changed.set()
        return True

    async def give_back(self) -> None:
        """Give back all keys of a run that has ended."""
        if self._keys is not None and self._state.status is not None and self._told != frozenset():
            try:
                await self._keys.turns(self._run_id, self._epoch, ())
            except Fenced:
                # Whoever ended it gives them back.
                return

    def close(self) -> None:
        """Ask nobody any more."""
        if self._asking is not None:
            self._asking.cancel()

    def _wanted(self) -> dict[str, Opened]:
        first = (queue[0] for queue in self._state.locks.values())
        return {it.path: it for it in first if it.shared and not it.closing}

    async def _ask(self, keys: Keys, wanted: dict[str, Opened]) -> None:
        self._told = frozenset(wanted)
        await self._record.journal.durable()
        asked = [Wanted(path, it.told["key"], it.shared) for path, it in wanted.items()]
        answers = await keys.turns(self._run_id, self._epoch, asked)
        for path, opened in wanted.items():
            self._take(opened, answers[path])

    def _take(self, opened: Opened, turn: Turn) -> None:
        firing, record = opened.firing, self._record
        if record.closed or record.ends or opened.granted or opened.stopped:
            return
        if firing.opened is not opened:
            return
        if turn.granted:
            record.write(e.STEP_RESUMED, firing.path, {"by": "key"})
        elif turn.stuck:
            error: dict[str, Any] = {
                "code": "deadlock",
                "message": turn.stuck,
                "kind": "deadlock",
                "node": firing.node.id,
            }
            told = {"reason": "its key can never be free", "error": error}
            record.write(e.STEP_CANCELLING, firing.path, told)
        elif firing.parking is None or not firing.parking.waiting:
            record.write(e.STEP_WAITING, firing.path, waits_for(opened))

    def _asked(self, task: asyncio.Task[None]) -> None:
        self._asking = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tasks.broken = self._tasks.broken or error
        self._tasks.changed.set()


def _may_have_keys(state: RunState) -> bool:
    """Say whether the host may know of keys that a run had before this process took it up."""
    return state.started is not None and any(
        it.spec.kind == "frame.group" and it.parameters.get("scope", "run") != "run"
        for it in state.plan.nodes
    )


def waits_for(opened: Opened) -> dict[str, Any]:
    """Return what `step.waiting` says of a frame that waits for its key."""
    text = text_of(opened.told["key"], opened.shared or "run")
    return {"until": None, "for": {"kind": "key", "text": text}}
