"""Explain a run: why its nodes ran, wait or did not run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from runner.actions.history import history_of_run
from runner.engine import Event
from runner.engine.explain import explain
from runner.engine.reasons import Explanation, Reason
from runner.models import KeyTurn, Run
from runner.queue.holding import Hold, holds
from runner.queue.keys import holder_of
from runner.queue.plans import plan_of

AT_ONCE = 5000
"""Events that are in memory at once."""


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
    newest = run.last_seq
    if at is not None and at > newest:
        raise NoSuchEvent(f"The run has no event {at}: its last one is {newest}.")
    last = newest if at is None else at
    try:
        found = explain(plan_of(run.drawing_id), _Events(run, last), node)
    except KeyError as error:
        detail = f"The run has no node or step {node!r}"
        raise NoSuchNode(
            f"{detail} as of event {at}." if at is not None else f"{detail}."
        ) from error
    if last == newest:
        if held := holds(run):
            found = [_held(it, held) for it in found]
        found = [_with_holder(run, it) for it in found]
    return last, found


def _held(it: Explanation, held: Sequence[Hold]) -> Explanation:
    """Add what holds the run where its not having begun is the reason."""
    if not it.reasons or it.reasons[0].code != "run_queued":
        return it
    more = (Reason(hold.code, hold.message, 1, it.node) for hold in held)
    return replace(it, reasons=(*it.reasons, *more))


def _with_holder(run: Run, it: Explanation) -> Explanation:
    """Say which run has the key that a frame waits for, where no frame of this run has it."""
    for at, reason in enumerate(it.reasons):
        if reason.code == "waits_for_key" and (found := holder_of(run, reason.step or "")):
            more = Reason("key_held", _who_has(run, *found), reason.depth + 1, it.node)
            return replace(it, reasons=(*it.reasons[: at + 1], more, *it.reasons[at + 1 :]))
    return it


def _who_has(run: Run, holder: KeyTurn, before: int) -> str:
    whose = f"in `{holder.step}`,"
    if holder.run.blueprint_id != run.blueprint_id:
        # Not everybody who may see this run may see that one.
        whose = "which is of another blueprint,"
    since = (holder.granted or holder.created).isoformat(timespec="seconds")
    waiting = f" {before} {'other waits' if before == 1 else 'others wait'} before this one."
    return f"Run {holder.run_id} has it, {whose} since {since}.{waiting if before else ''}"


class _Events:
    """The events of a run up to one, read anew each time so that few are in memory at once."""

    def __init__(self, run: Run, last: int) -> None:
        self._run = run
        self._last = last

    def __iter__(self) -> Iterator[Event]:
        seq = 0
        while seq < self._last:
            page = history_of_run(self._run, seq, min(AT_ONCE, self._last - seq))
            if not page:
                return
            yield from page
            seq = page[-1].seq
