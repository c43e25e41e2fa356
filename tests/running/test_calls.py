"""Blueprints that run others: child runs, what passes between them, and a crash in between."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User

from editor.actions import create_blueprint, publish
from editor.actions.sharing import share_with, withdraw
from editor.models import Blueprint, Right
from runner.actions import cancel_run
from runner.calls.starting import child_id
from runner.graph import load, to_json
from runner.journal.reader import read_events
from runner.models import Run, RunStatus
from runner.queue import Worker
from tests.running.conftest import SOON, Site, ended, rows, until
from tests.starting import start_run

LIVE = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)


def drawing(nodes: dict[str, Any], *edges: str, **more: Any) -> dict[str, Any]:
    return {"format": "conductor/1", "name": "It", "nodes": nodes, "edges": list(edges), **more}


def calling(name: str, settings: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    """A drawing: a start, a call of the blueprint of this name, and its outputs."""
    call = {
        "kind": "blueprint.call",
        "parameters": {"blueprint": name, **parameters},
        "settings": settings or {},
    }
    nodes = {
        "start": {"kind": "trigger.manual"},
        "call": call,
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    return drawing(nodes, "start.out -> call.in", "call.out -> out.in")


DOUBLE = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "twice": {"kind": "data.set", "parameters": {"fields": {"n": "{{ input.n * 2 }}"}}},
        "out": {"kind": "flow.output", "parameters": {"name": "double"}},
    },
    "start.out -> twice.in",
    "twice.out -> out.in",
    inputs={"n": {"type": "integer", "required": True}},
)
SLOW = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "wait": {"kind": "flow.wait", "parameters": {"seconds": 60}},
    },
    "start.out -> wait.in",
)
FAILING = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "stop": {"kind": "flow.fail", "parameters": {"message": "no stock"}},
    },
    "start.out -> stop.in",
)


def published(site: Site, name: str, document: dict[str, Any]) -> Blueprint:
    blueprint = create_blueprint(owner=site.owner, name=name, document=load(document))
    publish(blueprint, site.owner)
    return blueprint


def started(blueprint: Blueprint, **inputs: Any) -> Run:
    return start_run(blueprint, inputs=inputs)


async def over(run: Run, within: float = 30) -> Run:
    return await until(ended(run), within)


async def test_a_call_gives_the_outputs_of_a_child_run_that_is_linked(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Double", DOUBLE))
    caller = await rows(
        lambda: published(site, "Caller", calling("Double", inputs={"n": "{{ input.n }}"}))
    )
    run = await over(await rows(lambda: started(caller, n=21)))
    assert (run.status, run.outputs) == ("succeeded", {"got": {"double": {"n": 42}}})
    child = await rows(lambda: Run.objects.get(parent=run))
    assert child.pk == child_id(run.pk, "call", 1)
    assert (child.parent_step, child.depth, child.trigger) == ("call", 1, "blueprint")
    assert (child.owner_id, child.inputs) == (run.owner_id, {"n": 21})


async def test_a_wrong_input_fails_the_step_and_names_it_and_nothing_is_started(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Double", DOUBLE))
    caller = await rows(
        lambda: published(site, "Caller", calling("Double", inputs={"n": "{{ input.n }}"}))
    )
    run = await over(await rows(lambda: started(caller, n="many")))
    assert run.error["code"] == "inputs_invalid"
    assert "'n'" in run.error["message"]
    assert "'Double'" in run.error["message"]
    assert run.error["data"]["problems"][0]["port"] == "n"
    assert not await rows(lambda: Run.objects.filter(parent=run).exists())


async def test_each_calls_one_child_for_each_item(site: Site, worker: Worker) -> None:
    await rows(lambda: published(site, "Double", DOUBLE))
    document = calling(
        "Double",
        {"each": {"list": "{{ input.numbers }}"}},
        inputs={"n": "{{ item }}"},
        outputs=["double"],
    )
    caller = await rows(lambda: published(site, "Caller", document))
    run = await over(await rows(lambda: started(caller, numbers=[1, 2, 3])))
    assert run.outputs == {"got": [{"double": {"n": 2 * n}} for n in (1, 2, 3)]}
    steps = await rows(
        lambda: list(Run.objects.filter(parent=run).values_list("parent_step", flat=True))
    )
    assert sorted(steps) == ["call[0]", "call[1]", "call[2]"]


async def test_what_is_not_waited_for_outlives_the_run_that_started_it(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Slow", SLOW))
    caller = await rows(lambda: published(site, "Caller", calling("Slow", wait=False)))
    run = await over(await rows(lambda: started(caller)))
    child = await rows(lambda: Run.objects.get(parent=run))
    assert (run.status, run.outputs) == ("succeeded", {"got": {"run": str(child.pk)}})
    await until(lambda: not Run.objects.get(pk=run.pk).unsettled)
    await until(lambda: Run.objects.get(pk=child.pk).status in ("running", "waiting"))
    await rows(lambda: cancel_run(child))
    assert (await over(child)).status == "cancelled"


async def test_a_waiting_call_needs_no_place_among_the_runs_at_once(site: Site) -> None:
    await rows(lambda: published(site, "Double", DOUBLE))
    caller = await rows(lambda: published(site, "Caller", calling("Double")))
    runs = [await rows(lambda: started(caller, n=1)) for _ in range(3)]
    worker = Worker(most=1)
    running = asyncio.create_task(worker.run())
    for run in runs:
        assert (await over(run, 20)).status == "succeeded"
    await worker.stop()
    await running


async def test_the_failure_of_a_child_is_the_steps_and_is_tried_again_with_another_child(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Failing", FAILING))
    retry = {"retry": {"attempts": 2, "delay": 0, "backoff": "fixed"}, "on_error": "route"}
    document = calling("Failing", retry)
    document["nodes"]["err"] = {"kind": "flow.output", "parameters": {"name": "error"}}
    document["edges"].append("call.error -> err.in")
    caller = await rows(lambda: published(site, "Caller", document))
    run = await over(await rows(lambda: started(caller)))
    assert run.status == "succeeded"
    error = (
        run.outputs["error"]["error"] if "error" in run.outputs["error"] else run.outputs["error"]
    )
    assert error["code"] == "child_failed"
    assert "no stock" in error["message"]
    children = await rows(lambda: list(Run.objects.filter(parent=run).order_by("created")))
    assert [child.pk for child in children] == [child_id(run.pk, "call", n) for n in (1, 2)]
    assert error["data"]["run"] == str(children[1].pk)


@pytest.mark.parametrize("cancel", [True, False])
async def test_a_cancel_reaches_the_children_within_a_second_where_they_are_to_be_cancelled(
    site: Site, worker: Worker, cancel: bool
) -> None:
    await rows(lambda: published(site, "Slow", SLOW))
    caller = await rows(lambda: published(site, "Caller", calling("Slow", cancel=cancel)))
    run = await rows(lambda: started(caller))
    child = await until(lambda: Run.objects.filter(parent=run).first())
    await until(lambda: any(e["type"] == "step.waiting" for e in read_events(child.pk)))
    await until(lambda: Run.objects.get(pk=run.pk).status == "waiting")
    began = time.monotonic()
    await rows(lambda: cancel_run(run, "enough"))
    assert (await over(run)).status == "cancelled"
    if cancel:
        assert (await over(child)).status == "cancelled"
        assert time.monotonic() - began < SOON
    else:
        await until(lambda: not Run.objects.get(pk=run.pk).unsettled)
        assert await rows(lambda: Run.objects.get(pk=child.pk).status) in LIVE
        assert not await rows(lambda: Run.objects.get(pk=child.pk).cancel_requested)


async def test_a_step_that_takes_too_long_cancels_its_child(site: Site, worker: Worker) -> None:
    await rows(lambda: published(site, "Slow", SLOW))
    document = calling("Slow", {"timeout": 0.5, "on_error": "continue"})
    caller = await rows(lambda: published(site, "Caller", document))
    run = await over(await rows(lambda: started(caller)))
    assert run.status == "succeeded"
    child = await rows(lambda: Run.objects.get(parent=run))
    assert (await over(child)).error["message"] == "the step that called it gave up"


async def test_a_recursion_ends_at_the_depth_limit(
    site: Site, worker: Worker, settings: Any
) -> None:
    settings.CONDUCTOR_CALL_DEPTH = 3
    again = await rows(lambda: published(site, "Again", calling("Again", recursive=True)))
    run = await over(await rows(lambda: started(again)), 20)
    assert run.status == "failed"
    runs = await rows(lambda: list(Run.objects.filter(blueprint=again).order_by("depth")))
    assert [it.depth for it in runs] == [0, 1, 2, 3]
    assert runs[-1].error["code"] == "call_too_deep"
    assert {it.status for it in runs} == {"failed"}
    # The way there is said once, and so is what went wrong at its end.
    deepest = runs[-1].error["message"]
    assert run.error["message"] == f"The run of 'Again' (3 times) has failed: {deepest}"


FACTORIAL = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "more": {"kind": "flow.if", "parameters": {"condition": "{{ input.n > 1 }}"}},
        "call": {
            "kind": "blueprint.call",
            "parameters": {
                "blueprint": "Factorial",
                "recursive": True,
                "inputs": {"n": "{{ input.n - 1 }}"},
            },
        },
        "times": {
            "kind": "data.set",
            "parameters": {"fields": {"product": "{{ nodes['start'].n * input.product.product }}"}},
        },
        "one": {"kind": "data.set", "parameters": {"fields": {"product": 1}}},
        "out": {"kind": "flow.output", "parameters": {"name": "product"}},
    },
    "start.out -> more.in",
    "more.true -> call.in",
    "call.out -> times.in",
    "times.out -> out.in",
    "more.false -> one.in",
    "one.out -> out.in",
    inputs={"n": {"type": "integer", "required": True}},
)


async def test_a_blueprint_calls_itself_until_it_need_not(site: Site, worker: Worker) -> None:
    """Workflow pattern 22: recursion."""
    blueprint = await rows(lambda: published(site, "Factorial", FACTORIAL))
    run = await over(await rows(lambda: started(blueprint, n=5)), 30)
    assert (run.status, run.outputs["product"]["product"]) == ("succeeded", 120)
    assert await rows(lambda: Run.objects.filter(blueprint=blueprint).count()) == 5


async def test_many_are_started_and_nobody_waits_for_them(site: Site, worker: Worker) -> None:
    """Workflow pattern 12: multiple instances without synchronization."""
    await rows(lambda: published(site, "Slow", SLOW))
    document = calling("Slow", {"each": {"list": "{{ input.names }}"}}, wait=False)
    caller = await rows(lambda: published(site, "Caller", document))
    run = await over(await rows(lambda: started(caller, names=["a", "b", "c"])))
    children = await rows(lambda: list(Run.objects.filter(parent=run)))
    assert run.status == "succeeded"
    assert {str(child.pk) for child in children} == {it["run"] for it in run.outputs["got"]}
    assert len(children) == 3
    for child in children:
        await rows(partial(cancel_run, child))
        assert (await over(child)).status == "cancelled"


async def test_what_somebody_else_owns_is_as_unknown_as_what_is_not_there(
    site: Site, worker: Worker
) -> None:
    def make() -> Blueprint:
        eve = User.objects.create_user("eve")
        secret = create_blueprint(owner=eve, name="Secret", document=load(DOUBLE))
        publish(secret, eve)
        return secret

    secret = await rows(make)

    def run_draft(name: str) -> Run:
        return site.start(calling(name, inputs={"n": 1}))

    for name in ("Secret", str(secret.pk), "Nowhere"):
        run = await over(await rows(partial(run_draft, name)))
        assert run.error["code"] == "unknown_blueprint"
    assert not await rows(lambda: Run.objects.filter(blueprint=secret).exists())


async def test_who_may_edit_a_blueprint_is_not_let_into_the_others_of_its_owner(
    site: Site, worker: Worker
) -> None:
    eve = await rows(lambda: User.objects.create_user("eve"))
    double = await rows(lambda: published(site, "Double", DOUBLE))
    caller = await rows(lambda: published(site, "Caller", FAILING))
    await rows(lambda: share_with(caller, "eve", Right.EDIT))
    document = load(calling("Double", inputs={"n": 4}))

    async def ended_run(by: User) -> Run:
        return await over(await rows(lambda: start_run(caller, document, by=by)))

    assert (await ended_run(eve)).error["code"] == "unknown_blueprint"
    assert not await rows(lambda: Run.objects.filter(blueprint=double).exists())
    assert (await ended_run(site.owner)).status == "succeeded"
    # They may start what they may run themselves, and what the owner has published as called.
    share = await rows(lambda: share_with(double, "eve", Right.RUN))
    run = await ended_run(eve)
    assert (run.status, run.started_by_id, run.owner_id) == ("succeeded", eve.pk, site.owner.pk)
    child = await rows(lambda: Run.objects.get(parent=run))
    assert (child.started_by_id, child.owner_id) == (None, site.owner.pk)
    await rows(lambda: withdraw(share))
    assert (await ended_run(eve)).error["code"] == "unknown_blueprint"
    await rows(lambda: Blueprint.objects.filter(pk=caller.pk).update(draft=to_json(document)))
    await rows(lambda: publish(caller, site.owner))
    assert (await ended_run(eve)).status == "succeeded"
