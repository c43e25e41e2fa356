"""The worker: claims runs and executes them, many at once, on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from runner.engine import EngineError, Execution, Fenced, HostResources, Result, current
from runner.engine.events import STEP_WAITING, Event
from runner.graph import DocumentInvalid, Plan
from runner.graph.labels import apart
from runner.journal.announcements import announce
from runner.journal.committer import NotWritten, committer
from runner.journal.files import ValueLost
from runner.journal.reader import JournalDamaged, read_whole
from runner.journal.run_journal import RunJournal
from runner.journal.spill import whole
from runner.queue import active, claim, lent, pauses, queues, signals, waits
from runner.queue.ahead import Ahead, claim_and_read
from runner.queue.asking import TROUBLE, Asking
from runner.queue.chores import Chores
from runner.queue.claim import Claimed
from runner.queue.lease import HOLD, Lease, now
from runner.queue.outside import SiteOutside
from runner.queue.pgqueuer import listen
from runner.queue.plans import plan_of
from runner.queue.rates import SiteRates
from runner.queue.rest import Leaving, Left
from runner.queue.wake import add_sleeper, drop_sleeper, hear_others, wake_workers
from runner.telemetry import Subject, tracing
from runner.telemetry.outgoing import Accompanied

logger = logging.getLogger(__name__)

_workers: dict[asyncio.AbstractEventLoop, Worker] = {}

SILENT = 10.0  # seconds without a look for runs after which something is wrong
# Called when the run's task begins: one that is cancelled before has nothing to await.
Execute = Callable[[], Coroutine[Any, Any, None]]

LOOK = 1.0  # seconds between looks for runs and cancels when nobody wakes the worker


class Worker:
    """Executes runs until it is told to stop.

    `embedded` says that this is the one process on its home: runs of an
    earlier one are taken over at once. It takes runs that ask for no other `labels` than these;
    without, for those of the settings.
    """

    def __init__(
        self,
        *,
        embedded: bool = False,
        most: int | None = None,
        labels: Collection[str] | None = None,
    ) -> None:
        prefix = claim.EMBEDDED if embedded else ""
        self.name = f"{prefix}{claim.host_name()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._embedded = embedded
        self._most = most or settings.CONDUCTOR_CONCURRENT_RUNS
        self.labels = frozenset(settings.CONDUCTOR_LABELS if labels is None else labels)
        self._runs: dict[UUID, asyncio.Task[None]] = {}
        self._executions: dict[UUID, Execution] = {}
        # Runs whose steps have waited for somebody; and tasks that say so in rows.
        self._waiting: set[UUID] = set()
        self._telling: dict[UUID, asyncio.Task[None]] = {}
        self._signed_on = False
        self._stopping = False
        self._drain = 0.0
        self._wake: asyncio.Event | None = None
        self.in_trouble = False
        self._lease = Lease(self.name, self._lost, self.labels)
        # Whether the last look left runs in the queue, or may have, for want of room.
        self._left_some = False
        # Seconds until what was left in the queue may begin, where that is known.
        self._again: float | None = None
        self._asking = Asking("conductor-worker")
        self.ask = self._asking.ask
        self._leaving = Leaving(self._asking)
        self._resources = HostResources(
            files=settings.CONDUCTOR_FILES,
            http_allow=settings.CONDUCTOR_HTTP_ALLOW,
            outside=SiteOutside(self.ask),
            blueprints=lent.caller(),
            items=lent.caller(),
            rates=SiteRates(self._asking.insist),
            messages=lent.messenger(),
            outgoing=Accompanied(),
        )

    async def run(self) -> None:
        """Work until `stop`, whatever the database does meanwhile."""
        self._wake = wake = asyncio.Event()
        add_sleeper(wake)
        others = (hear_others(), listen(), self._lease.keep(), Chores().keep())
        beside = [asyncio.create_task(other) for other in others]
        beside += [asyncio.create_task(keep()) for keep in lent.companions]
        _workers[asyncio.get_running_loop()] = self
        try:
            while not self._stopping:
                try:
                    if not self._signed_on:
                        asked = now()
                        await self.ask(
                            claim.sign_on, self.name, embedded=self._embedded, labels=self.labels
                        )
                        self._lease.begin(asked)
                        # What arrives from now on wants to know whether it may begin at once.
                        await self.ask(queues.known)
                        self._signed_on = True
                    await self._look()
                    self._lease.looked = now()
                    self._tell_trouble(None)
                except TROUBLE as error:
                    self._tell_trouble(error)
                # Before Python 3.12 `wait_for` forgets a cancellation that comes with a wake-up.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(LOOK, self._again or LOOK)):
                        await wake.wait()
                wake.clear()
        finally:
            if here() is self:
                del _workers[asyncio.get_running_loop()]
            drop_sleeper(wake)
            await self._park()
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            with contextlib.suppress(*TROUBLE):
                await self.ask(claim.sign_off, self.name)
                # Who looks now need not wait for a lease.
                wake_workers()
            await self._asking.close()

    async def stop(self, drain: float = 0.0) -> None:
        """Stop claiming and hand unfinished runs back; `run` returns when that is done.

        Steps that are under way get `drain` seconds to end; those that take longer are cut off,
        and whoever goes on repeats them under the same idempotency key.
        """
        self._stopping, self._drain = True, drain
        if self._wake is not None:
            self._wake.set()

    def _tell_trouble(self, error: Exception | None) -> None:
        if error is not None and not self.in_trouble:
            logger.error("The worker cannot reach the database (%s); it tries again", error)
        elif error is None and self.in_trouble:
            logger.error("The worker reaches the database again")
        self.in_trouble = error is not None

    # --- claiming ---------------------------------------------------------

    async def _look(self) -> None:
        for duty in lent.duties:
            if await self.ask(duty) and self._wake is not None:
                self._wake.set()
        if self._runs:
            for key, reason in await self.ask(claim.cancels, self.name):
                active.cancel_here(key, reason or "cancelled by request")
            await self._give(await self.ask(signals.unreached, self.name))
        self._again = None
        if not self._lease.holds(self._lease.term):
            return
        if len(self._runs) >= self._most and not self._stopping:
            for run in await self.ask(claim.claim, self.name, 0, labels=self.labels):
                self._start(run)
        while (room := self._most - len(self._runs)) > 0 and not self._stopping:
            claimed, ahead = await self.ask(
                claim_and_read, self.name, min(room, 50), tuple(self._runs), self.labels
            )
            for run in claimed:
                self._start(run, ahead.get(run.id))
            if len(claimed) < min(room, 50):
                self._left_some = False
                self._again = claimed.again
                return
        self._left_some = True

    def _start(self, run: Claimed, ahead: Ahead | None = None) -> None:
        self._keep(run.id, run.epoch, partial(self._execute, run, ahead))

    @property
    def runs(self) -> int:
        """How many runs it executes now."""
        return len(self._runs)

    @property
    def silent(self) -> str:
        """What keeps it from taking runs, as a sentence, in any thread; "" where nothing does."""
        lease, moment = self._lease, now()
        if lease.looked is None:
            return "The worker has not looked for runs yet."
        if moment - lease.looked > SILENT:
            return f"The worker last looked for runs {moment - lease.looked:.0f} s ago."
        if not lease.holds(lease.term):
            return "The worker could not say in the database that it lives."
        return ""

    @property
    def has_room(self) -> bool:
        """Whether it may take another run now."""
        held = self._signed_on and self._lease.holds(self._lease.term)
        return held and not self._stopping and len(self._runs) < self._most

    def takes(self, labels: str) -> bool:
        """Say whether it has all labels of such a text."""
        return not labels or apart(labels) <= self.labels

    def _keep(self, run: UUID, epoch: int, execute: Execute) -> None:
        held = self._until_stopped(run, epoch, execute)
        execution = asyncio.create_task(held, name=f"run {run}")
        self._runs[run] = execution

        def ended(_: asyncio.Task[None]) -> None:
            self._runs.pop(run, None)
            # A look for each run that ends would cost more than the run.
            if self._left_some and len(self._runs) <= self._most * 0.9 and self._wake is not None:
                self._wake.set()

        execution.add_done_callback(ended)

    async def _until_stopped(self, run: UUID, epoch: int, execute: Execute) -> None:
        try:
            await execute()
        except (asyncio.CancelledError, Fenced):
            if self._stopping:
                raise
            # Where nobody has taken it over yet, it can be claimed again, here or elsewhere.
            await self._asking.insist(claim.release, self.name, run, epoch)

    def _lost(self) -> None:
        """Stop all that runs here: others may take it over from now on."""
        if self._runs:
            told = "The worker could not say for %d s that it lives; it stops its %d runs, "
            logger.error(told + "which go on from their journals", HOLD, len(self._runs))
        for execution in self._runs.values():
            execution.cancel()

    # --- executing --------------------------------------------------------

    def journal_of(self, run: UUID, blueprint: UUID, epoch: int, **more: Any) -> RunJournal:
        """Return the journal in which this worker writes for a run."""
        held = partial(self._lease.holds, self._lease.term)
        return RunJournal(
            committer(),
            run=run,
            blueprint=blueprint,
            epoch=epoch,
            worker=self.name,
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
        )

    def adopt(self, run: UUID, execution: Execution, journal: RunJournal, epoch: int) -> None:
        """Execute a run that was made in this process and is this worker's from its first row."""
        self._keep(run, epoch, partial(self._drive, run, execution, journal, epoch))

    async def _execute(self, run: Claimed, ahead: Ahead | None) -> None:
        try:
            plan, history, inputs, come = await self.ask(self._read, run, ahead)
        except TROUBLE as error:
            logger.error("Run %s cannot be read now (%s); it is claimed again", run.id, error)
            await asyncio.sleep(LOOK)
            await self._asking.insist(claim.release, self.name, run.id, run.epoch)
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
        except Exception as error:
            logger.exception("Run %s cannot go on", run.id)
            await self._fail(run.id, run.epoch, error)
            return
        if self._stopping:
            await self._asking.insist(claim.release, self.name, run.id, run.epoch)
            return
        if any(event.type == STEP_WAITING for event in history):
            self._waiting.add(run.id)
        for signal in come:
            signals.give(execution, signal)
        if come and self._wake is not None:
            # The next look says that they have reached the run.
            self._wake.set()
        if run.cancel_reason is not None:
            execution.cancel(run.cancel_reason or "cancelled by request")
        await self._drive(run.id, execution, journal, run.epoch)
        follows = run.parent or run.makes_room or execution.state.status != "succeeded"
        if self._wake is not None and follows:
            # Somebody may wait for what follows from its end.
            self._wake.set()

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
                await self._asking.insist(claim.release, self.name, run, epoch)
                wake_workers()
                return
            await self._let_go(run, epoch, result)
        except NotWritten:
            # It has no row: whoever wanted it started was told so.
            logger.debug("Run %s was not accepted", run)
        except asyncio.CancelledError:
            # Parked: what has happened so far is written, and another worker goes on.
            with contextlib.suppress(Exception):
                await journal.durable()
            raise
        except Fenced:
            raise
        except Exception as error:
            logger.exception("Run %s cannot go on", run)
            with contextlib.suppress(Exception):
                await journal.durable()
            await self._fail(run, epoch, error)
        finally:
            if journal.fenced:
                logger.warning("Run %s was taken over by another worker", run)
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
                await self.ask(waits.show, run, epoch, waits.waits_of(state))
                if state.debug is None:
                    return
                paused = pauses.is_paused(state)
                announce(await self.ask(pauses.show, run, epoch, paused=paused))
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

    async def _give(self, found: list[signals.Unreached]) -> None:
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
                    await self.ask(signals.reached, ids)
            except Fenced:
                continue

    def _read(
        self, run: Claimed, ahead: Ahead | None
    ) -> tuple[Plan, list[Event], Any, list[signals.Unreached]]:
        history = read_whole(run.id, run.last_seq, ahead.take() if ahead else None)
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

    async def _park(self) -> None:
        """Leave the runs as they are in the journal, for whoever claims them next."""
        running = list(self._runs.values())
        if running and self._drain:
            logger.info("The worker stops; steps of %d runs may end before", len(running))
            for execution in list(self._executions.values()):
                execution.leave()
            _, cut_off = await asyncio.wait(running, timeout=self._drain)
            running = list(cut_off)
            if cut_off:
                told = "Steps of %d runs did not end within %g s; they are repeated elsewhere"
                logger.warning(told, len(cut_off), self._drain)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=5)


def here() -> Worker | None:
    """Return the worker that works on the running event loop, if there is one."""
    return _workers.get(asyncio.get_running_loop())


def workers_here() -> list[Worker]:
    """Return the workers of this process, in any thread."""
    return list(_workers.values())


def trouble_here() -> bool:
    """Say, in any thread, whether a worker of this process cannot reach its database."""
    return any(worker.in_trouble for worker in workers_here())
