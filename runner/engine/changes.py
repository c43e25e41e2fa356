"""What of a drawing is not as it was when an earlier run executed it."""

from __future__ import annotations

from collections.abc import Mapping

from runner.engine import events as e
from runner.engine.apart import inside, item_nodes
from runner.engine.earlier import Origin, digest
from runner.graph.plan import Plan, PlanNode


class Changes:
    """What was changed since an earlier run, of that which the results of nodes depend on."""

    def __init__(self, plan: Plan, origin: Origin) -> None:
        self._plan = plan
        self._before = origin.plan
        begun = next((it.data for it in origin.events if it.type == e.RUN_STARTED), {})
        self._versions: Mapping[str, int] = begun.get("versions", {})
        self._changes = {node.id: self._change(node) for node in plan.nodes}
        for frame, item in item_nodes(plan).items():
            same = frame in item_nodes(self._before) and self.is_same_inside(frame)
            told = ("inside_changed", f"What is drawn in {frame} was changed.")
            self._changes[item.id] = None if same else told

    def of(self, node: str) -> tuple[str, str] | None:
        """Return code and text of what was changed of a node, None where nothing was."""
        return self._changes[node]

    def is_same_inside(self, frame: str, *, trusting: bool = False) -> bool:
        """Say whether a frame holds the same, joined by the same edges.

        Where `trusting`, the nodes in it may have been changed.
        """
        inner = inside(self._plan, frame)
        if inner != inside(self._before, frame):
            return False
        if _edges_of(self._plan, inner) != _edges_of(self._before, inner):
            return False
        return trusting or not any(self._changes[it] for it in inner)

    def _change(self, node: PlanNode) -> tuple[str, str] | None:
        place = self._before.index.get(node.id)
        if place is None:
            return "node_new", "The earlier run had no such node."
        was = self._before.nodes[place]
        if was.spec.kind != node.spec.kind:
            return "kind_changed", f"It was a {was.spec.kind}, and is a {node.spec.kind}."
        version = self._versions.get(was.spec.kind, 1)
        if version != node.spec.version:
            return (
                "version_changed",
                f"The node type {node.spec.kind} was of version {version}, "
                f"and is of {node.spec.version}.",
            )
        for key in sorted({*was.parameters, *node.parameters}):
            if digest(was.parameters.get(key)) != digest(node.parameters.get(key)):
                return "parameters_changed", f"Its parameter {key!r} was changed."
        if was.promoted != node.promoted:
            return "parameters_changed", "Other parameters of it are input ports."
        for key in ("on_error", "disabled", "bypass", "each"):
            if getattr(was.settings, key, None) != getattr(node.settings, key, None):
                return "settings_changed", f"Its setting {key!r} was changed."
        return None


def _edges_of(plan: Plan, nodes: set[str]) -> list[str]:
    """Return the edges that begin or end at any of the nodes."""
    return [str(it) for it in plan.edges if it.source in nodes or it.target in nodes]
