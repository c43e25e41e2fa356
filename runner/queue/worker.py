"""The worker: claims runs and executes them, many at once, on one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections

from runner.engine import EngineError, Execution, Fenced, HostResources
from runner.engine.events import Event
from runner.graph import DocumentInvalid, Plan
from runner.journal.announcements import announce
from runner.journal.committer import NotWritten, committer
from runner.journal.reader import JournalDamaged, read_events
from runner.journal.run_journal import RunJournal
from runner.queue import active, claim
from runner.queue.claim import Claimed
from runner.queue.plans import plan_of
from runner.queue.wake import CHANNEL, add_sleeper, drop_sleeper, shared_layer, wake_here

logger = logging.getLogger(__name__)

T = TypeVar("T")

_workers: dict[asyncio.AbstractEventLoop, Worker] = {}

LOOK = 1.0  # seconds between looks for runs and cancels when nobody wakes the worker
BEAT = 3.0  # seconds between heartbeats; a lease is ten


class Worker:
    """Executes runs until it is told to stop.

    `embedded` says that this is the one process on its home: runs of an
    earlier one are taken over at once.
    """

    def __init__(self, *, embedded: bool = False, most: int | None = None) -> None:
        prefix = claim.EMBEDDED if embedded else ""
        self.name = f"{prefix}{claim.host_name()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._embedded = embedded
        self._most = most or settings.CONDUCTOR_CONCURRENT_RUNS
        self._runs: dict[UUID, asyncio.Task[None]] = {}
        self._signed_on = False
        self._stopping = False
        self._wake: asyncio.Event | None = None
        self.in_trouble = False
        self._beaten = 0.0
        # Whether the last look left runs in the queue, or may have, for want of room.
        self._left_some = False
        # One thread, so that the worker has one connection and claims in order.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="conductor-worker")
        self._resources = HostResources(
            files=settings.CONDUCTOR_FILES, http_allow=settings.CONDUCTOR_HTTP_ALLOW
        )

    async def run(self) -> None:
        """Work until `stop`, whatever the database does meanwhile."""
        self._wake = wake = asyncio.Event()
        add_sleeper(wake)
        listening = asyncio.create_task(self._listen())
        _workers[asyncio.get_running_loop()] = self
        try:
            while not self._stopping:
                try:
                    if not self._signed_on:
                        await self.ask(claim.sign_on, self.name, embedded=self._embedded)
                        self._signed_on = True
                    await self._look()
                    self._tell_trouble(None)
                except DatabaseError as error:
                    self._tell_trouble(error)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), LOOK)
                wake.clear()
        finally:
            if here() is self:
                del _workers[asyncio.get_running_loop()]
            listening.cancel()
            drop_sleeper(wake)
            await self._park()
            with contextlib.suppress(DatabaseError):
                await self.ask(claim.sign_off, self.name)
            await self.ask(connections.close_all)
            self._database.shutdown()

    async def stop(self) -> None:
        """Stop claiming and hand unfinished runs back; `run` returns when that is done."""
        self._stopping = True
        if self._wake is not None:
            self._wake.set()

    async def ask(self, question: Callable[..., T], *values: Any, **words: Any) -> T:
        """Ask the database in the worker's thread."""
        loop = asyncio.get_running_loop()

        def asked() -> T:
            try:
                return question(*values, **words)
            except DatabaseError:
                # The next question gets a new connection.
                connections["default"].close()
                raise

        return await loop.run_in_executor(self._database, asked)

    def _tell_trouble(self, error: Exception | None) -> None:
        if error is not None and not self.in_trouble:
            logger.error("The worker cannot reach the database (%s); it tries again", error)
        elif error is None and self.in_trouble:
            logger.error("The worker reaches the database again")
        self.in_trouble = error is not None

    async def _listen(self) -> None:
        """Take wake-ups from other processes, where the channel layer brings any."""
        while (layer := shared_layer()) is not None:
            try:
                await layer.receive(CHANNEL)
                wake_here()
            except Exception as error:
                logger.warning("The channel layer brings no wake-ups (%s)", error)
                await asyncio.sleep(5)

    # --- claiming ---------------------------------------------------------

    async def _look(self) -> None:
        now = time.monotonic()
        if now - self._beaten >= BEAT:
            await self.ask(claim.beat, self.name)
            self._beaten = now
        if self._runs:
            for key, reason in await self.ask(claim.cancels, self.name):
                active.cancel_here(key, reason or "cancelled by request")
        while (room := self._most - len(self._runs)) > 0 and not self._stopping:
            claimed = await self.ask(claim.claim, self.name, min(room, 50), tuple(self._runs))
            for run in claimed:
                self._start(run)
            if len(claimed) < min(room, 50):
                self._left_some = False
                return
        self._left_some = True

    def _start(self, run: Claimed) -> None:
        self._keep(run.id, self._execute(run))

    @property
    def has_room(self) -> bool:
        """Whether it may take another run now."""
        return self._signed_on and not self._stopping and len(self._runs) < self._most

    def _keep(self, run: UUID, executing: Coroutine[Any, Any, None]) -> None:
        execution = asyncio.create_task(executing, name=f"run {run}")
        self._runs[run] = execution

        def ended(_: asyncio.Task[None]) -> None:
            self._runs.pop(run, None)
            # A look for each run that ends would cost more than the run.
            if self._left_some and len(self._runs) <= self._most * 0.9 and self._wake is not None:
                self._wake.set()

        execution.add_done_callback(ended)

    # --- executing --------------------------------------------------------

    def journal_of(self, run: UUID, blueprint: UUID, epoch: int, **more: Any) -> RunJournal:
        """Return the journal in which this worker writes for a run."""
        return RunJournal(
            committer(), run=run, blueprint=blueprint, epoch=epoch, worker=self.name, **more
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
        )

    def adopt(self, run: UUID, execution: Execution, journal: RunJournal, epoch: int) -> None:
        """Execute a run that was made in this process and is this worker's from its first row."""
        self._keep(run, self._drive(run, execution, journal, epoch))

    async def _execute(self, run: Claimed) -> None:
        try:
            plan, history = await self.ask(self._read, run)
        except DatabaseError as error:
            await self._release(run.id, run.epoch, error)
            return
        except (DocumentInvalid, JournalDamaged, EngineError) as error:
            await self._fail(run.id, run.epoch, error)
            return
        last_seq = history[-1].seq if history else 0
        journal = self.journal_of(run.id, run.blueprint, run.epoch, last_seq=last_seq)
        try:
            execution = self.execution_of(
                plan, run.id, run.inputs, run.trigger_node, journal, history, run.epoch
            )
        except Exception as error:
            await self._fail(run.id, run.epoch, error)
            return
        if run.cancel_reason is not None:
            execution.cancel(run.cancel_reason or "cancelled by request")
        await self._drive(run.id, execution, journal, run.epoch)

    async def _drive(
        self, run: UUID, execution: Execution, journal: RunJournal, epoch: int
    ) -> None:
        active.enter(execution)
        try:
            await execution.run()
        except Fenced:
            logger.warning("Run %s was taken over by another worker", run)
        except NotWritten:
            # It has no row: whoever wanted it started was told so.
            logger.debug("Run %s was not accepted", run)
        except asyncio.CancelledError:
            # Parked: what has happened so far is written, and another worker goes on.
            with contextlib.suppress(Exception):
                await journal.durable()
            raise
        except Exception as error:
            logger.exception("Run %s cannot go on", run)
            with contextlib.suppress(Exception):
                await journal.durable()
            await self._fail(run, epoch, error)
        finally:
            active.leave(execution)

    async def _release(self, run: UUID, epoch: int, error: Exception) -> None:
        """Hand a run back that could not even be begun; whoever claims it next tries again."""
        logger.error("Run %s cannot be read now (%s); it is claimed again", run, error)
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self.ask(claim.release, self.name, run, epoch)
                return
            except DatabaseError as again:
                logger.debug("Run %s cannot be handed back yet (%s)", run, again)

    def _read(self, run: Claimed) -> tuple[Plan, list[Event]]:
        events = read_events(run.id)
        return plan_of(run.drawing), [Event.from_json(event) for event in events]

    async def _fail(self, run: UUID, epoch: int, error: Exception) -> None:
        """End a run that cannot be executed, saying why."""
        codes: dict[type[Exception], str] = {
            DocumentInvalid: "document_invalid",
            JournalDamaged: "journal_damaged",
        }
        code = codes.get(type(error), "engine_fault")
        shown = {"code": code, "message": str(error)[:2000]}
        while True:
            try:
                news = await self.ask(claim.fail, run, epoch, shown)
                break
            except DatabaseError as again:
                logger.debug("Run %s cannot be ended yet (%s)", run, again)
                await asyncio.sleep(LOOK)
        announce(news)

    async def _park(self) -> None:
        """Leave the runs as they are in the journal, for whoever claims them next."""
        running = list(self._runs.values())
        for execution in running:
            execution.cancel()
        if running:
            await asyncio.wait(running, timeout=5)


def here() -> Worker | None:
    """Return the worker that works on the running event loop, if there is one."""
    return _workers.get(asyncio.get_running_loop())


def trouble_here() -> bool:
    """Say, in any thread, whether a worker of this process cannot reach its database."""
    return any(worker.in_trouble for worker in list(_workers.values()))
