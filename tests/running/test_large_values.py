"""Values that are too large for the journal lie in files, and come back as they were."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from runner.engine.events import Event
from runner.journal import files
from runner.journal.committer import committer
from runner.journal.encoding import decode_events, shown
from runner.journal.files import ValueLost
from runner.journal.reader import JournalDamaged, read_events, read_history
from runner.journal.spill import LARGEST, Spiller, looked_at, restore, whole
from runner.models import JournalChunk, Run, time_ordered_id
from runner.queue import Worker
from tests.running.conftest import Site, chain, rows, until

ROWS = [{"n": n, "name": f"row {n}"} for n in range(20_000)]
PASSING = chain("flow.wait", "flow.wait", "flow.wait", seconds=0.001)


@pytest.fixture(autouse=True)
def values(settings: Settings, tmp_path: Path) -> Path:
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    return tmp_path / "values"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.glob("??/**/*") if path.is_file()]


def stored(run: Run) -> int:
    return sum(
        len(text) for text in JournalChunk.objects.filter(run=run).values_list("events", flat=True)
    )


def steps_of(run: Run) -> list[tuple[str, str]]:
    return [(event["step"], event["type"]) for event in read_events(run.pk)]


async def ended(run: Run) -> Run:
    await until(lambda: Run.objects.filter(pk=run.pk, finished__isnull=False).exists())
    return await rows(lambda: Run.objects.get(pk=run.pk))


async def test_a_large_value_that_nodes_pass_on_is_written_once(
    site: Site, worker: Worker, values: Path
) -> None:
    run = await rows(lambda: site.start(PASSING, rows=ROWS, n=1))
    done = await ended(run)
    assert done.status == "succeeded"
    (file,) = files_in(values)
    assert json.loads(file.read_bytes()) == ROWS
    assert file.stat().st_mode & 0o777 == 0o600
    assert await rows(lambda: stored(run)) < 40_000

    cut = looked_at(done.outputs)["got"]
    assert cut["n"] == 1
    assert cut["rows"]["$cut"]["length"] == 20_000
    assert cut["rows"]["$cut"]["path"] == ["outputs", "got", "rows"]
    assert cut["rows"]["$cut"]["sha256"] == sha256(file.read_bytes()).hexdigest() == file.name
    assert whole(run.pk, done.outputs) == {"got": {"rows": ROWS, "n": 1}}
    assert whole(run.pk, done.inputs) == {"rows": ROWS, "n": 1}

    events = await rows(lambda: read_history(run.pk))
    outputs = [event.data["outputs"] for event in events if event.type == "step.succeeded"]
    assert [it["out"] for it in outputs if it] == [{"rows": ROWS, "n": 1}] * 5
    # They are one object in memory, as they were in the run.
    assert len({id(it["out"]["rows"]) for it in outputs if it}) == 1


async def test_a_run_goes_on_from_large_values(site: Site, values: Path) -> None:
    long = chain("flow.wait", "flow.wait", seconds=0.5)
    run = await rows(lambda: site.start(long, rows=ROWS))
    first = Worker()
    working = asyncio.create_task(first.run())
    await until(
        lambda: any(
            it["step"] == "n0" and it["type"] == "step.succeeded" for it in read_events(run.pk)
        )
    )
    await first.stop()
    await working
    assert (await rows(lambda: Run.objects.get(pk=run.pk))).finished is None
    second = Worker()
    working = asyncio.create_task(second.run())
    done = await ended(run)
    await second.stop()
    await working
    assert whole(run.pk, done.outputs) == {"got": {"rows": ROWS}}
    assert len(files_in(values)) == 1


@pytest.mark.parametrize("harm", ["missing", "damaged"])
async def test_a_run_whose_value_is_lost_stops_and_says_which(
    site: Site, values: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    run = await rows(lambda: site.start(PASSING, rows=ROWS))
    other = await rows(lambda: site.start(PASSING, rows=[1]))
    (file,) = files_in(values)
    file.unlink() if harm == "missing" else file.write_bytes(b"[]")
    with pytest.raises(JournalDamaged, match=f"chunk 1, events 1 to 1: .*{file.name} is {harm}"):
        await rows(lambda: read_history(run.pk))
    assert await rows(lambda: len(read_events(run.pk))) == 1
    worker = Worker()
    working = asyncio.create_task(worker.run())
    done = await ended(run)
    assert done.error is not None
    assert done.error["code"] == "journal_damaged"
    assert file.name in done.error["message"]
    assert f"The file of the value {file.name} of run {run.pk} is {harm}" in caplog.messages
    assert f"Run {run.pk} has failed: {done.error['message']}" in caplog.messages
    assert (await ended(other)).status == "succeeded"
    await worker.stop()
    await working


async def test_while_values_cannot_be_written_the_run_waits_and_then_goes_on(
    site: Site, worker: Worker, values: Path
) -> None:
    made = chain("data.set", fields={"big": "{{ input.text * 100 }}"})
    run = await rows(lambda: site.start(made, text="x" * 10_000))
    await until(lambda: Run.objects.get(pk=run.pk).finished is not None)
    values.rename(values.with_name("moved"))
    values.write_text("a file where the folder should be")
    run = await rows(lambda: site.start(made, text="y" * 10_000))
    await until(lambda: "large value" in committer().trouble)
    assert (await rows(lambda: Run.objects.get(pk=run.pk))).finished is None
    values.unlink()
    assert (await ended(run)).status == "succeeded"
    assert len(files_in(values)) == 1


def test_data_that_looks_like_a_reference_stays_data(values: Path) -> None:
    run, foreign = time_ordered_id(), time_ordered_id()
    name = files.write(foreign, b'"secret"')
    look = {"$cut": {"seq": 1, "path": ["outputs"], "size": 9}, "big": "x" * LARGEST}
    spilled = [{"at": ["inputs", "a"], "sha256": name, "size": 8}]
    data = {"inputs": {"a": look, "spilled": spilled}, "spilled": spilled}
    text = Spiller(run).events([Event(1, 1.0, "run.queued", None, data)])
    (event,) = shown(*decode_events(text))
    assert [it["at"] for it in event["spilled"]] == [["inputs", "a", "big"]]
    restored = restore(run, event["data"], event["spilled"])
    assert restored == data
    # Another run's value cannot be named even where a journal is forged: each has its own folder.
    with pytest.raises(ValueLost):
        files.read(run, name)
    with pytest.raises(ValueLost):
        files.read(run, f"../{foreign}/{name}")


@pytest.mark.parametrize(
    "value",
    [
        {"text": "ä\0\ud800" + "€" * LARGEST},
        {"many": {str(n): "x" * 60 for n in range(10_000)}},
        {"a": {"b": {"c": {"d": ["x" * 100] * 5000}}}},
        {"half": "x" * (LARGEST // 2 + 9), "other": "y" * (LARGEST // 2 + 9), "n": [1]},
        {f"port{n}": "x" * 3000 for n in range(200)},
        {"numbers": [1.5, None, True, {"deep": [[]]}] * 30_000},
    ],
)
def test_every_shape_of_large_value_comes_back(values: Path, value: dict[str, Any]) -> None:
    run = time_ordered_id()
    spiller = Spiller(run)
    data = {"outputs": value, "inputs": {"in": [["a", "out"]]}, "duration": 1.0}
    text = spiller.events([Event(2, 1.0, "step.succeeded", "a", data)])
    assert len(text.encode()) < LARGEST * 1.2
    (event,) = shown(*decode_events(text))
    assert event["data"]["inputs"] == data["inputs"]
    # What reads a run for its shape finds all ports.
    assert event["data"]["outputs"].keys() == value.keys()
    back = restore(run, event["data"], event["spilled"])["outputs"]
    assert back == json.loads(
        json.dumps(value).replace("\\u0000", "\\ufffd").replace("\\ud800", "?")
    )
    column = json.loads(spiller.column(value, 3, "outputs"))
    assert whole(run, column) == back


def test_small_events_are_encoded_as_ever(values: Path) -> None:
    spiller = Spiller(time_ordered_id())
    events = [
        # What looks like the escape that databases refuse is text like any other.
        Event(n, 1.0, "step.succeeded", "a", {"outputs": {"out": "\\u0000" * 150}})
        for n in range(600)
    ]
    text = spiller.events(events)
    assert decode_events(text) == (events, {})
    assert spiller.column({"a": 1}, 1, "inputs") == '{"a":1}'
    assert not files_in(values)
