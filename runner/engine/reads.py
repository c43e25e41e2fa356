"""What the expressions of a node read besides the values that come in by edges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from runner.graph.plan import Plan, PlanNode
from runner.graph.texts import nodes_named, texts_in
from runner.graph.validation import evaluated_per_item

_NODES = re.compile(r"\bnodes\b")
_RUN = re.compile(r"\brun\b")
_VARS = re.compile(r"\bvars\b")
_ITEM = re.compile(r"\b(?:item|index)\b")


@dataclass(frozen=True, slots=True)
class Reads:
    """Names that expressions read; `all_nodes` where a node's name is only known when they run.

    `item` is what a frame around, or the node itself, goes through, and its number.
    It may say too much (a text can contain the word `run`), never too little.
    """

    nodes: frozenset[str] = frozenset()
    all_nodes: bool = False
    run: bool = False
    vars: bool = False
    item: bool = False


def reads_of(node: PlanNode) -> Reads:
    """Return what the node's parameters read; triggers and nodes without inputs read the run's."""
    model = node.spec.parameters
    texts = [
        text
        for key, value in node.parameters.items()
        for text in texts_in(value)
        if "{{" in text or evaluated_per_item(model, key)
    ]
    run = node.spec.trigger or not node.inputs or any(map(_RUN.search, texts))
    return Reads(
        *_nodes(texts),
        run=run,
        vars=any(map(_VARS.search, texts)),
        item=any(map(_ITEM.search, texts)),
    )


def _nodes(texts: list[str]) -> tuple[frozenset[str], bool]:
    names: set[str] = set()
    mentions = 0
    for text in texts:
        mentions += len(_NODES.findall(text))
        found = nodes_named(text)
        mentions -= len(found)
        names.update(found)
    return frozenset(names), mentions > 0


_named: WeakKeyDictionary[Plan, frozenset[str]] = WeakKeyDictionary()


def named_in(plan: Plan) -> frozenset[str]:
    """Return the nodes whose last outputs somebody may ask for: an expression, or the run's end.

    Those of others need not be kept, however large they are. Found once for each plan.
    """
    found = _named.get(plan)
    if found is None:
        reads = [reads_of(node) for node in plan.nodes]
        everything = any(it.all_nodes for it in reads)
        named = plan.index if everything else frozenset().union(*(it.nodes for it in reads))
        leaves = {plan.nodes[index].id for index in plan.leaves}
        found = _named[plan] = frozenset(named) | leaves
    return found
