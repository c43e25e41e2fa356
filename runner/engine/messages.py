"""What a host lends to nodes that send messages to endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from runner.engine.node import Step


@dataclass(frozen=True, slots=True)
class Message:
    """What a step wants to send, and to which endpoint. `wait`: the step waits for its end."""

    endpoint: str
    type: str
    data: Any
    headers: Mapping[str, str]
    wait: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is kept: the id that its receiver sees, and where it stands.

    `status` is waiting, delivered or failed; `why` says why it failed.
    """

    id: str
    status: str
    tries: int
    why: str = ""


class Messages(Protocol):
    """Keeps messages for endpoints and sends them."""

    async def hand_over(self, step: Step, message: Message) -> Sent:
        """Keep a message; a step that is repeated finds the one that it has handed over before.

        Raises NodeError where there is no such endpoint, or it takes no messages.
        """
