"""Folds the events of a run into what a webhook's sender waits for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runner.engine.events import RUN_ENDS, STEP_SUCCEEDED, Event

RESPOND = "webhook.respond"
_NODE = re.compile(r"([A-Za-z0-9_-]+)(?:\[\d+\])?(?:#\d+)?$")


def respond_nodes(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the nodes of a drawing that answer a webhook's sender."""
    nodes = document.get("nodes", {})
    return frozenset(name for name, node in nodes.items() if node.get("kind") == RESPOND)


class Ending:
    """What a run has said so far: the first response, where one is waited for, and how it ended."""

    def __init__(self, responders: frozenset[str] = frozenset()) -> None:
        self.responders = responders
        self.response: Mapping[str, Any] | None = None
        self.status = ""  # succeeded, failed or cancelled; empty while it goes on
        self.outputs: Any = None
        self.seq = 0

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to wait for."""
        return bool(self.status) or self.response is not None

    def take(self, events: Iterable[Event]) -> None:
        """Take the run's next events; those that were taken before are passed over."""
        for event in events:
            if event.seq <= self.seq:
                continue
            self.seq = event.seq
            if event.type == STEP_SUCCEEDED:
                if self.response is None and self.responders:
                    self._step(event.step or "", event.data)
            elif event.type in RUN_ENDS:
                self.status = event.type.removeprefix("run.")
                self.outputs = event.data.get("outputs")

    def _step(self, step: str, data: Mapping[str, Any]) -> None:
        found = _NODE.search(step)
        if found and found[1] in self.responders:
            response = data.get("outputs", {}).get("response")
            if isinstance(response, Mapping):
                self.response = response
