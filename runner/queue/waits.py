"""The rows of steps that wait for somebody: what their runs' journals say, for lists and rights."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.utils import timezone

from runner.engine.state import RunState
from runner.journal.encoding import encode
from runner.models import Run, Wait, WaitKind

# What a step says of an approval that those who are asked may see.
OFFERED = ("title", "note", "value", "quorum", "rejections")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits for somebody. `told` is its own `waits_for`."""

    step: str
    attempt: int
    until: float | None
    told: Mapping[str, Any]


def wait_id(run: str, step: str, attempt: int) -> UUID:
    """Return the id of the row of a wait, which is known before there is one."""
    return uuid5(UUID(run), f"{step} {attempt}")


def waits_of(state: RunState) -> list[Waiting]:
    """Return the steps of a run that wait for somebody now."""
    found = []
    for path, parking in state.parked():
        step = state.open_step(path)
        if step is not None and parking.waits_for.get("kind") in WaitKind.values:
            found.append(Waiting(path, step.attempt, parking.moment, parking.waits_for))
    return found


@transaction.atomic
def show(run: UUID, epoch: int, waits: Sequence[Waiting]) -> None:
    """Make the rows of a run those of these waits, and close the others."""
    known = dict(Wait.objects.filter(run=run).values_list("pk", "closed"))
    ids = {wait_id(str(run), wait.step, wait.attempt): wait for wait in waits}
    over = [key for key, closed in known.items() if closed is None and key not in ids]
    new = [key for key in ids if key not in known]
    # A step that was asked in between, such as for one more approval, waits on.
    again = [key for key in ids if known.get(key) is not None]
    if not over and not new and not again:
        return
    row = Run.objects.select_for_update(of=("self",)).filter(pk=run, epoch=epoch).first()
    if row is None:
        return
    now = timezone.now()
    Wait.objects.filter(pk__in=over).update(closed=now)
    Wait.objects.filter(pk__in=again).update(closed=None)
    for key in new:
        _open(row, key, ids[key], now)


def _open(run: Run, key: UUID, wait: Waiting, now: datetime) -> None:
    told = wait.told
    row = Wait.objects.create(
        pk=key,
        run=run,
        step=wait.step,
        kind=told["kind"],
        # As the journal has it: not every database takes all that a node can make.
        offer=json.loads(encode({name: told[name] for name in OFFERED if name in told})),
        until=None if wait.until is None else datetime.fromtimestamp(wait.until, UTC),
        created=now,
    )
    if users := told.get("users"):
        row.users.add(*User.objects.filter(username__in=users))
    if groups := told.get("groups"):
        row.groups.add(*Group.objects.filter(name__in=groups))
