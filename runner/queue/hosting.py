"""The runs that a worker has: each is executed to its end, or until it rests or is another's."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from runner.engine import EngineError, Execution, Fenced, HostResources, Result, current
from runner.engine.events import STEP_WAITING, Event
from runner.graph import DocumentInvalid, Plan
from runner.journal.announcements import announce
from runner.journal.committer import NotWritten, committer
from runner.journal.files import ValueLost
from runner.journal.reader import JournalDamaged, read_whole
from runner.journal.run_journal import RunJournal
from runner.journal.spill import whole
from runner.queue import active, claim, lent, pauses, signals, waits
from runner.queue.ahead import Ahead
from runner.queue.asking import TROUBLE, Asking
from runner.queue.claim import Claimed
from runner.queue.keys import SiteKeys
from runner.queue.lease import HOLD, Lease
from runner.queue.outside import SiteOutside
from runner.queue.plans import plan_of
from runner.queue.rates import SiteRates
from runner.queue.rest import Leaving, Left
from runner.queue.wake import wake_workers
from runner.telemetry import Subject, tracing
from runner.telemetry.outgoing import Accompanied

logger = logging.getLogger(__name__)

PAUSE = 1.0  # seconds until a run that could not be read is claimed again
# Called when the run's task begins: one that is cancelled before has nothing to await.
Execute = Callable[[], Coroutine[Any, Any, None]]


class Hosting:
    """Executes the runs of one worker, many at once, on one event loop.

    `name` is the worker's, `asking` its thread for the database, `lease` the time for which its
    runs are its own. `ended` is called when one of the runs is not here any more, `wake` when
    the worker should look soon.
    """

    def __init__(
        self,
        name: str,
        asking: Asking,
        lease: Lease,
        *,
        ended: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        self._name = name
        self._asking = asking
        self._lease = lease
        self._ended = ended
        self._wake = wake
        self._stopping = False
        self._runs: dict[UUID, asyncio.Task[None]] = {}
        # Runs that are being handed back: what does that must not be cut off.
        self._returning: set[UUID] = set()
        self._executions: dict[UUID, Execution] = {}
        # Runs whose steps have waited for somebody; and tasks that say so in rows.
        self._waiting: set[UUID] = set()
        self._telling: dict[UUID, asyncio.Task[None]] = {}
        self._leaving = Leaving(asking)
        self._resources = HostResources(
            files=settings.CONDUCTOR_FILES,
            http_allow=settings.CONDUCTOR_HTTP_ALLOW,
            outside=SiteOutside(asking.ask),
            blueprints=lent.caller(),
            items=lent.caller(),
            rates=SiteRates(asking.insist),
            messages=lent.messenger(),
            outgoing=Accompanied(),
            keys=SiteKeys(asking.insist),
            credentials=lent.keeper(),
        )

    def __len__(self) -> int:
        return len(self._runs)

    @property
    def runs(self) -> tuple[UUID, ...]:
        """The runs that are here now."""
        return tuple(self._runs)

    # --- which are here ---------------------------------------------------

    def start(self, run: Claimed, ahead: Ahead | None = None) -> None:
        """Execute a run that the worker has claimed; `ahead` is what was read of it by then."""
        self._keep(run.id, run.epoch, partial(self._execute, run, ahead))

    def adopt(self, run: UUID, execution: Execution, journal: RunJournal, epoch: int) -> None:
        """Execute a run that was made in this process and is this worker's from its first row."""
        self._keep(run, epoch, partial(self._drive, run, execution, journal, epoch))

    def _keep(self, run: UUID, epoch: int, execute: Execute) -> None:
        held = self._until_stopped(run, epoch, execute)
        execution = asyncio.create_task(held, name=f"run {run}")
        self._runs[run] = execution

        def over(_: asyncio.Task[None]) -> None:
            self._runs.pop(run, None)
            self._returning.discard(run)
            self._ended()

        execution.add_done_callback(over)

    async def _until_stopped(self, run: UUID, epoch: int, execute: Execute) -> None:
        try:
            await execute()
        except (asyncio.CancelledError, Fenced):
            if self._stopping:
                raise
            self._returning.add(run)
            # Where nobody has taken it over yet, it can be claimed again, here or elsewhere.
            await self._asking.insist(claim.release, self._name, run, epoch)
        except Exception as error:
            # Nobody else would take it from a worker that lives.
            logger.exception("Run %s cannot go on", run)
            await self._fail(run, epoch, error)

    def lose(self) -> None:
        """Stop all that runs here: others may take it over from now on."""
        if self._runs:
            told = "The worker could not say for %d s that it lives; it stops its %d runs, "
            logger.error(told + "which go on from their journals", HOLD, len(self._runs))
        for run in self._runs:
            # A task that is cancelled before its first step could not hand anything back.
            asyncio.get_running_loop().call_soon(self._stop_one, run)

    def _stop_one(self, run: UUID) -> None:
        if run in self._runs and run not in self._returning:
            self._returning.add(run)
            self._runs[run].cancel()

    def leave(self) -> None:
        """Have each run handed back as soon as the steps that are under way have ended."""
        for execution in list(self._executions.values()):
            execution.leave()

    def stop(self) -> None:
        """Begin no run any more; the worker hands over what runs, and then signs off."""
        self._stopping = True

    async def hand_over(self, drain: float) -> None:
        """Leave the runs as they are in the journal, for whoever claims them next.

        Steps that are under way get `drain` seconds to end; those of them that do not are cut off.
        """
        running = list(self._runs.values())
        if running and drain:
            logger.info("The worker stops; steps of %d runs may end before", len(running))
            self.leave()
            _, cut_off = await asyncio.wait(running, timeout=drain)
            running = list(cut_off)
            if cut_off:
                told = "Steps of %d runs did not end within %g s; they are repeated elsewhere"
                logger.warning(told, len(cut_off), drain)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=5)

    # --- executing --------------------------------------------------------

    def journal_of(self, run: UUID, blueprint: UUID, epoch: int, **more: Any) -> RunJournal:
        """Return the journal in which this worker writes for a run."""
        held = partial(self._lease.holds, self._lease.term)
        return RunJournal(
            committer(),
            run=run,
            blueprint=blueprint,
            epoch=epoch,
            worker=self._name,
            held=held,
            **more,
        )

    def execution_of(
        self,
        plan: Plan,
        run: UUID,
        inputs: Any,
        trigger_node: str,
        journal: RunJournal,
        history: list[Event],
        epoch: int,
    ) -> Execution:
        """Return the execution of a run, with what this worker lends to nodes.

        Raises EngineError where the drawing has no such trigger.
        """
        return Execution(
            plan,
            inputs,
            trigger=trigger_node or None,
            run_id=str(run),
            journal=journal,
            history=history,
            resources=self._resources,
            vars=settings.CONDUCTOR_VARS,
            epoch=epoch,
            on_parked=lambda: self._parked(run, epoch),
            on_expiring=lambda: self._last_look(run),
        )

    async def _execute(self, run: Claimed, ahead: Ahead | None) -> None:
        try:
            plan, history, inputs, come = await self._asking.ask(self._read, run, ahead)
        except (*TROUBLE, OSError) as error:
            logger.error("Run %s cannot be read now (%s); it is claimed again", run.id, error)
            await asyncio.sleep(PAUSE)
            await self._asking.insist(claim.release, self._name, run.id, run.epoch)
            return
        except (DocumentInvalid, JournalDamaged, ValueLost, EngineError) as error:
            await self._fail(run.id, run.epoch, error)
            return
        last_seq = history[-1].seq if history else 0
        started = run.started.timestamp() if run.started else None
        trace = str(history[0].data.get("trace", "")) if history else ""
        subject = Subject(run.trigger, plan, run.created.timestamp(), started, trace)
        journal = self.journal_of(
            run.id, run.blueprint, run.epoch, last_seq=last_seq, subject=subject
        )
        try:
            execution = self.execution_of(
                plan, run.id, inputs, run.trigger_node, journal, history, run.epoch
            )
        except EngineError as error:
            await self._fail(run.id, run.epoch, error)
            return
        if self._stopping or self._lease.draining:
            await self._asking.insist(claim.release, self._name, run.id, run.epoch)
            return
        if any(event.type == STEP_WAITING for event in history):
            self._waiting.add(run.id)
        for signal in come:
            signals.give(execution, signal)
        if come:
            # The next look says that they have reached the run.
            self._wake()
        if run.cancel_reason is not None:
            execution.cancel(run.cancel_reason or "cancelled by request")
        await self._drive(run.id, execution, journal, run.epoch)
        if run.parent or run.makes_room or execution.state.status != "succeeded":
            # Somebody may wait for what follows from its end.
            self._wake()

    async def _drive(
        self, run: UUID, execution: Execution, journal: RunJournal, epoch: int
    ) -> None:
        driving = asyncio.current_task()
        assert driving is not None
        current.RUN.set(str(run))
        tracing.enter(str(run), journal.subject.trace if journal.subject else "")
        # Nothing more is to be done for a run that another worker has.
        journal.on_fenced = driving.cancel
        active.enter(execution)
        self._executions[run] = execution
        if execution.state.debug is not None:
            # The row may still say what was so before a crash.
            self._parked(run, epoch)
        try:
            result = await execution.run()
            if result.status == "left":
                await self._asking.insist(claim.release, self._name, run, epoch)
                wake_workers()
                return
            await self._let_go(run, epoch, result)
        except NotWritten:
            # It has no row: whoever wanted it started was told so.
            logger.debug("Run %s was not accepted", run)
        except Fenced:
            raise
        except (asyncio.CancelledError, Exception):
            # What has happened so far is written before another worker goes on, or its end comes.
            with contextlib.suppress(Exception):
                await journal.durable()
            raise
        finally:
            if journal.fenced:
                logger.warning("Run %s was taken over by another worker", run)
            journal.on_fenced = None
            active.leave(execution)
            self._executions.pop(run, None)
            self._waiting.discard(run)

    # --- parked runs ------------------------------------------------------

    def _parked(self, run: UUID, epoch: int) -> None:
        """Say in rows for whom a run's steps wait, soon after its events say so."""
        execution = self._executions.get(run)
        if execution is None:
            return
        state = execution.state
        if not (run in self._waiting or state.debug is not None or waits.waits_of(state)):
            return
        self._waiting.add(run)
        if run not in self._telling:
            telling = asyncio.create_task(self._tell_soon(run, epoch))
            self._telling[run] = telling
            telling.add_done_callback(lambda _: self._telling.pop(run, None))

    async def _tell_soon(self, run: UUID, epoch: int) -> None:
        execution = self._executions.get(run)
        if execution is None:
            return
        try:
            state = execution.state
            while True:
                await execution.journal.durable()
                # A run that is being let go says so itself.
                if execution.resting:
                    return
                await self._asking.ask(waits.show, run, epoch, waits.waits_of(state))
                if state.debug is None:
                    return
                paused = pauses.is_paused(state)
                announce(await self._asking.ask(pauses.show, run, epoch, paused=paused))
                if pauses.is_paused(state) == paused:
                    return
        except Fenced:
            # Whoever has the run now says it.
            return
        except TROUBLE as error:
            # It is said again when the run is let go, or by whoever has it then.
            logger.warning("For whom run %s waits cannot be told yet (%s)", run, error)

    async def _let_go(self, run: UUID, epoch: int, result: Result) -> None:
        execution = self._executions[run]
        state = execution.state
        if result.status != "waiting" and run not in self._waiting and not state.signals:
            return
        await self._leaving.leave(run, epoch, Left.of(state, result.until))

    async def _last_look(self, run: UUID) -> None:
        """Give a run what was accepted for its steps before their time was over."""
        await self.give(await self._asking.insist(signals.accepted, run))

    async def give(self, found: list[signals.Unreached]) -> None:
        """Give what has come from outside to the runs that it came for."""
        given: dict[UUID, list[UUID]] = {}
        for signal in found:
            execution = self._executions.get(signal.run)
            if execution and signals.give(execution, signal):
                given.setdefault(signal.run, []).append(signal.id)
        for run, ids in given.items():
            execution = self._executions.get(run)
            try:
                if execution is not None:
                    # Only what is in the journal is given for good.
                    await execution.journal.durable()
                    await self._asking.ask(signals.reached, ids)
            except Fenced:
                continue

    def _read(
        self, run: Claimed, ahead: Ahead | None
    ) -> tuple[Plan, list[Event], Any, list[signals.Unreached]]:
        history = read_whole(run.id, run.noted_seq, ahead.take() if ahead else None)
        # The first event has the inputs as well.
        inputs = {} if history else whole(run.id, run.inputs)
        come = ahead.signals if ahead else signals.unreached_of(run.id)
        return plan_of(run.drawing), history, inputs, come

    async def _fail(self, run: UUID, epoch: int, error: Exception) -> None:
        """End a run that cannot be executed, saying why."""
        codes: dict[type[Exception], str] = {
            DocumentInvalid: "document_invalid",
            JournalDamaged: "journal_damaged",
            ValueLost: "journal_damaged",
        }
        code = codes.get(type(error), "engine_fault")
        if code == "journal_damaged":
            logger.error("Run %s has failed: %s", run, error)
        shown: dict[str, Any] = {"code": code, "message": str(error)[:2000]}
        if isinstance(error, JournalDamaged):
            shown |= error.to_json()
        announce(await self._asking.insist(claim.fail, run, epoch, shown))
