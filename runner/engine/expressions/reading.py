"""What an expression reads: the names in it, and the ways of keys that it follows from them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from runner.engine.expressions.expression import Expression
from runner.engine.expressions.parsing import Source
from runner.engine.expressions.template import split


@dataclass(frozen=True, slots=True)
class Read:
    """A name, the keys that are read from it one after the other, and the text of all that.

    A number is the place of an item, None any one of them: a loop's, or one that is computed.
    """

    name: str
    keys: tuple[str | int | None, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that a text with `{{ … }}` reads, and the keys that it asks for before it does."""

    reads: tuple[Read, ...]
    asked: frozenset[str]


def reading_of(text: str) -> Reading:
    """Return what the expressions of a text read. Raises ExpressionError for what is none."""
    reads: list[Read] = []
    asked: set[str] = set()
    for part in split(text):
        if isinstance(part, Expression):
            source = Source(part.source)
            found = _Reader(source.text)
            reads += found.read(source.tree, {})
            asked |= found.asked
    return Reading(tuple(reads), frozenset(asked))


Bound = dict[str, Read | None]


class _Reader:
    """Walks a syntax tree; a loop's variable stands for any item of what the loop goes through."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.asked: set[str] = set()

    def read(self, node: ast.AST, bound: Bound) -> Iterator[Read]:
        """Yield what is read in a part of the tree, the whole ways only."""
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Name):
            way = self._way(node, bound)
            if way is not None:
                yield way
            yield from self._inside(node, bound)
        elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp):
            yield from self._loops(node, bound)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                if node.func.attr == "get":
                    self._ask(node.args[0] if node.args else None)
                yield from self.read(node.func.value, bound)
            for part in (*node.args, *(word.value for word in node.keywords)):
                yield from self.read(part, bound)
        else:
            if isinstance(node, ast.Compare) and any(
                isinstance(op, ast.In | ast.NotIn) for op in node.ops
            ):
                self._ask(node.left)
            for child in ast.iter_child_nodes(node):
                yield from self.read(child, bound)

    def _ask(self, node: ast.AST | None) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            self.asked.add(node.value)

    def _way(self, node: ast.AST, bound: Bound) -> Read | None:
        keys: list[str | int | None] = []
        at: ast.AST = node
        while isinstance(at, ast.Attribute | ast.Subscript):
            if isinstance(at, ast.Attribute):
                keys.append(at.attr)
            elif isinstance(at.slice, ast.Constant) and isinstance(at.slice.value, str | int):
                keys.append(at.slice.value)
            elif isinstance(at.slice, ast.Slice):
                return None
            else:
                keys.append(None)
            at = at.value
        if not isinstance(at, ast.Name):
            return None
        keys.reverse()
        text = ast.get_source_segment(f"[{self._text}\n]", node) or at.id
        if at.id not in bound:
            return Read(at.id, tuple(keys), text)
        origin = bound[at.id]
        return None if origin is None else Read(origin.name, (*origin.keys, *keys), text)

    def _inside(self, node: ast.AST, bound: Bound) -> Iterator[Read]:
        """Yield what is read to compute a place, or by the beginning of a way."""
        at: ast.AST = node
        while isinstance(at, ast.Attribute | ast.Subscript):
            if isinstance(at, ast.Subscript):
                yield from self.read(at.slice, bound)
                if isinstance(at.slice, ast.Slice):
                    yield from self.read(at.value, bound)
                    return
            at = at.value
        if not isinstance(at, ast.Name):
            yield from self.read(at, bound)

    def _loops(
        self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp, bound: Bound
    ) -> Iterator[Read]:
        inner = dict(bound)
        for loop in node.generators:
            yield from self.read(loop.iter, inner)
            way = self._way(loop.iter, inner)
            one = isinstance(loop.target, ast.Name)
            for target in ast.walk(loop.target):
                if isinstance(target, ast.Name):
                    item = Read(way.name, (*way.keys, None), way.text) if way and one else None
                    inner[target.id] = item
            for test in loop.ifs:
                yield from self.read(test, inner)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            yield from self.read(part, inner)
