"""What is wrong with a value is said in JSON's words, at the place that it has in the document."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from runner.engine.expressions import check as check_expression
from runner.engine.inputs import InputsInvalid, check_inputs
from runner.graph import Document, DocumentInvalid, load, to_json, validate
from runner.graph.document import Edge
from runner.graph.files import from_json
from runner.graph.wording import wrongs
from runner.nodes import node_types

GARBAGE: list[Any] = [
    None,
    True,
    7,
    -1,
    2.5,
    "",
    "no",
    "x" * 300,
    [],
    [None],
    [[]],
    {},
    {"x": None},
]
# The words of Python and of pydantic: those of types, of its codes, and of its sentences.
FOREIGN = re.compile(
    r"\b(str|int|bool|float|dict|NoneType|None|True|False|tuple|dictionary|instance|string"
    r"|boolean|integer|Input should|Field required|validation|pydantic|unable to parse)\b"
)


def example(kind: Any) -> Any:
    """Return a value that has all the parts that a type can have."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return example(inner[0])
    if origin in (Union, UnionType):
        # Of several the one with parts of its own, which are wrong in more ways.
        return max((example(it) for it in inner if it is not NoneType), key=lambda it: len(str(it)))
    if origin is Literal:
        return inner[0]
    if origin is list:
        return [example(inner[0])]
    if origin is tuple:
        return [example(it) for it in inner]
    if origin in (dict, Mapping):
        return {"a": example(inner[1])}
    if kind is Edge:
        return "a.out -> a.in"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {
            field.alias or name: example(field.annotation)
            for name, field in kind.model_fields.items()
        }
    plain = {str: "abc", int: 1, float: 1.5, bool: True, dict: {"a": 1}, list: ["a"], typing.Any: 1}
    return plain[kind]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = value.items() if isinstance(value, dict) else []
    for part, item in [*inner, *(enumerate(value) if isinstance(value, list) else [])]:
        yield from places(item, (*path, part))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    part, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, part: put(value[part], rest, other)}
    return [*value[:part], put(value[part], rest, other), *value[part + 1 :]]


def written(path: tuple[Any, ...]) -> str:
    return "".join(f"[{it}]" if isinstance(it, int) else f".{it}" for it in path)[1:]


def without_values(said: str) -> str:
    """Leave out what was given, and what is quoted."""
    return re.sub(r"\(given: .*\)\.?$|'[^']*'|\"[^\"]*\"", "", said, flags=re.DOTALL)


WHOLE = {
    **example(Document),
    "format": "conductor/1",
    "inputs": {"a": {"type": "string"}},
    "routes": {"a.out -> a.in": {"points": [[1, 2.5]], "name": "abc"}},
}


def test_the_document_that_has_all_parts_is_one() -> None:
    assert set(to_json(load(WHOLE))) == set(Document.model_fields)
    assert len(list(places(WHOLE))) > 60


@pytest.mark.parametrize("path", list(places(WHOLE)), ids=written)
def test_garbage_at_any_place_of_a_document_is_told_in_words_of_json(path: tuple[Any, ...]) -> None:
    known = {written(it) for it in places(WHOLE)}
    for garbage in GARBAGE:
        try:
            from_json(put(WHOLE, path, garbage))
        except DocumentInvalid as error:
            for problem in error.problems:
                assert not FOREIGN.search(without_values(problem.message)), problem.message
                place = problem.message.partition(": ")[0]
                if problem.code in ("bad_document", "bad_edge"):
                    inner = place.removeprefix(written(path)).lstrip(".")
                    assert place.startswith(written(path)), problem.message
                    assert place in known or inner in ("[0]", "[1]", "x"), problem.message


def test_the_types_that_a_place_may_have_are_told_in_one_sentence() -> None:
    def told(**settings: Any) -> list[str]:
        with pytest.raises(DocumentInvalid) as wrong:
            load({"nodes": {"w": {"kind": "data.set", "settings": settings}}})
        return [problem.message for problem in wrong.value.problems]

    assert told(each=5) == [
        "nodes.w.settings.each: must be true or false, or an object (given: 5)."
    ]
    assert told(each={"rate": "x"}) == [
        'nodes.w.settings.each.rate: must be a number (given: "x").'
    ]
    assert told(timeout="x") == ['nodes.w.settings.timeout: must be a number (given: "x").']
    assert told(timeout=0) == ["nodes.w.settings.timeout: must be more than 0 (given: 0)."]
    assert told(disabled=None) == [
        "nodes.w.settings.disabled: must be true or false (given: null)."
    ]


@pytest.mark.parametrize("kind", sorted(node_types()))
def test_garbage_in_any_parameter_is_told_in_words_of_json(kind: str) -> None:
    model = node_types()[kind].spec.parameters
    whole = example(model)
    for name, field in model.model_fields.items():
        if field.default is not PydanticUndefined and field.default is not None:
            whole[field.alias or name] = to_plain(field.default)
    for path in places(whole):
        for garbage in GARBAGE:
            given = put(whole, path, garbage)
            if not isinstance(given, dict):
                continue
            try:
                model.model_validate(given)
            except ValidationError as error:
                for wrong in wrongs(error, given):
                    assert not FOREIGN.search(without_values(wrong.sentence)), wrong
            document = load({"nodes": {"n": {"kind": kind, "parameters": given}}})
            for problem in validate(document, node_types(), check_expression):
                assert not FOREIGN.search(without_values(problem.message)), problem.message


def to_plain(value: Any) -> Any:
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


@pytest.mark.parametrize(
    "text",
    ["lambda: 1", "(a := 1)", "{1}", "{x for x in input}", "a @ b", "[*a]"],
)
def test_what_expressions_do_not_have_is_called_as_it_is_written(text: str) -> None:
    told = check_expression("{{ " + text + " }}") or ""
    assert "not offered" in told
    assert not re.search(r"Lambda|NamedExpr|Set\b|Comp|MatMult|Starred", told)


@pytest.mark.parametrize(
    ("schema", "value", "told"),
    [
        ({"type": "string"}, None, "The input 'a' must be a text; it is null."),
        ({"type": ["number", "boolean"]}, {}, "must be a number, or true or false; it is {}."),
        ({"type": "integer"}, True, "must be a whole number; it is true."),
        ({"enum": ["x", None]}, True, 'must be one of "x", null; it is true.'),
        ({"const": True}, None, "must be true; it is null."),
        ({"items": {"required": ["x", "y"]}}, [{"y": 1}], "The input 'a[0]' lacks 'x'."),
        ({"minimum": 3}, 2, "must be at least 3; it is 2."),
        ({"maxLength": 1}, "ab", 'must have at most 1 characters; it is "ab".'),
        ({"items": {"type": "object"}}, [[]], "The input 'a[0]' must be an object; it is []."),
        ({"properties": {"b": {"minItems": 1}}}, {"b": []}, "'a.b' must have at least 1 items."),
        ({"uniqueItems": True}, [1, 1], "must not have an item twice."),
        ({"pattern": "^x$"}, "y", 'must match the pattern ^x$; it is "y".'),
    ],
)
def test_an_input_that_does_not_fit_is_told_in_words_of_json(
    schema: dict[str, Any], value: Any, told: str
) -> None:
    with pytest.raises(InputsInvalid) as wrong:
        check_inputs(load({"nodes": {}, "inputs": {"a": schema}}), {"a": value})
    assert told in str(wrong.value)
    assert not FOREIGN.search(without_values(str(wrong.value)))
