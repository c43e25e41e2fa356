"""Where a JSON value differs from what was expected: every place, with both values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MOST_DIFFERENCES = 20
LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """A place (`outputs.order.lines[2]`) where something else was expected; a sentence says it."""

    place: str
    expected: Any
    actual: Any
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return the difference as the API shows it."""
        return {
            "place": self.place,
            "expected": self.expected,
            "actual": self.actual,
            "message": self.message,
        }


def differences(place: str, expected: Any, actual: Any) -> Iterator[Difference]:
    """Yield where `actual` is not as expected; true is not 1, but 1.0 is 1."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key in expected:
            if key not in actual:
                yield Difference(f"{place}.{key}", expected[key], None, "is missing")
            else:
                yield from differences(f"{place}.{key}", expected[key], actual[key])
        for key in actual:
            if key not in expected:
                shown_value = shown(actual[key])
                yield Difference(f"{place}.{key}", None, actual[key], f"is too much: {shown_value}")
    elif isinstance(expected, list) and isinstance(actual, list):
        for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
            yield from differences(f"{place}[{index}]", one, other)
        if len(expected) != len(actual):
            said = f"has {len(actual)} items, expected {len(expected)}"
            yield Difference(place, expected, actual, said)
    elif type(expected) is bool or type(actual) is bool:
        if expected is not actual:
            yield unlike(place, expected, actual)
    elif expected != actual:
        yield unlike(place, expected, actual)


def unlike(place: str, expected: Any, actual: Any) -> Difference:
    """Return the difference of two values."""
    return Difference(place, expected, actual, f"is {shown(actual)}, expected {shown(expected)}")


def shown(value: Any) -> str:
    """Return a value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
