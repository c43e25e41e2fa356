"""The table of a run's steps, read from its events."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runner.engine.reasons import what_for


@dataclass(slots=True)
class StepRow:
    """One step as the run's page shows it."""

    path: str
    node: str
    title: str
    kind: str
    status: str
    started: datetime | None
    seconds: float | None = None
    # None until it has begun: what is skipped or cancelled before that was never tried.
    attempts: int | None = None
    note: str = ""


def steps_of(events: Iterable[dict[str, Any]], document: dict[str, Any]) -> list[StepRow]:
    """Return the steps in the order in which they began.

    A step's first event may be its end: cheap steps write no start.
    """
    rows: dict[str, StepRow] = {}
    for event in events:
        path = event["step"]
        if path is None:
            continue
        if path not in rows:
            rows[path] = _first(path, event, document)
        _apply(rows[path], event)
    return list(rows.values())


def node_of(path: str) -> str:
    """Return the node that a step fired: `orders[3]/charge#2` is a firing of `charge`."""
    return re.split(r"[#\[]", path.rsplit("/", 1)[-1], maxsplit=1)[0]


def _first(path: str, event: dict[str, Any], document: dict[str, Any]) -> StepRow:
    node = node_of(path)
    drawn = document.get("nodes", {}).get(node, {})
    began = event["type"] not in ("step.skipped", "step.cancelled")
    moment = datetime.fromtimestamp(event["data"].get("started", event["time"]), tz=UTC)
    title = drawn.get("title") or node
    return StepRow(path, node, title, drawn.get("kind", ""), "running", moment if began else None)


def _apply(row: StepRow, event: dict[str, Any]) -> None:
    data = event["data"]
    if row.started is not None:
        row.attempts = data.get("attempt", row.attempts or 1)
    match event["type"].removeprefix("step."):
        case "started":
            row.status = "running"
        case "retrying":
            row.status = "running"
            row.note = data.get("error", {}).get("message", "")
        case "waiting":
            row.status = "waiting"
            row.note = what_for(data)
        case "resumed":
            row.status, row.note = "running", ""
        case "succeeded":
            row.status, row.seconds, row.note = "succeeded", data.get("duration"), ""
        case "failed":
            row.status, row.seconds = "failed", data.get("duration")
            row.note = data.get("error", {}).get("message", "")
        case "skipped" | "cancelled" as status:
            row.status = status
            row.note = data.get("reason") or ""
