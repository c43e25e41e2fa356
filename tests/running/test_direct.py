"""The short way: a run executed where it arrives, in the commit that accepts it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import IntegrityError

from editor.actions import store_drawing
from runner.engine.events import Event
from runner.engine.parking import STAYS
from runner.graph import load
from runner.journal.committer import committer
from runner.journal.reader import read_events
from runner.journal.rows import NewRun
from runner.models import JournalChunk, Run, time_ordered_id
from runner.queue import Worker
from runner.queue.direct import accept
from tests.running.conftest import PURE, Site, chain, ended, rows, until


async def new_run(site: Site, document: dict[str, Any], **changed: Any) -> NewRun:
    drawing = await rows(lambda: store_drawing(load(document)))
    return NewRun(
        **{
            "blueprint": site.blueprint.pk,
            "drawing": drawing.pk,
            "version": None,
            "owner": site.owner.pk,
            "inputs": {"a": 1},
            "trigger": "webhook",
            "created": time.time(),
            **changed,
        }
    )


async def test_a_short_pure_run_is_accepted_executed_and_ended_by_one_commit(
    site: Site, worker: Worker
) -> None:
    heard: list[Event] = []
    new = await new_run(site, PURE)
    before = committer().commits
    assert await accept(new, None, heard.extend) is True
    assert committer().commits == before + 1
    assert heard[-1].type == "run.succeeded"
    row = await rows(lambda: Run.objects.get(pk=new.id))
    assert (row.status, row.outputs) == ("succeeded", {"got": {"x": 1, "a": 1}})
    assert row.inputs == {"a": 1}
    assert await rows(lambda: JournalChunk.objects.filter(run=row).count()) == 1
    events = await rows(lambda: read_events(new.id))
    assert [event["type"] for event in events] == [event.type for event in heard]
    assert events[0]["data"] == {"inputs": {"a": 1}, "trigger": None, "by": "webhook"}


async def test_an_external_node_waits_until_the_run_has_its_row(
    site: Site, worker: Worker, settings: Any
) -> None:
    written = settings.CONDUCTOR_FILES / "direct.txt"
    written.unlink(missing_ok=True)
    document = chain("file.write", path="direct.txt", content="x", mode="append")
    seen: list[bool] = []

    def hear(events: Sequence[Event]) -> None:
        seen.append(written.exists())

    new = await new_run(site, document)
    assert await accept(new, None, hear) is True
    await until(ended(Run(pk=new.id)))
    assert seen[0] is False
    assert written.read_text() == "x"


async def test_without_a_worker_here_the_run_is_queued(site: Site) -> None:
    new = await new_run(site, PURE)
    assert await accept(new) is False
    row = await rows(lambda: Run.objects.get(pk=new.id))
    assert (row.status, row.epoch, row.worker) == ("queued", 0, "")
    worker = Worker()
    running = asyncio.create_task(worker.run())
    done = await until(ended(row))
    await worker.stop()
    await running
    assert done.outputs == {"got": {"x": 1, "a": 1}}


async def test_without_room_the_run_is_queued_and_its_turn_comes(site: Site) -> None:
    worker = Worker(most=1)
    running = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.005)
    first = await new_run(site, chain("flow.wait", seconds=0.5))
    second = await new_run(site, PURE)
    assert await accept(first) is True
    assert await accept(second) is False
    done = await until(ended(Run(pk=second.id)))
    await worker.stop()
    await running
    assert done.status == "succeeded"


async def test_a_run_whose_blueprint_is_gone_is_refused_and_leaves_nothing(
    site: Site, worker: Worker
) -> None:
    new = await new_run(site, PURE, blueprint=time_ordered_id())
    with pytest.raises(IntegrityError):
        await accept(new)
    assert await rows(lambda: Run.objects.count()) == 0


async def test_a_run_that_begins_at_no_node_fails_and_says_so(site: Site, worker: Worker) -> None:
    new = await new_run(site, PURE, trigger_node="nowhere")
    assert await accept(new) is False
    row = await until(ended(Run(pk=new.id)))
    assert row.status == "failed"
    assert "nowhere" in row.error["message"]


async def test_a_run_accepted_here_can_be_handed_on(site: Site) -> None:
    first = Worker()
    running = asyncio.create_task(first.run())
    while not first.has_room:
        await asyncio.sleep(0.005)
    # It waits in memory: a longer wait would be parked.
    new = await new_run(site, chain("flow.wait", seconds=STAYS - 0.5))
    assert await accept(new) is True
    await first.stop()
    await running
    row = await rows(lambda: Run.objects.get(pk=new.id))
    assert (row.status, row.worker, row.epoch) == ("running", "", 1)
