"""Blueprints whose runs queue, their starts, and what a worker claims, for tests of queues."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.actions.accept import OUTSIDE, Wishes
from runner.calls.settling import settle_run
from runner.graph import load
from runner.journal.reader import read_whole
from runner.models import Run
from runner.queue import claim
from tests.running.conftest import PURE, Site, rows
from tests.starting import start_run


def published(site: Site, document: dict[str, Any] = PURE, **queue: Any) -> Blueprint:
    """A published blueprint whose runs queue like this."""
    drawn = load({**document, "settings": {"queue": queue}})
    blueprint = create_blueprint(owner=site.owner, name="Queued", document=drawn)
    publish(blueprint, site.owner)
    return Blueprint.objects.select_related("published__drawing").get(pk=blueprint.pk)


def start(blueprint: Blueprint, wishes: Wishes = OUTSIDE, **inputs: Any) -> Run:
    return start_run(blueprint, inputs=inputs, wishes=wishes)


def claimed(most: int = 50, name: str = "w") -> list[Any]:
    claim.beat(name)
    return [run.id for run in claim.claim(name, most)]


def end(run: Any, status: str = "succeeded") -> None:
    """End a run as a worker's commit does, and draw the consequences."""
    key = getattr(run, "pk", run)
    Run.objects.filter(pk=key).update(
        status=status, finished=timezone.now(), unsettled=True, worker=""
    )
    settle_run(key)


def whole_inputs(run: Run) -> Any:
    """Return the inputs with which a run began, as its journal has them."""
    return read_whole(run.pk, 1)[0].data["inputs"]


def ended_at(run: Run) -> datetime:
    finished = Run.objects.get(pk=run.pk).finished
    assert finished is not None
    return finished


def starts(blueprint: Blueprint, number: int, **inputs: Any) -> list[Run]:
    """What so many starts at once lead to, each with its number as `n`."""

    async def race() -> list[Run]:
        one = partial(start, blueprint, **inputs)
        return await asyncio.gather(*(rows(partial(one, n=n)) for n in range(number)))

    return asyncio.run(race())
