"""Gives steps what people have granted, renewed before it ends, by one worker at a time.

Many providers give another refresh token with each answer, and take the old one for stolen: whoever
renews has the turn of the row for that, and goes on though the step that has begun it is cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings

from runner.credentials import grants
from runner.credentials.grants import Lent, Turn
from runner.engine.errors import NodeError
from runner.nodes.tokens import TokenRefused, ask

PAUSE = 0.2  # seconds between two looks at whether another worker has renewed it
# What endpoints say of a refresh token that they will never take again: RFC 6749, section 5.2;
# GitHub; Slack.
GONE = frozenset(
    {
        "invalid_grant",
        "bad_refresh_token",
        "invalid_refresh_token",
        "token_revoked",
        "token_expired",
    }
)
MOST_LOCKS = 1000
LAST = 2.5  # seconds that a worker which ends waits for what it renews


class Rows(Protocol):
    """Asks the database, in a thread of its own."""

    def __call__(self, question: Callable[..., Any], *values: Any) -> Awaitable[Any]:
        """Return what the question does."""


_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, asyncio.Lock]]
_locks = WeakKeyDictionary()
_under_way: set[asyncio.Task[str]] = set()


async def granted(rows: Rows, credential: UUID, refused: str = "") -> str:
    """Return a token of a credential that is valid now, and is not the `refused` one if one can be.

    Raises NodeError.
    """
    found = await rows(grants.lend, credential, refused, False)
    if isinstance(found, Lent):
        return found.access
    # One step of a process looks after it, and the others take what that one gets.
    async with _lock(credential):
        while True:
            found = await rows(grants.lend, credential, refused, True)
            if isinstance(found, Lent):
                return found.access
            if isinstance(found, Turn):
                return await _finished(rows, found)
            await asyncio.sleep(PAUSE)


def _lock(credential: UUID) -> asyncio.Lock:
    here = _locks.setdefault(asyncio.get_running_loop(), {})
    if len(here) > MOST_LOCKS:
        for key in [key for key, lock in here.items() if not lock.locked()]:
            del here[key]
    return here.setdefault(credential, asyncio.Lock())


async def _finished(rows: Rows, turn: Turn) -> str:
    """Renew it, also where whoever waits for that is cut off: what was sent cannot be unsent."""
    task = asyncio.create_task(_renew(rows, turn))
    _under_way.add(task)
    task.add_done_callback(_over)
    return await asyncio.shield(task)


async def see_to_the_end() -> None:
    """Beside a worker: when it ends, wait for what it renews, which would else be lost."""
    try:
        await asyncio.Event().wait()
    finally:
        here = asyncio.get_running_loop()
        if mine := [task for task in _under_way if task.get_loop() is here]:
            await asyncio.wait(mine, timeout=LAST)


def _over(task: asyncio.Task[str]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        # Nobody may be left who is told of it.
        task.exception()


async def _renew(rows: Rows, turn: Turn) -> str:
    form = {"grant_type": "refresh_token", "refresh_token": turn.refresh}
    hidden = [turn.refresh, turn.spare]
    try:
        tokens = await ask(turn.name, turn.client, form, settings.CONDUCTOR_HTTP_ALLOW, hidden)
    except TokenRefused as error:
        if error.error in GONE:
            await rows(grants.refuse, turn, str(error))
            raise grants.missing(turn.name, turn.place, str(error)) from None
        return await _in_vain(rows, turn, error)
    except NodeError as error:
        return await _in_vain(rows, turn, error)
    except BaseException:
        await rows(grants.let_go, turn)
        raise
    await rows(grants.renewed, turn, tokens)
    return tokens.access


async def _in_vain(rows: Rows, turn: Turn, error: NodeError) -> str:
    """Return the old token while it lasts. Raises the error where it does not."""
    await rows(grants.let_go, turn)
    if turn.spare:
        return turn.spare
    raise error
