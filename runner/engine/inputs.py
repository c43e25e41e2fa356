"""Check the inputs of a run against what its blueprint declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry

from runner.graph import Document, Problem
from runner.graph.wording import place_text, shown

# A schema may refer to itself only; nothing is fetched from elsewhere.
_NOTHING_ELSE: Registry[Any] = Registry()
_MOST_PROBLEMS = 20
_TYPES = {
    "string": "a text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
_BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
    "minLength": "at least",
    "maxLength": "at most",
    "minItems": "at least",
    "maxItems": "at most",
}


class InputsInvalid(ValueError):
    """The inputs are not what the blueprint declares; `problems` says which and why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.message for problem in problems))


def check_inputs(document: Document, inputs: Any) -> None:
    """Raise InputsInvalid, with every problem, where the inputs do not fit the declaration."""
    if not isinstance(inputs, dict):
        raise InputsInvalid(
            [Problem("inputs_not_object", "The inputs must be an object of names and values.")]
        )
    problems: list[Problem] = []
    for name, declaration in document.inputs.items():
        declared = _plain(declaration)
        required = declared.pop("required", False) is True
        if name in inputs:
            problems += _mismatches(name, declared, inputs[name])
        elif required and "default" not in declared:
            problems.append(
                Problem(
                    "input_missing", f"The input {name!r} is required, but is missing.", port=name
                )
            )
    if problems:
        raise InputsInvalid(problems)


def with_defaults(document: Document, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs, with the declared defaults of those that are missing."""
    filled = dict(inputs)
    for name, declaration in document.inputs.items():
        declared = _plain(declaration)
        if name not in filled and "default" in declared:
            filled[name] = declared["default"]
    return filled


def _plain(declaration: Any) -> dict[str, Any]:
    if isinstance(declaration, Mapping):
        return dict(declaration)
    return dict(declaration.model_dump(exclude_unset=True))


def _mismatches(name: str, schema: dict[str, Any], value: Any) -> list[Problem]:
    validator = Draft202012Validator(schema, registry=_NOTHING_ELSE)
    try:
        found = [
            f"The input {place_text([name, *error.absolute_path])!r} {_short(said(error))}."
            for error, _ in zip(wrong_in(validator, value), range(_MOST_PROBLEMS), strict=False)
        ]
    except Exception as error:
        # What a broken schema raises has no common class: the drawing is at fault, not the server.
        found = [f"The declaration of the input {name!r} cannot be used: {_short(str(error))}."]
    return [Problem("input_invalid", message, port=name) for message in found]


def wrong_in(validator: Any, value: Any) -> Iterator[Any]:
    """Yield what is wrong with a value, of alternatives in the one that it is meant to be."""
    for error in validator.iter_errors(value):
        yield from _meant(error)


def _meant(error: Any) -> Iterator[Any]:
    """Yield an error; of alternatives those of the only one that has the value's type."""
    alternatives: dict[int, list[Any]] = {}
    for each in error.context if error.validator in {"anyOf", "oneOf"} else ():
        alternatives.setdefault(each.schema_path[0], []).append(each)
    meant = [
        found
        for found in alternatives.values()
        if not any(it.validator == "type" and not it.path for it in found)
    ]
    if len(meant) != 1:
        yield error
        return
    for inner in meant[0]:
        yield from _meant(inner)


def said(error: Any) -> str:
    """Return what is wrong with a value, in the words that people use for JSON's types."""
    asked, given = error.validator_value, shown(error.instance)
    match error.validator:
        case "type":
            kinds = [asked] if isinstance(asked, str) else asked
            words = ", or ".join(_TYPES.get(kind, str(kind)) for kind in kinds)
            return f"must be {words}; it is {given}"
        case "enum":
            return f"must be one of {', '.join(map(shown, asked))}; it is {given}"
        case "const":
            return f"must be {shown(asked)}; it is {given}"
        case "required":
            missing = [key for key in asked if key not in error.instance]
            return f"lacks {', '.join(map(repr, missing))}"
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return f"must be {_BOUNDS[error.validator]} {asked:g}; it is {given}"
        case "minLength" | "maxLength":
            return f"must have {_BOUNDS[error.validator]} {asked} characters; it is {given}"
        case "minItems" | "maxItems":
            return f"must have {_BOUNDS[error.validator]} {asked} items"
        case "pattern":
            return f"must match the pattern {asked}; it is {given}"
        case "uniqueItems":
            return "must not have an item twice"
        case _:
            return f"does not fit: {error.message}"


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= 200 else text[:200] + "…"
