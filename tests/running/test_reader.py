"""Reading a journal back, whole or damaged."""

from __future__ import annotations

import orjson
import pytest

from runner.engine.events import Event
from runner.journal.encoding import encode_events
from runner.journal.reader import JournalDamaged, read_events, read_history, read_whole
from runner.models import JournalChunk, Run
from tests.running.conftest import Site


def write(run: Run, first: int, last: int, text: str | None = None) -> None:
    events = [Event(seq, 1.0, "step.logged", "a", {}) for seq in range(first, last + 1)]
    JournalChunk.objects.create(
        run=run, first_seq=first, last_seq=last, epoch=1, events=text or encode_events(events)
    )


def test_events_come_in_order_from_where_the_reader_is_and_as_many_as_asked(site: Site) -> None:
    run = site.start()
    write(run, 5, 9)
    write(run, 2, 4)
    assert [e["seq"] for e in read_events(run.pk)] == list(range(1, 10))
    assert [e["seq"] for e in read_events(run.pk, after=3)] == list(range(4, 10))
    assert [e["seq"] for e in read_events(run.pk, after=3, limit=3)] == [4, 5, 6]
    assert read_events(run.pk, after=9) == []


def test_a_journal_that_ends_before_what_its_row_says_is_damaged(site: Site) -> None:
    run = site.start()
    write(run, 2, 4)
    assert [event.seq for event in read_whole(run.pk, 4)] == [1, 2, 3, 4]
    # While a run is executed its row says how far the journal goes at least.
    assert len(read_whole(run.pk, 2)) == 4
    with pytest.raises(JournalDamaged, match=f"{run.pk}.* events 5 to 7: it is missing"):
        read_whole(run.pk, 7)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[{"seq": 2', "it is not JSON"),
        ("{}", "not a list of events"),
        ('[{"seq": 2}, {"seq": 3}]', "not a list of events"),
        ("[]", "other numbers"),
        ("[2,[1.0],[],[],[]]", "not a list of events"),
        ('[2,[1.0,1.0],["a","a"],["b",7],[{},{}]]', "not a list of events"),
        ('[2,[1.0],["a"],[null],[{}]]', "other numbers"),
        ('[1,[1.0,1.0],["a","a"],[null,"b"],[{},{}]]', "other numbers"),
    ],
)
def test_a_damaged_chunk_is_named(site: Site, text: str, reason: str) -> None:
    run = site.start()
    write(run, 2, 3, text)
    with pytest.raises(JournalDamaged, match=f"{run.pk}.*chunk 2, events 2 to 3: .*{reason}"):
        read_events(run.pk)


def test_a_chunk_that_reads_well_but_is_not_what_was_written_is_damaged(site: Site) -> None:
    run = site.start()
    write(run, 2, 3)
    chunk = JournalChunk.objects.filter(run=run, first_seq=2)
    text = chunk.get().events
    for changed in (text.replace('"a"', '"b"'), text.replace("step.logged", "step.lagged")):
        assert changed != text
        chunk.update(events=changed)
        with pytest.raises(JournalDamaged, match=r"chunk 2, events 2 to 3: .*not what was written"):
            read_events(run.pk)
    # One of before chunks had a checksum is taken as it is.
    chunk.update(checksum=None)
    assert [e["seq"] for e in read_events(run.pk)] == [1, 2, 3]


def test_a_chunk_of_an_older_conductor_reads_as_one_of_today(site: Site) -> None:
    run = site.start()
    events = [Event(seq, 1.0, "step.logged", "a", {"n": seq}) for seq in (2, 3)]
    told = [event.to_json() for event in events]
    told[1]["spilled"] = [{"at": ["n"], "sha256": "0" * 64, "size": 1}]
    write(run, 2, 3, orjson.dumps(told).decode())
    assert read_events(run.pk, after=1) == told
    assert read_history(run.pk, after=1, limit=1) == events[:1]


def test_a_missing_chunk_is_noticed(site: Site) -> None:
    run = site.start()
    write(run, 3, 4)
    with pytest.raises(JournalDamaged, match="event 2 is missing"):
        read_events(run.pk)
