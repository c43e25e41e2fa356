"""What is committed together: many runs by few statements, fenced ones left out, all or nothing."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from django.db import IntegrityError, connections

from runner.engine import Fenced
from runner.journal.committer import Committer
from runner.journal.run_journal import RunJournal
from runner.journal.sqlite import MOST_CHUNKS, MOST_RUNS, MOST_WIDE
from runner.journal.tables import Values, tables
from runner.journal.window import RunWrite
from runner.models import JournalChunk, Run, time_ordered_id
from tests.running.conftest import Site, rows
from tests.running.writes import event, journal, new_run


@pytest.mark.parametrize("bad", [False, True], ids=["all sound", "one cannot be written"])
async def test_a_window_of_more_runs_than_a_statement_takes_is_still_one_commit(
    site: Site, committer: Committer, bad: bool
) -> None:
    run = await rows(site.start)
    given = [new_run(site, run) for _ in range(2 * MOST_RUNS + 3)]
    if bad:
        given[MOST_RUNS + 1] = new_run(site, run, blueprint=time_ordered_id())
    taken = await rows(site.start)
    await rows(lambda: Run.objects.filter(pk=taken.pk).update(epoch=1))
    journals = [
        RunJournal(committer, run=new.id, blueprint=new.blueprint, epoch=1, worker="w", new=new)
        for new in given
    ]
    for each in journals:
        each.append(event(1, "run.queued", None))
    fenced = journal(committer, taken)
    fenced.append(event(2))
    outcomes = await asyncio.gather(
        *(each.durable() for each in journals), fenced.durable(), return_exceptions=True
    )
    assert isinstance(outcomes.pop(), Fenced)
    refused = {place for place, outcome in enumerate(outcomes) if outcome is not None}
    assert refused == ({MOST_RUNS + 1} if bad else set())
    assert committer.commits == (len(given) if bad else 1)
    ids = [new.id for new in given]
    assert await rows(Run.objects.filter(pk__in=ids).count) == len(given) - bad
    assert await rows(JournalChunk.objects.filter(run_id__in=ids).count) == len(given) - bad


@pytest.mark.parametrize("ends", [False, True], ids=["none ends", "some end"])
@pytest.mark.parametrize("count", [3, 20, MOST_CHUNKS + 3])
async def test_a_window_of_runs_that_are_there_leaves_out_those_that_are_fenced(
    site: Site, count: int, ends: bool
) -> None:
    like = await rows(site.start)
    values = Values(connections["default"].vendor)

    def run(epoch: int) -> Run:
        return Run(
            blueprint_id=like.blueprint_id, drawing_id=like.drawing_id, owner=site.owner,
            trigger="api", created=like.created, epoch=epoch, status="running",
        )  # fmt: skip

    def commit() -> set[int]:
        JournalChunk.objects.all().delete()
        taken = count // 2
        runs = [run(2 if place == taken else 1) for place in range(count)]
        Run.objects.bulk_create(runs)
        writes = []
        for place, it in enumerate(runs):
            events = [event(1), event(2)]
            if ends and place % 2 == 0:
                events.append(event(3, "run.succeeded", None, outputs={}))
            writes.append(RunWrite(it.pk, it.blueprint_id, 1, "w", events).rows(values))
        fenced = tables(connections["default"]).commit(writes)
        runs.pop(taken)
        chunks = dict(JournalChunk.objects.values_list("run_id", "last_seq"))
        last = [3 if ends and place % 2 == 0 else 2 for place in range(count) if place != taken]
        assert [chunks[it.pk] for it in runs] == last
        # The row is told how far its journal goes only when something else of it changes.
        noted = dict(Run.objects.values_list("pk", "noted_seq"))
        assert [noted[it.pk] for it in runs] == [3 if seq == 3 else 0 for seq in last]
        now = Run.objects.in_bulk([it.pk for it in runs])
        assert [now[it.pk].last_seq for it in runs] == last
        status = dict(Run.objects.values_list("pk", "status"))
        assert [status[it.pk] for it in runs] == [
            "succeeded" if seq == 3 else "running" for seq in last
        ]
        return fenced

    assert await rows(commit) == {count // 2}


async def test_a_commit_that_fails_in_its_middle_leaves_nothing(site: Site) -> None:
    run = await rows(site.start)
    values = Values(connections["default"].vendor)
    sound, homeless = new_run(site, run), new_run(site, run, blueprint=time_ordered_id())
    writes = [
        RunWrite(new.id, new.blueprint, 1, "w", [event(1, "run.queued", None)], new).rows(values)
        for new in (sound, homeless)
    ]

    def commit(many: int) -> None:
        connection = connections["default"]
        with pytest.raises(IntegrityError), connection.wrap_database_errors:
            tables(connection).commit(writes[:1] * many + writes)
        connection.close()

    # Twice the same run breaks its key at once; the unknown blueprint is found by the commit.
    for many in (0, MOST_WIDE, MOST_RUNS):
        await rows(partial(commit, many))
        assert not await rows(Run.objects.filter(pk=sound.id).exists)
        assert not await rows(JournalChunk.objects.filter(run_id=sound.id).exists)
