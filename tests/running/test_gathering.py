"""Starts that are put off, that lead to the same run, or that one run gathers."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

from django.utils import timezone

from runner.actions import cancel_run
from runner.actions.accept import Wishes
from runner.models import JournalChunk, Run, RunKey
from runner.queue import Worker
from runner.queue.upkeep import forget_keys
from tests.running.conftest import Site, chain, ended, rows, until
from tests.running.queued import claimed, end, published, start, starts


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


def test_keys_of_what_is_over_are_forgotten(site: Site) -> None:
    blueprint = published(site, unique="{{ input.n }}")
    over, _ = start(blueprint, n=1), start(blueprint, n=2)
    end(over)
    assert forget_keys() == 1
    assert [key.key for key in RunKey.objects.all()] == ["2"]
