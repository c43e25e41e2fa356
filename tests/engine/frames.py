"""Drawings with frames in one line, for tests of the engine."""

from __future__ import annotations

from typing import Any

from runner.engine import Result
from runner.graph import Document, Plan, compile, load
from runner.nodes import node_types
from tests.engine.builder import TYPES

FRAMES = {kind: it for kind, it in node_types().items() if kind.startswith("frame.")}
ALL = {**TYPES, **FRAMES}


def drawn(nodes: dict[str, Any], *edges: str, **document: Any) -> Document:
    """Return a document of nodes (id to kind, or to all its fields) and edges."""
    full = {name: {"kind": it} if isinstance(it, str) else it for name, it in nodes.items()}
    return load({"nodes": full, "edges": list(edges), **document})


def plan(nodes: dict[str, Any], *edges: str, **document: Any) -> Plan:
    """Return its plan."""
    return compile(drawn(nodes, *edges, **document), ALL)


def inside(kind: str, frame: str = "f", settings: Any = None, **parameters: Any) -> dict[str, Any]:
    """Return a node that a frame holds."""
    return {"kind": kind, "frame": frame, "parameters": parameters, "settings": settings or {}}


def frame(kind: str, settings: Any = None, **parameters: Any) -> dict[str, Any]:
    """Return a frame of a kind."""
    return {"kind": f"frame.{kind}", "parameters": parameters, "settings": settings or {}}


def steps(result: Result, kind: str = "step.succeeded") -> list[str | None]:
    """Return the steps that a run told of in this way."""
    return [event.step for event in result.events if event.type == kind]
