"""Keeps the rows of listeners in step with what is published."""

from __future__ import annotations

from typing import Any

from editor.models import Blueprint
from runner.actions.triggered import rows_in_step
from runner.graph import Document
from runner.listeners.kinds import KINDS
from runner.models import Listener


def keep_in_step(blueprint: Blueprint, document: Document) -> None:
    """Have the blueprint's listeners be those of a version that is being published.

    One that is published as it was goes on listening. What is listened to from now on with other
    parameters is taken from the worker that has it, and goes on from where it had come, unless it
    is another folder, stream or mailbox.
    """
    for name, node, row in rows_in_step(blueprint, document, locked(), KINDS):
        given = dict(node.parameters)
        enabled = not node.settings.disabled
        if row is None:
            row = Listener(blueprint=blueprint, node=name)
        elif (row.kind, row.parameters, row.enabled) == (node.kind, given, enabled):
            continue
        elif row.kind != node.kind or _source(node.kind, row.parameters) != _source(
            node.kind, given
        ):
            row.cursor = {}
        row.kind, row.parameters, row.enabled = node.kind, given, enabled
        let_go(row)
        row.save()


def locked() -> Any:
    """Return the listeners, each locked by whoever reads it in a transaction."""
    return Listener.objects.select_for_update(of=("self",)).order_by("pk")


def let_go(row: Listener) -> None:
    """Take it from whoever has it, to be claimed anew at once. Does not save it."""
    row.epoch += 1
    row.holder, row.until = "", None
    row.error, row.failures, row.retry_at = "", 0, None


def _source(kind: str, parameters: dict[str, object]) -> list[object]:
    return [parameters.get(name) for name in KINDS[kind].source]
