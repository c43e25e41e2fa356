"""Ids of rows: ordered as they were made, by whom and when ever."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from runner.models import time_ordered_id


def test_ids_are_in_the_order_in_which_they_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [time_ordered_id() for _ in range(5000)]
    # A clock that is set back changes nothing of it.
    monkeypatch.setattr("runner.models.ids.time.time_ns", lambda: 10**18)
    ids += [time_ordered_id() for _ in range(100)]
    assert ids == sorted(set(ids))
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, "specified in RFC 4122")}


def test_an_id_begins_with_its_moment() -> None:
    before = time.time_ns() // 1_000_000
    assert before - 1 <= time_ordered_id().int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_threads_that_make_ids_at_once_make_no_double() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: [time_ordered_id() for _ in range(2000)], range(4)))
    assert all(ids == sorted(ids) for ids in made)
    assert len({id_ for ids in made for id_ in ids}) == 8000
