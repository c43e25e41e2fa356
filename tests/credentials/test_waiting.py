"""Steps that wait for a credential's rate: what is changed meanwhile holds for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runner.credentials.keeping import keep
from runner.models import Credential, JournalChunk, Run
from runner.queue import Worker, buckets
from tests.credentials.conftest import SECRET, Make, asking
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

JSON = {"Content_Type": "application/json"}


def gone(row: Credential) -> None:
    row.delete()


def elsewhere(row: Credential) -> None:
    row.hosts = "api.example.com"
    keep(row, None)


def anew(row: Credential) -> None:
    keep(row, {"token": "the-new-one"})


@pytest.mark.parametrize(
    ("change", "sent"), [(gone, None), (elsewhere, None), (anew, "Bearer the-new-one")]
)
async def test_a_step_that_waits_uses_it_as_it_is_when_its_turn_comes(
    site: Site,
    server: Server,
    make: Make,
    worker: Worker,
    change: Callable[[Credential], None],
    sent: str | None,
) -> None:
    row = await rows(lambda: make(per_second=0.4, burst=1))
    server.on("/a", 200, b"{}", **JSON)
    await rows(lambda: buckets.reserve(row.bucket, 0.4, 1))
    run: Run = await rows(lambda: start_run(site.blueprint, asking(server.url + "/a")))
    waits: Any = JournalChunk.objects.filter(run=run, events__contains='"step.waiting"')
    await until(waits.exists)
    await rows(lambda: change(row))
    run = await until(ended(run))
    assert SECRET not in str(server.seen)
    assert [seen[2].get("authorization") for seen in server.seen] == ([sent] if sent else [])
    assert run.status == ("succeeded" if sent else "failed")


def test_another_rate_counts_from_now(make: Make) -> None:
    row = make(per_second=0.001, burst=1)
    for _ in range(3):
        buckets.reserve(row.bucket, 0.001, 1)
    row.per_second = 10
    keep(row, None)
    assert buckets.reserve(row.bucket, 10, 1) < 1
