"""Runs of a part of a drawing, with what is known from an earlier run, or with mocks.

All of it is for people at work on a drawing; triggers start whole runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User

from editor.actions.drawings import store_drawing
from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions.accept import NewRow, accept_run
from runner.actions.rerun import (
    OVER,
    accepted_event,
    checked_inputs,
    inputs_of,
    is_own,
    last_run,
    last_runs,
    origin_of,
    takes_over_edits,
)
from runner.engine.account import node_of
from runner.engine.again import Again, RerunImpossible
from runner.engine.debug.breakpoints import started_under, within
from runner.engine.events import STEP_ENDS
from runner.engine.reuse import reuse
from runner.engine.stand_ins import mocks_of, pins_of
from runner.graph import Document, DocumentInvalid, Problem, load
from runner.graph.excerpt import excerpt_to, nodes_after
from runner.models import Run
from runner.queue.plans import plan_of

# How many of a draft's runs are looked at for what a new one can take over.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Part:
    """What of a drawing is run.

    `to` runs a node and what leads to it; `since` runs a node and what comes
    after it, and nothing beside. `origin` is the run whose results are taken over where nothing
    has changed, and `mocks` stand in for nodes.
    """

    to: str = ""
    since: str = ""
    origin: Run | None = None
    mocks: Mapping[str, Any] = field(default_factory=dict)


def start_part(
    part: Part,
    *,
    blueprint: Blueprint,
    drawing: Drawing,
    version: BlueprintVersion | None,
    inputs: dict[str, Any] | None,
    trigger: str,
    trigger_node: str,
    by: User | None,
    debug: Mapping[str, Any] | None = None,
) -> Run:
    """Accept a run of this part of a drawing. Inputs that are None are those of the origin.

    Raises InputsInvalid, RerunImpossible, and DocumentInvalid where the drawing
    has no such node or port, or cannot be run.
    """
    origin = part.origin
    if origin is not None and origin.status not in OVER:
        raise RerunImpossible(
            "run_not_over",
            f"The run to take over from is still {origin.status}. Wait for its end, or cancel it.",
        )
    document = load(drawing.document)
    for name, why in ((part.to, "run to"), (part.since, "run from"), (trigger_node, "start at")):
        if name and name not in document.nodes:
            problem = Problem("unknown_node", f"There is no node {name!r} to {why}.", node=name)
            raise DocumentInvalid([problem])
    if part.to and part.since and part.since not in excerpt_to(document, part.to).nodes:
        said = f"{part.since!r} is not on the way to {part.to!r}; nothing runs from it to there."
        raise DocumentInvalid([Problem("not_on_the_way", said, node=part.since)])
    if inputs is None:
        inputs = inputs_of(origin) if origin is not None else {}
        trigger_node = trigger_node or (origin.trigger_node if origin is not None else "")
    inputs = checked_inputs(document, trigger_node, inputs)
    if debug is not None:
        debug = started_under(plan_of(drawing.pk), debug)
    if part.to or (part.since and origin is not None):
        document = _excerpt(document, part)
        drawing = store_drawing(document)
        if trigger_node not in document.nodes:
            trigger_node = ""
    plan = plan_of(drawing.pk)
    stand_ins = {
        **(pins_of(document) if version is None else {}),
        **mocks_of(plan, part.mocks),
    }
    if debug is not None:
        debug = {**debug, "breakpoints": within(plan, debug["breakpoints"])}
    queued = accepted_event(inputs, trigger_node, trigger, stand_ins=stand_ins, debug=debug)
    events = [queued]
    begins = part.since or (f"to {part.to}" if part.to else "changed")
    if origin is not None:
        queued.data["rerun_of"] = {"run": str(origin.pk), "from": begins}
        again = Again(nodes=frozenset({part.to, part.since} - {""}), trusting=bool(part.since))
        events = reuse(plan, origin_of(origin), queued, again, started=queued.time).events
    return accept_run(
        NewRow(
            events=events,
            blueprint=blueprint,
            drawing=drawing,
            version=version,
            inputs=inputs,
            trigger=trigger,
            trigger_node=trigger_node,
            by=by,
            rerun_of=origin,
            rerun_from=begins if origin is not None else "",
            edited=(bool(part.mocks) and not is_own(blueprint, by))
            or (origin is not None and takes_over_edits(origin, version)),
        )
    ).run


def _excerpt(document: Document, part: Part) -> Document:
    """Return what of the document may run, or is taken over."""
    if part.to:
        return excerpt_to(document, part.to)
    assert part.origin is not None
    ended = {
        node_of(event.step)
        for event in origin_of(part.origin).events
        if event.step is not None and event.type in STEP_ENDS
    }
    # What is beside, and has not ended there, would run.
    return excerpt_to(document, *nodes_after(document, part.since), *(ended & set(document.nodes)))


def origin_for(blueprint: Blueprint, wanted: Run | None, part: Part) -> Run | None:
    """Return the run to take over from: the one wanted, or the draft's last.

    Raises RerunImpossible where a node is to run with its last inputs and there are none.
    """
    found = wanted or (_widest(blueprint, part.since) if part.since else last_run(blueprint))
    if found is None and part.since:
        raise RerunImpossible(
            "no_origin",
            f"There is no run of this draft yet from which {part.since!r} could have its inputs. "
            "Run the whole of it first.",
        )
    return found


def _widest(blueprint: Blueprint, since: str) -> Run | None:
    """Return, of the draft's last runs, the one that knows most of what is not to run again.

    The very last may have been of another part, and know little of this one.
    """
    document = load(blueprint.draft)
    if since not in document.nodes:
        return last_run(blueprint)
    beside = set(document.nodes) - nodes_after(document, since)
    runs = last_runs(blueprint, LOOKED_AT)
    # Of equals the first, which is the newest.
    return max(
        runs, key=lambda run: len(beside & run.drawing.document["nodes"].keys()), default=None
    )
