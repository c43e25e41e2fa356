"""The attempts of one step: time limit, retries with back-off, and threads for blocking code."""

from __future__ import annotations

import asyncio
import contextvars
import random
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Never

from runner.engine import current
from runner.engine import events as e
from runner.engine.firing import Firing
from runner.engine.parking import RETRY, STAYS, Parked
from runner.engine.prepared import Prepared
from runner.engine.rates import OWN, wait_for_turn
from runner.engine.step import StepRun
from runner.engine.work import Failure, outputs_of, wrap
from runner.graph.document import Rate, Retry
from runner.graph.spec import Effect, Runs

THREADS = ThreadPoolExecutor(max_workers=16, thread_name_prefix="conductor-node")


class Attempts:
    """Tries a step until it succeeds or its retry policy is used up."""

    def __init__(
        self,
        firing: Firing,
        step: StepRun,
        prepared: Prepared,
        write: Callable[[str, str, dict[str, Any]], None],
        fence: Callable[[], Awaitable[None]],
    ) -> None:
        self._firing = firing
        self._step = step
        self._prepared = prepared
        self._write = write
        self._fence = step.fence = fence
        self._timer: asyncio.Timeout | None = None
        # The end of the time that an attempt may take, which goes on while the step is parked.
        self._limit = firing.parking.limit if firing.parking is not None else None

    async def run(self) -> dict[str, Any] | Failure:
        """Return the outputs by port, or the failure of the last attempt.

        Raises Parked where the node has parked the step, or the pause before the next attempt
        is long, after saying so in an event.
        """
        settings = self._firing.node.settings
        policy, rate = settings.retry, settings.rate
        current.STEP.set(self._firing.path)
        if self._firing.again is not None:
            # A crash has cut the pause short; who asked for it still wants it. A longer one than
            # can be left is the clock's doing.
            left = min(self._firing.again - time.time(), STAYS)
            if left > 0:
                await self._pause(left)
        while True:
            try:
                if rate is not None and self._firing.parking is None:
                    await self._keep(rate)
                outcome = await self._once()
                # Only now it is known whether the step was given a secret.
                outcome = self._step.hiding.outcome(outcome)
            except Parked as parked:
                waiting = {"until": parked.until, "for": parked.waits_for}
                if self._limit is not None:
                    waiting["limit"] = self._limit
                self._write(e.STEP_WAITING, self._firing.path, waiting)
                raise
            attempt = self._step.attempt
            if not isinstance(outcome, Failure) or not wants_retry(policy, outcome, attempt):
                return outcome
            delay = delay_before_retry(policy, outcome, attempt)
            self._write(
                e.STEP_RETRYING,
                self._firing.path,
                {"attempt": attempt, "delay": round(delay, 3), "error": outcome.to_json()},
            )
            if delay >= STAYS:
                self._park_until(time.time() + delay, attempt + 1)
            await self._pause(delay)
            self._step.attempt = attempt + 1
            # The next attempt begins from the beginning.
            self._firing.parking = self._limit = None

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._firing.node.spec.effect is Effect.EXTERNAL:
            # Meanwhile another worker may have taken the run over.
            await self._fence()

    async def _keep(self, rate: Rate) -> None:
        """Wait until the node's rate lets another attempt begin."""
        node = self._firing.node
        # Who counts for several processes finds the run in its rows.
        await self._fence()
        rates = self._step.resources.rates or OWN
        delay = await rates.reserve(self._step.run_id, node.id, rate)
        await wait_for_turn(self._firing, delay, rate, self._write, self._fence)

    def _park_until(self, moment: float, attempt: int) -> Never:
        """Wait for the next attempt without memory or a worker, also over a restart."""
        waits_for = {"kind": RETRY, "text": f"attempt {attempt}"}
        self._write(e.STEP_WAITING, self._firing.path, {"until": moment, "for": waits_for})
        raise Parked(moment, waits_for)

    async def _once(self) -> dict[str, Any] | Failure:
        firing, step = self._firing, self._step
        limit = firing.node.settings.timeout
        step.cancelled = False
        timer = None
        if limit is not None and self._limit is None:
            self._limit = time.time() + limit
        left = None if self._limit is None else max(0.0, self._limit - time.time())
        if firing.parking is not None and firing.parking.expired:
            return Failure("timeout", f"The step took longer than {limit:g} s.", "timeout")
        try:
            step.parameters = self._prepared.evaluate(step)
            if left is None:
                given = await self._work()
            else:
                async with asyncio.timeout(left) as timer:
                    self._timer = timer
                    # Not for longer: each would keep the other from being freed at once.
                    step.put_off = self._put_off
                    try:
                        given = await self._work()
                    finally:
                        step.put_off = self._timer = None
            return outputs_of(firing.node, firing.inputs, given)
        except TimeoutError as error:
            if timer is not None and timer.expired():
                step.cancelled = True
                return Failure("timeout", f"The step took longer than {limit:g} s.", "timeout")
            return wrap(error, step.hiding)
        except asyncio.CancelledError as error:
            running = asyncio.current_task()
            if running is None or running.cancelling():
                raise
            # Nobody asked for this: the node's own code let it escape, which is a crash.
            return wrap(error, step.hiding)
        except Exception as error:
            return wrap(error, step.hiding)

    def _put_off(self, seconds: float) -> None:
        """End the attempt's time later: that it had to wait for a rate is not its doing."""
        when = self._timer.when() if self._timer is not None else None
        if self._timer is not None and when is not None and self._limit is not None:
            self._timer.reschedule(when + seconds)
            self._limit += seconds

    def _work(self) -> Awaitable[Any]:
        node = self._firing.node
        if node.spec.runs is Runs.ASYNC:
            # Awaited as it is: a coroutine around it cost as much as an event.
            working: Awaitable[Any] = node.type.work(self._step)
            return working
        return self._work_otherwise()

    async def _work_otherwise(self) -> Any:
        node, step = self._firing.node, self._step
        if node.spec.runs is not Runs.THREAD:
            return node.type.work(step)
        loop = asyncio.get_running_loop()

        def speak(kind: str, path: str, data: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(self._write, kind, path, data)

        step.speak_through(speak, loop)
        try:
            # What the code logs says of which run and step it is.
            within = contextvars.copy_context()
            return await loop.run_in_executor(THREADS, within.run, node.type.work, step)
        except asyncio.CancelledError:
            # A thread cannot be stopped from outside; its code may look at `cancelled`.
            step.cancelled = True
            raise


def wants_retry(policy: Retry, failure: Failure, attempt: int) -> bool:
    """Say whether the policy tries again after this attempt (counted from 1)."""
    if attempt >= policy.attempts:
        return False
    # Who names a kind of error wants it tried again, also where it would seem to be of no use.
    return not failure.permanent if policy.kinds is None else failure.kind in policy.kinds


def delay_before_retry(policy: Retry, failure: Failure, attempt: int) -> float:
    """Return the seconds to wait: what the other side asked for, or back-off with full jitter.

    Full jitter draws from zero to the exponential bound, so that many clients
    that failed together do not come back together (Brooker, "Exponential
    Backoff And Jitter", 2015).
    """
    if failure.retry_after is not None:
        return max(0.0, min(float(failure.retry_after), 86400.0))
    if policy.backoff == "fixed":
        return float(policy.delay)
    bound = min(float(policy.max_delay), float(policy.delay) * 2.0 ** (attempt - 1))
    return random.uniform(0, bound)  # noqa: S311
