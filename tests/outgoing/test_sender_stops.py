"""The sender ends when it is told to, also where something wakes it at that moment."""

from __future__ import annotations

import asyncio

import pytest

from runner.outgoing.sender import Sender
from runner.queue.wake import wake_here

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_sender_that_is_woken_as_it_is_cancelled_ends() -> None:
    sending = asyncio.create_task(Sender().keep())
    await asyncio.sleep(0.2)
    wake_here()
    # The wake-up is on its way to the sender, which has not had its turn yet.
    await asyncio.sleep(0)
    sending.cancel()
    done, _ = await asyncio.wait([sending], timeout=5)
    assert done == {sending}
    assert sending.cancelled()
