"""What coroutines ask the database: where the connection is lost, a new one is opened."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from runner.models import Run
from runner.queue.asking import Asking


@pytest.mark.django_db(transaction=True)
async def test_a_question_is_asked_once_more_where_the_connection_was_lost() -> None:
    asking, asked = Asking("test-asking"), 0

    def count(lost: int) -> int:
        nonlocal asked
        asked += 1
        if asked <= lost:
            raise OperationalError("the connection is gone")
        return Run.objects.count()

    try:
        assert (await asking.ask_twice(count, 1), asked) == (0, 2)
        asked = 0
        with pytest.raises(OperationalError, match="gone"):
            await asking.ask_twice(count, 2)
        assert asked == 2
    finally:
        await asking.close()
