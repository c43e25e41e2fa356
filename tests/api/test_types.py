"""Every member of every body takes its own type of JSON value; all else is told in JSON's words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework import serializers as s

from editor.api import shapes
from editor.api.shapes import fields
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
GARBAGE: list[Any] = [None, True, 0, 1, -7, 2.5, "", "no", "yes", "1", [], ["x"], {}, {"x": 1}]
# What Django REST framework says of its own, and the names of Python's types.
FOREIGN = re.compile(
    r"\b(str|int|float|dict|bool|NoneType|None|True|False|Not a valid|is required|may not be"
    r"|Ensure|Expected|UUID|integer|boolean|Invalid data|datatype)\b"
)
TYPES: list[tuple[type[s.Field[Any, Any, Any, Any]], tuple[type, ...]]] = [
    (fields.Text, (str,)),
    (fields.Choice, (str,)),
    (fields.Id, (str,)),
    (fields.Moment, (str,)),
    (fields.TrueFalse, (bool,)),
    (fields.Whole, (int,)),
    (fields.Number, (int, float)),
    (fields.Object, (dict,)),
    (fields.Items, (list,)),
]


def below(kind: type[Any]) -> Iterator[type[Any]]:
    for it in kind.__subclasses__():
        yield it
        yield from below(it)


BODIES = sorted(
    {it for it in below(fields.Inbound) if not issubclass(it, fields.Query)},
    key=lambda it: it.__name__,
)
QUERIES = sorted(below(fields.Query), key=lambda it: it.__name__)


def errors_of(shape: type[Any], value: Any) -> dict[str, list[str]]:
    read = shape(data=value)
    return {} if read.is_valid() else dict(read.errors)


def texts(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        errors = errors.values()
    if isinstance(errors, str):
        yield errors
    else:
        for inner in errors:
            yield from texts(inner)


def without_values(text: str) -> str:
    return re.sub(r"; it is .*", "", text)


@pytest.mark.parametrize("shape", BODIES, ids=lambda it: it.__name__)
def test_a_member_of_a_body_takes_nothing_of_another_type(shape: type[Any]) -> None:
    assert issubclass(shape, fields.Inbound)
    for name, field in shape().fields.items():
        known = next((types for kind, types in TYPES if isinstance(field, kind)), None)
        assert known or isinstance(field, fields.Anything | fields.Inbound), (name, field)
        for garbage in GARBAGE:
            errors = errors_of(shape, {name: garbage})
            for text in texts(errors):
                assert not FOREIGN.search(without_values(text)), (name, garbage, text)
            if known is None or (garbage is None and field.allow_null):
                continue
            right = isinstance(garbage, known) and not (
                isinstance(garbage, bool) and bool not in known
            )
            assert right or name in errors, (name, garbage)
    for garbage in (5, "x", None, [1]):
        assert errors_of(shape, garbage) or garbage is None


@pytest.mark.parametrize("shape", QUERIES, ids=lambda it: it.__name__)
def test_what_is_wrong_with_a_query_is_told_in_plain_words(shape: type[Any]) -> None:
    for name in shape().fields:
        for text in ("", "no", "-1", "x" * 3000, "99999999999999999999", "NaN", "1e400"):
            for told in texts(errors_of(shape, {name: text})):
                assert not FOREIGN.search(without_values(told)), (name, text, told)


def test_numbers_ids_and_truth_are_read_from_a_query() -> None:
    read = shapes.EventQuery(data={"after": "3", "limit": "10"})
    assert read.is_valid()
    assert (read.validated_data["after"], read.validated_data["limit"]) == (3, 10)
    value = shapes.ValueQuery(data={"whole": "true"})
    assert value.is_valid()
    assert value.validated_data["whole"] is True


def test_no_write_takes_what_it_does_not_mean(call: Caller, problem: Check) -> None:
    made = call.make()
    runs = f"blueprints/{made['id']}/runs/"
    for body, place in (
        ({"draft": "yes"}, "draft"),
        ({"draft": True, "wait": "1"}, "wait"),
        ({"draft": True, "trigger": 5}, "trigger"),
        ({"draft": True, "mocks": {"a": 5}}, "mocks.a"),
        ({"draft": True, "debug": 5}, "debug"),
        ({"draft": True, "debug": {"breakpoints": [{"node": 5}]}}, "debug.breakpoints[0].node"),
        ({"draft": True, "inputs": [1]}, "inputs"),
    ):
        told = problem(call("POST", runs, body), 400, "invalid")
        assert told["errors"][0]["field"] == place, told
        assert "This must be" in told["detail"]
    told = problem(call("POST", "blueprints/", {"name": 5}), 400, "invalid")
    assert told["detail"] == "name: This must be a text; it is 5."
    assert call("GET", "runs/")[1]["results"] == []
