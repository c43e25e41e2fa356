"""Explain a run: why its nodes ran, wait or did not run."""

from __future__ import annotations

from runner.actions.history import events_of_run
from runner.engine import Event
from runner.engine.explain import explain
from runner.engine.reasons import Explanation
from runner.models import Run
from runner.queue.plans import plan_of


class NoSuchNode(Exception):
    """The run has no such node or step at that moment."""


class NoSuchEvent(Exception):
    """The run has no event of that number."""


def explain_run(
    run: Run, node: str | None = None, at: int | None = None
) -> tuple[int, list[Explanation]]:
    """Return the number of the last event that counts, and the explanations.

    `node` is a node's id, or the path of a step, be it one that did not run
    in that iteration. Raises NoSuchNode, NoSuchEvent, and DocumentInvalid for a run whose document
    can no longer be executed here.
    """
    if at is not None and at > run.last_seq:
        raise NoSuchEvent(f"The run has no event {at}: its last one is {run.last_seq}.")
    events = (
        [Event.from_json(event) for event in events_of_run(run, limit=at, whole=True)]
        if at != 0
        else []
    )
    try:
        found = explain(plan_of(run.drawing_id), events, node)
    except KeyError as error:
        detail = f"The run has no node or step {node!r}"
        raise NoSuchNode(
            f"{detail} as of event {at}." if at is not None else f"{detail}."
        ) from error
    return (events[-1].seq if events else 0), found
