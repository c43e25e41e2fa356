"""Where a run queues, and with which others it shares limits: from its drawing and its inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from runner.engine.expressions import ExpressionError, compile_template
from runner.graph.queueing import HIGHEST, LOWEST, STEP, QueueSettings
from runner.queue import queues

LONGEST = 64
PLAIN = QueueSettings()


class KeyInvalid(Exception):
    """The key of a run cannot be told from its inputs."""

    code = "queue_key_invalid"


@dataclass(frozen=True, slots=True)
class Place:
    """A run's queue, its priority with the queue's, and its keys; an empty key is none."""

    settings: QueueSettings
    queue: str
    priority: int
    limited: bool = False
    limit_key: str = ""
    unique: str = ""
    gather: str | None = None

    @property
    def plain(self) -> bool:
        """Whether it has nothing to do with other runs of its blueprint."""
        return not (self.limited or self.unique or self.gather is not None)

    def turn(self, ready: datetime) -> datetime:
        """Return the place in the queue of a run that may begin from a moment on."""
        return ready - timedelta(seconds=self.priority * STEP)


def settings_of(document: Mapping[str, Any]) -> QueueSettings:
    """Return how a stored document's runs queue; where that cannot be read any more, simply."""
    given = document.get("settings")
    queue = given.get("queue") if isinstance(given, Mapping) else None
    if not queue:
        return PLAIN
    try:
        return QueueSettings.model_validate(queue)
    except ValidationError:
        return PLAIN


def place_of(
    settings: QueueSettings,
    inputs: Mapping[str, Any],
    *,
    vars: Mapping[str, Any],
    node: str = "",
    priority: int | None = None,
    unique: str | None = None,
    outside: bool,
) -> Place:
    """Return the place of a run that starts with these inputs, at this trigger node.

    `outside`: nobody's run started it, so it may be the same as another, or be
    gathered with others. Raises KeyInvalid.
    """
    queue = queues.state_of(settings.name, queues.known())
    names = {"input": inputs, "inputs": inputs, "vars": vars}

    def key(name: str, text: str) -> str:
        return key_of(name, text, names) if text else ""

    gathers = settings.debounce or settings.batch
    own = settings.priority if priority is None else priority
    return Place(
        settings,
        queue.name,
        max(LOWEST, min(HIGHEST, own)) + queue.priority,
        settings.limited,
        key("key", settings.key) if settings.per_key is not None else "",
        (_short(unique) if unique else key("unique", settings.unique)) if outside else "",
        _short(f"{node}\n{key('debounce or batch', gathers.key)}")
        if outside and gathers is not None
        else None,
    )


def key_of(name: str, text: str, names: Mapping[str, Any]) -> str:
    """Return the text that a key's expressions give. Raises KeyInvalid."""
    try:
        value = compile_template(text).evaluate(names)
    except ExpressionError as error:
        raise KeyInvalid(
            f"The {name} of the queue settings, {text!r}, gives none: {error}"
        ) from None
    if value is None or value == "":
        raise KeyInvalid(
            f"The {name} of the queue settings, {text!r}, gives "
            f"{'null' if value is None else 'an empty text'} for these inputs; it must say which "
            "runs belong together."
        )
    return _short(value if isinstance(value, str) else json.dumps(value, sort_keys=True))


def _short(key: str) -> str:
    """Return the key, or, of one that is too long for its column, a hash that stands for it."""
    plain = key.isprintable() or key.replace("\n", "").isprintable()
    if len(key) <= LONGEST and plain:
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:56]
