"""Expressions that read fields which what comes in does not have, told before any run."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from keyword import iskeyword

from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.reading import Read, Reading, reading_of
from runner.graph.document import Document, Node
from runner.graph.known import Fields, Items, Known, Shape
from runner.graph.plan import Types
from runner.graph.problems import Problem
from runner.graph.texts import template_of, texts_at
from runner.graph.validation import evaluated_per_item

MOST_NAMED = 6


def field_problems(document: Document, types: Types) -> Iterator[Problem]:
    """Yield a warning for each way of keys that ends where it certainly leads nowhere."""
    known = Known(document, types)
    for name, node in document.nodes.items():
        typed = types.get(node.kind)
        if typed is None or node.settings.idle:
            continue
        model = typed.spec.parameters
        for parameter, value in node.parameters.items():
            per_item = evaluated_per_item(model, parameter)
            for place, text in texts_at(value):
                if "{{" not in text:
                    if not per_item or not isinstance(value, str):
                        continue
                    text = template_of(text)
                names = _names(known, name, node, per_item=per_item, frame=bool(typed.spec.begins))
                for wrong in _in_text(known, names, text):
                    yield replace(wrong, node=name, parameter=parameter, place=place or None)


def _names(
    known: Known, name: str, node: Node, *, per_item: bool, frame: bool
) -> Mapping[str, Shape]:
    """Return the shapes of the names that a parameter's expressions can read."""
    came = known.input(name)
    names = {"input": came, "item": known.item(name)}
    if per_item or node.settings.mapped is not None:
        names["item"] = came if node.settings.mapped is not None else None
        if isinstance(came, Items) and node.settings.mapped is None:
            names["item"] = came.of
    if per_item and frame:
        # What a round has given is known to nobody.
        names = {}
    return names


def _in_text(known: Known, names: Mapping[str, Shape], text: str) -> Iterator[Problem]:
    try:
        reading = reading_of(text)
    except ExpressionError:
        return
    told: set[str] = set()
    for read in reading.reads:
        wrong = _wrong(known, names, read, reading)
        if wrong is not None and wrong.message not in told:
            told.add(wrong.message)
            yield wrong


def _wrong(
    known: Known, names: Mapping[str, Shape], read: Read, reading: Reading
) -> Problem | None:
    """Say where a way of keys leads nowhere; None where it may lead somewhere."""
    shape, keys, owner = names.get(read.name), list(read.keys), read.name
    if read.name == "nodes" and keys and isinstance(keys[0], str):
        owner = f'nodes["{keys[0]}"]'
        shape = known.output(keys[0])
        keys = keys[1:]
    elif read.name == "run" and keys[:1] == ["inputs"]:
        shape, owner = known.inputs, "run.inputs"
        keys = keys[1:]
    for place, key in enumerate(keys):
        if isinstance(shape, Items) and not isinstance(key, str):
            shape, owner = shape.of, f"{owner}[{'…' if key is None else key}]"
        elif isinstance(shape, Fields) and isinstance(key, str):
            if key not in shape.of:
                last = place == len(keys) - 1
                return (
                    None if key in reading.asked else _problem(owner, key, shape, read, last=last)
                )
            shape = shape.of[key]
            owner = f"{owner}.{key}" if key.isidentifier() else f'{owner}["{key}"]'
        else:
            return None
    return None


def _problem(owner: str, key: str, shape: Fields, read: Read, *, last: bool) -> Problem:
    has = list(shape.of)
    near = difflib.get_close_matches(key, has, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    some = ", ".join(has[:MOST_NAMED]) + (", …" if len(has) > MOST_NAMED else "")
    written = instead = None
    if near and last and read.text.endswith(f".{key}"):
        written, begin = read.text, read.text.removesuffix(f".{key}")
        plain = near[0].isidentifier() and not iskeyword(near[0])
        instead = begin + (f".{near[0]}" if plain else f"[{json.dumps(near[0])}]")
    return Problem(
        "unknown_field",
        f"{owner} has no field {key!r} (it has {some or 'none'}).{hint}",
        severity="warning",
        written=written,
        instead=instead,
    )
