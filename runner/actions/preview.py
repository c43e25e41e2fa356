"""What an expression that is being written gives, on the values of a run that has been.

It is the evaluator of runs that answers, on values that are read from the journal here.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.conf import settings

from runner.actions.history import history_of_run
from runner.engine.expressions import ExpressionError, compile_expression, compile_template
from runner.engine.expressions.reading import Reading, reading_of
from runner.engine.sight import Seen, Sight, frames_in, sight_of
from runner.graph import Document
from runner.graph.document import Node
from runner.graph.expected import ANY, expected_names, pinned_names
from runner.graph.frames import around, begins_inside
from runner.graph.plan import Types, input_ports
from runner.graph.texts import template_of
from runner.graph.validation import evaluated_per_item
from runner.models import Run
from runner.nodes import node_types
from runner.queue.plans import plan_of

# A longer journal takes too long to read at each pause in typing.
MOST_EVENTS = 50_000
LONGEST_SHOWN = 4_000
LONGEST_SAMPLE = 80
MOST_MEMBERS = 200
MOST_KEPT = 4
NAMES = frozenset({"input", "inputs", "nodes", "run", "vars", "now", "item", "index"})

_kept: OrderedDict[Any, Sight] = OrderedDict()
_lock = threading.Lock()


class RunTooLong(Exception):
    """The run has too many events to look up its values while somebody types."""

    def __init__(self, events: int) -> None:
        super().__init__(
            f"The run has {events:,} events; previews are made of runs with "
            f"{MOST_EVENTS:,} at most. Choose a shorter run."
        )


class NoSuchNode(Exception):
    """The draft has no such node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: the value of a parameter's `text`, the members of an expression, or both.

    `parameter` may be a place inside of one (`auth.password`).
    `members_of` is empty for the names. `iteration` and `step` choose a firing, `index` an item
    where the parameter is evaluated for each.
    """

    node: str
    parameter: str = ""
    text: str | None = None
    members_of: str | None = None
    iteration: str | None = None
    step: str | None = None
    index: int = 0


@dataclass(slots=True)
class Preview:
    """What an expression gives, and which values that is from."""

    origin: Literal["step", "upstream", "pinned", "none"]
    step: str | None = None
    iteration: str = ""
    item: dict[str, int] | None = None
    value: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    missing: list[str] = field(default_factory=list)
    hidden: bool = False
    owner: dict[str, Any] | None = None
    members: list[dict[str, Any]] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


def preview(document: Document, run: Run | None, asked: Asked) -> Preview:
    """Return what is asked for, on the values of a run, or of pins where there is none.

    Raises NoSuchNode, RunTooLong, DocumentInvalid, JournalDamaged and JournalPruned.
    """
    types = node_types()
    node = document.nodes.get(asked.node)
    typed = types.get(node.kind) if node is not None else None
    if node is None or typed is None:
        raise NoSuchNode(f"The draft has no node {asked.node!r} whose kind is known here.")
    found = _Names(document, types, node, run, asked)
    shown = Preview(found.origin, found.step, found.iteration, found.item)
    if asked.members_of is not None:
        shown.owner, shown.members = _members(found, asked.members_of)
    if asked.text is not None:
        model = typed.spec.parameters
        text = asked.text
        bare = evaluated_per_item(model, first_of(asked.parameter)) and "{{" not in text
        _evaluate(shown, found, template_of(text) if bare else text)
        if shown.value is not None and _is_secret(typed.spec.schema, asked.parameter):
            shown.value, shown.hidden = None, True
    return shown


class _Names:
    """The names of a node's expressions: those with values, and those that may be expected."""

    def __init__(
        self, document: Document, types: Types, node: Node, run: Run | None, asked: Asked
    ) -> None:
        self.document = document
        self.origin: Literal["step", "upstream", "pinned", "none"] = "none"
        self.step: str | None = None
        self.iteration = ""
        self.item: dict[str, int] | None = None
        run_vars = {**settings.CONDUCTOR_VARS, **document.vars}
        names: dict[str, Any] = {"vars": run_vars, "nodes": {}}
        if run is not None:
            sight = _sight(run, seen_of(document, types, asked), run_vars)
            names = dict(sight.names)
            self.origin, self.step, self.iteration = sight.origin, sight.step, sight.iteration
        names.setdefault("now", time.time())
        pins = pinned_names(document, asked.node)
        names["nodes"] = {**pins.pop("nodes"), **names["nodes"]}
        if "input" in pins and "input" not in names:
            self.origin = "pinned"
            names |= pins
        self.expected, self.certain = (
            {**expected_names(document, types, asked.node, examples=it), "vars": run_vars}
            for it in (True, False)
        )
        spec = types[node.kind].spec
        if node.settings.mapped is not None:
            self._each(node.settings.mapped.list, names, asked.index)
        elif evaluated_per_item(spec.parameters, first_of(asked.parameter)):
            if spec.begins:
                # What a round has given is what the frame gave out last.
                given = names["nodes"].get(asked.node, ANY)
                names.pop("input", None)
                names |= {} if given is ANY else {"input": given, "item": given, "index": 0}
            else:
                self._item(names.get("input"), names, asked.index)
                expected = self.expected.get("input")
                some = expected[0] if isinstance(expected, list) and expected else ANY
                self.expected |= {"item": some, "index": 0}
        self.names = names

    def _each(self, listed: str | None, names: dict[str, Any], index: int) -> None:
        values = names.get("input")
        if listed is not None:
            try:
                values = compile_template(listed).evaluate(names)
            except ExpressionError:
                values = None
        if self._item(values, names, index):
            names["input"] = names["item"]
        else:
            names.pop("input", None)

    def _item(self, values: Any, names: dict[str, Any], index: int) -> bool:
        if not isinstance(values, list) or not values:
            names.pop("item", None)
            return False
        place = min(index, len(values) - 1)
        names |= {"item": values[place], "index": place}
        self.item = {"index": place, "of": len(values)}
        return True


def seen_of(document: Document, types: Types, asked: Asked) -> Seen:
    """Return where a node of the draft looks from: its edges, and the frames around it."""
    node = document.nodes[asked.node]
    ports = input_ports(types[node.kind].spec, node)
    edges = [edge for edge in document.edges if edge.target == asked.node]
    frames = [it for it in reversed(around(document, node.frame)) if it is not None]
    iteration = asked.iteration
    if iteration is not None:
        # What the page shows may be further inside, or elsewhere.
        fits = frames_in(iteration)[: len(frames)] == frames
        iteration = "/".join(iteration.split("/")[: len(frames)]) if fits else None
    return Seen(
        node=asked.node,
        ports={
            port.name: [(it.source, it.output) for it in edges if it.input == port.name]
            for port in ports
        },
        joins=frozenset(port.name for port in ports if port.multiple),
        frames=frames,
        began=frozenset(
            (it.source, it.output)
            for it in edges
            if it.source in document.nodes and begins_inside(types, document, it)
        ),
        iteration=iteration,
        step=asked.step,
    )


def _sight(run: Run, seen: Seen, run_vars: Mapping[str, Any]) -> Sight:
    if (last := run.last_seq) > MOST_EVENTS:
        raise RunTooLong(last)
    key = (run.pk, last, repr(seen), repr(run_vars))
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    events = history_of_run(run)
    found = sight_of(plan_of(run.drawing_id), events, seen, str(run.pk), run_vars)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def first_of(place: str) -> str:
    """Return the parameter of a place within it, such as `cases` of `cases.0.name`."""
    return place.partition(".")[0]


def _is_secret(root: Mapping[str, Any], place: str) -> bool:
    """Say whether the form hides what stands at this place of a node's parameters."""
    schema: Any = root
    for part in place.split("."):
        inner = schema.get("properties", {}).get(part) or schema.get("items")
        if not isinstance(inner, Mapping):
            return False
        name = str(inner.get("$ref", "")).rpartition("/")[2]
        schema = {**root.get("$defs", {}).get(name, {}), **inner}
    return bool(schema.get("widget") == "secret" or schema.get("format") == "password")


# --- the value ------------------------------------------------------------


def _evaluate(shown: Preview, found: _Names, text: str) -> None:
    try:
        shown.missing = _missing(found, reading_of(text))
        if not shown.missing:
            shown.value = described(compile_template(text).evaluate(found.names))
    except ExpressionError as error:
        shown.error = {"message": error.reason, "column": error.column, "source": error.source}


def _missing(found: _Names, reading: Reading) -> list[str]:
    """Return what the expressions read that there is no value of, though there may be one."""
    missing: dict[str, None] = {}
    for read in reading.reads:
        first = read.keys[0] if read.keys else None
        if read.name in NAMES and read.name not in found.names:
            if read.name not in ("item", "index") or read.name in found.expected:
                missing[read.name] = None
        elif read.name == "nodes" and isinstance(first, str) and _is_to_come(found, first):
            missing[f'nodes["{first}"]'] = None
    return list(missing)


def _is_to_come(found: _Names, node: str) -> bool:
    return node in found.document.nodes and node not in found.names["nodes"]


def described(value: Any) -> dict[str, Any]:
    """Return a value as previews show it: its type, how long it is, and how it begins."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    sized = isinstance(value, str | list | dict)
    return {
        "type": type_of(value),
        "length": len(value) if sized else None,
        "text": text[:LONGEST_SHOWN],
        "cut": len(text) > LONGEST_SHOWN,
    }


# --- members --------------------------------------------------------------


def _members(
    found: _Names, owner: str
) -> tuple[dict[str, Any] | None, list[dict[str, Any]] | None]:
    if not owner.strip():
        return None, _listed(found.names, found.expected)
    real = _looked_up(owner, found.names)
    # Beside what a run has given, only what will certainly come is worth a place.
    expected = _looked_up(owner, found.expected if real is ANY else found.certain)
    if real is ANY and expected is ANY:
        return None, None
    value = expected if real is ANY else real
    shown = {"type": type_of(value), "expected": real is ANY}
    return shown, _listed(real, expected)


def _looked_up(owner: str, names: Mapping[str, Any]) -> Any:
    try:
        return compile_expression(owner).evaluate(names)
    except ExpressionError:
        return ANY


def _listed(real: Any, expected: Any) -> list[dict[str, Any]]:
    found = {key: (it, False) for key, it in _parts(real)}
    for key, it in _parts(expected):
        found.setdefault(key, (it, True))
        if len(found) >= MOST_MEMBERS:
            break
    return [
        {"key": key, "type": type_of(it), "sample": sample(it), "expected": guessed}
        for key, (it, guessed) in list(found.items())[:MOST_MEMBERS]
    ]


def _parts(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())[:MOST_MEMBERS]
    if isinstance(value, list) and value:
        return [*list(enumerate(value))[:5], *([(-1, value[-1])] if len(value) > 1 else [])]
    return []


def type_of(value: Any) -> str:
    """Return the type of a JSON value, as the reference of expressions calls it."""
    if value is ANY:
        return "any"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def sample(value: Any) -> str:
    """Return how a value begins, on one line."""
    if value is ANY:
        return ""
    if isinstance(value, list):
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    if isinstance(value, Mapping):
        keys = [str(key) for key in list(value)[:5]]
        return ("{ " + ", ".join(keys) + (", …" if len(value) > 5 else "") + " }")[:LONGEST_SAMPLE]
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SAMPLE else text[: LONGEST_SAMPLE - 1] + "…"
