"""Who has a blueprint open: cursor and selection of each, told as they move and kept nowhere."""

from __future__ import annotations

import math
from typing import Any

MOST_PEOPLE = 20
MOST_SELECTED = 100
LONGEST_ID = 300  # an edge's text
FARTHEST = 1e7
COLOURS = 8

State = dict[str, Any]


class NoState(ValueError):
    """What a page says of itself cannot be shown to others."""


def read_state(message: dict[str, Any]) -> State:
    """Return what others may be told of a page. Raises NoState for anything else."""
    cursor, selection = message.get("cursor"), message.get("selection", [])
    colour = message.get("colour", 0)
    if cursor is not None and not _is_place(cursor):
        raise NoState('"cursor" must be null or two numbers.')
    if not isinstance(selection, list) or len(selection) > MOST_SELECTED:
        raise NoState(f'"selection" must be a list of at most {MOST_SELECTED} ids.')
    if not all(isinstance(item, str) and len(item) <= LONGEST_ID for item in selection):
        raise NoState('"selection" holds something other than ids.')
    if type(colour) is not int or not 0 <= colour < COLOURS:
        raise NoState(f'"colour" must be a number below {COLOURS}.')
    return {"cursor": cursor, "selection": selection, "colour": colour}


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(type(part) in (int, float) and math.isfinite(part) for part in value)
        and all(abs(part) <= FARTHEST for part in value)
    )


class People:
    """The others, as one page is told of them: each state once, the newest only."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}
        self._news: dict[str, State | None] = {}

    def hear(self, peer: str, state: State, now: float) -> None:
        """Take what somebody says of themselves; more than can be shown are not heard."""
        if peer not in self._seen and len(self._seen) >= MOST_PEOPLE:
            return
        self._seen[peer] = now
        self._news[peer] = state

    def lose(self, peer: str) -> None:
        """Forget somebody who has left."""
        if self._seen.pop(peer, None) is not None:
            self._news[peer] = None

    def lose_silent(self, before: float) -> None:
        """Forget whom nobody has heard since: a process that was killed says no good-bye."""
        for peer in [peer for peer, seen in self._seen.items() if seen < before]:
            self.lose(peer)

    def take_news(self) -> dict[str, State | None]:
        """Return what is new since the last time: a state, or None for who has left."""
        news, self._news = self._news, {}
        return news

    @property
    def has_news(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self._news)
