"""Items of a For each that run apart: each is a run of its own, which any worker may take.

In the run that spreads them, an iteration of the frame holds one step instead of the nodes that
are drawn in it: `orders[3]/orders:item`. It starts a run of the same drawing in which nothing
moves but the inside of that iteration, under the paths that it would have had: `orders[3]/charge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from runner.engine.errors import EngineError, NodeError
from runner.engine.firing import NOWHERE, Token
from runner.engine.frames.iteration import Iteration
from runner.engine.node import NodeType, Step
from runner.engine.reads import Reads, reads_of
from runner.graph.document import NodeSettings
from runner.graph.plan import Plan, PlanNode, Target
from runner.graph.ports import Port
from runner.graph.spec import Effect, NodeSpec, Runs

if TYPE_CHECKING:
    from runner.engine.scope import Scope
    from runner.engine.state import RunState

# No node can be called so.
MARK = ":item"


class ItemFailed(NodeError):
    """The run of an item has not succeeded; `data` has its `run` and its own `error`."""


async def _work(step: Step) -> Any:
    """Run an item of a frame as a run of its own; gives what came to the frame's inner end."""
    host = step.resources.items
    if host is None:
        raise NodeError("Nothing here can run the item apart: that needs a site, or a host.")
    part = {
        **step.inputs["item"],
        "scope": step.path.rpartition("/")[0],
        "run": {key: step.names["run"][key] for key in ("id", "started")},
    }
    child = await host.ended(step, await host.start_item(step, part))
    if child.status == "succeeded":
        return child.outputs.get("result")
    error = dict(child.error)
    if child.status == "cancelled":
        said = error.get("message") or "no reason was given"
        message = f"The run of the item was cancelled: {said}"
        raise ItemFailed(message, kind="item_cancelled", permanent=True, data={"run": child.run})
    failed = ItemFailed(
        error.get("message") or "The run of the item failed.",
        kind=error.get("kind") or "item",
        permanent=True,
        data={"run": child.run, "error": error},
    )
    failed.code = error.get("code") or "item_failed"
    raise failed


_TYPE = NodeType(
    NodeSpec(
        kind="frame.item",
        title="An item that runs apart",
        category="Frames",
        icon="repeat",
        description="",
        inputs=(Port("item"),),
        outputs=(Port("result"),),
        effect=Effect.EXTERNAL,
        runs=Runs.ASYNC,
    ),
    _work,
)

_nodes: WeakKeyDictionary[Plan, Mapping[str, PlanNode]] = WeakKeyDictionary()


def item_nodes(plan: Plan) -> Mapping[str, PlanNode]:
    """Return what stands for the insides of the frames that may be spread, by the frames' ids.

    Their indexes go on where those of the plan's nodes end. Found once for each plan.
    """
    found = _nodes.get(plan)
    if found is None:
        frames = [it for it in plan.nodes if it.spec.begins and it.parameters.get("spread") is True]
        made = {it.id: _stands_for(it, len(plan.nodes) + n) for n, it in enumerate(frames)}
        found = _nodes[plan] = made
    return found


def _stands_for(frame: PlanNode, index: int) -> PlanNode:
    ends = [port.name for port in frame.spec.ends]
    return PlanNode(
        index=index,
        id=frame.id + MARK,
        type=_TYPE,
        spec=_TYPE.spec,
        parameters={},
        promoted=(),
        settings=NodeSettings(),
        inputs=_TYPE.spec.inputs,
        outputs=_TYPE.spec.outputs,
        targets=((Target(frame.index, -1 - ends.index("result"), -1),),),
        sources=((),),
        connected=(),
        can_wait=False,
        frame=frame.id,
    )


def drawn(node: str) -> str:
    """Return the node of the drawing that a step's node is, or that it stands for the inside of."""
    return node.removesuffix(MARK)


def begin_apart(
    scope: Iteration,
    frame: PlanNode,
    captured: Mapping[int, Token],
    stand_ins: Mapping[str, Any],
) -> None:
    """Let an iteration of a frame run apart: fire what stands for its inside.

    What that gets is all that its result can depend on: the item, the values of edges from
    outside, the last outputs of nodes outside that something inside reads by name, and what
    stands in for nodes inside.
    """
    plan = scope.plan
    inner = inside(plan, frame.id)
    for name in inner:
        # It is not here that they are reached, so nobody need say that they were not.
        scope.reached[plan.index[name]] = 1
    reads = [reads_of(plan.nodes[plan.index[name]]) for name in inner]
    named = set(scope.values)
    if not any(it.all_nodes for it in reads):
        named &= frozenset().union(*(it.nodes for it in reads))
    part = {
        "frame": frame.id,
        "place": scope.place,
        "item": scope.item,
        "captured": {
            str(plan.edges[edge]): list(captured[edge][:3])
            for edge, _ in frame.captures
            if edge in captured
        },
        "nodes": {name: scope.values[name] for name in sorted(named)},
    }
    if stood_in := {name: stand_ins[name] for name in sorted(inner & stand_ins.keys())}:
        part["stand_ins"] = stood_in
    begun = scope.prefix.rpartition("[")[0]
    scope.fire(item_nodes(plan)[frame.id], {"item": part}, {"item": [[begun, "item"]]})


def inside(plan: Plan, frame: str) -> set[str]:
    """Return the nodes in a frame, and in those in it."""
    found = {frame}
    while more := {it.id for it in plan.nodes if it.frame in found} - found:
        found |= more
    return found - {frame}


def reads_in(plan: Plan) -> dict[str, Reads]:
    """Return what each node of a plan reads, by id, with those that stand for items.

    Those get as their input what the nodes that they stand for read of others.
    """
    found = {node.id: reads_of(node) for node in plan.nodes}
    for frame, item in item_nodes(plan).items():
        inner = [found[name] for name in inside(plan, frame)]
        found[item.id] = Reads(run=any(it.run for it in inner), vars=any(it.vars for it in inner))
    return found


def error_of(error: dict[str, Any]) -> dict[str, Any]:
    """Return the error that an iteration ended with which ran apart, as if it had run here."""
    own = (error.get("data") or {}).get("error")
    return own if isinstance(own, dict) and {"code", "message"} <= own.keys() else error


class Part:
    """The only thing that runs in a run that is an item of another: one iteration of a frame."""

    def __init__(self, state: RunState, told: Mapping[str, Any]) -> None:
        self.state = state
        self.run: Mapping[str, Any] = told["run"]
        self.frame: str = told["frame"]
        self.scope: str = told["scope"]
        self.result: Any = None
        self._told = told

    def begin(self, outer: Scope) -> None:
        """Begin it. Raises EngineError where the drawing has no such frame."""
        told, plan = self._told, self.state.plan
        if told["frame"] not in plan.index:
            raise EngineError(f"There is no frame {told['frame']!r} of which an item could run.")
        frame = plan.nodes[plan.index[told["frame"]]]
        inner = inside(plan, frame.id)
        for node in plan.nodes:
            if node.id not in inner:
                self.state.root.reached[node.index] = 1
        item, place = told["item"], told["place"]
        outer.own.update(told["nodes"])
        scope = Iteration(self, outer, f"{told['scope']}/", place, counted=(item, place))
        edges = {str(edge): number for number, edge in enumerate(plan.edges)}
        scope.captured = {
            edges[edge]: (value, step, port, NOWHERE)
            for edge, (value, step, port) in told["captured"].items()
            if edge in edges
        }
        token = (item, told["scope"].rpartition("[")[0], frame.spec.begins[0].name, NOWHERE)
        scope.begin(frame.begins[0], token, [plan.nodes[index] for index in frame.inner_starts])

    def take(self, scope: Iteration, port: str, token: Token) -> None:
        """Take a value that has come to the frame's inner end: the last one is the result."""
        self.result = token[0]

    def fail(self, scope: Iteration, error: dict[str, Any]) -> None:
        """Take an error that nothing inside has caught: the run fails with it."""
        if not scope.halted:
            self.state.failure = error
            self.state.halt(scope, "another step of its item failed")

    def over(self, scope: Iteration) -> None:
        """Do nothing: the run ends, since nothing else moves in it."""
