"""Sockets that want to know the same ask the rows once, and never get what is too old for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from django.contrib.auth.models import User

from runner.live import consumer, rows
from runner.live.sharing import Shared
from tests.live.conftest import Journal, Page, make_run

Open = Callable[..., Coroutine[Any, Any, Page]]


async def test_who_comes_while_a_question_is_under_way_shares_the_next_one() -> None:
    shared, gate = Shared(), asyncio.Event()
    asked: list[int] = []

    async def ask() -> int:
        asked.append(len(asked))
        number = len(asked)
        await gate.wait()
        return number

    first = asyncio.create_task(shared.ask("a", ask))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    later = [asyncio.create_task(shared.ask("a", ask)) for _ in range(50)]
    glad = asyncio.create_task(shared.ask("a", ask, fresh=60))
    await asyncio.sleep(0)
    later.pop().cancel()
    gate.set()
    assert await first == 1
    # What was committed after the first had begun is in the answer that the others get.
    assert set(await asyncio.gather(*later)) == {2}
    assert await glad == 1
    assert len(asked) == 2
    assert await shared.ask("a", ask, fresh=60) == 2


async def test_what_a_page_follows_while_its_rights_are_looked_at_is_kept(
    open_page: Open, user: User, journal: Journal, monkeypatch: Any
) -> None:
    looking, gate, look = asyncio.Event(), asyncio.Event(), rows.rights_now

    async def slowly(*values: Any) -> Any:
        found = await look(*values)
        looking.set()
        await gate.wait()
        return found

    monkeypatch.setattr(rows, "rights_now", slowly)
    monkeypatch.setattr(consumer, "SESSION_EVERY", 0.1)
    other = await asyncio.to_thread(make_run, user, "Other")
    page = await open_page(user)
    await page.say(type="subscribe", run=journal.id, after=0)
    await looking.wait()
    await page.say(type="subscribe", run=other.id, after=0)
    await asyncio.sleep(0.2)  # the socket has taken it; nothing tells when
    gate.set()
    await other.awrite(1)
    message = await page.hear()
    assert (message["type"], message["run"]) == ("events", other.id)
