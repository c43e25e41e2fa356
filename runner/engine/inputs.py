"""Check the inputs of a run against what its blueprint declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry

from runner.graph import Document, Problem

# A schema may refer to itself only; nothing is fetched from elsewhere.
_NOTHING_ELSE: Registry[Any] = Registry()
_MOST_PROBLEMS = 20


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
            f"The input {'.'.join([name, *map(str, error.absolute_path)])!r} does not fit: "
            f"{_short(error.message)}."
            for error, _ in zip(validator.iter_errors(value), range(_MOST_PROBLEMS), strict=False)
        ]
    except Exception as error:
        # What a broken schema raises has no common class: the drawing is at fault, not the server.
        found = [f"The declaration of the input {name!r} cannot be used: {_short(str(error))}."]
    return [Problem("input_invalid", message, port=name) for message in found]


def _short(text: str) -> str:
    text = text.rstrip(".")
    return text if len(text) <= 200 else text[:200] + "…"
