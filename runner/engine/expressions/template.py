"""Parameters with expressions in them: `{{ … }}` anywhere in texts, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runner.engine.expressions.conversions import text
from runner.engine.expressions.errors import ExpressionError
from runner.engine.expressions.expression import Expression, compile_expression
from runner.engine.expressions.limits import BUDGET
from runner.engine.expressions.scope import Refused, Scope, fits

Part = str | Expression


def split(source: str) -> list[Part]:
    """Return the plain texts and the compiled expressions of a text, in order.

    Raises ExpressionError where an expression does not end or cannot be read.
    """
    parts: list[Part] = []
    place = 0
    while (start := source.find("{{", place)) >= 0:
        if start > place:
            parts.append(source[place:start])
        end = end_of(source, start + 2)
        parts.append(compile_expression(source[start + 2 : end]))
        place = end + 2
    if place < len(source):
        parts.append(source[place:])
    return parts


def end_of(source: str, place: int) -> int:
    """Return where the expression's `}}` stands; those in texts and objects do not count.

    Raises ExpressionError where it does not end.
    """
    start, quote, depth = place, "", 0
    while place < len(source):
        sign = source[place]
        if quote:
            if sign == "\\":
                place += 1
            elif sign == quote:
                quote = ""
        elif sign in "'\"":
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            if depth == 0 and source.startswith("}}", place):
                return place
            depth = max(0, depth - 1)
        place += 1
    raise ExpressionError("The expression does not end: '}}' is missing.", source[start:], 1)


def as_text(value: Any) -> str:
    """Return a JSON value as the text that it has inside a longer text."""
    try:
        return text(Scope({}), value)
    except Refused as refused:
        raise ExpressionError(str(refused)) from None


class TextTemplate:
    """A text with expressions in it."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def value(self, scope: Scope) -> Any:
        """Return the text; where one expression is all there is, its value as it is."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].value(scope)
        made, length = [], 0
        try:
            for part in self.parts:
                made.append(part if isinstance(part, str) else part.text(scope))
                length += len(made[-1])
                fits(length)
            return scope.made("".join(made))
        except Refused as refused:
            raise ExpressionError(str(refused)) from None


class Template:
    """A JSON value with expressions in it; `constant` where there are none."""

    __slots__ = ("_fill", "constant")

    def __init__(self, value: Any) -> None:
        shape = _shape(value, 0)
        self.constant = not _dynamic(shape)
        self._fill = _filler(shape)

    def evaluate(self, names: Mapping[str, Any]) -> Any:
        """Return the value with its expressions evaluated, all on one budget.

        Raises ExpressionError.
        """
        return self._fill(Scope(names))

    def for_items(self, names: Mapping[str, Any]) -> Callable[[Any, int], Any]:
        """Return a function that evaluates it for an `item` and its `index`, each on a budget.

        The function raises ExpressionError.
        """
        own = dict(names)
        scope, fill = Scope(own), self._fill

        def evaluate(item: Any, index: int) -> Any:
            own["item"], own["index"] = item, index
            scope.budget = BUDGET
            return fill(scope)

        return evaluate


def compile_template(value: Any) -> Template:
    """Return the template of a JSON value. Raises ExpressionError where one cannot be read."""
    return Template(value)


def _shape(value: Any, depth: int) -> Any:
    if depth > 100:
        raise ExpressionError("The value is nested too deep.")
    if isinstance(value, str):
        if "{{" not in value:
            return value
        parts = split(value)
        # Spaces around a single expression do not make it a text.
        solid = [part for part in parts if not isinstance(part, str) or part.strip(" ")]
        return TextTemplate(solid if len(solid) == 1 else parts)
    if isinstance(value, Mapping):
        return {key: _shape(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shape(item, depth + 1) for item in value]
    return value


def _dynamic(shape: Any) -> bool:
    if isinstance(shape, TextTemplate):
        return True
    if isinstance(shape, dict):
        return any(map(_dynamic, shape.values()))
    return isinstance(shape, list) and any(map(_dynamic, shape))


def _filler(shape: Any) -> Callable[[Scope], Any]:
    if type(shape) is TextTemplate:
        only = shape.parts[0] if len(shape.parts) == 1 else None
        return only.value if isinstance(only, Expression) else shape.value
    if type(shape) is dict:
        entries = [(key, _filler(item)) for key, item in shape.items()]
        return lambda scope: {key: fill(scope) for key, fill in entries}
    if type(shape) is list:
        items = [_filler(item) for item in shape]
        return lambda scope: [fill(scope) for fill in items]
    return lambda scope: shape


def check(source: str) -> str | None:
    """Say what is wrong with a text's expressions; None where they can be read."""
    try:
        split(source)
    except ExpressionError as error:
        return str(error)
    return None
