"""Steps of one run that ask at the same time are asked for together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from runner.calls.gathering import Gathering


async def test_what_comes_while_a_question_is_asked_is_asked_together_next() -> None:
    asked: list[list[int]] = []
    go_on = asyncio.Event()

    async def question(run: UUID, numbers: Sequence[int]) -> list[int | Exception]:
        asked.append(list(numbers))
        await go_on.wait()
        return [2 * number for number in numbers]

    gathering, run = Gathering(question), uuid4()
    answers = []
    for number in range(4):
        answers.append(asyncio.create_task(gathering.ask(run, number)))
        if number == 0:
            while not asked:
                await asyncio.sleep(0)
    await asyncio.sleep(0)
    answers[2].cancel()
    await asyncio.sleep(0)
    go_on.set()
    given = await asyncio.gather(*answers, return_exceptions=True)
    assert [given[0], given[1], given[3]] == [0, 2, 6]
    assert isinstance(given[2], asyncio.CancelledError)
    # A step that was cancelled meanwhile may have a run all the same: somebody must know of it.
    assert asked == [[0], [1, 2, 3]]


async def test_one_that_cannot_be_asked_spoils_none_of_the_others() -> None:
    async def question(run: UUID, numbers: Sequence[int]) -> list[int | Exception]:
        if 1 in numbers:
            raise ValueError("not 1")
        return [KeyError("three") if number == 3 else number for number in numbers]

    gathering, run = Gathering(question), uuid4()
    given = await asyncio.gather(
        *(gathering.ask(run, number) for number in range(4)), return_exceptions=True
    )
    assert [given[0], given[2]] == [0, 2]
    assert [type(given[1]), type(given[3])] == [ValueError, KeyError]
    with pytest.raises(ValueError, match="not 1"):
        await gathering.ask(run, 1)
