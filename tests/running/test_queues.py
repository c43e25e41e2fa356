"""Queues: turns that age, shares, limits that many workers keep together, and what a pause does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Max, Min
from django.utils import timezone

from runner.actions.accept import Wishes
from runner.graph.queueing import STEP
from runner.models import Queue, Run
from runner.queue import Worker, claim
from runner.queue import queues as known_queues
from runner.queue.figures import figures
from tests.running.conftest import Site, ended, rows, until
from tests.running.queued import claimed, end, published, start

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
    assert dropped.error == {"code": "dropped", "message": dropped.cancel_reason}


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
    assert dropped.error == {"code": "dropped", "message": dropped.cancel_reason}
    # What was promised before comes in any case.
    end(later[0])
    assert claimed() == [again.pk]


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
