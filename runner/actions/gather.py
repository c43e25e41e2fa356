"""Starts that make no run of their own: the same as another, or gathered in one that will begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from runner.journal.encoding import encode
from runner.journal.spill import whole
from runner.models import KeyKind, Run, RunKey
from runner.queue import put_off
from runner.queue.places import Place

LARGEST = 1024 * 1024
"""Bytes of JSON at which a batch begins, however few it has."""


def first_with(blueprint: UUID, key: str) -> Run | None:
    """Return the run that stands for all starts with this unique key, if there is one now."""
    rows = RunKey.objects.filter(blueprint=blueprint, kind=KeyKind.UNIQUE, key=key)
    row = rows.select_related("run__blueprint").first()
    if row is None:
        return None
    holds = row.run.finished is None or (row.until is not None and row.until > timezone.now())
    return row.run if holds else None


def remember(run: Run, place: Place) -> None:
    """Have later starts with the same unique key lead to this run."""
    most = place.settings.unique_for
    until = None if most is None else timezone.now() + timedelta(seconds=most)
    RunKey.objects.update_or_create(
        blueprint_id=run.blueprint_id,
        kind=KeyKind.UNIQUE,
        key=place.unique,
        defaults={"run": run, "until": until},
    )


def begin(run: Run, place: Place) -> None:
    """Have later starts with the same key be gathered in this run, until it begins."""
    assert place.gather is not None
    RunKey.objects.update_or_create(
        blueprint_id=run.blueprint_id,
        kind=KeyKind.GATHER,
        key=place.gather,
        defaults={"run": run, "until": None},
    )
    _begin_where_full(run, place)


def gathered(blueprint: UUID, place: Place, inputs: dict[str, Any]) -> Run | None:
    """Gather a start in the run that takes it in, and return that; None where there is none."""
    assert place.gather is not None
    run = put_off.gathering(blueprint, place.gather)
    if run is None:
        return None
    if (debounce := place.settings.debounce) is not None:
        until = timezone.now() + timedelta(seconds=debounce.seconds)
        if debounce.at_most is not None:
            until = min(until, run.created + timedelta(seconds=debounce.at_most))
        put_off.take_in(run, inputs, until)
    else:
        events = [*whole(run.pk, run.inputs)["events"], inputs]
        assert run.wake_at is not None
        put_off.take_in(run, {"events": events}, run.wake_at)
        _begin_where_full(run, place)
    return run


def first_inputs(place: Place, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return what a run begins with that gathers starts, after the first of them."""
    return {"events": [inputs]} if place.settings.batch is not None else inputs


def first_moment(place: Place) -> datetime:
    """Return when a run begins that gathers starts, if none come after the first."""
    given = place.settings.batch or place.settings.debounce
    assert given is not None
    return timezone.now() + timedelta(seconds=given.seconds)


def _begin_where_full(run: Run, place: Place) -> None:
    batch = place.settings.batch
    if batch is None:
        return
    inputs = whole(run.pk, run.inputs)
    if len(inputs["events"]) >= batch.most or len(encode(inputs)) >= LARGEST:
        put_off.let_begin(run)
