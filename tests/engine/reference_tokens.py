"""Rules 1 to 4 as the reference interpreter has them: fire, merge, join, nothing waits for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runner.engine import NodeType
from runner.graph import Document, Edge
from tests.engine.drawing import Drawing
from tests.engine.reference_parts import START, Ended, Scope, Slow, Step, Token, TooMuch, Value

# A drawing that moves more than this is none for a test.
MOST_STEPS = 150


class Tokens:
    """The tokens of a run, and the steps that they make."""

    def __init__(
        self,
        document: Document,
        types: Mapping[str, NodeType],
        order: Mapping[str, tuple[int, int]],
        slow: Mapping[str, Slow],
    ) -> None:
        self.document = document
        self.drawing = Drawing(document, types)
        # Of several nodes that wait in vain at the same time, which is looked at first.
        self.order = order
        self.slow = slow
        self.root = Scope()
        self.line: list[Step] = []  # what may start, in the order in which it could
        self.under_way: list[Step] = []
        self.now = START
        self.timers: list[tuple[float, Step, Callable[[], None]]] = []
        self.steps: list[Ended] = []
        self.reached: set[str] = set()
        # Joins that have just fired, and whose late branches are to be cancelled.
        self.overtaken: list[tuple[Scope, str]] = []

    # --- rules 1 to 3: fire, merge, join -------------------------------------

    def fire(
        self, scope: Scope, name: str, inputs: dict[str, Value], causes: frozenset[Step]
    ) -> Step:
        scope.fired[name] += 1
        self.reached.add(name)
        count = scope.fired[name]
        path = scope.prefix + (name if count == 1 else f"{name}#{count}")
        step = Step(name, path, inputs, scope, causes, count)
        self.line.append(step)
        if len(self.line) + len(self.steps) > MOST_STEPS:
            raise TooMuch
        return step

    def emit(self, step: Step, outputs: dict[str, Value]) -> None:
        """Send a copy of each value along every edge of its port."""
        if outputs:
            step.scope.last[step.node] = next(iter(outputs.values()))
        for port in self.drawing.ports_out(step.node):
            for edge in self.drawing.leaving(step.node):
                if edge.output == port and port in outputs:
                    self.arrive(step.scope, Token(edge, outputs[port], step.causes | {step}))

    def arrive(self, scope: Scope, token: Token) -> None:
        if self.drawing.acts_on_frame(token.edge):
            self.arrive_at_frame(scope, token)
            return
        name = self.at(token)
        ports = self.drawing.connected(name)
        if len(ports) == 1 and not ports[0].multiple:
            self.fire(scope, name, {ports[0].name: token.value}, token.causes)
            return
        late = [it for it in scope.owed if it[0] == token.edge and not comes_of(token, it[1])]
        if late:
            scope.owed.remove(late[0])
        else:
            scope.tokens.append(token)
        if self.is_complete(scope, name):
            self.take_and_fire(scope, name)

    def arrive_at_frame(self, scope: Scope, token: Token) -> None:
        """Take a token at an inner end of a frame, or at a control of one."""
        raise NotImplementedError

    def at(self, token: Token) -> str:
        return self.drawing.lands(token.edge)[0]

    def waiting(self, scope: Scope, edge: Edge) -> list[Token]:
        return [token for token in scope.tokens if token.edge == edge]

    def waiting_at(self, scope: Scope, name: str, port: str) -> list[Token]:
        return [it for it in scope.tokens if self.drawing.lands(it.edge) == (name, port)]

    def wanted(self, name: str) -> int:
        """Return how many edges of a join must have brought a token."""
        node, edges = self.document.nodes[name], len(self.drawing.into(name, "in"))
        how = node.parameters.get("wait_for", "all")
        count: int = node.parameters.get("count", 1)
        return {"first": 1, "n": min(count, edges)}.get(how, edges)

    def is_complete(self, scope: Scope, name: str) -> bool:
        for port in self.drawing.connected(name):
            if not port.multiple:
                if not self.is_there(scope, name, port.name):
                    return False
                continue
            edges = self.drawing.into(name, port.name)
            if self.late(name) == "block" and any(edge in edges for edge, _ in scope.owed):
                return False
            if sum(bool(self.waiting(scope, edge)) for edge in edges) < self.wanted(name):
                return False
        return True

    def is_there(self, scope: Scope, name: str, port: str) -> bool:
        """Say whether a token waits at an input, or a value from outside is there for all."""
        if held := self.drawing.held(name, port):
            return any(edge in scope.captured for edge in held)
        return bool(self.waiting_at(scope, name, port))

    def late(self, name: str) -> str:
        return str(self.document.nodes[name].parameters.get("late", "swallow"))

    def take_and_fire(self, scope: Scope, name: str) -> None:
        """Take the first token at each port, or at each edge of a join, and fire."""
        inputs: dict[str, Value] = {}
        causes: frozenset[Step] = frozenset()
        missed: list[Edge] = []
        for port in self.drawing.connected(name):
            if held := self.drawing.held(name, port.name):
                for edge in held:
                    if edge in scope.captured:
                        inputs[port.name] = scope.captured[edge]
                continue
            if not port.multiple:
                first = self.waiting_at(scope, name, port.name)[:1]
            else:
                edges = self.drawing.into(name, port.name)
                first = [token for edge in edges for token in self.waiting(scope, edge)[:1]]
                if self.wanted(name) < len(edges):
                    missed = [edge for edge in edges if not self.waiting(scope, edge)]
            for token in first:
                scope.tokens.remove(token)
            if port.multiple:
                # Of a join that wants fewer, the rest of the round is swallowed with the late.
                first = first[: self.wanted(name)]
            for token in first:
                causes |= token.causes
            if first:
                values = [token.value for token in first]
                inputs[port.name] = values if port.multiple else values[0]
        step = self.fire(scope, name, inputs, causes)
        if self.late(name) == "cancel":
            self.overtaken.append((scope, name))
            scope.tokens = [
                token
                for token in scope.tokens
                if not self.drawing.leads_only_to(self.at(token), name)
            ]
        else:
            scope.owed += [(edge, step) for edge in missed]

    def takes_time(self, name: str) -> bool:
        """Say whether a node's steps take time."""
        return self.document.nodes[name].kind in ("blueprint.call", *self.slow)

    def later(self, step: Step, seconds: float, then: Callable[[], None]) -> None:
        self.timers.append((self.now + seconds, step, then))

    def remove(self, step: Step) -> None:
        self.line = [it for it in self.line if it is not step]
        self.under_way = [it for it in self.under_way if it is not step]
        self.timers = [timer for timer in self.timers if timer[1] is not step]

    def cancel(self, step: Step) -> None:
        """End a step, and its items, before it is done."""
        for index in step.mapped:
            self.steps.append(Ended(f"{step.path}[{index}]", "cancelled", {}, None))
        self.steps.append(Ended(step.path, "cancelled", {}, None))
        self.give_up_called(step.path)
        self.keep_done(step)
        self.remove(step)

    def give_up_called(self, path: str) -> None:
        """Cancel the runs that a step has called, or an item of it, as it gives up."""
        raise NotImplementedError

    def keep_done(self, step: Step) -> None:
        """Remember what the items of a step have done that did not end well itself."""
        done = [next(iter(step.results[index].values()), None) for index in sorted(step.results)]
        node = self.document.nodes[step.node]
        if done and node.settings.compensate and self.takes_time(step.node):
            step.output = done
            step.scope.finished.append(step)

    # --- rule 4: nothing waits for ever ---------------------------------------

    def moving(self, scope: Scope) -> set[str]:
        return {step.node for step in [*self.line, *self.under_way] if step.scope is scope}

    def settle(self, scope: Scope) -> None:
        """Fire or skip the nodes that wait for what can no longer come, upstream first."""
        while True:
            waiting = {self.at(token) for token in scope.tokens}
            moving = self.moving(scope)
            in_vain = [
                name
                for name in waiting
                if not any(self.drawing.can_reach(it, name) for it in moving)
            ]
            if not in_vain:
                return
            self.wait_no_more(scope, min(in_vain, key=self.order.__getitem__))

    def wait_no_more(self, scope: Scope, name: str) -> None:
        scope.owed = [it for it in scope.owed if self.drawing.lands(it[0])[0] != name]
        for port in self.drawing.connected(name):
            edges = self.drawing.into(name, port.name)
            arrived = sum(bool(self.waiting(scope, edge)) for edge in edges)
            if self.drawing.held(name, port.name):
                arrived = int(self.is_there(scope, name, port.name))
            enough = 1
            if port.multiple and self.document.nodes[name].parameters.get("wait_for") == "n":
                enough = self.wanted(name)
            if arrived < enough and (port.required or port.multiple):
                scope.tokens = [token for token in scope.tokens if self.at(token) != name]
                step = self.fire(scope, name, {}, frozenset())
                step.skipped = True
                return
        self.take_and_fire(scope, name)


def comes_of(token: Token, step: Step) -> bool:
    """Say whether a token comes of a step, or of a later one of the same node.

    If so, it is not what a join that fired with that step did not wait for.
    """
    return any(it.node == step.node and it.count >= step.count for it in token.causes)
