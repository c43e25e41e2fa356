"""The channel layer over Redis: quiet in use, and a Redis that is away costs nobody an error."""

from __future__ import annotations

import asyncio
import gc
import logging
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from conductor_site import environment
from runner.engine.events import Event
from runner.journal.announcements import Committed
from runner.journal.encoding import encode_events
from runner.live import abroad
from runner.live.feed import Feed
from tests.serving import free_port

pytestmark = pytest.mark.redis


class Redis:
    """A server of the test's own."""

    def __init__(self) -> None:
        self.program = shutil.which("redis-server")
        if self.program is None:
            pytest.skip("redis-server is not installed")
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = ["--port", str(self.port), "--save", "", "--appendonly", "no"]
        assert self.program
        self.process = subprocess.Popen([self.program, *words], stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.stop()


async def arrives(layer: Any, channel: str) -> float:
    """Return how long it takes until something that is sent again and again comes."""
    began = time.monotonic()
    coming = asyncio.create_task(layer.receive(channel))
    while not coming.done():
        await layer.group_send("g", {"type": "a"})
        await asyncio.wait([coming], timeout=0.1)
        assert time.monotonic() - began < 10
    assert coming.result() == {"type": "a"}
    return time.monotonic() - began


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
async def test_an_outage_is_said_once_and_what_was_subscribed_to_comes_again(
    redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from conductor_site.redis_layer import RedisLayer

    monkeypatch.setenv("CONDUCTOR_TRIED", f"redis://127.0.0.1:{redis.port}/3")
    asked: Any = environment.channel_layer("CONDUCTOR_TRIED")
    assert asked["BACKEND"] == "conductor_site.redis_layer.RedisLayer"
    layer = RedisLayer(**asked["CONFIG"])
    channel = await layer.new_channel()
    await layer.group_add("g", channel)
    await arrives(layer, channel)
    said = [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]
    assert [it for it in said if "does not answer" not in it and "answers again" not in it] == []
    caplog.clear()
    redis.stop()
    # A page that is opened while Redis is away is opened all the same.
    late = await layer.new_channel()
    await layer.group_add("g", late)
    for _ in range(20):
        await layer.group_send("g", {"type": "lost"})
    redis.start()
    await arrives(layer, late)
    await layer.flush()
    said = [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING]
    assert len(said) == 2, said
    assert said[0].startswith("Redis does not answer (")
    assert said[1].startswith("Redis answers again after ")
    # The library leaves what died with Redis to the collector: here, and not in another test.
    del layer
    gc.collect()


def test_news_of_others_that_is_lost_or_too_large_is_read_from_the_rows() -> None:
    texts = ["small", "x" * abroad.INLINE]
    events = [Event(seq, 1.0, "step.succeeded", "a", {"x": x}) for seq, x in enumerate(texts, 1)]
    both = [Committed("r", "b", it.seq, it.seq, encode_events([it])) for it in events]
    small, large = both
    heard = [Committed(*row) for row in abroad.packed(both)]
    assert heard[0] == small
    assert (heard[1].last_seq, heard[1].events) == (2, "")
    for lost in (False, True):
        feed = Feed("r", 0)
        feed.read([], all_read=True)
        for news in heard[1:] if lost else heard:
            feed.hear(news)
        if not lost:
            assert feed.next_frame() is not None
        assert feed.behind
        feed.read([(1, 1, small.events), (2, 2, large.events)], all_read=True)
        assert '"seq":2' in (feed.next_frame() or "")
        assert not feed.behind
