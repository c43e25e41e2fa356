"""Texts with values in them: `f'…'`, and the formats that numbers may have there."""

from __future__ import annotations

import re
from typing import Any

from runner.engine.expressions.conversions import shown, text
from runner.engine.expressions.loops import Closure
from runner.engine.expressions.scope import Refused, Scope, fits, is_number, type_name

FORMAT = re.compile(r"(,?(\.\d{1,2})?[df%]?)?")


def joined(parts: list[Closure], column: int) -> Closure:
    """Return the closure that joins values as texts."""

    def join(scope: Scope) -> str:
        made: list[str] = []
        length = 0
        for part in parts:
            value = part(scope)
            scope.at = column
            made.append(text(scope, value))
            length += len(made[-1])
            fits(length)
        return scope.made("".join(made))

    return join


def formatted(value: Closure, spec: str, column: int) -> Closure:
    """Return the closure that shows a number in a format."""

    def show(scope: Scope) -> Any:
        found = value(scope)
        scope.at = column
        if not is_number(found):
            raise Refused(f"The format {spec!r} needs a number, not {type_name(found)}.")
        try:
            return format(found, spec)
        except ValueError:
            raise Refused(f"The format {spec!r} does not fit {shown(found)}.") from None

    return show
