"""Comprehensions: loops over lists that make a list or an object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runner.engine.expressions.scope import Refused, Scope, list_of, type_name

Closure = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Loop:
    """One `for … in … if …`: where its variables stand, what it runs over, and its tests.

    `cost` is charged for each pass: what its tests and what stands inside it
    cost, since nothing in it is done more than once a pass.
    """

    slots: tuple[int, ...]
    source: Closure
    tests: tuple[Closure, ...]
    cost: int
    column: int

    def passes(self, scope: Scope, inside: Callable[[Scope], None]) -> None:
        """Do what stands inside, once for each item that passes the tests."""
        values = self.source(scope)
        scope.at = self.column
        items = list_of(scope, values)
        slots, cost, tests = scope.slots, self.cost, self.tests
        alone = self.slots[0] if len(self.slots) == 1 else -1
        for item in items:
            scope.spend(cost)
            if alone >= 0:
                slots[alone] = item
            else:
                self._spread(scope, item)
            for test in tests:
                if not test(scope):
                    break
            else:
                inside(scope)

    def _spread(self, scope: Scope, item: Any) -> None:
        if type(item) is not list or len(item) != len(self.slots):
            scope.at = self.column
            parts = f"{type_name(item)} of {len(item)}" if type(item) is list else type_name(item)
            raise Refused(f"An item with {len(self.slots)} parts is needed here, not {parts}.")
        for slot, part in zip(self.slots, item, strict=True):
            scope.slots[slot] = part


def list_made(loops: list[Loop], element: Closure) -> Closure:
    """Return the closure that makes a list, of one element for each pass."""

    def build(scope: Scope) -> list[Any]:
        made: list[Any] = []
        add = made.append
        _run(loops, scope, lambda scope: add(element(scope)))
        return made

    return build


def object_made(loops: list[Loop], key: Closure, value: Closure) -> Closure:
    """Return the closure that makes an object, of one key for each pass."""

    def build(scope: Scope) -> dict[str, Any]:
        made: dict[str, Any] = {}

        def add(scope: Scope) -> None:
            name = key(scope)
            made[name] = value(scope)

        _run(loops, scope, add)
        return made

    return build


def _run(loops: list[Loop], scope: Scope, inside: Callable[[Scope], None]) -> None:
    """Run loops, each inside the one before."""
    for loop in reversed(loops[1:]):
        inside = _inside(loop, inside)
    loops[0].passes(scope, inside)


def _inside(loop: Loop, inside: Callable[[Scope], None]) -> Callable[[Scope], None]:
    return lambda scope: loop.passes(scope, inside)
