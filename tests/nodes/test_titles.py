"""Choices of the forms are shown as words: their titles are those of values that there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runner.nodes import node_types


def titled(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield the parts of a schema that have titles for their values."""
    if isinstance(schema, dict):
        if isinstance(schema.get("titles"), dict):
            yield schema
        for part in schema.values():
            yield from titled(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from titled(part)


def test_each_title_is_that_of_a_value() -> None:
    found = [
        (kind, part["titles"], part.get("enum"))
        for kind, typed in node_types().items()
        for part in titled(typed.spec.parameters.model_json_schema())
    ]
    assert len(found) >= 10
    for kind, titles, values in found:
        assert set(titles) <= {str(value) for value in values or ()}, kind


def test_weekdays_are_named_in_full() -> None:
    schema = node_types()["trigger.schedule"].spec.parameters.model_json_schema()
    day = schema["properties"]["skip_weekdays"]["items"]
    assert [day["titles"][value] for value in day["enum"]] == [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ]  # fmt: skip
