"""Queues: turns that age, shares, limits that many workers keep together, and what a pause does."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.actions import cancel_run, dead, start_run
from runner.actions.accept import OUTSIDE, Wishes
from runner.actions.summary import run_summary
from runner.actions.writing import together
from runner.calls.settling import settle, settle_run
from runner.calls.starting import start_child
from runner.engine.blueprints import Call
from runner.graph import load
from runner.graph.queueing import STEP
from runner.models import Bucket, JournalChunk, Queue, Run, RunKey
from runner.models import Worker as Worker_
from runner.queue import Worker, buckets, claim
from runner.queue import queues as known_queues
from runner.queue.depth import depths
from runner.queue.figures import figures
from runner.queue.labels import unserved
from runner.queue.places import KeyInvalid
from runner.queue.upkeep import forget_keys
from tests.running.conftest import PURE, Site, chain, ended, rows, until


def published(site: Site, document: dict[str, Any] = PURE, **queue: Any) -> Blueprint:
    """A published blueprint whose runs queue like this."""
    drawn = load({**document, "settings": {"queue": queue}})
    blueprint = create_blueprint(owner=site.owner, name="Queued", document=drawn)
    publish(blueprint, site.owner)
    return Blueprint.objects.select_related("published__drawing").get(pk=blueprint.pk)


def start(blueprint: Blueprint, wishes: Wishes = OUTSIDE, **inputs: Any) -> Run:
    assert blueprint.published is not None
    return start_run(
        blueprint=blueprint,
        drawing=blueprint.published.drawing,
        version=blueprint.published,
        inputs=inputs,
        trigger="api",
        by=None,
        wishes=wishes,
    )


def claimed(most: int = 50, name: str = "w") -> list[Any]:
    claim.beat(name)
    return [run.id for run in claim.claim(name, most)]


def end(run: Any, status: str = "succeeded") -> None:
    """End a run as a worker's commit does, and draw the consequences."""
    key = getattr(run, "pk", run)
    Run.objects.filter(pk=key).update(
        status=status, finished=timezone.now(), unsettled=True, worker=""
    )
    settle_run(key)


def ended_at(run: Run) -> datetime:
    finished = Run.objects.get(pk=run.pk).finished
    assert finished is not None
    return finished


def starts(blueprint: Blueprint, number: int, **inputs: Any) -> list[Run]:
    """What so many starts at once lead to, each with its number as `n`."""

    async def race() -> list[Run]:
        one = partial(start, blueprint, **inputs)
        return await asyncio.gather(*(rows(partial(one, n=n)) for n in range(number)))

    return asyncio.run(race())


# --- turns and shares ---------------------------------------------------------------


def test_the_more_urgent_run_goes_first_but_what_has_waited_long_enough_goes_before_it(
    site: Site,
) -> None:
    slow = published(site)
    low = start(slow, Wishes(outside=True, priority=-10))
    usual = start(slow)
    high = start(slow, Wishes(outside=True, priority=10))
    assert claimed(3) == [high.pk, usual.pk, low.pk]
    # However many urgent ones come: what was there 20 steps earlier has had its turn.
    low = start(slow, Wishes(outside=True, priority=-10))
    waited = timedelta(seconds=20 * STEP + 1)
    Run.objects.filter(pk=low.pk).update(turn=low.turn - waited)
    urgent = [start(slow, Wishes(outside=True, priority=10)) for _ in range(3)]
    assert claimed(4) == [low.pk, *(run.pk for run in urgent)]


def test_a_priority_of_the_queue_is_added_to_that_of_its_runs(site: Site) -> None:
    Queue.objects.create(name="urgent", priority=5)
    plain, urgent = published(site), published(site, name="urgent", priority=2)
    first, second = start(plain), start(urgent)
    assert (second.queue, second.priority) == ("urgent", 7)
    assert claimed(2) == [second.pk, first.pk]


def test_owners_share_the_workers_however_much_one_of_them_has(site: Site) -> None:
    mine = published(site)
    flood = [start(mine) for _ in range(8)]
    site.owner = User.objects.create_user("bea")
    few = [start(published(site)) for _ in range(2)]
    got = claimed(4)
    assert sum(key in {run.pk for run in few} for key in got) == 2
    # Who has more under way comes after who has less, until both have as much.
    assert got[:2] == [flood[0].pk, few[0].pk]


# --- what a queue limits ---------------------------------------------------------------


def test_several_workers_keep_the_limit_of_a_queue_together(site: Site) -> None:
    Queue.objects.create(name="narrow", concurrency=3)
    narrow = published(site, name="narrow")
    for _ in range(10):
        start(narrow)

    async def race() -> list[list[Any]]:
        return await asyncio.gather(*(rows(partial(claimed, 10, f"w{n}")) for n in range(4)))

    taken = [key for found in asyncio.run(race()) for key in found]
    assert len(taken) == 3
    assert claimed() == []
    end(taken[0])
    assert len(claimed()) == 1


def test_a_paused_queue_begins_nothing_and_others_go_on(site: Site) -> None:
    bulk = Queue.objects.create(name="bulk", paused=True)
    held_up, other = start(published(site, name="bulk")), start(published(site))
    assert claimed() == [other.pk]
    bulk.paused = False
    bulk.save()
    assert claimed() == [held_up.pk]


def test_a_drained_queue_takes_nothing_new_and_works_off_what_waits(site: Site) -> None:
    queue = Queue.objects.create(name="old")
    blueprint = published(site, name="old")
    waiting = start(blueprint)
    queue.draining = True
    queue.save()
    with pytest.raises(known_queues.QueueDraining, match="'old' is being drained"):
        start(blueprint)
    assert claimed() == [waiting.pk]


def test_a_rate_lets_a_burst_begin_and_says_when_the_next_may(site: Site) -> None:
    Queue.objects.create(name="slow", rate=0.5, burst=2)
    slow = published(site, name="slow")
    for _ in range(4):
        start(slow)
    claim.beat("w")
    found = claim.claim("w", 10)
    assert len(found) == 2
    assert found.again is not None
    assert 0 < found.again <= 2
    assert claimed() == []


async def test_a_worker_keeps_a_rate_without_waiting_for_its_next_look(site: Site) -> None:
    await rows(lambda: Queue.objects.create(name="steady", rate=20))
    steady = await rows(lambda: published(site, name="steady"))
    runs = [await rows(lambda: start(steady)) for _ in range(10)]
    worker = Worker()
    running = asyncio.create_task(worker.run())
    await until(ended(runs[-1]))
    await worker.stop()
    await running
    spread = await rows(
        lambda: Run.objects.aggregate(spread=Max("started") - Min("started"))["spread"]
    )
    assert 0.4 < spread.total_seconds() < 4


def test_the_site_executes_no_more_at_once_than_it_may(site: Site, settings: Any) -> None:
    settings.CONDUCTOR_SITE_RUNS = 2
    for _ in range(4):
        start(published(site))
    assert len(claimed()) == 2
    assert claimed(name="other") == []


@pytest.mark.parametrize(
    ("when_full", "ends"),
    [
        ("drop_newest", ["running", "queued", "cancelled"]),
        ("drop_oldest", ["running", "cancelled", "queued"]),
        ("cancel_running", ["asked", "cancelled", "queued"]),
    ],
)
def test_a_full_queue_drops_what_it_was_told_to(
    site: Site, when_full: str, ends: list[str]
) -> None:
    Queue.objects.create(name="q", concurrency=1, when_full=when_full, most_waiting=1)
    blueprint = published(site, name="q")
    runs = [start(blueprint)]
    assert claimed() == [runs[0].pk]
    runs += [start(blueprint), start(blueprint)]
    found = [Run.objects.get(pk=run.pk) for run in runs]
    assert [
        "asked" if it.cancel_requested and not it.finished else it.status for it in found
    ] == ends
    dropped = next((it for it in found if it.finished), None)
    assert dropped is not None
    assert "is full" in dropped.cancel_reason


def test_what_was_put_off_is_judged_when_its_moment_comes(site: Site) -> None:
    blueprint = published(site, concurrency=1, when_full="drop_newest")
    due = timezone.now() + timedelta(hours=1)
    later = [start(blueprint, Wishes(outside=True, due=due)) for _ in range(2)]
    again = start(blueprint, Wishes(due=due, attempt=2))
    Run.objects.update(wake_at=timezone.now())
    assert claimed() == [later[0].pk]
    dropped = Run.objects.get(pk=later[1].pk)
    assert dropped.status == "cancelled"
    assert dropped.cancel_reason == "dropped: the blueprint has as many runs as it may"
    # What was promised before comes in any case.
    end(later[0])
    assert claimed() == [again.pk]


# --- what a blueprint limits -----------------------------------------------------------


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


# --- starts that are put off, the same, or gathered -------------------------------------


def test_a_run_begins_when_it_is_due_and_not_before(site: Site) -> None:
    blueprint = published(site)
    later = start(blueprint, Wishes(outside=True, due=timezone.now() + timedelta(hours=1)))
    now = start(blueprint)
    assert claimed() == [now.pk]
    Run.objects.filter(pk=later.pk).update(wake_at=timezone.now())
    assert claimed() == [later.pk]


def test_the_same_start_leads_to_the_first_run_while_that_goes_on(site: Site) -> None:
    blueprint = published(site, unique="{{ input.order }}")
    first = start(blueprint, order=17)
    assert start(blueprint, order=17).pk == first.pk
    assert start(blueprint, order=18).pk != first.pk
    end(first)
    assert start(blueprint, order=17).pk != first.pk


def test_the_same_start_leads_to_the_first_run_for_as_long_as_was_said(site: Site) -> None:
    blueprint = published(site, unique="{{ input.order }}", unique_for=3600)
    first = start(blueprint, order=17)
    end(first)
    assert start(blueprint, order=17).pk == first.pk
    RunKey.objects.update(until=timezone.now())
    assert start(blueprint, order=17).pk != first.pk


def test_starts_that_race_with_one_key_make_one_run(site: Site) -> None:
    blueprint = published(site, unique="{{ input.order }}")

    assert len({run.pk for run in starts(blueprint, 6, order=1)}) == 1
    assert Run.objects.count() == 1


def test_of_starts_that_follow_each_other_only_the_last_counts(site: Site) -> None:
    debounce = {"seconds": 60, "at_most": 90, "key": "{{ input.page }}"}
    blueprint = published(site, debounce=debounce)
    first = start(blueprint, page="a", text=1)
    again = start(blueprint, page="a", text=2)
    assert again.pk == first.pk
    assert start(blueprint, page="b", text=3).pk != first.pk
    assert claimed() == []
    row = Run.objects.get(pk=first.pk)
    assert row.inputs == {"page": "a", "text": 2}
    assert row.wake_at is not None
    # Never later than was said, however many come.
    for _ in range(3):
        Run.objects.filter(pk=first.pk).update(created=timezone.now() - timedelta(seconds=50))
        start(blueprint, page="a", text=4)
    left = Run.objects.get(pk=first.pk).wake_at
    assert left is not None
    assert (left - timezone.now()).total_seconds() < 41
    Run.objects.filter(pk=first.pk).update(wake_at=timezone.now())
    assert claimed() == [first.pk]
    (chunk,) = JournalChunk.objects.filter(run=first)
    assert '"text":4' in chunk.events
    assert start(blueprint, page="a", text=5).pk != first.pk


async def test_a_batch_begins_when_it_is_full_and_has_all_events(
    site: Site, worker: Worker
) -> None:
    document = chain("data.set", fields={"n": "{{ len(input.events) }}"})
    blueprint = await rows(lambda: published(site, document, batch={"most": 3, "seconds": 600}))
    runs = [await rows(partial(start, blueprint, n=n)) for n in range(4)]
    assert len({run.pk for run in runs[:3]}) == 1
    assert runs[3].pk != runs[0].pk
    done = await until(ended(runs[0]))
    assert done.status == "succeeded"
    assert done.outputs["got"]["n"] == 3
    # The fourth waits for others; cancelled, its journal is whole all the same.
    cancelled = await rows(lambda: cancel_run(runs[3]))
    assert (cancelled.status, cancelled.last_seq) == ("cancelled", 2)


def test_of_many_starts_in_batches_none_is_lost(site: Site) -> None:
    blueprint = published(site, batch={"most": 5, "seconds": 600})

    starts(blueprint, 17)
    found = Counter(event["n"] for run in Run.objects.all() for event in run.inputs["events"])
    assert found == Counter(range(17))
    assert sorted(len(run.inputs["events"]) for run in Run.objects.all()) == [2, 5, 5, 5]


# --- runs that fail -----------------------------------------------------------------


FAILING = chain("data.set", fields={"x": "{{ nodes['nowhere'] }}"})


async def test_a_run_that_fails_is_begun_again_and_at_last_a_dead_letter(
    site: Site, worker: Worker
) -> None:
    retry = {"attempts": 2, "delay": 0.01, "backoff": "fixed"}
    blueprint = await rows(lambda: published(site, FAILING, retry=retry))
    first = await rows(lambda: start(blueprint))
    again = await until(lambda: Run.objects.filter(rerun_of=first, dead=True).first())
    assert (again.attempt, again.trigger, again.rerun_from) == (2, "retry", "failed")
    assert not (await rows(lambda: Run.objects.get(pk=first.pk))).dead
    assert await rows(lambda: Run.objects.count()) == 2


async def test_a_start_with_the_key_of_a_run_that_is_begun_again_leads_to_the_new_one(
    site: Site, worker: Worker
) -> None:
    retry = {"attempts": 2, "delay": 3600, "backoff": "fixed"}
    blueprint = await rows(lambda: published(site, FAILING, retry=retry, unique="{{ input.n }}"))
    first = await rows(lambda: start(blueprint, n=1))
    again = await until(lambda: Run.objects.filter(rerun_of=first).first())
    assert (await rows(lambda: start(blueprint, n=1))).pk == again.pk


async def test_dead_letters_are_replayed_or_dismissed_once(site: Site, worker: Worker) -> None:
    blueprint = await rows(lambda: published(site, FAILING))
    runs = [await rows(lambda: start(blueprint)) for _ in range(2)]
    await until(lambda: Run.objects.filter(dead=True).count() == 2 or None)

    def deal() -> tuple[dead.Replayed, dead.Replayed, int]:
        one, other = (Run.objects.select_related("blueprint").get(pk=run.pk) for run in runs)
        done = dead.replay([one], "start", trigger="api", by=site.owner)
        late = dead.replay([Run.objects.get(pk=one.pk)], "start", trigger="api", by=site.owner)
        return done, late, dead.dismiss([one, other])

    done, late, dismissed = await rows(deal)
    assert list(done.runs) == [runs[0].pk]
    assert "no dead letter" in late.refused[runs[0].pk]
    assert dismissed == 1
    replayed = await until(lambda: Run.objects.filter(dead=True).first())
    assert replayed.pk == done.runs[runs[0].pk]


# --- rates of nodes -----------------------------------------------------------------


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


# --- how the queues are ---------------------------------------------------------------


def test_the_figures_say_who_waits_for_what_and_how_long(site: Site) -> None:
    Queue.objects.create(name="bulk", priority=-5)
    blueprint = published(site, name="bulk", concurrency=2)
    runs = [start(blueprint) for _ in range(3)]
    start(blueprint, Wishes(outside=True, due=timezone.now() + timedelta(hours=1)))
    Run.objects.filter(pk=runs[1].pk).update(turn=runs[1].turn - timedelta(seconds=100))
    Run.objects.filter(pk=runs[0].pk).update(
        status="running", started=runs[0].created + timedelta(seconds=3)
    )
    bulk, default = figures()
    assert (bulk.name, bulk.waiting, bulk.held, bulk.put_off, bulk.running) == ("bulk", 1, 1, 1, 1)
    assert bulk.oldest is not None
    assert 100 <= bulk.oldest < 110
    assert bulk.waited_p50 == bulk.waited_p95 == pytest.approx(3)
    assert (default.name, default.waiting, default.oldest) == ("default", 0, None)


def test_keys_of_what_is_over_are_forgotten(site: Site) -> None:
    blueprint = published(site, unique="{{ input.n }}")
    over, _ = start(blueprint, n=1), start(blueprint, n=2)
    end(over)
    assert forget_keys() == 1
    assert [key.key for key in RunKey.objects.all()] == ["2"]


# --- labels ---------------------------------------------------------------------------


def test_only_a_worker_with_all_labels_takes_a_run_and_one_that_nobody_may_take_says_so(
    site: Site,
) -> None:
    drawn = {**PURE, "settings": {"labels": ["gpu"]}, "nodes": {**PURE["nodes"]}}
    drawn["nodes"]["n0"] = {**drawn["nodes"]["n0"], "settings": {"labels": ["eu"]}}
    asks, plain = site.start(drawn), site.start()
    assert asks.labels == "eu,gpu"
    told = run_summary(asks)
    assert told["labels"] == ["eu", "gpu"]
    assert "--labels eu,gpu" in told["lacking"]
    assert unserved() == {"eu,gpu": 1}
    assert [(it.waiting, it.free) for it in depths(served=True)] == [(1, True)]
    claim.sign_on("half", embedded=False, labels={"gpu"})
    assert [it.id for it in claim.claim("half", 5, labels={"gpu"})] == [plain.pk]
    claim.sign_on("whole", embedded=False, labels={"gpu", "eu", "ssd"})
    assert (run_summary(asks)["lacking"], unserved()) == ("", {})
    assert [it.id for it in claim.claim("whole", 5, labels={"gpu", "eu", "ssd"})] == [asks.pk]
    # What has begun, and what was parked, is left to such workers as well.
    Worker_.objects.filter(name="whole").delete()
    assert claim.claim("half", 5, labels={"gpu"}) == []
    Run.objects.filter(pk=asks.pk).update(status="waiting", worker="", wake_at=timezone.now())
    assert claim.claim("half", 5, labels={"gpu"}) == []
    assert [it.id for it in claim.claim("other", 5, labels={"gpu", "eu"})] == [asks.pk]


def test_the_labels_of_a_call_are_asked_for_by_the_run_that_it_starts(site: Site) -> None:
    called = published(site)
    node = {"kind": "blueprint.call", "parameters": {"blueprint": str(called.pk)}}
    drawn = {
        **chain("data.set"),
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {**node, "settings": {"labels": ["gpu"]}},
            "off": {"kind": "data.set", "settings": {"labels": ["ssd"], "disabled": True}},
        },
        "edges": ["start.out -> ask.in"],
    }
    caller = site.start(drawn)
    assert caller.labels == ""
    child = start_child(caller.pk, "ask", "ask", 1, Call(str(called.pk), {}))
    assert Run.objects.get(pk=child.run).labels == "gpu"
