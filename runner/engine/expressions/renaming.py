"""Other texts in the place of what an expression reads by a name from outside: `nodes["fetch"]`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeGuard

from runner.engine.expressions.expression import compile_expression
from runner.engine.expressions.parsing import Source
from runner.engine.expressions.template import end_of


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that an expression reads, with the first key that is read of it.

    `key` is None where that is computed, or the name stands alone. `text` is all of it as it is
    written; `rest` what follows the key in `nodes.get("fetch", 0)`: `, 0`, None for other forms.
    `second` is a key that is read of what the first gives, and `tail` how that is written.
    """

    name: str
    key: str | None
    text: str
    rest: str | None = None
    second: str | None = None
    tail: str = ""

    def of(self, owner: str) -> str:
        """Return the same, read of something else than the name."""
        return self.text.replace(self.name, owner, 1)


# What stands instead of a mention; None: it stays.
Change = Callable[[Mention], str | None]


def replaced(text: str, change: Change) -> str:
    """Return a text with other mentions in its `{{ … }}`. Raises ExpressionError for unreadable."""
    made, place = [], 0
    while (start := text.find("{{", place)) >= 0:
        end = end_of(text, start + 2)
        inner = text[start + 2 : end]
        other = replaced_in(inner, change)
        made += [text[place:start], "{{", inner if other is None else f" {other} ", "}}"]
        place = end + 2
    return "".join([*made, text[place:]])


def replaced_in(expression: str, change: Change) -> str | None:
    """Return one expression with other mentions; None where all stay. Raises ExpressionError."""
    compile_expression(expression)
    source = Source(expression)
    found = source.text
    changes = []
    for node, mention in _Mentions(source).of(source.tree, frozenset()):
        other = change(mention)
        if other is not None:
            changes.append((*source.span(node), other))
    for start, end, other in sorted(changes, reverse=True):
        found = found[:start] + other + found[end:]
    return found if changes else None


class _Mentions:
    """Walks a syntax tree; the variables of loops are no mentions."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def of(self, node: ast.AST, bound: frozenset[str]) -> Iterator[tuple[ast.expr, Mention]]:
        """Yield the mentions in a part of the tree, each with the node that holds all of it."""
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
            for loop in node.generators:
                yield from self.of(loop.iter, bound)
                targets = (it.id for it in ast.walk(loop.target) if isinstance(it, ast.Name))
                bound = bound.union(targets)
                for test in loop.ifs:
                    yield from self.of(test, bound)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            for part in parts:
                yield from self.of(part, bound)
            return
        got = self._got(node, bound)
        if got is not None:
            yield got
            return
        children: list[ast.AST] = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.Call):
            # The name of a function, or of a method, is no key of a value.
            children.remove(node.func)
            if isinstance(node.func, ast.Attribute):
                children.insert(0, node.func.value)
        for child in children:
            yield from self.of(child, bound)

    def _got(self, node: ast.AST, bound: frozenset[str]) -> tuple[ast.expr, Mention] | None:
        if isinstance(node, ast.Name) and node.id not in bound:
            return node, Mention(node.id, None, self._text(node))
        if isinstance(node, ast.Attribute | ast.Subscript):
            return self._keyed(node, bound)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        owner, arguments = node.func.value, node.args
        if not self._is_name(owner, bound):
            return None
        if node.func.attr == "get" and arguments and all(map(_is_constant, arguments)):
            key = arguments[0].value  # type: ignore[attr-defined]
            if isinstance(key, str):
                rest = "".join(f", {self._text(it)}" for it in arguments[1:])
                return node, Mention(owner.id, key, self._text(node), rest)
        return None

    def _keyed(
        self, node: ast.Attribute | ast.Subscript, bound: frozenset[str]
    ) -> tuple[ast.expr, Mention] | None:
        key = _key(node)
        if key is None:
            return None
        text, owner = self._text(node), node.value
        if self._is_name(owner, bound):
            return node, Mention(owner.id, key, text)
        if not isinstance(owner, ast.Attribute | ast.Subscript):
            return None
        first = _key(owner)
        if first is None or not self._is_name(owner.value, bound):
            return None
        tail = text[len(self._text(owner)) :]
        return node, Mention(owner.value.id, first, text, second=key, tail=tail)

    def _is_name(self, node: ast.AST, bound: frozenset[str]) -> TypeGuard[ast.Name]:
        return isinstance(node, ast.Name) and node.id not in bound

    def _text(self, node: ast.expr) -> str:
        start, end = self._source.span(node)
        return self._source.text[start:end]


def _key(node: ast.Attribute | ast.Subscript) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    constant = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    return str(node.slice.value) if constant else None  # type: ignore[attr-defined]


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)
