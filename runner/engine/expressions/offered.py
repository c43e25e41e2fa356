"""What a function or a method declares: how it is called, and what it does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter
from typing import Any


@dataclass(frozen=True, slots=True)
class Offered:
    """A function or method. `usage` is how errors and the reference write its call.

    `apply` gets the scope, a method's own value, and the arguments; how many
    are taken, and which by name, is read from its signature.
    """

    usage: str
    apply: Callable[..., Any]
    least: int
    most: int | None
    words: frozenset[str]

    def wrong(self, count: int, words: list[str]) -> str | None:
        """Say what is wrong with so many arguments and these names; None where nothing is."""
        # An argument by name stands for one of the last places.
        places = count + len(words)
        if count < self.least or (self.most is not None and places > self.most):
            return f"It is called as {self.usage}."
        if len(set(words)) < len(words) or not self.words.issuperset(words):
            return f"It is called as {self.usage}."
        return None


def offer(usage: str, apply: Callable[..., Any], own: int = 0) -> Offered:
    """Declare a function, or with `own` 1 a method."""
    taken = list(inspect.signature(apply).parameters.values())[1 + own :]
    several = any(each.kind is Parameter.VAR_POSITIONAL for each in taken)
    single = [each for each in taken if each.kind is not Parameter.VAR_POSITIONAL]
    optional = [each for each in single if each.default is not Parameter.empty]
    return Offered(
        usage,
        apply,
        len(single) - len(optional) + several,
        None if several else len(single),
        frozenset(each.name for each in optional),
    )
