"""What a call gives to the blueprint that it calls: its inputs, and the nodes that read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.expression import Expression
from runner.engine.expressions.template import split
from runner.engine.parts.refusing import Reasons
from runner.engine.parts.wording import read_by
from runner.graph import Document, Node
from runner.graph.plan import Types
from runner.graph.validation import is_expression


class Given:
    """The inputs of a call by their names, where it gives each, with the defaults of the others."""

    def __init__(
        self, document: Document, types: Types, call: str, called: Document, trigger: str
    ) -> None:
        self._types = types
        self._call = call
        self._called = called
        self._trigger = trigger
        self._inputs = document.nodes[call].parameters.get("inputs")
        self._arrives = any(edge.target == call for edge in document.edges)
        each: Mapping[str, Any] = self._inputs if isinstance(self._inputs, dict) else {}
        self._missing = {
            name: it["default"]
            for name, it in called.inputs.items()
            if "default" in it and name not in each
        }
        self.fields = {**each, **self._missing}

    @property
    def by_name(self) -> bool:
        """Whether the call gives each input, and does not pass on what comes in as it is."""
        return isinstance(self._inputs, dict)

    def check(self, reasons: Reasons) -> None:
        """Note what nodes could not get as the called blueprint does."""
        if not self.by_name and (self._missing or self._inputs is not None):
            reasons.add(
                "expand_inputs",
                f"{self._call} passes on what comes in as it is, so that nobody can see which "
                "inputs are left to their defaults. Give each input at the call first.",
                self._call,
            )
        if any(map(is_expression, self._missing.values())):
            reasons.add(
                "expand_inputs",
                "A default of the called blueprint's inputs looks like an expression. Give this "
                "input at the call first.",
                self._call,
            )

    @cached_property
    def read(self) -> bool:
        """Whether anything reads the inputs by name, and so must come behind what gives them."""
        return any(map(self._reads_entry, self._called.nodes))

    @cached_property
    def direct(self) -> Mapping[str, str]:
        """The nodes that only take one input out of all, with its name."""
        return {} if self.read or not self._arrives else dict(self._taking_one())

    def _alone(self, name: str) -> str | None:
        """Return the expression that an input is given by, if it is one and nothing else."""
        text = self.fields.get(name)
        try:
            parts = split(text.strip()) if isinstance(text, str) else []
        except ExpressionError:
            return None
        return parts[0].source if len(parts) == 1 and isinstance(parts[0], Expression) else None

    def elsewhere(self, name: str, reader: str, own: bool) -> str | None:
        """Return that expression where it gives the same when a called node reads it.

        `own` says whether the reader goes through items itself.
        """
        source = self._alone(name)
        if source is None:
            return None
        probe = Node(kind="data.value", parameters={"value": f"{{{{ {source} }}}}"})
        mentions = [it for it, _ in read_by(Document(nodes={"probe": probe}), self._types, "probe")]
        if len(mentions) != 1 or mentions[0].text != source:
            return None
        if mentions[0].name in ("item", "index"):
            return source if self._called.nodes[reader].frame is None and not own else None
        named = mentions[0].key is not None and mentions[0].name in ("nodes", "run", "vars")
        return source if named else None

    def _reads_entry(self, name: str) -> bool:
        """Say whether a node's expressions need the called blueprint's inputs, or its trigger."""
        for mention, own in read_by(self._called, self._types, name):
            if mention.name == "nodes" and mention.key == self._trigger:
                return True
            whole = mention.second is None or not self.elsewhere(mention.second, name, own)
            if (mention.name, mention.key) == ("run", "inputs") and whole:
                return True
        return False

    def _taking_one(self) -> Iterator[tuple[str, str]]:
        for name, node in self._called.nodes.items():
            value = node.parameters.get("value")
            plain = node == Node(kind="data.value", title=node.title, parameters={"value": value})
            arriving = [it for it in self._called.edges if it.target == name]
            if not plain or [it.source for it in arriving] != [self._trigger]:
                continue
            for given in self.fields:
                if value == f"{{{{ input.{given} }}}}" and (
                    self._alone(given) == "input" or self.elsewhere(given, name, own=False)
                ):
                    yield name, given

    def passed(self, name: str) -> bool:
        """Say whether a node only passes on what comes to the call: an edge can do that."""
        if self._alone(self.direct.get(name, "")) != "input":
            return False
        return not any(
            mention.name == "nodes" and mention.key == name
            for it in self._called.nodes
            for mention, _ in read_by(self._called, self._types, it)
        )
