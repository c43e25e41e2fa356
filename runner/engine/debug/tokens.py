"""The tokens in flight: those that wait at a join, and those of steps that have not begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from runner.engine.values import not_json
from runner.graph.ports import Port, PortType

if TYPE_CHECKING:
    from runner.engine.firing import Firing
    from runner.engine.scope import Scope
    from runner.engine.state import RunState
    from runner.graph.plan import PlanNode

TYPES: dict[PortType, tuple[type, ...]] = {
    PortType.TEXT: (str,),
    PortType.NUMBER: (int, float),
    PortType.BOOLEAN: (bool,),
    PortType.OBJECT: (dict,),
    PortType.FILE: (dict,),
    PortType.LIST: (list,),
}


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token in flight: where it is, what it is, and how it gets another value.

    It is at a `port` of a `node`. `ref` is the step and the port that it came
    from; None for one that no step emitted. Where a step has it already that
    has not begun, `firing` is that step.
    """

    id: str
    scope: Scope
    node: PlanNode
    port: Port
    ref: tuple[str, str] | None
    firing: Firing | None
    value: Any
    put: Callable[[Any], None]

    def to_json(self) -> dict[str, Any]:
        """Return the token as the API shows it."""
        return {
            "id": self.id,
            "node": self.node.id,
            "port": self.port.name,
            "type": self.port.type.value,
            "step": self.firing.path if self.firing is not None else None,
            "place": self.scope.prefix,
            "source": None if self.ref is None else {"step": self.ref[0], "port": self.ref[1]},
            "edge": self.edge,
            "value": self.value,
        }

    @property
    def edge(self) -> str | None:
        """The edge that it came over; None for one that no step emitted."""
        if self.ref is None:
            return None
        name = self.ref[0].rpartition("/")[2].partition("#")[0].partition("[")[0]
        return f"{name}.{self.ref[1]} -> {self.node.id}.{self.port.name}"

    def refuses(self, value: Any) -> str | None:
        """Say why the token cannot have this value; None where it can."""
        if wrong := not_json(value):
            return f"A token cannot be {wrong}."
        wanted = TYPES.get(self.port.type)
        # At a port that gathers tokens, the type is that of what is gathered.
        if wanted is None or self.port.multiple:
            return None
        fits = isinstance(value, wanted) and (
            self.port.type is PortType.BOOLEAN or not isinstance(value, bool)
        )
        if fits or (value is None and not self.port.required):
            return None
        kind = self.port.type.value
        return f"The port {self.port.name!r} of {self.node.id} takes a value of type {kind}."


def tokens_of(state: RunState) -> Iterator[HeldToken]:
    """Yield the tokens in flight, those first whose steps begin next."""
    scopes: dict[int, Scope] = {id(state.root): state.root}
    for firing in state.ready.values():
        if firing.skip is None:
            yield from _of_step(firing)
    for firing in (*state.ready.values(), *state.running.values()):
        scopes.setdefault(id(firing.scope), firing.scope)
    for scope in scopes.values():
        yield from _waiting(scope)


def token_of(state: RunState, token: str) -> HeldToken | None:
    """Return the token in flight of this id, if there is one."""
    return next((it for it in tokens_of(state) if it.id == token), None)


def _of_step(firing: Firing) -> Iterator[HeldToken]:
    for port in firing.node.inputs:
        if port.name not in firing.inputs:
            continue
        value, refs = firing.inputs[port.name], firing.refs.get(port.name, [])
        if port.multiple and isinstance(value, list) and len(value) == len(refs):
            for place, (each, ref) in enumerate(zip(value, refs, strict=True)):
                yield _at_step(firing, port, place, each, ref)
        else:
            yield _at_step(firing, port, None, value, refs[0] if refs else None)


def _at_step(
    firing: Firing, port: Port, place: int | None, value: Any, ref: list[str] | None
) -> HeldToken:
    def put(new: Any) -> None:
        # What came in is shared with other branches, so it is never changed itself.
        if place is not None:
            gathered = list(firing.inputs[port.name])
            gathered[place] = new
            new = gathered
        firing.inputs = {**firing.inputs, port.name: new}

    token = f"{firing.path}.{port.name}" + ("" if place is None else f":{place}")
    source = (ref[0], ref[1]) if ref else None
    return HeldToken(token, firing.scope, firing.node, port, source, firing, value, put)


def _waiting(scope: Scope) -> Iterator[HeldToken]:
    for node, port, edge, queue in scope.queues():
        for place, (value, step, output, _) in enumerate(queue):

            def put(new: Any, queue: Any = queue, place: int = place) -> None:
                queue[place] = (new, *queue[place][1:])

            at = node.inputs[port]
            came = "" if edge is None else f"@{edge}"
            token = f"{scope.prefix}{node.id}.{at.name}{came}>{place}"
            yield HeldToken(token, scope, node, at, (step, output), None, value, put)
