"""The blueprints that random drawings call: each ends in another way, and all take time."""

from __future__ import annotations

import re
from typing import Any

from runner.graph import Document, load
from tests.engine.drawn_moments import moment
from tests.engine.reference_parts import ALWAYS

GAVE_UP = "the step that called it gave up"
DISMISSED = "somebody cancelled it"
_ITEM = re.compile(r"\[\d+\]$")
_LAST = {"kind": "flow.output", "parameters": {"name": "got"}}


def _drawn(nodes: dict[str, Any], *edges: str) -> dict[str, Any]:
    nodes = {"begin": {"kind": "trigger.manual"}, "last": _LAST, **nodes}
    return {"format": "conductor/1", "nodes": nodes, "edges": list(edges)}


def _works(**told: Any) -> dict[str, Any]:
    return {"kind": "work", "parameters": told}


def _calls(blueprint: str, **told: Any) -> dict[str, Any]:
    inputs = {"n": "{{ input }}"}
    return {
        "kind": "blueprint.call",
        "parameters": {"blueprint": blueprint, "inputs": inputs, **told},
    }


_DRAWN: dict[str, dict[str, Any]] = {
    "Succeeds": _drawn({"a": _works()}, "begin.out -> a.in", "a.out -> last.in"),
    "Fails": _drawn({"a": _works(fails=ALWAYS)}, "begin.out -> a.in", "a.out -> last.in"),
    "Undoes": _drawn(
        {
            "a": {**_works(), "settings": {"compensate": True}},
            "undo": _works(),
            "b": {"kind": "park"},
            "c": _works(fails=ALWAYS),
        },
        "begin.out -> a.in",
        "a.compensate -> undo.in",
        "a.out -> b.in",
        "b.out -> c.in",
        "c.out -> last.in",
    ),
    "Cleans up": _drawn(
        {
            "try": {"kind": "frame.try"},
            "a": {"kind": "rest", "frame": "try"},
            "b": {**_works(), "frame": "try"},
            "clean": {**_works(), "frame": "try"},
        },
        "begin.out -> try.in",
        "try.try -> a.in",
        "a.out -> b.in",
        "b.out -> try.result",
        "try.finally -> clean.in",
        "try.out -> last.in",
    ),
    "Is dismissed": _drawn(
        {"a": {"kind": "park"}}, "begin.out -> a.in", "a.out -> last.in"
    ),
    "Calls": _drawn(
        {"a": _works(), "b": _calls("Cleans up"), "c": _calls("Succeeds", wait=False)},
        "begin.out -> a.in",
        "a.out -> b.in",
        "begin.out -> c.in",
        "b.out -> last.in",
    ),
    "Calls what fails": _drawn(
        {"a": _calls("Fails"), "b": {"kind": "park"}},
        "begin.out -> a.in",
        "begin.out -> b.in",
        "a.out -> last.in",
    ),
}  # fmt: skip
CALLEES: dict[str, Document] = {name: load(drawn) for name, drawn in _DRAWN.items()}


def id_of(run: str, path: str, attempt: int) -> str:
    """Return the id of the run that an attempt of a step calls."""
    return f"{run}>{path}~{attempt}"


def is_of(path: str, step: str) -> bool:
    """Say whether what was called at a path was called by a step, or by an item of it."""
    return step in (path, _ITEM.sub("", path))


def dismissed_after(blueprint: str, run: str) -> float | None:
    """Return after how many seconds somebody cancels a run; None where nobody does."""
    return moment(f"dismissed {run}", 1) if blueprint == "Is dismissed" else None
