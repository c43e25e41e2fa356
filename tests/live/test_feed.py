"""What one socket is told of one run, without a socket or rows."""

import json
from hashlib import sha256
from typing import Any

import orjson
import pytest

from runner.engine.events import Event
from runner.journal.announcements import Committed
from runner.journal.encoding import encode_events
from runner.live.feed import KEPT, WINDOW, Feed
from runner.live.pieces import LONGEST


def chunk(first: int, last: int, size: int = 1) -> tuple[int, int, str]:
    data = {"text": "x" * size}
    events = [Event(seq, 1.0, "step.logged", "a", data) for seq in range(first, last + 1)]
    return first, last, encode_events(events)


def news(first: int, last: int, size: int = 1) -> Committed:
    return Committed("r", "b", *chunk(first, last, size))


def numbers(frame: str | None) -> list[int]:
    message: dict[str, Any] = json.loads(frame or "{}")
    assert (message["type"], message["run"]) == ("events", "r")
    return [event["seq"] for event in message["events"]]


def read_frame(feed: Feed, chunks: list[tuple[int, int, str]]) -> str | None:
    feed.read(chunks, all_read=True)
    return feed.next_frame()


def caught_up(after: int = 0) -> Feed:
    feed = Feed("r", after)
    feed.read([], all_read=True)
    assert not feed.behind
    return feed


def test_a_new_feed_reads_the_rows_first() -> None:
    feed = Feed("r", 0)
    assert feed.behind
    assert numbers(read_frame(feed, [chunk(1, 2), chunk(3, 3)])) == [1, 2, 3]
    assert not feed.ready


def test_a_page_that_has_half_of_a_chunk_gets_the_other_half() -> None:
    feed = Feed("r", 2)
    assert numbers(read_frame(feed, [chunk(1, 4)])) == [3, 4]


def test_news_in_order_is_sent_as_it_came() -> None:
    feed = caught_up(4)
    feed.hear(news(5, 6))
    feed.hear(news(7, 7))
    assert feed.ready
    assert numbers(feed.next_frame()) == [5, 6, 7]
    assert (feed.sent, feed.ready, feed.next_frame()) == (7, False, None)


def test_news_heard_twice_is_sent_once() -> None:
    feed = caught_up()
    for _ in range(2):
        feed.hear(news(1, 2))
    assert numbers(feed.next_frame()) == [1, 2]
    feed.hear(news(1, 2))
    assert not feed.ready


def test_a_gap_in_the_news_is_read_from_the_rows() -> None:
    feed = caught_up()
    feed.hear(news(1, 1))
    feed.hear(news(3, 3))
    assert numbers(feed.next_frame()) == [1]
    assert feed.behind
    assert numbers(read_frame(feed, [chunk(1, 1), chunk(2, 3)])) == [2, 3]


def test_what_is_committed_while_the_rows_are_read_is_not_lost() -> None:
    feed = Feed("r", 0)
    feed.hear(news(1, 3))
    assert numbers(read_frame(feed, [chunk(1, 2)])) == [1, 2]
    assert feed.behind
    assert numbers(read_frame(feed, [chunk(3, 3)])) == [3]
    assert not feed.behind


def test_rows_that_give_nothing_are_not_read_in_a_circle() -> None:
    feed = Feed("r", 0)
    feed.hear(news(1, 3))
    assert read_frame(feed, []) is None
    assert not feed.ready


def test_rows_with_a_gap_are_sent_up_to_it() -> None:
    feed = Feed("r", 0)
    assert numbers(read_frame(feed, [chunk(1, 1), chunk(3, 3)])) == [1]
    assert feed.sent == 1


def test_more_news_than_is_kept_is_left_to_the_rows() -> None:
    feed = caught_up()
    for number in range(1, 21):
        feed.hear(news(number, number, KEPT // 10))
    sent = []
    while frame := feed.next_frame():
        sent += numbers(frame)
    assert sent == list(range(1, 10))
    assert feed.behind
    assert numbers(read_frame(feed, [chunk(10, 20)])) == list(range(10, 21))


def test_a_long_chunk_is_told_in_several_frames() -> None:
    feed = caught_up()
    feed.hear(news(1, 40, 12_000))
    got = []
    while frame := feed.next_frame():
        assert len(frame) <= LONGEST + 100
        got.append(numbers(frame))
    assert [number for frame in got for number in frame] == list(range(1, 41))
    assert len(got) == 3


@pytest.mark.parametrize("sign", ["x", "ü", "\U0001f600"])
def test_the_long_values_of_an_event_are_shortened_to_what_every_server_sends(sign: str) -> None:
    outputs = {"out": {"body": sign * 3_000_000, "status": 200}, "small": 7}
    data = {"outputs": outputs, "duration": 0.5, "inputs": {"in": [["a", "out"]]}}
    event = {"seq": 1, "time": 1.0, "type": "step.succeeded", "step": "b", "data": data}
    feed = caught_up()
    feed.hear(Committed("r", "b", 1, 1, orjson.dumps([event]).decode()))
    frame = feed.next_frame() or ""
    assert len(frame.encode()) < 1024 * 1024
    (told,) = json.loads(frame)["events"]
    cut = told["data"]["outputs"].pop("out")["$cut"]
    assert cut["seq"] == 1
    assert cut["path"] == ["outputs", "out"]
    assert cut["size"] == len(orjson.dumps(outputs["out"]))
    assert cut["start"].startswith('{"body":"' + sign)
    assert cut["sha256"] == sha256(orjson.dumps(outputs["out"])).hexdigest()
    assert told == {**event, "data": {**data, "outputs": {"small": 7}}}


def test_an_event_of_very_many_values_is_shortened_too() -> None:
    data = {"outputs": {f"port{number}": "x" * 9_000 for number in range(200)}}
    event = {"seq": 1, "time": 1.0, "type": "step.succeeded", "step": "b", "data": data}
    feed = caught_up()
    feed.hear(Committed("r", "b", 1, 1, json.dumps([event])))
    frame = feed.next_frame() or ""
    assert len(frame) <= LONGEST
    assert json.loads(frame)["events"][0]["data"]["outputs"]["$cut"]["path"] == ["outputs"]


def test_a_page_that_does_not_answer_is_sent_no_more_than_the_window() -> None:
    feed = caught_up()
    sent = 0
    number = 0
    while (question := feed.window_frame()) is None:
        number += 1
        feed.hear(news(number, number, 100_000))
        sent += len(feed.next_frame() or "")
    assert json.loads(question) == {"type": "resync", "run": "r", "after": number}
    assert WINDOW <= sent < WINDOW + 200_000
    feed.hear(news(number + 1, number + 1))
    assert not feed.ready
    assert feed.window_frame() is not None or feed.paused
