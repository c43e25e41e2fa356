"""Listeners, and what they have set aside, as the API and the commands show them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from runner.models import Listener, ListenerState, MessageAside


def listener_summaries(listeners: Sequence[Listener]) -> list[dict[str, Any]]:
    """Return what is known of each of the listeners."""
    blueprints = {listener.blueprint_id for listener in listeners}
    left = MessageAside.objects.filter(blueprint__in=blueprints, replayed=None).order_by()
    counts = {
        (blueprint, node): count
        for blueprint, node, count in left.values_list("blueprint", "node").annotate(Count("pk"))
    }
    return [_summary(row, counts.get((row.blueprint_id, row.node), 0)) for row in listeners]


def listener_summary(listener: Listener) -> dict[str, Any]:
    """Return what is known of a listener."""
    return listener_summaries([listener])[0]


def _summary(listener: Listener, aside: int) -> dict[str, Any]:
    return {
        "id": str(listener.pk),
        "blueprint": str(listener.blueprint_id),
        "blueprint_name": listener.blueprint.name,
        "node": listener.node,
        "kind": listener.kind,
        "state": listener.state.value,
        "error": listener.error,
        "retry": listener.retry_at.isoformat() if listener.retry_at else None,
        "parameters": listener.parameters,
        "last": listener.last_at.isoformat() if listener.last_at else None,
        "last_run": str(listener.last_run_id) if listener.last_run_id else None,
        "count": listener.count,
        "aside": aside,
    }


def aside_summary(message: MessageAside) -> dict[str, Any]:
    """Return a message that was set aside, without what came."""
    return {
        "id": str(message.pk),
        "blueprint": str(message.blueprint_id),
        "node": message.node,
        "kind": message.kind,
        "reason": message.reason,
        "created": message.created.isoformat(),
        "replayed": message.replayed.isoformat() if message.replayed else None,
        "run": str(message.run_id) if message.run_id else None,
    }


def aside_detail(message: MessageAside) -> dict[str, Any]:
    """Return a message that was set aside, with what came."""
    return {**aside_summary(message), "content": json.loads(message.content)}


def in_state(rows: QuerySet[Listener], state: str) -> QuerySet[Listener]:
    """Return those of the listeners that stand so."""
    on = Q(enabled=True, paused=False)
    match ListenerState(state):
        case ListenerState.DISABLED:
            return rows.filter(enabled=False)
        case ListenerState.PAUSED:
            return rows.filter(enabled=True, paused=True)
        case ListenerState.TROUBLE:
            return rows.filter(on).exclude(error="")
        case ListenerState.WAITING:
            return rows.filter(on, error="", holder="")
        case ListenerState.LISTENING:
            return rows.filter(on, error="").exclude(holder="")
