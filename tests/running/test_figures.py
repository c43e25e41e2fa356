"""What a worker's runs leave in the figures."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from runner.actions import cancel_run
from runner.queue import Worker
from runner.telemetry.durations import Durations
from runner.telemetry.figures import REGISTRY
from tests.running.conftest import PURE, Site, chain, ended, rows, until


class Since:
    """The figures by how much they have grown."""

    def __init__(self) -> None:
        self._before = self._now()

    def _now(self) -> dict[Any, float]:
        return {
            (sample.name, *sorted(sample.labels.items())): sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
        }

    def grown(self, name: str, **labels: str) -> float:
        key = (name, *sorted(labels.items()))
        return self._now().get(key, 0.0) - self._before.get(key, 0.0)


async def test_runs_and_steps_are_counted_and_measured(site: Site, worker: Worker) -> None:
    since = Since()
    run = await rows(lambda: site.start(PURE))
    failing = await rows(lambda: site.start(chain("data.set", fields={"x": "{{ 1 / 0 }}"})))
    # There is no edge from a node without outputs: no worker can begin with it.
    unsound = await rows(lambda: site.start(chain("flow.fail", message="no stock")))
    waiting = chain("flow.wait", seconds=0.2)
    slow = await rows(lambda: site.start(waiting))
    for one in (run, failing, unsound, slow):
        await until(ended(one))
    # They are counted by the thread that has written them, after it has told the run.
    await until(lambda: since.grown("conductor_run_seconds_count", status="succeeded") == 2 or None)
    assert since.grown("conductor_runs_accepted_total", trigger="manual") == 4
    ends = {"trigger": "manual"}
    assert since.grown("conductor_runs_ended_total", status="succeeded", **ends) == 2
    assert since.grown("conductor_runs_ended_total", status="failed", **ends) == 2
    assert since.grown("conductor_run_queued_seconds_count") == 3
    assert since.grown("conductor_run_seconds_sum", status="succeeded") >= 0.2
    steps = "conductor_step_seconds"
    assert since.grown(f"{steps}_count", kind="data.set", status="succeeded") == 1
    assert since.grown(f"{steps}_count", kind="data.set", status="failed") == 1
    assert since.grown(f"{steps}_sum", kind="flow.wait", status="succeeded") >= 0.2
    assert since.grown("conductor_journal_flush_events_sum") >= 15
    assert since.grown("conductor_journal_flush_seconds_count") >= 3


def test_a_run_that_ends_in_the_queue_is_counted(site: Site) -> None:
    since = Since()
    cancel_run(site.start(PURE))
    ends = {"status": "cancelled", "trigger": "manual"}
    assert since.grown("conductor_runs_ended_total", **ends) == 1


def test_a_histogram_counts_each_value_up_to_its_bound() -> None:
    registry = CollectorRegistry()
    durations = Durations("it", "It.", ["kind"], buckets=(0.1, 1.0), registry=registry)
    for value in (0.1, 0.2, 1.0, 5.0):
        durations.observe(value, "a")
    at = [
        registry.get_sample_value("it_bucket", {"kind": "a", "le": bound})
        for bound in ("0.1", "1.0", "+Inf")
    ]
    assert at == [1, 3, 4]
    assert registry.get_sample_value("it_count", {"kind": "a"}) == 4
    assert registry.get_sample_value("it_sum", {"kind": "a"}) == pytest.approx(6.3)
