"""What the expressions of a node see in a run that has been, or is under way.

The node is one of a drawing of now: it may have been drawn, moved or wired anew since the run.
Where it fired with what its edges bring, that is what it saw; else it would see what the nodes
before it gave out last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Literal

from runner.engine import events as e
from runner.engine.account import node_of, scope_of
from runner.engine.events import Event
from runner.engine.state import RunState
from runner.engine.step import LastOutputs, StepRun
from runner.graph.plan import Plan

_FRAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A node of the drawing of now, and where in the run it looks from.

    `ports` are its input ports in order, each with the outputs (node and port) whose edges end
    there; at those of `joins` a list comes. `frames` are those around it, outermost first.
    `iteration` is what the paths of its steps begin with (`orders[3]`), `step` one firing; where
    neither is said it is the last one. `began` tells which of its sources lie in a frame
    around it (an inner port such as `item`).
    """

    node: str
    ports: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    joins: frozenset[str] = frozenset()
    frames: Sequence[str] = ()
    began: frozenset[tuple[str, str]] = frozenset()
    iteration: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """The names of expressions with their values; those without a value yet are left out.

    `origin` says whether the node saw them in `step`, or would see them by what came before it.
    """

    names: Mapping[str, Any]
    origin: Literal["step", "upstream"]
    iteration: str = ""
    step: str | None = None


@dataclass(slots=True)
class _Given:
    """What the last firing of a node in one scope gave out by port, up to the event `seq`.

    `last` is what the node is called for by then (`nodes["…"]`).
    """

    path: str
    outputs: dict[str, Any]
    last: Any
    seq: int


def sight_of(
    plan: Plan, events: Sequence[Event], seen: Seen, run_id: str, run_vars: Mapping[str, Any]
) -> Sight:
    """Return what the node's expressions saw in a run of the plan, or would see."""
    path = _path_of(events, seen)
    if path is not None:
        found = _saw(plan, events, seen, path, run_id, run_vars)
        if found is not None:
            return found
    return _would_see(events, seen, run_id, run_vars)


def _path_of(events: Sequence[Event], seen: Seen) -> str | None:
    """Return the firing that is asked for, or the last one in the iteration."""
    for event in reversed(events):
        path = event.step
        if path is None or path[-1:] == "]" or node_of(path) != seen.node:
            continue
        if event.type == e.STEP_SKIPPED or "[compensate]/" in path:
            continue
        if seen.step is not None:
            if path == seen.step:
                return path
        elif seen.iteration is None or scope_of(path) == seen.iteration:
            return path
    return None


def _saw(
    plan: Plan,
    events: Sequence[Event],
    seen: Seen,
    path: str,
    run_id: str,
    run_vars: Mapping[str, Any],
) -> Sight | None:
    """Return what a firing saw when it began; None where other edges lead to the node by now."""
    state = RunState(plan)
    before = list(takewhile(lambda event: event.step != path, events))
    for event in before:
        state.apply(event)
    firing = state.ready.get(path) or state.running.get(path)
    if firing is None:
        return None
    came = {
        port: {(node_of(step), out) for step, out in refs} for port, refs in firing.refs.items()
    }
    for port, sources in seen.ports.items():
        if not came.get(port, set()) <= set(sources) or (sources and not came.get(port)):
            return None
    if came.keys() - seen.ports.keys():
        return None
    began = events[len(before)].time
    step = StepRun(firing, state, run_id, began, run_vars, None, lambda *_: None)
    # The run itself keeps only the outputs that its own expressions name.
    last = {node: it.last for node, it in _visible(_given(before), path).items()}
    return Sight({**step.names, "nodes": LastOutputs(last)}, "step", scope_of(path), path)


def _would_see(
    events: Sequence[Event], seen: Seen, run_id: str, run_vars: Mapping[str, Any]
) -> Sight:
    """Return what the node would see, by what the nodes before it gave out last."""
    scope = seen.iteration if seen.iteration is not None else _last_scope(events, seen.frames)
    inside = f"{scope}/{seen.node}" if scope else seen.node
    given = _visible(_given(events), inside)
    frames = dict(_begun(events, scope))
    names: dict[str, Any] = {"vars": run_vars}
    inputs: dict[str, Any] = {}
    for port, sources in seen.ports.items():
        found: list[tuple[int, Any]] = []
        for source, out in sources:
            if (source, out) in seen.began:
                if source in frames:
                    found.append((0, frames[source][0]))
            elif source in given and out in given[source].outputs:
                found.append((given[source].seq, given[source].outputs[out]))
        if port in seen.joins:
            if found:
                inputs[port] = [value for _, value in found]
        elif found:
            inputs[port] = max(found, key=lambda it: it[0])[1]
    for event in events:
        if event.type == e.RUN_QUEUED:
            names["run"] = {"id": run_id, "inputs": event.data.get("inputs", {}), "started": None}
        elif event.type == e.RUN_STARTED and "run" in names:
            names["run"]["started"] = names["now"] = event.time
    first = next(iter(seen.ports), None)
    if first is None and "run" in names:
        names["input"] = names["run"]["inputs"]
    elif first in inputs:
        names["input"] = inputs[first]
    elif first is not None and not seen.ports[first]:
        # No edge leads here, so nothing comes.
        names["input"] = None
    names["inputs"] = inputs
    names["nodes"] = LastOutputs({node: it.last for node, it in given.items()})
    for item, index in frames.values():
        if index is not None:
            names |= {"item": item, "index": index}
    return Sight(names, "upstream", scope)


def frames_in(scope: str) -> list[str]:
    """Return the frames whose insides a scope (`orders[3]/lines[0]`) lies in, outermost first."""
    return [_frame(part) for part in scope.split("/")] if scope else []


def _frame(part: str) -> str:
    found = _FRAME.match(part)
    return found[0] if found else part


def _last_scope(events: Sequence[Event], frames: Sequence[str]) -> str:
    """Return the last iteration of these frames that something happened in."""
    if frames:
        for event in reversed(events):
            scope = scope_of(event.step or "")
            if frames_in(scope)[: len(frames)] == list(frames):
                return "/".join(scope.split("/")[: len(frames)])
    return ""


def _given(events: Sequence[Event]) -> dict[str, dict[str, _Given]]:
    """Return what nodes gave out last, by scope and node."""
    found: dict[str, dict[str, _Given]] = {}
    for event in events:
        path, outputs = event.step, event.data.get("outputs")
        if path is None or path[-1:] == "]" or not outputs or "[compensate]/" in path:
            continue
        scope = found.setdefault(scope_of(path), {})
        node = node_of(path)
        known = scope.get(node)
        before = known.outputs if known is not None and known.path == path else {}
        last = next(iter(outputs.values()))
        scope[node] = _Given(path, {**before, **outputs}, last, event.seq)
    return found


def _visible(given: Mapping[str, Mapping[str, _Given]], path: str) -> dict[str, _Given]:
    """Return what can be seen from a step: its own scope hides those around it."""
    found: dict[str, _Given] = dict(given.get("", {}))
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        found |= given.get("/".join(parts[:depth]), {})
    return found


def _begun(events: Sequence[Event], scope: str) -> Iterator[tuple[str, tuple[Any, int | None]]]:
    """Yield, for each frame of a scope, the value with which its inside began, and its number."""
    parts = scope.split("/") if scope else []
    for depth, part in enumerate(parts):
        firing = "/".join([*parts[:depth], re.sub(r"(~\d+)?(\[[^]]*\])?$", "", part)])
        place = re.search(r"\[(\d+)\]$", part)
        # What a round began with that is not the first, and what was caught, no event tells.
        entered = "[" not in part or part.endswith(("[0]", "[try]"))
        for event in reversed(events):
            told = event.data.get("frame") if event.step == firing else None
            if told is None:
                continue
            if place is not None and "items" in told and int(place[1]) < len(told["items"]):
                yield _frame(part), (told["items"][int(place[1])], int(place[1]))
            elif "value" in told and entered:
                yield _frame(part), (told["value"], None if place is None else 0)
            break
