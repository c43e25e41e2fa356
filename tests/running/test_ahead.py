"""What many runs begin with is read at once when they are claimed."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from runner.journal.reader import read_history, read_whole
from runner.models import JournalChunk, Run
from runner.queue import Worker, claim
from runner.queue.ahead import claim_and_read
from runner.queue.signals import send
from tests.running.conftest import Site, rows, until


def test_it_takes_no_queries_for_each_run(site: Site, django_assert_max_num_queries: Any) -> None:
    runs = [site.start(number=number) for number in range(20)]
    send(runs[3].pk, "start", "key", {"for": "you"})
    claim.beat("w")
    with django_assert_max_num_queries(15):
        claims, ahead = claim_and_read("w", 30, (), ())
    assert {it.id for it in claims} == {run.pk for run in runs}
    for it in claims:
        found = read_whole(it.id, it.noted_seq, ahead[it.id].take())
        assert found == read_history(it.id)
        # A run that goes on for days does not keep it.
        assert ahead[it.id].chunks == []
    assert [(run, it.signals[0].value) for run, it in ahead.items() if it.signals] == [
        (runs[3].pk, {"for": "you"})
    ]


async def test_one_whose_journal_is_damaged_fails_and_the_others_go_on(site: Site) -> None:
    runs = [await rows(site.start) for _ in range(4)]
    damaged = runs[2].pk
    await rows(lambda: JournalChunk.objects.filter(run=damaged).update(events='["not it"]'))
    worker = Worker()
    running = asyncio.create_task(worker.run())

    def ended() -> dict[UUID, str]:
        over = Run.objects.filter(finished__isnull=False)
        return dict(over.values_list("pk", "status")) if over.count() == len(runs) else {}

    found = await until(ended)
    await worker.stop()
    await running
    assert found.pop(damaged) == "failed"
    assert set(found.values()) == {"succeeded"}
    row = await rows(lambda: Run.objects.get(pk=damaged))
    assert row.error["code"] == "journal_damaged"
