"""The kinds of triggers that listen: how each does it, and what of it makes it another source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runner.listeners import folder, mail, mqtt, notifications, redis_source
from runner.listeners.held import Held


@dataclass(frozen=True, slots=True)
class Kind:
    """How a trigger listens.

    `listen` goes on until `held.stop` is set. It calls `held.well()` once it listens, and raises
    ListenFailed where it cannot. `source` are the parameters without which how far it had come
    says nothing.
    """

    listen: Callable[[Held], None]
    source: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "trigger.file": Kind(folder.listen, ("folder", "recursive")),
    "trigger.redis": Kind(redis_source.listen, ("connection", "source", "name")),
    "trigger.mqtt": Kind(mqtt.listen, ("connection", "topic", "qos")),
    "trigger.email": Kind(mail.listen, ("connection", "folder")),
    "trigger.postgres": Kind(notifications.listen, ("connection", "channel")),
}
