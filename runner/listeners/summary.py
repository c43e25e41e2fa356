"""A listener as the API and the admin show it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from runner.models import Listener, ListenerState


def listener_summary(listener: Listener) -> dict[str, Any]:
    """Return what is known of a listener."""
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
    }


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
