"""What a node's code sees while its step runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

from runner.engine import events as e
from runner.engine.blueprints import Blueprints, ItemRuns
from runner.engine.credentials import Credential, CredentialMissing, Credentials
from runner.engine.errors import EngineError, NodeError
from runner.engine.expressions import compile_template
from runner.engine.firing import Firing
from runner.engine.frames import Iteration
from runner.engine.hiding import NOTHING, Hiding
from runner.engine.keys import Keys
from runner.engine.messages import Messages
from runner.engine.node import Outgoing, Outside
from runner.engine.parking import STAYS, Parked, Resumed
from runner.engine.rates import Rates, wait_for_turn
from runner.engine.record import Record
from runner.engine.state import RunState
from runner.engine.values import not_json, printable
from runner.graph.spec import Runs

TOLD = 0.05  # seconds; a shorter wait is over before anybody could read of it
LONGEST_MESSAGE = 10_000
MOST_MESSAGES = 1_000
PROGRESS_SECONDS = 0.05
# 9999-12-31, in seconds since the epoch: later moments have no date.
LAST_MOMENT = 253_402_214_400.0
LEVELS = frozenset({"debug", "info", "warning", "error"})


@dataclass(frozen=True, slots=True)
class HostResources:
    """What the host lends to nodes: nothing, unless it says so.

    `files` is the folder that file nodes may use; `http_allow` names private
    hosts (`host`, `host:port` or CIDR) that may be called all the same;
    `outside` is how people and programs reach steps that wait for them;
    `blueprints` runs other blueprints; `items` runs the items of frames that are spread, without
    it they run where the frame does; `rates` counts the attempts of nodes that
    have a rate, together with other processes; `messages` sends messages to
    endpoints; `outgoing` accompanies requests to other programs; `keys` says whose turn it is
    where frames of several runs have the same key, without it a key counts within the run;
    `credentials` keeps what proves to other programs who a step is.
    """

    files: Path | None = None
    http_allow: frozenset[str] = frozenset()
    outside: Outside | None = None
    blueprints: Blueprints | None = None
    items: ItemRuns | None = None
    rates: Rates | None = None
    messages: Messages | None = None
    outgoing: Outgoing | None = None
    keys: Keys | None = None
    credentials: Credentials | None = None


class LastOutputs(Mapping[str, Any]):
    """`nodes["…"]` in expressions: the last output of each node that has fired."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class StepRun:
    """One step as its node's code sees it; see `runner.engine.node.Step`."""

    __slots__ = (
        "_emit",
        "_firing",
        "_loop",
        "_messages",
        "_names",
        "_progressed",
        "_state",
        "_vars",
        "attempt",
        "cancelled",
        "fence",
        "hiding",
        "inputs",
        "node",
        "parameters",
        "path",
        "put_off",
        "resources",
        "resume_at",
        "run_id",
        "started",
    )

    def __init__(
        self,
        firing: Firing,
        state: RunState,
        run_id: str,
        started: float,
        run_vars: Mapping[str, Any],
        resources: Any,
        emit: Callable[[str, str, dict[str, Any]], None],
    ) -> None:
        self._firing = firing
        self._state = state
        self._vars = run_vars
        self._emit = emit
        self._names: dict[str, Any] | None = None
        self._messages = 0
        self.parameters: Any = None
        self.path = firing.path
        self.node = firing.node.id
        self.run_id = run_id
        self.attempt = firing.attempt
        self.started = started
        self.inputs: Mapping[str, Any] = firing.inputs
        self.resources = resources
        self.hiding = NOTHING
        self.fence: Callable[[], Awaitable[None]] | None = None
        self.put_off: Callable[[float], None] | None = None
        self.cancelled = False
        # The moment until which the step waited when an earlier process ended.
        self.resume_at = firing.until
        self._progressed = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None

    def speak_through(
        self, emit: Callable[[str, str, dict[str, Any]], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        """Write events by another way: from a thread into the event loop."""
        self._emit = emit
        self._loop = loop

    @property
    def idempotency_key(self) -> str:
        """The same for each attempt of the step, also after a crash."""
        return f"{self.run_id}:{self.path}"

    @property
    def input(self) -> Any:
        """The value at the default (first) input port, None where nothing came."""
        ports = self._firing.node.inputs
        return self.inputs.get(ports[0].name) if ports else self._state.inputs

    @property
    def trigger(self) -> Any:
        """What started the run: its inputs, or the webhook's request."""
        return self._state.inputs

    @property
    def names(self) -> dict[str, Any]:
        """What expressions may name."""
        if self._names is None:
            state = self._state
            self._names = {
                "input": self.input,
                "inputs": self.inputs,
                "nodes": LastOutputs(self._firing.scope.values),
                "run": {
                    "id": self.run_id,
                    "inputs": state.inputs,
                    "started": state.started,
                    # An item that runs apart sees the run that it belongs to.
                    **(state.part.run if state.part is not None else {}),
                },
                "vars": self._vars,
                "now": self.started,
            }
            scope = self._firing.scope
            if isinstance(scope, Iteration) and scope.index is not None:
                self._names |= {"item": scope.item, "index": scope.index}
            if self._firing.place is not None:
                self._names |= {"item": self.input, "index": self._firing.place}
        return self._names

    def for_items(self, value: Any) -> Callable[[Any, int], Any]:
        """Return a function that gives a value with `{{ … }}` in it for an item and its index.

        Its expressions may name both beside all that the step's own may. Raises
        ExpressionError, as the function does.
        """
        return compile_template(value).for_items(self.names)

    def log(self, message: str, level: str = "info") -> None:
        """Write a line to the step's log; long lines are cut and floods are dropped."""
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            return
        text = self.hiding.text(printable(str(message)))
        if len(text) > LONGEST_MESSAGE:
            text = text[:LONGEST_MESSAGE] + "…"
        if self._messages == MOST_MESSAGES:
            text = f"This step has logged {MOST_MESSAGES} lines; further ones are dropped."
        known = level if level in LEVELS else "info"
        self._emit(e.STEP_LOGGED, self.path, {"level": known, "message": text})

    def progress(self, done: float, total: float | None = None) -> None:
        """Show how far the step has come; more often than 20 times a second is not written."""
        now = time.monotonic()
        if now - self._progressed < PROGRESS_SECONDS and done != total:
            return
        self._progressed = now
        self._emit(e.STEP_PROGRESSED, self.path, {"done": done, "total": total})

    def partial(self, value: Any) -> None:
        """Show a part of the result before the step ends. Raises NodeError for no JSON value."""
        if wrong := not_json(value):
            raise NodeError(f"A part of the result is {wrong}; it must be a JSON value.")
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            return
        self._emit(e.STEP_PROGRESSED, self.path, {"partial": self.hiding.value(value)})

    def emit(self, port: str, value: Any) -> None:
        """Emit at a port before the step ends, once, however often its code is entered."""
        if port not in {it.name for it in self._firing.node.outputs}:
            raise EngineError(f"{port!r} is none of the output ports of {self.node}.")
        if wrong := not_json(value):
            raise NodeError(f"What is emitted at {port!r} is {wrong}; it must be a JSON value.")
        if port not in self._firing.emitted:
            outputs = {port: self.hiding.value(value)}
            self._emit(e.STEP_EMITTED, self.path, {"outputs": outputs})
            self._firing.emitted |= {port}

    @property
    def resumed(self) -> Resumed | None:
        """Why the step goes on after it was parked; None where it was not."""
        return self._firing.parking.resumed if self._firing.parking is not None else None

    def park(self, until: float | None = None, waits_for: Mapping[str, Any] | None = None) -> Never:
        """Park the step: end its code here, and enter it again when it goes on."""
        if self._firing.node.spec.runs is Runs.INLINE:
            raise EngineError(f"{self.node} cannot be parked: its node type runs inline.")
        told: dict[str, Any] = self.hiding.value(dict(waits_for or {"kind": "time"}))
        if wrong := not_json({"until": until, "for": told}):
            raise EngineError(f"{self.node} cannot wait for {wrong}.")
        if until is not None and until >= LAST_MOMENT:
            raise EngineError(f"{self.node} cannot wait until {until:g}: that is after year 9999.")
        raise Parked(until, told)

    async def credential(self, name: str) -> Credential:
        """Return a credential by its name, once its rate lets the step use it.

        Nothing that the step writes or gives shows its secrets from then on. Raises NodeError
        where there is none of this name that the run may use.
        """
        host: Credentials | None = self.resources.credentials
        fence = self.fence
        if self._firing.node.spec.runs is Runs.INLINE or fence is None:
            raise EngineError(f"{self.node} gets no credentials: its node type runs inline.")
        if host is None:
            raise CredentialMissing(
                f"There are no credentials here, so {name!r} is none: runs of a site have them; "
                "a test of a blueprint mocks such a node."
            )
        # Who keeps them finds the run in its rows.
        await fence()
        taken = await host.take(self.run_id, name)
        self.hide(*taken.credential.secrets)
        if self.put_off is not None:
            self.put_off(taken.delay)
        await wait_for_turn(self._firing, taken.delay, taken.rate, self._emit, fence)
        if taken.delay < TOLD:
            return taken.credential
        # Meanwhile it may have been changed, deleted, or taken from who may use it.
        await fence()
        found = await host.look(self.run_id, name)
        self.hide(*found.secrets)
        return found

    def hide(self, *secrets: str) -> None:
        """Show `••••••` for these texts in whatever the step logs, gives or fails with."""
        if self.hiding is NOTHING:
            self.hiding = Hiding()
        self.hiding.hide(secrets)

    def blocking_credential(self, name: str) -> Credential:
        """Return what `credential` does, to code in a thread."""
        if self._loop is None:
            raise EngineError(f"{self.node} runs in no thread: it has to await the credential.")
        return asyncio.run_coroutine_threadsafe(self.credential(name), self._loop).result()

    async def wait_until(self, moment: float) -> None:
        """Wait until a moment (seconds since the epoch), also over a restart in between.

        A wait of more than some seconds parks the step: its code is entered
        again from its beginning, and then passes here at once.
        """
        first, moment = self.resume_at is None, self.resume_at or moment
        self.resume_at = None
        left = moment - time.time()
        if left > STAYS:
            self.park(moment)
        if first and left >= TOLD:
            self._emit(e.STEP_WAITING, self.path, {"until": moment})
        # Clocks are set while people wait: the moment counts, not the seconds.
        while (left := moment - time.time()) > 0:  # noqa: ASYNC110
            await asyncio.sleep(min(left, 60))


class Steps:
    """Makes the steps of one run, as their nodes' code sees them."""

    __slots__ = ("_record", "_resources", "_run_id", "_vars")

    def __init__(
        self, record: Record, run_id: str, run_vars: Mapping[str, Any], resources: Any
    ) -> None:
        self._record = record
        self._run_id = run_id
        self._vars = run_vars
        self._resources = resources

    def __call__(self, firing: Firing, began: float) -> StepRun:
        """Return the step of a firing that began at a moment (seconds since the epoch)."""
        record = self._record
        return StepRun(
            firing,
            record.state,
            self._run_id,
            began,
            self._vars,
            self._resources,
            record.write_from_step,
        )
