"""Group commit: many runs in one transaction, fenced, and patient with the database."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, OperationalError, connections

from runner.engine import Fenced
from runner.journal import committer as committing
from runner.journal.announcements import Committed, listen, unlisten
from runner.journal.committer import Committer, NotWritten
from runner.journal.postgresql import PostgreSQLTables
from runner.journal.reader import read_events
from runner.journal.run_journal import RunJournal
from runner.journal.sqlite import SQLiteTables
from runner.models import JournalChunk, Run, time_ordered_id
from tests.patience import PATIENCE
from tests.running.conftest import Site, rows
from tests.running.writes import event, journal, new_run


@contextmanager
def locked_database(table: str = "runner_run") -> Iterator[threading.Event]:
    """Another program holds the database; set the event to have it let go."""
    let_go, held = threading.Event(), threading.Event()

    def hold() -> None:
        connection = connections["default"]
        connection.ensure_connection()
        raw = connection.connection
        if connection.vendor == "sqlite":
            raw.execute("BEGIN IMMEDIATE")
        else:
            raw.execute("BEGIN")
            raw.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        held.set()
        let_go.wait(30)
        raw.execute("ROLLBACK")
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(10)
    try:
        yield let_go
    finally:
        let_go.set()
        thread.join()


async def test_what_gathers_during_one_commit_is_written_by_the_next(
    site: Site, committer: Committer
) -> None:
    runs = [await rows(site.start) for _ in range(20)]
    journals = [journal(committer, run) for run in runs]
    with locked_database() as let_go:
        journals[0].append(event(2))
        await asyncio.sleep(0.1)  # its commit is under way, and held up
        for each in journals[1:]:
            each.append(event(2))
            each.append(event(3))
        await asyncio.sleep(0.05)
        assert committer.commits == 0
        let_go.set()
        await asyncio.gather(*(each.durable() for each in journals))
    assert committer.commits == 2
    for run in runs[1:]:
        assert [e["seq"] for e in await rows(partial(read_events, run.pk))] == [1, 2, 3]


async def test_a_quick_database_is_written_in_the_loop_and_what_must_wait_by_the_thread(
    site: Site, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await rows(site.start)
    writing = journal(committer, run)
    writing.append(event(2))
    await writing.durable()  # the thread's, as nobody knows yet how long it takes
    monkeypatch.setattr("runner.journal.committer._QUICK", 60.0)
    told: list[tuple[threading.Thread, int]] = []

    async def idle() -> None:
        while committer._sent != committer._worked:
            await asyncio.sleep(0.001)

    def heard(news: Sequence[Committed]) -> None:
        told.extend((threading.current_thread(), it.last_seq) for it in news)

    listen(heard)
    try:
        await idle()
        writing.append(event(3))
        await writing.durable()
        with locked_database() as let_go:
            writing.append(event(4))
            await asyncio.sleep(0)
            writing.append(event(5))
            await asyncio.sleep(0.05)  # were it to wait for the lock, this would never end
            let_go.set()
            await writing.durable()
        writing.append(event(6, text="x" * 300_000))
        await writing.durable()
        await idle()
        writing.append(event(7))
        await writing.durable()
    finally:
        unlisten(heard)
    here = connections["default"].vendor == "sqlite"
    by_loop = [seq for thread, seq in told if thread is threading.current_thread()]
    assert by_loop == ([3, 7] if here else [])
    assert [e["seq"] for e in await rows(partial(read_events, run.pk))] == [1, 2, 3, 4, 5, 6, 7]


async def test_the_row_of_a_run_changes_in_the_commit_of_its_events(
    site: Site, committer: Committer
) -> None:
    run = await rows(site.start)
    writing = journal(committer, run)
    writing.append(event(2, "run.started", None))
    await writing.durable()
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    assert (row.status, row.noted_seq, row.finished) == ("running", 2, None)
    assert row.started is not None
    assert row.started.timestamp() == 1_700_000_002.25
    writing.append(event(3, "run.succeeded", None, outputs={"got": [1, None, "ä"]}))
    await writing.durable()
    row = await rows(lambda: Run.objects.get(pk=run.pk))
    assert (row.status, row.outputs, row.error) == ("succeeded", {"got": [1, None, "ä"]}, None)
    assert row.finished is not None


async def test_a_journal_of_an_older_epoch_is_refused_and_the_others_of_its_commit_are_not(
    site: Site, committer: Committer
) -> None:
    taken, mine = [await rows(site.start) for _ in range(2)]
    await rows(lambda: Run.objects.filter(pk=taken.pk).update(epoch=1))
    old, own = journal(committer, taken), journal(committer, mine)
    with locked_database() as let_go:
        own.append(event(2))
        await asyncio.sleep(0.05)
        old.append(event(2, "run.succeeded", None, outputs={}))
        own.append(event(3))
        let_go.set()
        outcomes = await asyncio.gather(old.durable(), own.durable(), return_exceptions=True)
    assert isinstance(outcomes[0], Fenced)
    assert outcomes[1] is None
    assert old.fenced
    assert [e["seq"] for e in await rows(lambda: read_events(taken.pk))] == [1]
    assert [e["seq"] for e in await rows(lambda: read_events(mine.pk))] == [1, 2, 3]
    row = await rows(lambda: Run.objects.get(pk=taken.pk))
    assert (row.status, row.last_seq) == ("queued", 1)
    old.append(event(3))
    with pytest.raises(Fenced):
        await old.durable()


async def test_a_row_that_cannot_be_written_fails_alone(site: Site, committer: Committer) -> None:
    run = await rows(site.start)
    gone = new_run(site, run, blueprint=time_ordered_id())
    homeless = RunJournal(
        committer, run=gone.id, blueprint=gone.blueprint, epoch=1, worker="w", new=gone
    )
    sound = journal(committer, run)
    with locked_database() as let_go:
        sound.append(event(2))
        await asyncio.sleep(0.05)
        homeless.append(event(1, "run.queued", None))
        sound.append(event(3))
        let_go.set()
        outcomes = await asyncio.gather(homeless.durable(), sound.durable(), return_exceptions=True)
    assert isinstance(outcomes[0], IntegrityError)
    assert outcomes[1] is None
    assert await rows(lambda: Run.objects.filter(pk=gone.id).exists()) is False
    assert len(await rows(lambda: read_events(run.pk))) == 3


async def test_what_cannot_be_encoded_fails_alone_and_the_committer_goes_on(
    site: Site, committer: Committer
) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise RuntimeError("no words")

    runs = [await rows(site.start) for _ in range(2)]
    broken, sound = (journal(committer, run) for run in runs)
    broken.append(event(2, message=Unspeakable()))
    sound.append(event(2))
    outcomes = await asyncio.gather(broken.durable(), sound.durable(), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [RuntimeError, type(None)]
    sound.append(event(3))
    await asyncio.wait_for(sound.durable(), PATIENCE)
    assert len(await rows(lambda: read_events(runs[1].pk))) == 3
    assert committer.trouble == ""


async def test_nothing_is_lost_while_the_database_is_locked_for_seconds(
    site: Site, committer: Committer, caplog: pytest.LogCaptureFixture
) -> None:
    run = await rows(site.start)
    sqlite = connections["default"].vendor == "sqlite"
    writing = journal(committer, run)
    with locked_database() as let_go, caplog.at_level(logging.ERROR, "runner.journal.committer"):
        for seq in range(2, 50):
            writing.append(event(seq))
        durable = asyncio.create_task(writing.durable())
        await asyncio.sleep(2.5)
        assert not durable.done()
        let_go.set()
        await asyncio.wait_for(durable, PATIENCE)
    found = await rows(lambda: read_events(run.pk))
    assert [e["seq"] for e in found] == list(range(1, 50))
    said = [record.getMessage() for record in caplog.records]
    if sqlite:  # PostgreSQL waits for the lock by itself
        assert len(said) == 2, said
        assert "takes no writes" in said[0]
        assert "takes writes again" in said[1]


async def test_a_lock_that_another_process_has_briefly_is_no_trouble(
    site: Site,
    committer: Committer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Here brief is what this machine takes for it.
    monkeypatch.setattr(committing, "_BRIEF", PATIENCE)
    monkeypatch.setattr(committer, "_patience", 2 * PATIENCE)
    run = await rows(site.start)
    writing = journal(committer, run)
    with locked_database() as let_go, caplog.at_level(logging.ERROR, "runner.journal.committer"):
        writing.append(event(2))
        durable = asyncio.create_task(writing.durable())
        await asyncio.sleep(0.8)
        assert not durable.done()
        assert committer.trouble == ""
        let_go.set()
        await asyncio.wait_for(durable, PATIENCE)
    assert caplog.records == []


async def test_events_are_announced_after_their_commit_and_in_order(
    site: Site, committer: Committer
) -> None:
    run = await rows(site.start)
    heard: list[tuple[Committed, int]] = []

    def hear(news: Any) -> None:
        stored = JournalChunk.objects.filter(run_id=UUID(news[0].run)).count()
        heard.extend((item, stored) for item in news)

    listen(hear)
    try:
        writing = journal(committer, run)
        for seq in range(2, 6):
            writing.append(event(seq))
            await writing.durable()
    finally:
        await asyncio.to_thread(committer.close)
        unlisten(hear)
    assert [(item.first_seq, item.last_seq) for item, _ in heard] == [(n, n) for n in range(2, 6)]
    assert [stored for _, stored in heard] == [2, 3, 4, 5]


async def test_values_that_json_cannot_hold_are_stored_as_what_is_nearest(
    site: Site, committer: Committer
) -> None:
    run = await rows(site.start)
    writing = journal(committer, run)
    odd = {"nul": "a\0b", "half": "\ud800", "huge": 2**80, "nan": float("nan"), "set": {1}}
    writing.append(event(2, "run.succeeded", None, outputs=odd))
    await writing.durable()
    stored = (await rows(lambda: Run.objects.get(pk=run.pk))).outputs
    assert stored["nul"] == "a\ufffdb"
    assert stored["half"] == "?"
    assert stored["huge"] == pytest.approx(2.0**80)
    assert stored["nan"] is None
    assert stored["set"] == "{1}"
    # PostgreSQL's jsonb gives a whole number back as one, and so with the last digits it never had.
    told = (await rows(lambda: read_events(run.pk)))[1]["data"]["outputs"]
    assert told == {**stored, "huge": pytest.approx(2.0**80)}


@contextmanager
def lost_answer(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Carry out the next commit, and lose its answer with the connection."""
    lost: list[int] = []
    with monkeypatch.context() as patch:
        for kind in (SQLiteTables, PostgreSQLTables):
            patch.setattr(kind, "commit", _forgetful(kind.commit, lost))
        yield lost


def _forgetful(commit: Any, lost: list[int]) -> Any:
    def forgetful(self: Any, writes: Sequence[Any]) -> set[int]:
        fenced: set[int] = commit(self, writes)
        if not lost:
            lost.append(len(writes))
            self.unsure = True
            raise OperationalError("the connection is gone")
        return fenced

    return forgetful


async def test_a_commit_whose_answer_was_lost_is_not_taken_for_a_failure(
    site: Site, committer: Committer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await rows(site.start) for _ in range(2)]
    journals = [journal(committer, first), journal(committer, second)]
    with lost_answer(monkeypatch) as lost:
        for each in journals:
            each.append(event(2))
        await asyncio.gather(*(each.durable() for each in journals))
    assert lost == [2]
    journals[0].append(event(3))
    await journals[0].durable()
    assert [e["seq"] for e in await rows(lambda: read_events(first.pk))] == [1, 2, 3]
    assert [e["seq"] for e in await rows(lambda: read_events(second.pk))] == [1, 2]


async def test_a_new_run_is_refused_when_nothing_can_be_written_for_too_long(
    site: Site,
) -> None:
    run = await rows(site.start)
    committer = Committer(patience=0.3)
    try:
        new = new_run(site, run)
        asking = RunJournal(
            committer, run=new.id, blueprint=new.blueprint, epoch=1, worker="w", new=new
        )
        accepted = journal(committer, run)
        with locked_database() as let_go:
            accepted.append(event(2))
            asking.append(event(1, "run.queued", None))
            with pytest.raises(NotWritten):
                await asking.durable()
            asking.append(event(2, "run.started", None))
            let_go.set()
            await accepted.durable()
        with pytest.raises(NotWritten):
            await asking.durable()
    finally:
        await asyncio.to_thread(committer.close)
    assert not await rows(Run.objects.filter(pk=new.id).exists)
    assert [e["seq"] for e in await rows(lambda: read_events(run.pk))] == [1, 2]


async def test_a_run_whose_commit_may_have_been_carried_out_is_never_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await rows(site.start)
    committer = Committer(patience=0)
    try:
        new = new_run(site, run)
        asking = RunJournal(
            committer, run=new.id, blueprint=new.blueprint, epoch=1, worker="w", new=new
        )
        with lost_answer(monkeypatch) as lost:
            asking.append(event(1, "run.queued", None))
            await asking.durable()
        assert lost == [1]
    finally:
        await asyncio.to_thread(committer.close)
    assert [e["seq"] for e in await rows(lambda: read_events(new.id))] == [1]
