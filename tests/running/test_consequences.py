"""What follows from the end of a run: error blueprints, and blueprints that start after others."""

from __future__ import annotations

import asyncio
import datetime
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from editor.actions import publish
from editor.models import Blueprint
from runner.actions import cancel_run
from runner.actions.summary import run_summary
from runner.calls.errors import error_run_id
from runner.calls.settling import settle, settle_run
from runner.journal.reader import read_events
from runner.models import JournalChunk, Run, WaitingStart
from runner.queue import Worker
from tests.running.conftest import PURE, Site, rows, until
from tests.running.queued import end
from tests.running.test_calls import (
    DOUBLE,
    FAILING,
    SLOW,
    calling,
    drawing,
    over,
    published,
    started,
)

HANDLER = drawing(
    {
        "error": {"kind": "trigger.error"},
        "out": {"kind": "flow.output", "parameters": {"name": "told"}},
    },
    "error.out -> out.in",
)


def with_error(document: dict[str, Any], name: str = "Handler", **settings: Any) -> dict[str, Any]:
    return {**document, "settings": {"error_blueprint": name, **settings}}


def handled(run: Run) -> Run | None:
    return Run.objects.filter(parent=run, trigger="error", finished__isnull=False).first()


async def test_a_failed_run_starts_the_error_blueprint_with_what_happened(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Handler", HANDLER))
    failing = await rows(lambda: published(site, "Failing", with_error(FAILING)))
    run = await over(await rows(lambda: started(failing)))
    handler = await until(lambda: handled(run))
    assert handler.pk == error_run_id(run.pk)
    told = handler.outputs["told"]
    assert told["run"] == str(run.pk)
    assert told["blueprint"] == {"id": str(failing.pk), "name": "Failing", "version": 1}
    assert (told["ended"], told["step"]) == ("failed", "stop")
    assert told["error"]["message"] == "no stock"
    assert told["inputs"] == f"/api/runs/{run.pk}/"
    assert told["link"].endswith(f"/runs/{run.pk}/")


async def test_a_run_of_the_draft_and_a_child_start_it_too(site: Site, worker: Worker) -> None:
    await rows(lambda: published(site, "Handler", HANDLER))
    draft = await over(await rows(lambda: site.start(with_error(FAILING))))
    assert await until(lambda: handled(draft))
    await rows(lambda: published(site, "Failing", with_error(FAILING)))
    caller = await rows(lambda: published(site, "Caller", calling("Failing")))
    run = await over(await rows(lambda: started(caller)))
    child = await rows(lambda: Run.objects.get(parent=run, trigger="blueprint"))
    assert await until(lambda: handled(child))


async def test_a_run_that_took_too_long_or_was_cancelled_or_crashed_starts_it_as_is_set(
    site: Site, worker: Worker
) -> None:
    await rows(lambda: published(site, "Handler", HANDLER))
    slow = await rows(lambda: published(site, "Slow", with_error(SLOW, timeout=0.2)))
    run = await over(await rows(lambda: started(slow)))
    handler = await until(lambda: handled(run))
    assert handler.outputs["told"]["ended"] == "timed_out"

    ways: dict[str, Any] = {"error_blueprint_for": ["cancelled"]}
    for settings, expected in (({}, None), (ways, "cancelled")):
        name = f"Cancelled {expected}"
        blueprint = await rows(partial(published, site, name, with_error(SLOW, **settings)))
        run = await rows(partial(started, blueprint))
        await rows(partial(cancel_run, run))
        await over(run)
        await until(Run.objects.filter(pk=run.pk, unsettled=False).exists)
        made = await rows(Run.objects.filter(parent=run).first)
        assert (made.inputs["ended"] if made else None) == expected


async def test_a_damaged_journal_starts_it(site: Site) -> None:
    def broken() -> Run:
        published(site, "Handler", HANDLER)
        run = started(published(site, "Broken", with_error(PURE)))
        JournalChunk.objects.filter(run=run).update(events="[{")
        return run

    run = await rows(broken)
    worker = Worker()
    running = asyncio.create_task(worker.run())
    handler = await until(lambda: handled(run))
    await worker.stop()
    await running
    assert handler.outputs["told"]["ended"] == "crashed"
    assert handler.outputs["told"]["error"]["code"] == "journal_damaged"


def test_a_worker_that_died_in_a_step_that_runs_at_most_once_is_a_crash(site: Site) -> None:
    published(site, "Handler", HANDLER)
    run = started(published(site, "Once", with_error(PURE, error_blueprint_for=["crashed"])))
    interrupted = {"code": "interrupted", "message": "Its worker stopped.", "step": "n1"}
    Run.objects.filter(pk=run.pk).update(error=interrupted)
    end(run, "failed")
    assert Run.objects.get(parent=run).inputs["ended"] == "crashed"


@pytest.mark.parametrize("cause", ["unknown", "draft", "no trigger"])
async def test_a_run_says_why_its_error_blueprint_could_not_start(
    site: Site, worker: Worker, cause: str
) -> None:
    def make() -> Run:
        published(site, "Handler", HANDLER)
        failing = published(site, "Failing", with_error(FAILING))
        handler = Blueprint.objects.get(name="Handler")
        # What was sound when it was published need not be so when it is wanted.
        if cause == "unknown":
            handler.delete()
        elif cause == "draft":
            Blueprint.objects.filter(pk=handler.pk).update(published=None)
        else:
            handler.draft = {**DOUBLE, "name": "Handler"}
            handler.save()
            publish(handler, site.owner)
        return started(failing)

    run = await over(await rows(make))
    why = await until(lambda: Run.objects.values_list("unhandled", flat=True).get(pk=run.pk))
    assert "Handler" in why
    shown = await rows(lambda: run_summary(Run.objects.get(pk=run.pk)))
    assert shown["unhandled"] == why
    words = {"unknown": "no blueprint", "draft": "never published", "no trigger": "trigger.error"}
    assert words[cause] in why
    assert await rows(lambda: Run.objects.filter(trigger="error").count()) == 0
    # Settled all the same: what else follows from its end is done once.
    await until(lambda: not Run.objects.filter(unsettled=True).exists())


async def test_the_failure_of_an_error_blueprint_starts_no_other(
    site: Site, worker: Worker
) -> None:
    def make() -> Blueprint:
        published(site, "Last", HANDLER)
        published(site, "Failing child", with_error(FAILING, "Last"))
        nodes = {
            "error": {"kind": "trigger.error"},
            "call": {"kind": "blueprint.call", "parameters": {"blueprint": "Failing child"}},
        }
        published(site, "Handler", with_error(drawing(nodes, "error.out -> call.in"), "Last"))
        return published(site, "Failing", with_error(FAILING))

    failing = await rows(make)
    run = await over(await rows(lambda: started(failing)))
    handler = await until(lambda: handled(run))
    assert handler.status == "failed"
    await until(lambda: not Run.objects.filter(unsettled=True).exists())
    triggers = await rows(lambda: sorted(Run.objects.values_list("trigger", flat=True)))
    assert triggers == ["blueprint", "error", "manual"]


# --- start after ----------------------------------------------------------


def after(*names: str, **parameters: Any) -> dict[str, Any]:
    nodes = {
        "after": {
            "kind": "trigger.blueprint",
            "parameters": {"blueprints": list(names), **parameters},
        },
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    return drawing(nodes, "after.out -> out.in")


def runs_of(blueprint: Blueprint) -> list[Run]:
    return list(Run.objects.filter(blueprint=blueprint).order_by("created"))


async def test_after_any_of_them_starts_a_run_for_each_end_that_counts(
    site: Site, worker: Worker
) -> None:
    one = await rows(lambda: published(site, "One", DOUBLE))
    two = await rows(lambda: published(site, "Two", FAILING))
    follower = await rows(lambda: published(site, "After", after("One", "Two", wants="any")))
    first = await over(await rows(lambda: started(one, n=4)))
    await over(await rows(lambda: started(two)))
    await until(lambda: not Run.objects.filter(unsettled=True).exists())
    (run,) = await rows(lambda: runs_of(follower))
    run = await over(run)
    assert run.trigger == "after"
    (told,) = run.outputs["got"]["runs"]
    assert told == {
        "run": str(first.pk),
        "blueprint": "One",
        "status": "succeeded",
        "outputs": {"double": {"n": 8}},
    }


async def test_after_all_of_them_starts_once_for_each_set_with_the_last_end_of_each(
    site: Site, worker: Worker
) -> None:
    one = await rows(lambda: published(site, "One", DOUBLE))
    two = await rows(lambda: published(site, "Two", DOUBLE))
    follower = await rows(lambda: published(site, "After", after("Two", "One")))
    for blueprint, n in ((one, 1), (one, 2), (two, 3), (two, 4)):
        await over(await rows(partial(started, blueprint, n=n)))
        await until(lambda: not Run.objects.filter(unsettled=True).exists())
    (run,) = await rows(lambda: runs_of(follower))
    doubled = [it["outputs"]["double"]["n"] for it in (await over(run)).outputs["got"]["runs"]]
    assert doubled == [6, 4]
    await over(await rows(lambda: started(one, n=5)))
    second = (await until(lambda: runs_of(follower)[1:]))[0]
    doubled = [it["outputs"]["double"]["n"] for it in (await over(second)).outputs["got"]["runs"]]
    assert doubled == [8, 10]


async def test_an_end_that_is_too_old_does_not_count(site: Site, worker: Worker) -> None:
    one = await rows(lambda: published(site, "One", DOUBLE))
    two = await rows(lambda: published(site, "Two", DOUBLE))
    follower = await rows(lambda: published(site, "After", after("One", "Two", window=60)))
    old = await over(await rows(lambda: started(one, n=1)))
    await until(lambda: WaitingStart.objects.exists())
    assert old.finished is not None
    long_ago = old.finished - datetime.timedelta(seconds=61)
    await rows(lambda: Run.objects.filter(pk=old.pk).update(finished=long_ago))
    await over(await rows(lambda: started(two, n=2)))
    await until(lambda: not Run.objects.filter(unsettled=True).exists())
    assert await rows(lambda: runs_of(follower)) == []
    await over(await rows(lambda: started(one, n=3)))
    (run,) = await until(lambda: runs_of(follower))
    assert [it["outputs"]["double"]["n"] for it in (await over(run)).outputs["got"]["runs"]] == [
        6,
        4,
    ]


async def test_a_run_of_a_draft_starts_nothing_after_it(site: Site, worker: Worker) -> None:
    await rows(lambda: setattr(site, "blueprint", published(site, "One", DOUBLE)))
    follower = await rows(lambda: published(site, "After", after("One")))
    await over(await rows(lambda: site.start(DOUBLE, n=1)))
    await until(lambda: not Run.objects.filter(unsettled=True).exists())
    assert await rows(lambda: runs_of(follower)) == []


async def test_consequences_are_drawn_once_though_they_are_cut_before_their_commit(
    site: Site,
) -> None:
    def make() -> Run:
        published(site, "Handler", HANDLER)
        run = started(published(site, "Failing", with_error(FAILING)))
        return cancel_run(run)

    run = await rows(make)
    assert (run.status, run.unsettled) == ("cancelled", True)
    ways = {"error_blueprint": "Handler", "error_blueprint_for": ["cancelled"]}

    def cut() -> tuple[int, bool]:
        drawing_ = run.drawing
        drawing_.document = {**drawing_.document, "settings": ways}
        drawing_.save()

        class Killed(Exception):
            pass

        def killed() -> None:
            with transaction.atomic():
                settle_run(run.pk)
                assert Run.objects.filter(parent=run).count() == 1
                raise Killed

        with pytest.raises(Killed):
            killed()
        return Run.objects.filter(parent=run).count(), Run.objects.get(pk=run.pk).unsettled

    assert await rows(cut) == (0, True)
    assert await rows(lambda: (settle(), settle())) == (False, False)
    (made,) = await rows(lambda: list(Run.objects.filter(parent=run)))
    assert made.pk == error_run_id(run.pk)
    assert (await rows(lambda: read_events(made.pk)))[0]["data"]["by"] == "error"
