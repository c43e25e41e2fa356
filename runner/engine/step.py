"""What a node's code sees while its step runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.engine import events as e
from runner.engine.errors import NodeError
from runner.engine.expressions import compile_expression
from runner.engine.frames import Iteration
from runner.engine.scope import Firing
from runner.engine.state import RunState
from runner.engine.values import not_json, printable

LONGEST_MESSAGE = 10_000
MOST_MESSAGES = 1_000
PROGRESS_SECONDS = 0.05
LEVELS = frozenset({"debug", "info", "warning", "error"})


@dataclass(frozen=True, slots=True)
class HostResources:
    """What the host lends to nodes: nothing, unless it says so.

    `files` is the folder that file nodes may use; `http_allow` names private
    hosts (`host`, `host:port` or CIDR) that may be called all the same.
    """

    files: Path | None = None
    http_allow: frozenset[str] = frozenset()


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
        "_messages",
        "_names",
        "_progressed",
        "_state",
        "_vars",
        "attempt",
        "cancelled",
        "idempotency_key",
        "inputs",
        "node",
        "parameters",
        "path",
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
        self.idempotency_key = f"{run_id}:{firing.path}"
        self.inputs: Mapping[str, Any] = firing.inputs
        self.resources = resources
        self.cancelled = False
        # The moment until which the step waited when an earlier process ended.
        self.resume_at = firing.until
        self._progressed = 0.0

    def speak_through(self, emit: Callable[[str, str, dict[str, Any]], None]) -> None:
        """Write events by another way, such as from a thread into the event loop."""
        self._emit = emit

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
                "run": {"id": self.run_id, "inputs": state.inputs, "started": state.started},
                "vars": self._vars,
                "now": self.started,
            }
            if isinstance(self._firing.scope, Iteration):
                scope = self._firing.scope
                self._names |= {"item": scope.item, "index": scope.index}
            if self._firing.place is not None:
                self._names |= {"item": self.input, "index": self._firing.place}
        return self._names

    def evaluate(self, expression: str, names: Mapping[str, Any]) -> Any:
        """Return what an expression gives, with these names beside the step's own."""
        return compile_expression(expression).evaluate({**self.names, **names})

    def log(self, message: str, level: str = "info") -> None:
        """Write a line to the step's log; long lines are cut and floods are dropped."""
        self._messages += 1
        if self._messages > MOST_MESSAGES:
            return
        text = printable(str(message))
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
        self._emit(e.STEP_PROGRESSED, self.path, {"partial": value})

    async def wait_until(self, moment: float) -> None:
        """Wait until a moment (seconds since the epoch), also over a restart in between."""
        if self.resume_at is None:
            self._emit(e.STEP_WAITING, self.path, {"until": moment})
        else:
            moment, self.resume_at = self.resume_at, None
        # Clocks are set while people wait: the moment counts, not the seconds.
        while (left := moment - time.time()) > 0:  # noqa: ASYNC110  # noqa: ASYNC110
            await asyncio.sleep(min(left, 60))
