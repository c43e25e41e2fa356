"""Starts the run that a step calls: once for each attempt, however often it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions.accept import Cause, NewRow, Wishes, accept_run
from runner.actions.named import meant_by
from runner.actions.rerun import OVER, accepted_event
from runner.actions.writing import together
from runner.engine.blueprints import Call, Child
from runner.engine.errors import NodeError
from runner.engine.inputs import InputsInvalid, check_inputs, with_defaults
from runner.graph import DocumentInvalid, Unresolved, load
from runner.graph.labelled import labels_at
from runner.graph.labels import apart
from runner.journal.files import ValueLost
from runner.journal.spill import whole
from runner.models import SPREAD, Run


class CallRefused(NodeError):
    """The other blueprint cannot be run like this; `code` says why."""

    def __init__(self, code: str, message: str, **data: Any) -> None:
        super().__init__(message, kind="call", permanent=True, data=data)
        self.code = code


def child_id(parent: UUID, step: str, attempt: int) -> UUID:
    """Return the id of the run that an attempt of a step starts: always the same."""
    return uuid5(parent, f"{step}:{attempt}")


def start_child(parent_id: UUID, step: str, node: str, attempt: int, call: Call) -> Child:
    """Return the child run of an attempt of a step; it is started where it is not there yet.

    Raises CallRefused.
    """
    key = child_id(parent_id, step, attempt)
    with transaction.atomic():
        parent = _caller(parent_id)
        if known := _known([key]).get(key):
            return _sound(known)
        _check_may_start(parent)
        blueprint, version = _called(parent, node, call.blueprint)
        inputs = _inputs(blueprint, version, call.inputs)
        accept_run(
            NewRow(
                events=[accepted_event(inputs, "", "blueprint", stand_ins={})],
                blueprint=blueprint,
                drawing=version.drawing,
                version=version,
                inputs=inputs,
                trigger="blueprint",
                trigger_node="",
                by=None,
                key=key,
                cause=Cause(
                    parent, step, attempt, parent.depth + 1, call.cancel, parent.handles_error
                ),
            ),
            wishes=Wishes(labels=tuple(labels_at(parent.drawing.document, node))),
        )
    return Child(str(key), blueprint.name)


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a spread frame that is to be started: `part` of the drawing runs, with what.

    `context` is the one in which its step asks for it.
    """

    step: str
    attempt: int
    part: Mapping[str, Any]
    context: Context


def start_items(parent_id: UUID, items: Sequence[Item]) -> list[Child | Exception]:
    """Return the runs of items of spread frames, started where they are not there yet.

    They are runs of the same drawing, for the same blueprint, and are written together.
    Raises CallRefused where none may start; what is wrong with one alone is its answer.
    """
    keys = [child_id(parent_id, item.step, item.attempt) for item in items]
    with transaction.atomic():
        parent = _caller(parent_id)
        known = _known(keys)
        new = [(key, item) for key, item in zip(keys, items, strict=True) if key not in known]
        if new:
            _check_may_start(parent)
            try:
                inputs = whole(parent.pk, parent.inputs)
            except ValueLost as error:
                raise CallRefused("value_lost", f"The run's inputs are lost: {error}.") from None
            # What is known of the drawing's wishes is known from the items before: see `accept`.
            drawing = Drawing(pk=parent.drawing_id)
            with together():
                for key, item in new:
                    _accept_item(parent, drawing, inputs, key, item)
    started = Child("", parent.blueprint.name)
    return [known.get(key) or replace(started, run=str(key)) for key in keys]


def _accept_item(
    parent: Run, drawing: Drawing, inputs: dict[str, Any], key: UUID, item: Item
) -> None:
    queued = item.context.run(accepted_event, inputs, "", SPREAD, stand_ins={})
    queued.data["part"] = dict(item.part)
    accept_run(
        NewRow(
            events=[queued],
            blueprint=parent.blueprint,
            drawing=drawing,
            version=parent.version,
            inputs=inputs,
            trigger=SPREAD,
            trigger_node="",
            by=parent.started_by,
            key=key,
            cause=Cause(
                parent, item.step, item.attempt, parent.depth + 1, True, parent.handles_error
            ),
        ),
        wishes=Wishes(labels=tuple(apart(parent.labels))),
    )


def _caller(key: UUID) -> Run:
    # The parent's end waits for this lock, and then knows of the child, or was before it.
    rows = Run.objects.select_for_update(of=("self",))
    found = rows.select_related("blueprint__owner", "started_by", "drawing", "version")
    return found.defer("blueprint__draft", "drawing__document").get(pk=key)


def _check_may_start(parent: Run) -> None:
    """Raise CallRefused for a run that starts no others any more, or is too deep for that."""
    if parent.status in OVER or parent.cancel_requested:
        raise CallRefused("run_is_over", "The run ends, so it starts no others.")
    if parent.depth >= settings.CONDUCTOR_CALL_DEPTH:
        raise CallRefused(
            "call_too_deep",
            f"{parent.depth} calls lead to this run, and the site allows no more "
            "(CONDUCTOR_CALL_DEPTH). Does a recursion not end?",
        )


def child_now(key: UUID) -> Child:
    """Return a child run as it stands. Raises CallRefused where it was deleted."""
    (child,) = children_now([key])
    return _sound(child)


def children_now(keys: Sequence[UUID]) -> list[Child | Exception]:
    """Return child runs as they stand; of one that was deleted or is damaged, the refusal."""
    known = _known(keys)
    return [known.get(key) or _gone(key) for key in keys]


def _sound(child: Child | Exception) -> Child:
    if isinstance(child, Exception):
        raise child
    return child


def _gone(key: UUID) -> CallRefused:
    return CallRefused("child_gone", f"The run {key} that the step waited for was deleted.")


def _known(keys: Sequence[UUID]) -> dict[UUID, Child | Exception]:
    rows = Run.objects.filter(pk__in=keys)
    told = ("pk", "blueprint__name", "status", "outputs", "error")
    return {key: _child(key, *rest) for key, *rest in rows.values_list(*told)}


def _child(key: UUID, name: str, status: str, outputs: Any, error: Any) -> Child | Exception:
    try:
        outputs = whole(key, outputs) or {}
    except ValueLost as lost:
        return CallRefused("value_lost", f"The outputs of the run {key} are lost: {lost}.")
    return Child(str(key), name, status if status in OVER else "", outputs, error or {})


def _called(parent: Run, node: str, text: str) -> tuple[Blueprint, BlueprintVersion]:
    try:
        blueprint = meant_by(parent, "call", node, text)
    except Unresolved as error:
        raise CallRefused(error.code, str(error)) from None
    if blueprint.published is None:
        raise CallRefused(
            "unpublished_blueprint",
            f"{blueprint.name!r} was never published, so that it cannot run. Publish it first.",
        )
    return blueprint, blueprint.published


def _inputs(blueprint: Blueprint, version: BlueprintVersion, given: Any) -> dict[str, Any]:
    try:
        document = load(version.drawing.document)
        inputs = dict(given or {})
        check_inputs(document, inputs)
    except DocumentInvalid as error:
        raise CallRefused("document_invalid", f"{blueprint.name!r} cannot run: {error}") from None
    except InputsInvalid as error:
        raise CallRefused(
            "inputs_invalid",
            f"{blueprint.name!r} does not take these inputs: {error}",
            problems=[problem.to_json() for problem in error.problems],
        ) from None
    return with_defaults(document, inputs)
