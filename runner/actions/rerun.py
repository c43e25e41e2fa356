"""Run a run again: from its start, from what failed, or from any step, perhaps with other values.

A rerun is a run of its own, which begins with the events of the steps that it takes over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from editor.models import Blueprint, BlueprintVersion, Drawing
from runner.actions.accept import NONE, NewRow, Wishes, accept_run
from runner.actions.history import pruned_since
from runner.engine.again import Again, RerunImpossible
from runner.engine.debug.breakpoints import started_under
from runner.engine.earlier import Origin, Repeated
from runner.engine.events import RUN_QUEUED, Event
from runner.engine.inputs import check_inputs, with_defaults
from runner.engine.reuse import Reuse, reuse
from runner.engine.stand_ins import pins_of
from runner.graph import Document, DocumentInvalid, Plan, load
from runner.graph.references import AFTER, ERROR
from runner.journal.files import ValueLost
from runner.journal.reader import JournalDamaged, read_history
from runner.journal.spill import whole
from runner.models import SPREAD, WHOLE, Run, RunStatus
from runner.nodes.listening import LISTENING
from runner.nodes.schedule import KIND as SCHEDULE
from runner.queue.plans import plan_of
from runner.telemetry.tracing import inherited

# What starts a run at these is a request, a time, an error, other runs or what came from
# outside, not the declared inputs.
TAKES_ANYTHING = frozenset({"trigger.webhook", SCHEDULE, ERROR, AFTER, *LISTENING})
OVER = (RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a rerun begins.

    `how` is `start`, `failed` or `step`; `inputs` are other inputs of the run
    (`start`), or of the `step`, port by port. `more` are other steps that run
    again as well.
    """

    how: str
    step: str = ""
    inputs: Mapping[str, Any] | None = None
    more: tuple[str, ...] = ()

    def __str__(self) -> str:
        first = self.step or self.how
        return f"{first[:150]} and {len(self.more)} more" if self.more else first


@dataclass(frozen=True, slots=True)
class Rerun:
    """A rerun: its run (None where it was only asked what would be), and what it takes over."""

    run: Run | None
    reused: dict[str, str]
    repeated: list[Repeated]


def rerun(
    origin: Run,
    start: Start,
    *,
    drawing: Drawing,
    version: BlueprintVersion | None,
    pins: Mapping[str, Any] | None = None,
    trigger: str,
    by: User | None,
    dry: bool = False,
    debug: Mapping[str, Any] | None = None,
    wishes: Wishes = NONE,
) -> Rerun:
    """Run `origin` again on a drawing; where `dry`, only say what would be taken over.

    `pins` are the stand-ins of the new run; without any those of the origin
    hold; `debug` runs it under the debugger. Raises RerunImpossible,
    InputsInvalid, and DocumentInvalid where the drawing cannot run here or has
    no place for a breakpoint.
    """
    if origin.status not in OVER:
        raise RerunImpossible(
            "run_not_over", f"The run is still {origin.status}. Wait for its end, or cancel it."
        )
    _refuse_item(origin)
    plan = plan_of(drawing.pk)
    node = origin.trigger_node
    if node and node not in plan.index:
        raise RerunImpossible(
            "trigger_gone", f"The run began at {node!r}, which the drawing does not have any more."
        )
    known = None if start.how == "start" else origin_of(origin)
    inputs, again = _changed(origin, start, plan, known)
    stand_ins = _stand_ins(origin) if pins is None else pins
    queued = accepted_event(
        inputs,
        node,
        trigger,
        stand_ins=stand_ins,
        debug=None if debug is None else started_under(plan, debug),
    )
    queued.data["rerun_of"] = {"run": str(origin.pk), "from": str(start)}
    # Mocks go on to what repeats a run.
    edited = pins is None and bool(stand_ins) and origin.edited
    if known is not None:
        others = start.inputs is not None and not is_own(origin.blueprint, by)
        edited = edited or others or takes_over_edits(origin, version)
    begun = Reuse([queued], {}, [])
    if known is not None:
        begun = reuse(plan, known, queued, again, started=queued.time)
    if dry:
        return Rerun(None, begun.reused, begun.repeated)
    with transaction.atomic():
        run = accept_run(
            NewRow(
                events=begun.events,
                blueprint=origin.blueprint,
                drawing=drawing,
                version=version,
                inputs=inputs,
                trigger=trigger,
                trigger_node=node,
                by=by,
                rerun_of=origin,
                rerun_from=str(start)[:200],
                edited=edited,
            ),
            wishes=wishes,
        ).run
        if origin.dead:
            Run.objects.filter(pk=origin.pk).update(dead=False)
    return Rerun(run, begun.reused, begun.repeated)


def is_own(blueprint: Blueprint, by: User | None) -> bool:
    """Say whether what somebody puts into runs of a blueprint is as if its owner did."""
    return by is None or by.is_superuser or by.pk == blueprint.owner_id


def takes_over_edits(origin: Run, version: BlueprintVersion | None) -> bool:
    """Say whether a run that takes over results takes over what others may have put into them.

    What a draft gave, which others may have drawn, is none of what is published.
    """
    drawn = version is not None and origin.version_id is None
    return origin.edited or (drawn and origin.started_by_id != origin.blueprint.owner_id)


def accepted_event(
    inputs: Mapping[str, Any],
    node: str,
    trigger: str,
    *,
    stand_ins: Mapping[str, Any],
    debug: Mapping[str, Any] | None = None,
) -> Event:
    """Return the first event of a run."""
    data: dict[str, Any] = {"inputs": dict(inputs), "trigger": node or None, "by": trigger}
    if stand_ins:
        data["stand_ins"] = dict(stand_ins)
    if debug is not None:
        data["debug"] = dict(debug)
    if trace := inherited():
        data["trace"] = trace
    return Event(1, timezone.now().timestamp(), RUN_QUEUED, None, data)


def inputs_of(run: Run) -> dict[str, Any]:
    """Return what a run began with. Raises RerunImpossible where that is lost."""
    try:
        found: dict[str, Any] = whole(run.pk, run.inputs)
    except ValueLost as error:
        raise RerunImpossible("value_lost", f"The run's inputs cannot be read: {error}.") from error
    return found


def origin_of(run: Run) -> Origin:
    """Return an earlier run as the engine sees it. Raises RerunImpossible where that is lost."""
    _refuse_item(run)
    if pruned_since(run.pk):
        raise _pruned()
    try:
        events = read_history(run.pk)
        plan = plan_of(run.drawing_id)
    except JournalDamaged as error:
        raise RerunImpossible(
            "journal_damaged", f"{error} The run can only be repeated from its start."
        ) from error
    except DocumentInvalid as error:
        raise RerunImpossible(
            "drawing_unusable",
            f"What the run executed cannot be read here any more ({error}). "
            "It can only be repeated from its start, on another version.",
        ) from error
    if not events or events[0].seq != 1:
        raise _pruned()
    return Origin(str(run.pk), plan, events)


def _refuse_item(run: Run) -> None:
    if run.trigger == SPREAD:
        raise RerunImpossible(
            "item_run",
            f"The run is an item of the run {run.parent_id}, at its step {run.parent_step!r}. "
            "Run that step again there: it starts the item anew.",
        )


def _pruned() -> RerunImpossible:
    return RerunImpossible(
        "journal_pruned",
        "The events of the run were pruned. It can only be repeated from its start.",
    )


def last_run(blueprint: Blueprint) -> Run | None:
    """Return the last run of the blueprint's draft that has ended and has its journal."""
    return next(iter(last_runs(blueprint, 1)), None)


def last_runs(blueprint: Blueprint, most: int) -> list[Run]:
    """Return the last such runs, with their drawings, the newest first."""
    rows = Run.objects.filter(
        WHOLE, blueprint=blueprint, version=None, status__in=OVER, pruned=None
    )
    return list(rows.select_related("drawing").order_by("-created")[:most])


def _stand_ins(origin: Run) -> Mapping[str, Any]:
    if origin.pruned is not None:
        # What it was started with is gone with its journal; what is drawn is not.
        return pins_of(load(origin.drawing.document)) if origin.version_id is None else {}
    try:
        events = read_history(origin.pk, limit=1)
    except JournalDamaged:
        events = []
    found: Mapping[str, Any] = events[0].data.get("stand_ins") or {} if events else {}
    return found


def _changed(
    origin: Run, start: Start, plan: Plan, known: Origin | None
) -> tuple[dict[str, Any], Again]:
    """Return the run's inputs, and what is run again."""
    inputs: dict[str, Any] = inputs_of(origin)
    if known is None:
        return (
            inputs
            if start.inputs is None
            else checked_inputs(plan.document, origin.trigger_node, start.inputs)
        ), Again()
    if start.how == "failed":
        if origin.status == RunStatus.SUCCEEDED:
            raise RerunImpossible(
                "nothing_failed",
                "The run has succeeded, so there is no failed step to begin at. "
                "Name a step, or begin at the start.",
            )
        return inputs, Again()
    step = start.step
    if start.inputs is None:
        return inputs, Again(steps=_steps_at((step, *start.more), known))
    _steps_at((step,), known)
    if step.endswith("]"):
        raise RerunImpossible(
            "item_inputs", f"The item {step!r} cannot get other inputs; a whole step can."
        )
    name = step.rpartition("/")[2].partition("#")[0]
    if name not in plan.index:
        raise RerunImpossible("node_gone", f"The drawing has no node {name!r} any more.")
    node = plan.nodes[plan.index[name]]
    if not node.inputs:
        return checked_inputs(plan.document, name, start.inputs), Again(steps=frozenset({step}))
    ports = [port.name for port in node.inputs]
    for port in start.inputs:
        if port not in ports:
            raise RerunImpossible(
                "unknown_port", f"{name} has no input {port!r} (it has {', '.join(ports)})."
            )
    return inputs, Again(inputs={step: dict(start.inputs)})


def _steps_at(places: Collection[str], known: Origin) -> frozenset[str]:
    """Return the steps with these paths, or all steps of the iterations of frames that have them.

    Raises RerunImpossible where there is none.
    """
    wanted, found = set(places), set[str]()
    met: set[str] = set()
    paths = {event.step for event in known.events if event.step is not None}
    for path in paths:
        if path in wanted:
            place = path
        else:
            place = path.rpartition("/")[0]
            if place not in wanted or path[-1:] == "]":
                continue
        met.add(place)
        found.add(path)
    if missing := [place for place in places if place not in met]:
        inside = sorted(path for path in paths if path.endswith(f"/{missing[0]}"))
        hint = f" Inside its frame it is {inside[0]!r}." if inside else ""
        raise RerunImpossible("unknown_step", f"The run has no step {missing[0]!r}.{hint}")
    return frozenset(found)


def checked_inputs(
    document: Document, trigger_node: str, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a run starts with: declared inputs with their defaults, or a request as it is.

    Raises InputsInvalid.
    """
    node = document.nodes.get(trigger_node)
    if node is not None and node.kind in TAKES_ANYTHING:
        return dict(inputs)
    check_inputs(document, inputs)
    return with_defaults(document, inputs)
