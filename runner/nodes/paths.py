"""Paths with names in them, as webhook triggers take them: `/:customer/orders/:id`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runner.graph import Problem

KIND = "trigger.webhook"
MOST_SEGMENTS = 20
_LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()+,;=@%-]+")
_NAME = re.compile(r":[A-Za-z_][A-Za-z0-9_]{0,39}")
DEFAULT_METHODS = ("POST",)


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A path whose segments are words, or names that begin with a colon; None takes any path."""

    segments: tuple[str, ...] | None = None

    @property
    def rank(self) -> tuple[int, ...]:
        """What sorts patterns: those that say more come first."""
        if self.segments is None:
            return (2,)
        return tuple(int(segment.startswith(":")) for segment in self.segments)

    def match(self, path: str) -> dict[str, str] | None:
        """Return what the names stand for in a path; None where the path is another."""
        if self.segments is None:
            return {}
        given = split(path)
        if len(given) != len(self.segments):
            return None
        found: dict[str, str] = {}
        for wanted, segment in zip(self.segments, given, strict=True):
            if wanted.startswith(":"):
                found[wanted[1:]] = segment
            elif wanted != segment:
                return None
        return found

    def is_like(self, other: PathPattern) -> bool:
        """Say whether both take the same paths, whatever the names in them are called."""
        return self._shape() == other._shape()

    def _shape(self) -> tuple[str, ...] | None:
        if self.segments is None:
            return None
        return tuple(":" if it.startswith(":") else it for it in self.segments)


def read_path(text: str) -> PathPattern:
    """Read a pattern; an empty one takes any path, and `/` only the address itself.

    Raises ValueError, saying which segment is wrong.
    """
    if not text.strip():
        return PathPattern()
    segments = split(text.strip())
    if len(segments) > MOST_SEGMENTS:
        raise ValueError(f"must have at most {MOST_SEGMENTS} segments; it has {len(segments)}")
    for segment in segments:
        if segment in {".", ".."} or not (_LITERAL.fullmatch(segment) or _NAME.fullmatch(segment)):
            raise ValueError(
                f"has the segment {segment!r}; one is a word such as orders, or a name such as :id"
            )
    names = [segment for segment in segments if segment.startswith(":")]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"has the name {twice[0]} twice; each stands for one segment")
    return PathPattern(tuple(segments))


def split(path: str) -> list[str]:
    """Return the segments of a path; slashes at its ends are none."""
    path = path.strip("/")
    return path.split("/") if path else []


def conflicts(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what two webhook triggers of a drawing would both take.

    They may, where each has an address of its own; behind a common one nothing
    would say which of them is meant.
    """
    seen: list[tuple[str, PathPattern, set[str]]] = []
    for name, node in document.get("nodes", {}).items():
        if node.get("kind") != KIND or node.get("settings", {}).get("disabled"):
            continue
        given = node.get("parameters", {})
        try:
            path = read_path(str(given.get("path") or ""))
        except ValueError:
            continue  # said by the check of the parameter itself
        methods = set(given.get("methods") or DEFAULT_METHODS)
        for other, known, taken in seen:
            if path.is_like(known) and (both := sorted(methods & taken)):
                yield Problem(
                    "route_conflict",
                    f"{name!r} and {other!r} both take {both[0]} at the same path, and an address "
                    "of this blueprint serves both. Give one another path or method.",
                    node=name,
                    parameter="path",
                )
                break
        seen.append((name, path, methods))
