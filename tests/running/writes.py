"""What tests of the journal write."""

from __future__ import annotations

import time
from typing import Any

from runner.engine.events import Event
from runner.journal.committer import Committer
from runner.journal.rows import NewRun
from runner.journal.run_journal import RunJournal
from runner.models import Run
from tests.running.conftest import Site


def event(seq: int, kind: str = "step.logged", step: str | None = "a", **data: Any) -> Event:
    return Event(seq, 1_700_000_000.25 + seq, kind, step, data)


def journal(committer: Committer, run: Run, *, epoch: int = 0) -> RunJournal:
    return RunJournal(
        committer, run=run.pk, blueprint=run.blueprint_id, epoch=epoch, worker="w", last_seq=1
    )


def new_run(site: Site, like: Run, **changes: Any) -> NewRun:
    given: dict[str, Any] = {
        "blueprint": like.blueprint_id,
        "drawing": like.drawing_id,
        "version": None,
        "owner": site.owner.pk,
        "inputs": {},
        "trigger": "webhook",
        "created": time.time(),
    }
    return NewRun(**{**given, **changes})
