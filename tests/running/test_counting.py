"""What was written is counted once, in its order, and soon, without holding up who wrote it."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import pytest

from runner.engine.events import RUN_STARTED, RUN_SUCCEEDED, STEP_SUCCEEDED, Event
from runner.journal.counting import Counting
from runner.journal.window import RunWrite
from runner.telemetry import Subject, figures


def window(subject: Subject, *types: str, steps: int = 0, first: int = 1) -> list[RunWrite]:
    """Return what a transaction has written of a run: facts about it, then ends of steps."""
    kinds = [*types, *[STEP_SUCCEEDED] * steps]
    events = [
        Event(first + place, 100.0 + first, kind, None, {"duration": 0.5})
        for place, kind in enumerate(kinds)
    ]
    return [RunWrite(uuid4(), uuid4(), 1, "worker", events, subject=subject)]


def ended(subject: Subject) -> float:
    labels = {"status": "succeeded", "trigger": subject.trigger}
    return figures.REGISTRY.get_sample_value("conductor_runs_ended_total", labels) or 0.0


def seconds() -> float:
    labels = {"status": "succeeded"}
    return figures.REGISTRY.get_sample_value("conductor_run_seconds_sum", labels) or 0.0


@pytest.fixture
def subject(request: pytest.FixtureRequest) -> Subject:
    """A run that nothing else has started like this one."""
    return Subject(f"{request.node.name} {uuid4()}")


def test_a_small_window_is_counted_at_once(subject: Subject) -> None:
    counting = Counting()
    counting.take(window(subject, RUN_SUCCEEDED), 0.001)
    assert ended(subject) == 1
    counting.close()
    assert ended(subject) == 1


def test_a_large_one_is_counted_soon_though_no_other_comes(subject: Subject) -> None:
    counting = Counting()
    for count in (1, 2):
        counting.take(window(subject, RUN_SUCCEEDED, steps=300), 0.001)
        deadline = time.monotonic() + 30
        while ended(subject) < count:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        # The second comes when the thread sleeps again.
        time.sleep(0.1)
    counting.close()
    assert ended(subject) == 2


def test_a_small_one_is_counted_after_the_large_one_before_it(subject: Subject) -> None:
    counting = Counting()
    before = seconds()
    counting.take(window(subject, RUN_STARTED, steps=300), 0.001)
    counting.take(window(subject, RUN_SUCCEEDED, first=302), 0.001)
    # How long the run took can only be told by who knows when it began.
    assert seconds() - before == pytest.approx(301.0)
    counting.close()


def test_the_end_counts_the_rest_and_leaves_no_thread(subject: Subject) -> None:
    counting = Counting()
    threads = threading.active_count()
    for _ in range(50):
        counting.take(window(subject, RUN_SUCCEEDED, steps=300), 0.001)
        counting.begin()
    counting.close()
    assert ended(subject) == 50
    assert threading.active_count() == threads
