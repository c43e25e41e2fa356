"""Runs that call others: cut after every event as a kill would, and with every step failing once.

These are the workflow patterns 12 and 22, which need several runs; the others are in
tests/patterns.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Any

import orjson
import pytest
from django.db import transaction

from editor.models import Blueprint
from runner.journal.reader import read_events, read_history
from runner.models import JournalChunk, Run, RunStatus, Signal
from runner.nodes import node_types
from runner.queue import Worker, plans
from runner.queue.wake import wake_workers
from tests.patterns.test_patterns import failing_once
from tests.running.conftest import Site, rows, until
from tests.running.spread import spread_over
from tests.running.test_calls import DOUBLE, FACTORIAL, calling, over, published, started

ENDS = ("step.succeeded", "step.failed", "step.skipped", "step.cancelled")


def recursion(site: Site, **settings: Any) -> Run:
    return started(published(site, "Factorial", set_for_all(FACTORIAL, settings)), n=3)


def without_synchronization(site: Site, **settings: Any) -> Run:
    published(site, "Double", set_for_all(DOUBLE, settings))
    each = {"each": {"list": "{{ input.numbers }}"}}
    document = calling("Double", each, wait=False, inputs={"n": "{{ item }}"})
    return started(published(site, "Caller", set_for_all(document, settings)), numbers=[1, 2])


def set_for_all(document: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    nodes = {
        name: {**node, "settings": {**node.get("settings", {}), **settings}}
        for name, node in document["nodes"].items()
    }
    return {**document, "nodes": nodes}


def trace(run: Run) -> tuple[Any, ...]:
    """Return how a run and each of its steps ended."""
    row = Run.objects.get(pk=run.pk)
    events = read_events(run.pk)
    ends = sorted((it["type"], it["step"]) for it in events if it["type"] in ENDS)
    assert [it["seq"] for it in events] == list(range(1, len(events) + 1))
    return row.status, row.outputs, row.error, ends


@transaction.atomic
def cut(run: Run, events: list[dict[str, Any]]) -> None:
    """Leave of a run what a worker would have left that was killed after these events."""
    JournalChunk.objects.filter(run=run).delete()
    text = orjson.dumps(events).decode()
    last = len(events)
    JournalChunk.objects.create(run=run, first_seq=1, last_seq=last, epoch=1, events=text)
    left = {"noted_seq": last, "finished": None, "outputs": None, "error": None, "wake_at": None}
    Run.objects.filter(pk=run.pk).update(status=RunStatus.RUNNING, worker="gone", **left)
    Signal.objects.filter(run=run).update(reached=False)
    transaction.on_commit(wake_workers)


def spread(site: Site) -> Run:
    return started(published(site, "Spread", spread_over(seconds=0.01)), items=[3, 4])


@pytest.mark.parametrize("pattern", [without_synchronization, recursion, spread])
async def test_cut_after_any_event_the_runs_go_on_to_the_same_trace(
    site: Site, worker: Worker, pattern: Any
) -> None:
    first = await rows(lambda: pattern(site))
    await over(first)
    family = await rows(lambda: list(Run.objects.order_by("created")))
    for run in family:
        await over(run)
    wanted = {run.pk: await rows(partial(trace, run)) for run in family}
    assert {status for status, *_ in wanted.values()} == {"succeeded"}
    assert len(family) == 3
    assert await rows(Blueprint.objects.count) == len({run.blueprint_id for run in family}) + 1
    for run in family:
        history = await rows(partial(read_history, run.pk))
        events = [event.to_json() for event in history]
        for count in range(1, len(events)):
            # A worker that is killed says no more of what it had: not what reached the run either.
            await until(lambda: not worker.hosting.runs)
            await rows(partial(cut, run, events[:count]))
            await over(run)
            found = {it.pk: await rows(partial(trace, it)) for it in family}
            assert found == wanted, f"{run.parent_step or 'the first run'}, cut after {count}"
            assert await rows(Run.objects.count) == len(family)


@pytest.mark.parametrize("pattern", [without_synchronization, recursion])
async def test_with_every_step_failing_once_the_trace_is_the_same(
    site: Site, worker: Worker, pattern: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await rows(lambda: pattern(site))
    await over(first)
    monkeypatch.setattr(plans, "node_types", lambda: failing_once(node_types()))
    monkeypatch.setattr(plans, "_plans", OrderedDict())
    retry = {"attempts": 2, "delay": 0, "backoff": "fixed"}
    await rows(lambda: Blueprint.objects.exclude(pk=site.blueprint.pk).update(name="Old"))
    run = await over(await rows(lambda: pattern(site, retry=retry)))
    wanted, found = await rows(lambda: trace(first)), await rows(lambda: trace(run))
    assert found[0] == wanted[0] == "succeeded"
    assert found[3] == wanted[3]
    events = await rows(lambda: read_events(run.pk))
    tried = {it["step"] for it in events if it["type"] == "step.retrying"}
    ran = {step for kind, step in found[3] if kind == "step.succeeded"}
    # Where a node runs for each item, the items are tried again, not the whole.
    assert tried >= ran - {"call"} if pattern is without_synchronization else tried >= ran
    children = await rows(lambda: Run.objects.filter(parent=run).count())
    assert children == (2 if pattern is without_synchronization else 1)
