"""What a blueprint limits of its runs, by keys and in all, and rates that nodes share."""

from __future__ import annotations

import asyncio

import pytest
from django.db import transaction
from django.db.models import Max, Min

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.actions import cancel_run
from runner.actions.writing import together
from runner.calls.settling import settle
from runner.graph import load
from runner.models import Bucket, Run
from runner.queue import Worker, buckets, claim
from runner.queue.places import KeyInvalid
from tests.running.conftest import PURE, Site, chain, ended, rows, until
from tests.running.queued import claimed, end, ended_at, published, start


def test_runs_with_the_same_key_go_one_after_the_other_and_others_beside(site: Site) -> None:
    blueprint = published(site, key="{{ input.customer }}", per_key=1)
    first, second = start(blueprint, customer="ada"), start(blueprint, customer="ada")
    other = start(blueprint, customer="bea")
    assert claimed() == [first.pk, other.pk]
    # Parked it keeps its slot.
    Run.objects.filter(pk=first.pk).update(status="waiting", worker="")
    end(other)
    assert claimed() == []
    end(first)
    assert claimed() == [second.pk]


def test_a_blueprint_has_no_more_runs_under_way_than_it_may_whatever_their_keys(site: Site) -> None:
    blueprint = published(site, concurrency=2, key="{{ input.n % 2 }}", per_key=1)
    runs = [start(blueprint, n=n) for n in (0, 2, 4, 1, 3)]
    assert claimed() == [runs[0].pk, runs[3].pk]
    end(runs[3])
    # The slot that is free now is one of all, but only the odd may have it.
    assert claimed() == [runs[4].pk]
    end(runs[0])
    assert claimed() == [runs[1].pk]


def test_runs_that_are_accepted_together_see_one_another(site: Site) -> None:
    free, limited = published(site), published(site, concurrency=1)
    with transaction.atomic(), together():
        runs = [start(free), start(limited), start(limited), start(free)]
        # Where others have a say in a run, all that came before it is there.
        assert Run.objects.count() == 3
    assert set(claimed()) == {runs[0].pk, runs[1].pk, runs[3].pk}
    end(runs[1])
    assert claimed() == [runs[2].pk]


def test_a_limit_that_is_raised_holds_for_what_waits(site: Site) -> None:
    blueprint = published(site, concurrency=1)
    runs = [start(blueprint) for _ in range(3)]
    assert claimed() == [runs[0].pk]
    draft = {**PURE, "settings": {"queue": {"concurrency": 3}}}
    Blueprint.objects.filter(pk=blueprint.pk).update(draft=draft)
    publish(Blueprint.objects.get(pk=blueprint.pk), site.owner)
    assert claimed() == [runs[1].pk, runs[2].pk]


def test_a_run_that_is_cancelled_while_it_waits_or_before_it_begins_leaves_its_slot(
    site: Site,
) -> None:
    blueprint = published(site, concurrency=1)
    runs = [start(blueprint) for _ in range(3)]
    cancel_run(runs[1])
    cancel_run(runs[0])
    settle()
    assert claimed() == [runs[2].pk]


def test_a_start_without_its_key_is_refused_and_changes_nothing(site: Site) -> None:
    blueprint = published(site, key="{{ input.customer.id }}", per_key=1)
    with pytest.raises(KeyInvalid, match=r"input\.customer\.id"):
        start(blueprint, customer=None)
    assert Run.objects.count() == 0


def test_a_newer_run_of_the_key_takes_the_place_of_the_one_under_way(site: Site) -> None:
    blueprint = published(site, key="{{ input.branch }}", per_key=1, when_full="cancel_running")
    old, other = start(blueprint, branch="main"), start(blueprint, branch="dev")
    assert len(claimed()) == 2
    between, new = start(blueprint, branch="main"), start(blueprint, branch="main")
    assert Run.objects.get(pk=old.pk).cancel_requested
    assert Run.objects.get(pk=between.pk).status == "cancelled"
    assert not Run.objects.get(pk=other.pk).cancel_requested
    end(old, "cancelled")
    assert claimed() == [new.pk]


async def test_a_limited_blueprint_that_calls_itself_does_not_wait_for_itself(
    site: Site, worker: Worker
) -> None:
    document = {
        "format": "conductor/1",
        "name": "Countdown",
        "inputs": {"n": {"type": "integer"}},
        "settings": {"queue": {"concurrency": 1}},
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "more": {"kind": "flow.if", "parameters": {"condition": "{{ run.inputs.n > 0 }}"}},
            "call": {
                "kind": "blueprint.call",
                "parameters": {
                    "blueprint": "Countdown",
                    "inputs": {"n": "{{ run.inputs.n - 1 }}"},
                    "recursive": True,
                },
            },
        },
        "edges": ["start.out -> more.in", "more.true -> call.in"],
    }

    def begin() -> Run:
        blueprint = create_blueprint(owner=site.owner, name="Countdown", document=load(document))
        publish(blueprint, site.owner)
        return start(Blueprint.objects.select_related("published").get(pk=blueprint.pk), n=2)

    run = await rows(begin)
    done = await until(ended(run))
    assert done.status == "succeeded"
    assert await rows(lambda: Run.objects.count()) == 3


async def test_a_worker_that_is_killed_leaks_no_slot(site: Site) -> None:
    """Its run keeps the slot until another worker has ended it; then the next begins."""
    blueprint = await rows(lambda: published(site, concurrency=1))
    first = await rows(lambda: start(blueprint))
    second = await rows(lambda: start(blueprint))
    assert await rows(lambda: claimed(name="killed")) == [first.pk]
    await rows(lambda: claim.sign_off("killed"))
    worker = Worker()
    running = asyncio.create_task(worker.run())
    await until(ended(second))
    await worker.stop()
    await running
    assert await rows(lambda: Run.objects.get(pk=second.pk, started__gte=ended_at(first)))


def test_a_bucket_gives_its_burst_and_then_one_after_the_other(site: Site) -> None:
    delays = [buckets.reserve("b", 2.0, 3) for _ in range(5)]
    assert delays[:3] == [0, 0, 0]
    assert 0.3 < delays[3] <= 0.5
    assert 0.8 < delays[4] <= 1.0


async def test_nodes_that_share_a_rate_keep_it_together_in_all_runs(
    site: Site, worker: Worker
) -> None:
    document = chain("data.set", "data.set", fields={"x": 1})
    for name in ("n0", "n1"):
        document["nodes"][name]["settings"] = {"rate": {"per_second": 20, "shared": "shop"}}
    runs = [await rows(lambda: site.start(document)) for _ in range(3)]
    for run in runs:
        assert (await until(ended(run))).status == "succeeded"
    bucket = await rows(lambda: Bucket.objects.get())
    assert bucket.key == f"owner:{site.owner.pk}:shop"
    took = await rows(lambda: Run.objects.aggregate(took=Max("finished") - Min("started"))["took"])
    assert took.total_seconds() > 5 / 20 * 0.9
