"""One thing that was looked at, and how it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Grade(Enum):
    """How it is."""

    OK = "ok"
    WARN = "warn"  # it works, and somebody should know
    FAIL = "fail"  # it does not work, or is not safe


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and what to do where it is not well."""

    name: str
    grade: Grade
    says: str
    mend: str = ""


def ok(name: str, says: str) -> Finding:
    """Return that something is well."""
    return Finding(name, Grade.OK, says)


def warn(name: str, says: str, mend: str) -> Finding:
    """Return that something should be known."""
    return Finding(name, Grade.WARN, says, mend)


def fail(name: str, says: str, mend: str) -> Finding:
    """Return that something is wrong."""
    return Finding(name, Grade.FAIL, says, mend)
