"""Start a run: accept it into the queue."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions.accept import accept_run
from runner.actions.rerun import accepted_event
from runner.engine.inputs import check_inputs, with_defaults
from runner.engine.stand_ins import pins_of
from runner.graph import DocumentInvalid, Problem, load
from runner.models import Run


def start_run(
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any],
    trigger: str,
    trigger_node: str = "",
    owner: User,
) -> Run:
    """Accept a run of this drawing; when this returns within no transaction, it is durable.

    `trigger` says what started it (`manual`, `api`, `webhook`, …), and
    `trigger_node` where it begins. Raises InputsInvalid where the inputs are
    not what the drawing declares, and DocumentInvalid where it has no such
    trigger.
    """
    document = load(drawing.document)
    if trigger != "webhook":
        check_inputs(document, inputs)
        inputs = with_defaults(document, inputs)
    if trigger_node and trigger_node not in document.nodes:
        problem = Problem("unknown_node", f"There is no node {trigger_node!r} to start at.")
        raise DocumentInvalid([problem])
    queued = accepted_event(
        inputs, trigger_node, trigger, stand_ins=pins_of(document) if version is None else {}
    )
    return accept_run(
        [queued],
        blueprint=blueprint,
        drawing=drawing,
        version=version,
        inputs=inputs,
        trigger=trigger,
        trigger_node=trigger_node,
        owner=owner,
    )
