"""Calls of functions and methods, as closures."""

from __future__ import annotations

from typing import Any

from runner.engine.expressions.functions import FUNCTIONS
from runner.engine.expressions.lookups import suggest
from runner.engine.expressions.loops import Closure
from runner.engine.expressions.methods import METHODS, methods_of
from runner.engine.expressions.scope import Refused, Scope, type_name


def function_wrong(name: str, count: int, words: list[str]) -> str | None:
    """Say what is wrong with a call of a function, before it is made; None where nothing is."""
    if name not in FUNCTIONS:
        return f"There is no function {name!r}; {suggest(name, FUNCTIONS)}."
    return FUNCTIONS[name].wrong(count, words)


def function_call(
    name: str, arguments: list[Closure], words: dict[str, Closure], column: int
) -> Closure:
    """Return the closure of a call of a function, whose arguments are known to be right."""
    apply = FUNCTIONS[name].apply

    def call(scope: Scope) -> Any:
        values = [argument(scope) for argument in arguments]
        if not words:
            scope.at = column
            return apply(scope, *values)
        named = {word: value(scope) for word, value in words.items()}
        scope.at = column
        return apply(scope, *values, **named)

    return call


def method_wrong(name: str) -> str | None:
    """Say that no value has such a method; None where one has."""
    if name in METHODS:
        return None
    return f"There is no method {name!r}; {suggest(name, sorted(METHODS))}."


def method_call(
    name: str, owner: Closure, arguments: list[Closure], words: dict[str, Closure], column: int
) -> Closure:
    """Return the closure of a call of a method; which one it is depends on the value's type."""

    def call(scope: Scope) -> Any:
        value = owner(scope)
        values = [argument(scope) for argument in arguments]
        named = {word: each(scope) for word, each in words.items()}
        scope.at = column
        offered = methods_of(value)
        if name not in offered:
            hint = suggest(name, offered) if offered else "it has none"
            raise Refused(f"{type_name(value).capitalize()} has no method {name!r}; {hint}.")
        method = offered[name]
        if wrong := method.wrong(len(values), list(named)):
            raise Refused(wrong)
        return method.apply(scope, value, *values, **named)

    return call
