"""Start a run: accept it into the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions.accept import OUTSIDE, Accepted, NewRow, Wishes, accept_run
from runner.actions.rerun import accepted_event, checked_inputs
from runner.engine.debug.breakpoints import started_under
from runner.engine.stand_ins import pins_of
from runner.graph import DocumentInvalid, Problem, load
from runner.queue.plans import plan_of


def start(
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any],
    trigger: str,
    trigger_node: str = "",
    by: User | None,
    debug: Mapping[str, Any] | None = None,
    wishes: Wishes = OUTSIDE,
) -> Accepted:
    """Accept a run of this drawing; when this returns within no transaction, it is durable.

    `debug` runs it under the debugger, with its `breakpoints` and whether it begins `paused`.
    `trigger` says what started it (`manual`, `api`, `webhook`, …), and
    `trigger_node` where it begins. Raises InputsInvalid where the inputs are
    not what the drawing declares, and DocumentInvalid where it has no such
    trigger, or no place for a breakpoint; and QueueDraining and KeyInvalid where its queue
    does not take it.
    """
    document = load(drawing.document)
    if trigger != "webhook":
        inputs = checked_inputs(document, trigger_node, inputs)
    if trigger_node and trigger_node not in document.nodes:
        problem = Problem("unknown_node", f"There is no node {trigger_node!r} to start at.")
        raise DocumentInvalid([problem])
    queued = accepted_event(
        inputs,
        trigger_node,
        trigger,
        stand_ins=pins_of(document) if version is None else {},
        debug=None if debug is None else started_under(plan_of(drawing.pk), debug),
    )
    return accept_run(
        NewRow(
            events=[queued],
            blueprint=blueprint,
            drawing=drawing,
            version=version,
            inputs=inputs,
            trigger=trigger,
            trigger_node=trigger_node,
            by=by,
        ),
        wishes=wishes if debug is None else replace(wishes, outside=False),
    )
