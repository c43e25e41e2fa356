"""Takes the secrets that a step was given out of what it writes."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

import orjson

from runner.engine.work import Failure

HIDDEN = "••••••"
# A shorter text is found everywhere: what has nothing to do with the secret would be hidden.
SHORTEST_HIDDEN = 6


class Hiding:
    """What is hidden, also as it stands in addresses, headers and JSON."""

    __slots__ = ("_in_json", "_longest", "_texts")

    def __init__(self) -> None:
        self._texts: set[str] = set()
        self._longest: tuple[str, ...] = ()
        self._in_json: tuple[bytes, ...] = ()

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these from now on; those of fewer than `SHORTEST_HIDDEN` characters are not."""
        for secret in secrets:
            if len(secret) >= SHORTEST_HIDDEN:
                in_json = [orjson.dumps(secret).decode()[1:-1], json.dumps(secret)[1:-1]]
                # PHP writes each / with a backslash before it, Python texts that have both quotes.
                in_json += [text.replace("/", "\\/") for text in in_json]
                packed = base64.b64encode(secret.encode()).decode()
                self._texts |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
                self._texts |= set(_within_base64(secret.encode()))
                self._texts |= {*in_json, repr(secret)[1:-1], packed}
        if len(self._texts) > len(self._longest):
            # The longest first: what another one begins with would leave its end to be seen. They
            # are looked for one by one: a pattern of many keys took the engine's loop for seconds.
            self._longest = tuple(sorted(self._texts, key=len, reverse=True))
            self._in_json = tuple(orjson.dumps(text)[1:-1] for text in self._longest)

    def text(self, text: str) -> str:
        """Return a text without them."""
        told: str = _without(text, self._longest)
        return told

    def value(self, value: Any) -> Any:
        """Return a JSON value without them; it is the same where it has none."""
        if not self._longest:
            return value
        there = self._longest
        try:
            # Most have none, which is seen a hundred times faster than value by value.
            packed = orjson.dumps(value)
            found = zip(self._longest, self._in_json, strict=True)
            there = tuple(text for text, in_json in found if in_json in packed)
        except TypeError:
            pass  # what is no JSON is looked through all the same
        return _without(value, there) if there else value

    def outcome(self, outcome: dict[str, Any] | Failure) -> dict[str, Any] | Failure:
        """Return outputs by port, or a failure, without them."""
        if not self._longest:
            return outcome
        if not isinstance(outcome, Failure):
            hidden: dict[str, Any] = self.value(outcome)
            return hidden
        return Failure(
            outcome.code,
            self.text(outcome.message),
            outcome.kind,
            outcome.permanent,
            outcome.retry_after,
            self.value(dict(outcome.data)),
        )


def _without(value: Any, hidden: tuple[str, ...]) -> Any:
    if type(value) is str:
        for text in hidden:
            value = value.replace(text, HIDDEN)
        return value
    if type(value) is list:
        items = [_without(item, hidden) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        return value if same else items
    if isinstance(value, dict):
        parts = {_without(key, hidden): _without(part, hidden) for key, part in value.items()}
        same = parts.keys() == value.keys() and all(parts[key] is value[key] for key in value)
        return value if same else parts
    return value


def _within_base64(secret: bytes) -> Iterator[str]:
    """Yield how it stands within the Base64 of what has it anywhere, as of a body read as bytes.

    Three bytes make four characters; those that other bytes have a part in are left out.
    """
    for before, mixed in enumerate((0, 2, 3)):
        whole = before + len(secret)
        text = base64.b64encode(bytes(before) + secret).decode()
        text = text[mixed : len(text) - (0, 3, 2)[whole % 3]]
        yield from (text, text.replace("+", "-").replace("/", "_"))


NOTHING = Hiding()
"""What most steps hide."""
