"""A scope: the tokens that move among nodes, and which of the nodes may fire with them.

The rules of tokens are here (fire, merge, join, nothing waits for ever); what
an event means for a run is the state's. Like that, it has no clock and does no I/O.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from runner.engine.firing import NOWHERE, Came, Firing, Token
from runner.engine.reads import named_in
from runner.graph.plan import Plan, PlanNode

if TYPE_CHECKING:
    from runner.engine.frames.opened import Opened


class Scope:
    """The tokens of one level of a run: of the whole drawing, or of one firing of a frame.

    `fired` counts the firings of each node (by index) and `own` has their last outputs (by id).
    What may start is put into `ready`, which all scopes of a run share.
    """

    __slots__ = (
        "_active_count",
        "_arrived",
        "_edges",
        "_late",
        "_named",
        "_ports",
        "active",
        "captured",
        "finished",
        "fired",
        "frames",
        "halted",
        "overtaken",
        "own",
        "plan",
        "prefix",
        "reached",
        "ready",
        "waiting",
    )

    def __init__(self, plan: Plan, ready: dict[str, Firing], around: Scope | None = None) -> None:
        self.plan = plan
        self.ready = ready
        self.own: dict[str, Any] = {}
        self.fired: defaultdict[int, int] = defaultdict(int)
        # What step paths begin with here.
        self.prefix = ""
        # The nodes that have steps under way, as bits.
        self.active = 0
        self.waiting: set[int] = set()
        self._active_count: defaultdict[int, int] = defaultdict(int)
        # Tokens wait at a port; at a port that tells its edges apart, at the edge.
        self._ports: dict[tuple[int, int], deque[Token]] = {}
        self._edges: dict[int, deque[Token]] = {}
        # How many edges of such a port have a token: counting them anew would be quadratic.
        self._arrived: dict[tuple[int, int], int] = {}
        # By edge, the firings of its join (from 1) that did not wait for a token of it.
        self._late: dict[int, list[int]] = {}
        # The frames that are open here, by node.
        self.frames: dict[int, list[Opened]] = {}
        # Why nothing moves here any more; empty while it may.
        self.halted = ""
        # The steps that have ended well and can be undone, in the order of their ends.
        self.finished: list[Firing] = []
        # The nodes that have fired anywhere in the run; joins that have just fired and whose late
        # branches are to be cancelled; the values of edges from further out, by edge.
        self.reached: defaultdict[int, int] = self.fired
        self.overtaken: list[tuple[Scope, PlanNode]]
        self.captured: dict[int, Token]
        if around is None:
            self._named = named_in(plan)
            self.overtaken, self.captured = [], {}
        else:
            # All scopes of a run share these.
            self._named, self.reached = around._named, around.reached
            self.overtaken, self.captured = around.overtaken, around.captured

    @property
    def values(self) -> Mapping[str, Any]:
        """The last outputs of the nodes that have fired here or around, by id; a view of them."""
        return self.own

    # --- tokens -----------------------------------------------------------

    def fire(
        self,
        node: PlanNode,
        inputs: dict[str, Any],
        refs: dict[str, list[list[str]]],
        skip: str | None = None,
        came: Came = NOWHERE,
    ) -> None:
        """Make a step of a node, with its inputs and where they come from."""
        count = self.fired[node.index] = self.fired[node.index] + 1
        path = self.prefix + node.id if count == 1 else f"{self.prefix}{node.id}#{count}"
        if self.prefix:
            self.reached[node.index] = 1
        if node.settings.disabled:
            skip = "the node is disabled"
        firing = Firing(node, path, inputs, refs, self, skip)
        firing.came = {**came, node.index: count} if node.index in self.plan.circling else came
        if count > node.settings.max_firings:
            firing.fault = (
                f"{node.id} has fired {node.settings.max_firings} times in this run, which is its "
                "limit. If that is meant, raise its 'max_firings'."
            )
        self.ready[path] = firing
        self._active_count[node.index] += 1
        self.active |= 1 << node.index

    def emit(self, firing: Firing, outputs: dict[str, Any]) -> None:
        """Send what a step emits, by output port, along the edges."""
        if self.halted:
            return
        node = firing.node
        if outputs and node.id in self._named:
            self.own[node.id] = next(iter(outputs.values()))
        for place, port in enumerate(node.outputs):
            if port.name not in outputs:
                continue
            token = (outputs[port.name], firing.path, port.name, firing.came)
            for target in node.targets[place]:
                self._arrive(target.node, target.port, target.edge, token)

    def queues(self) -> Iterator[tuple[PlanNode, int, int | None, deque[Token]]]:
        """Yield where tokens wait: node, input port and, where that tells them apart, edge."""
        for (index, port), queue in self._ports.items():
            yield self.plan.nodes[index], port, None, queue
        for edge, queue in self._edges.items():
            node = self.plan.nodes[self.plan.index[self.plan.edges[edge].target]]
            port = next(place for place, edges in enumerate(node.sources) if edge in edges)
            yield node, port, edge, queue

    def _arrive(self, index: int, port: int, edge: int, token: Token) -> None:
        node = self.plan.nodes[index]
        if port < 0:
            self._arrive_at_frame(node, -1 - port, token)
            return
        if not node.can_wait:
            # The common case: one connected port, where each token fires the node.
            name = node.inputs[port].name
            self.fire(node, {name: token[0]}, {name: [[token[1], token[2]]]}, came=token[3])
            return
        if node.inputs[port].multiple:
            if self._is_late(index, edge, token):
                if node.parameters.get("late") == "block":
                    self._fire_if_complete(node)
                return
            queue = self._edges.setdefault(edge, deque())
            if not queue:
                place = (index, port)
                self._arrived[place] = self._arrived.get(place, 0) + 1
            queue.append(token)
        else:
            self._ports.setdefault((index, port), deque()).append(token)
        self.waiting.add(index)
        self._fire_if_complete(node)

    def _is_late(self, join: int, edge: int, token: Token) -> bool:
        """Say whether a firing of the join did not wait for this token; if so, cross that off.

        What descends from a firing of the join itself is not what that firing left behind.
        """
        late = self._late.get(edge)
        if not late:
            return False
        came = token[3].get(join, 0)
        for place, firing in enumerate(late):
            if firing > came:
                del late[place]
                return True
        return False

    def _arrive_at_frame(self, node: PlanNode, place: int, token: Token) -> None:
        """Hand a token to what is open of a frame: its end inside, or a control from outside."""
        spec = node.spec
        if place < len(spec.ends):
            self.end_inside(spec.ends[place].name, token)
            return
        for opened in list(self.opened_of(node)):
            opened.control(spec.controls[place - len(spec.ends)].name, token[0])

    def opened_of(self, node: PlanNode) -> Sequence[Opened]:
        """Return the open firings of a frame that a control reaches from here."""
        return self.frames.get(node.index, ())

    def end_inside(self, port: str, token: Token) -> None:
        """Take a token that has come to the inner end of the frame around this scope."""
        raise AssertionError(f"an edge ends a frame that is not open: {token[1]}")

    def _fire_if_complete(self, node: PlanNode) -> None:
        if all(self._port_is_full(node, port) for port in node.connected):
            self._take_and_fire(node)

    def _port_is_full(self, node: PlanNode, port: int) -> bool:
        if node.sticky and port in node.sticky:
            return node.sticky[port] in self.captured
        if not node.inputs[port].multiple:
            return bool(self._ports.get((node.index, port)))
        edges = node.sources[port]
        if node.parameters.get("late") == "block" and any(map(self._late.get, edges)):
            return False
        return self._arrived.get((node.index, port), 0) >= wanted(node, len(edges))

    def _take_and_fire(self, node: PlanNode) -> None:
        """Take one token from each port (where there is one) and fire."""
        inputs: dict[str, Any] = {}
        refs: dict[str, list[list[str]]] = {}
        came = NOWHERE
        for port in node.connected:
            name = node.inputs[port].name
            if node.sticky and port in node.sticky:
                # What comes from outside is there for each firing.
                held = self.captured.get(node.sticky[port])
                tokens = [] if held is None else [held]
                if held is not None:
                    inputs[name] = held[0]
            elif node.inputs[port].multiple:
                tokens = self._take_edges(node, port)
                if tokens:
                    inputs[name] = [token[0] for token in tokens]
            else:
                queue = self._ports.get((node.index, port))
                tokens = [queue.popleft()] if queue else []
                if tokens:
                    inputs[name] = tokens[0][0]
            if tokens:
                refs[name] = [[token[1], token[2]] for token in tokens]
                if self.plan.circling:
                    came = _latest(came, tokens)
        self._still_waiting(node)
        self.fire(node, inputs, refs, came=came)
        if node.index in self.plan.overtakes:
            self._overtake(node)

    def _take_edges(self, node: PlanNode, port: int) -> list[Token]:
        edges = node.sources[port]
        want = wanted(node, len(edges))
        cancels = node.index in self.plan.overtakes
        tokens: list[Token] = []
        for edge in edges:
            if queue := self._edges.get(edge):
                # Those that came after enough were there are swallowed with the late ones.
                token = queue.popleft()
                if not queue:
                    self._arrived[node.index, port] -= 1
                if len(tokens) < want:
                    tokens.append(token)
            elif want < len(edges) and not cancels:
                # The late ones of this round are swallowed when they come.
                self._late.setdefault(edge, []).append(self.fired[node.index] + 1)
        return tokens

    def _still_waiting(self, node: PlanNode) -> None:
        for port in node.connected:
            if node.inputs[port].multiple:
                if self._arrived.get((node.index, port)):
                    return
            elif self._ports.get((node.index, port)):
                return
        self.waiting.discard(node.index)

    def end(self, firing: Firing, outputs: dict[str, Any]) -> None:
        """Emit what a step ended with; those that waited for it in vain wait no more."""
        self.emit(firing, outputs)
        index = firing.node.index
        self._active_count[index] -= 1
        if not self._active_count[index]:
            self.active &= ~(1 << index)
        if self.waiting and not self.halted:
            self._resolve_waiting()

    # --- nothing waits for ever -------------------------------------------

    def _resolve_waiting(self) -> None:
        """Fire or skip the waiting nodes that nothing on its way can reach any more.

        Upstream first: a node that is resolved moves again and may still reach
        those behind it.
        """
        plan = self.plan
        for index in sorted(self.waiting, key=lambda index: (plan.order[index], index)):
            while index in self.waiting and not self.active & plan.can_reach[index]:
                self._resolve(plan.nodes[index])

    def _overtake(self, join: PlanNode) -> None:
        """Drop what waits on the join's late branches, and have their steps cancelled."""
        late = self.plan.overtakes[join.index]
        for index in [index for index in self.waiting if late >> index & 1]:
            self._drop_tokens(self.plan.nodes[index])
        self.overtaken.append((self, join))

    def _resolve(self, node: PlanNode) -> None:
        missing = []
        came = ""
        for port in node.connected:
            for edge in node.sources[port]:
                # What has not come by now never will, so a blocked round may begin.
                self._late.pop(edge, None)
            if not node.inputs[port].multiple:
                if node.inputs[port].required and not (
                    self._ports.get((node.index, port)) or self._port_is_full(node, port)
                ):
                    missing.append(node.inputs[port].name)
                continue
            edges = node.sources[port]
            arrived = self._arrived.get((node.index, port), 0)
            want = wanted(node, len(edges))
            if not arrived:
                missing.append(node.inputs[port].name)
            elif node.parameters.get("wait_for") == "n" and arrived < want:
                missing.append(node.inputs[port].name)
                came = f"; {arrived} of the {want} that it waits for came"
        if not missing:
            self._take_and_fire(node)
            return
        self._drop_tokens(node)
        names = ", ".join(repr(name) for name in missing)
        self.fire(node, {}, {}, skip=f"nothing can come at its input {names} any more{came}")

    def _drop_tokens(self, node: PlanNode) -> None:
        for port in node.connected:
            self._ports.pop((node.index, port), None)
            self._arrived.pop((node.index, port), None)
            for edge in node.sources[port]:
                self._edges.pop(edge, None)
        self.waiting.discard(node.index)


def _latest(came: Came, tokens: Iterable[Token]) -> Came:
    """Return from which firings of joins any of the tokens descends."""
    found = dict(came)
    for token in tokens:
        for join, firing in token[3].items():
            found[join] = max(firing, found.get(join, 0))
    return found


def wanted(node: PlanNode, edges: int) -> int:
    """Return how many of a join's edges must have brought a token before it fires."""
    wait_for = node.parameters.get("wait_for", "all")
    if wait_for == "first":
        return 1
    if wait_for == "n":
        count = node.parameters.get("count", 1)
        return min(count, edges) if isinstance(count, int) and count > 0 else 1
    return edges
