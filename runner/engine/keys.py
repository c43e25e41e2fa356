"""Keys that frames of several runs may have, one at a time: what a host says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

LONGEST = 100
SCOPES = {
    "run": "of this run",
    "blueprint": "of all runs of the blueprint",
    "owner": "of all blueprints of its owner",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A frame that has a key, or wants it: its path, the key, and among which runs it counts."""

    path: str
    key: str | int
    scope: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a frame has its key. `stuck` says why it never could, where it could not."""

    granted: bool
    stuck: str = ""


class Keys(Protocol):
    """Where a host keeps who has a key, over all of its runs."""

    async def turns(self, run: str, epoch: int, wanted: Sequence[Wanted]) -> Mapping[str, Turn]:
        """Make these the only frames of a run that have keys or want them; return how each stands.

        A frame that has to wait is resumed (`Execution.resume`) when its turn has come, and is
        then asked for again. Raises Fenced where the run is not this epoch's any more.
        """


def text_of(key: str | int, scope: str) -> str:
    """Say for what a frame waits."""
    shown = repr(key)
    shown = shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
    return f"the key {shown} {SCOPES[scope]}"
