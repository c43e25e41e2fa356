"""The fields of bodies and queries: each takes its own type of JSON value, and no other.

Django REST framework's own take a number for a text, a text for a number, and much for true.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers as s

from runner.graph.wording import shown

EMPTY: dict[str, Any] = {
    "required": "This is missing.",
    "null": "This must not be null.",
    "blank": "This must not be empty.",
    "empty": "This must not be empty.",
    "max_length": "This must have at most {max_length} characters.",
    "min_length": "This must have at least {min_length} characters.",
    "max_value": "This must be at most {max_value}.",
    "min_value": "This must be at least {min_value}.",
}
WHOLE = re.compile(r"-?[0-9]{1,19}")
NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?")


class Inbound(s.Serializer[Any]):
    """A body; a member that it does not know is an error, not ignored."""

    default_error_messages = EMPTY

    def to_internal_value(self, data: Any) -> Any:
        """Refuse what is no object, and unknown members by name."""
        if not isinstance(data, dict):
            told = f"This must be an object; it is {shown(data)}."
            raise s.ValidationError({"non_field_errors": [told]})
        if unknown := sorted(set(data) - set(self.fields)):
            known = ", ".join(self.fields)
            raise s.ValidationError({name: [f"This is none of: {known}."] for name in unknown})
        return super().to_internal_value(data)


class Query(Inbound):
    """The query of an address, where all values are texts."""


class _Typed(s.Field[Any, Any, Any, Any], ABC):
    """Refuses values of other types, in the words of JSON."""

    asked = ""
    default_error_messages = EMPTY

    def to_internal_value(self, data: Any) -> Any:
        """Return the value. Raises ValidationError for one of another type."""
        in_query = isinstance(self.root, Query)
        if not (self.reads(data) if in_query and isinstance(data, str) else self.takes(data)):
            raise s.ValidationError(f"This must be {self.asked}; it is {shown(data)}.")
        return super().to_internal_value(data)

    @abstractmethod
    def takes(self, value: Any) -> bool:
        """Say whether a value of a body is of this type."""

    def reads(self, text: str) -> bool:
        """Say whether a text of a query stands for a value of this type."""
        return self.takes(text)


class Text(_Typed, s.CharField):
    """A text."""

    asked = "a text"

    def takes(self, value: Any) -> bool:
        """Say whether it is a text."""
        return isinstance(value, str)


class Whole(_Typed, s.IntegerField):
    """A whole number."""

    asked = "a whole number"

    def takes(self, value: Any) -> bool:
        """Say whether it is a whole number."""
        return type(value) is int

    def reads(self, text: str) -> bool:
        """Say whether these are its digits."""
        return WHOLE.fullmatch(text.strip()) is not None


class Number(_Typed, s.FloatField):
    """A number."""

    asked = "a number"

    def takes(self, value: Any) -> bool:
        """Say whether it is a number."""
        return type(value) in (int, float)

    def reads(self, text: str) -> bool:
        """Say whether these are its digits."""
        return NUMBER.fullmatch(text.strip()) is not None


class TrueFalse(_Typed, s.BooleanField):
    """True or false."""

    asked = "true or false"

    def takes(self, value: Any) -> bool:
        """Say whether it is true or false."""
        return isinstance(value, bool)

    def reads(self, text: str) -> bool:
        """Say whether it stands for one of them."""
        return text in s.BooleanField.TRUE_VALUES | s.BooleanField.FALSE_VALUES


class Id(_Typed, s.UUIDField):
    """The id of something: a UUID."""

    asked = "an id such as 0190c0de-0000-7000-8000-000000000000"
    default_error_messages = {**EMPTY, "invalid": "This must be an id; it is “{value}”."}

    def takes(self, value: Any) -> bool:
        """Say whether it is a text, which alone can be one."""
        return isinstance(value, str)


class Moment(_Typed, s.DateTimeField):
    """A date with its time."""

    asked = "a moment such as 2027-03-28T09:00:00Z"
    default_error_messages = {**EMPTY, "invalid": "This must be {format}."}

    def takes(self, value: Any) -> bool:
        """Say whether it is a text, which alone can be one."""
        return isinstance(value, str)

    def to_internal_value(self, data: Any) -> Any:
        """Return the moment. Raises ValidationError for one that no clock shows."""
        try:
            return super().to_internal_value(data)
        except OverflowError:
            raise s.ValidationError(f"This must be {self.asked}; it is {shown(data)}.") from None


class Choice(_Typed, s.ChoiceField):
    """One of several words."""

    default_error_messages = EMPTY

    def takes(self, value: Any) -> bool:
        """Say whether it is one of the words."""
        return isinstance(value, str) and value in self.choices

    def to_internal_value(self, data: Any) -> Any:
        """Return the word. Raises ValidationError for anything else, with those that there are."""
        self.asked = "one of " + ", ".join(map(str, self.choices))
        return super().to_internal_value(data)


class Object(_Typed, s.DictField):
    """An object."""

    asked = "an object"

    def takes(self, value: Any) -> bool:
        """Say whether it is an object."""
        return isinstance(value, dict)


class Items(_Typed, s.ListField):
    """A list."""

    asked = "a list"

    def takes(self, value: Any) -> bool:
        """Say whether it is a list."""
        return isinstance(value, list)


class Anything(s.JSONField):
    """Any JSON value."""

    default_error_messages = EMPTY


def page_of(shape: type[s.Serializer[Any]], name: str) -> s.Serializer[Any]:
    """Describe one page of a list."""
    members: dict[str, s.Field[Any, Any, Any, Any]] = {
        "next": s.URLField(allow_null=True),
        "previous": s.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(name, members)
