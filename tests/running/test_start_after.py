"""Blueprints that start after others, drawn at random, against a slow and obvious reference.

The runs' ends are written as workers write them, at random moments and in random order, some of
them while nobody draws consequences for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from editor.models import Blueprint
from runner.calls.settling import settle
from runner.engine.events import Event
from runner.journal.committer import Committer
from runner.journal.sources import OneWrite
from runner.journal.window import RunWrite
from runner.models import Run
from runner.nodes.blueprints import AfterParameters
from tests.running.conftest import PURE, Site, rows
from tests.running.test_calls import drawing, published
from tests.starting import start_run
from tests.thorough import times

BEGIN = 2_000_000_000
STATUSES = ("succeeded", "succeeded", "succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class End:
    """A run that ended; `blueprint`: whose published version it was, None for a draft's."""

    run: UUID
    blueprint: str | None
    status: str
    at: float


@dataclass
class Follower:
    """What should start at one trigger, told of one end after another: the reference."""

    wanted: AfterParameters
    last: dict[str, End] = field(default_factory=dict)

    def told(self, end: End) -> list[End]:
        """Return the ends after which a run starts now; none where it does not."""
        wanted = self.wanted
        if end.blueprint not in wanted.blueprints or wanted.ended not in ("any", end.status):
            return []
        if wanted.wants == "any":
            return [end]
        known = self.last.get(end.blueprint)
        if known is None or known.at < end.at:
            self.last[end.blueprint] = end
        if set(self.last) != set(wanted.blueprints):
            return []
        moments = [it.at for it in self.last.values()]
        if wanted.window is not None and max(moments) - min(moments) > wanted.window:
            return []
        found = [self.last[name] for name in wanted.blueprints]
        self.last.clear()
        return found


class World:
    """Some blueprints, others that start after them, and some after those."""

    def __init__(self, site: Site, seed: int) -> None:
        self.random = Random(seed)
        self.blueprints: list[Blueprint] = []
        # By the follower's id and its trigger node.
        self.followers: dict[tuple[UUID, str], Follower] = {}
        for number in range(2):
            self.blueprints.append(published(site, f"Source {seed} {number}", PURE))
        for number in range(2):
            wanted = {f"after{node}": self._wanted() for node in range(self.random.choice((1, 2)))}
            nodes = {
                node: {"kind": "trigger.blueprint", "parameters": it.model_dump()}
                for node, it in wanted.items()
            }
            made = published(site, f"Follower {seed} {number}", drawing(nodes))
            self.blueprints.append(made)
            self.followers |= {(made.pk, node): Follower(it) for node, it in wanted.items()}

    def _wanted(self) -> AfterParameters:
        names = [it.name for it in self.blueprints]
        wants = self.random.choice(("all", "all", "all", "any"))
        fewest = 2 if wants == "all" else 1
        return AfterParameters(
            blueprints=self.random.sample(names, self.random.randint(fewest, len(names))),
            wants=wants,
            ended=self.random.choice(("succeeded", "succeeded", "any", "any", "failed")),
            window=self.random.choice((None, None, 20, 40)),
        )

    def make_runs(self, site: Site) -> list[Run]:
        """Start some runs; return these and those that were started after others, as they come."""
        for _ in range(self.random.randint(2, 5)):
            start_run(self.random.choice(self.blueprints))
        if self.random.random() < 0.3:
            site.blueprint = self.random.choice(self.blueprints)
            site.start(PURE)
        going_on = Run.objects.filter(finished__isnull=True, blueprint__in=self.blueprints)
        found = list(going_on.select_related("blueprint").order_by("created"))
        self.random.shuffle(found)
        return found

    def end(self, run: Run, at: float) -> End:
        name = run.blueprint.name if run.version_id else None
        return End(run.pk, name, self.random.choice(STATUSES), at)

    def expected(self, ends: Sequence[End]) -> list[tuple[UUID, str, list[str]]]:
        return [
            (blueprint, node, [str(it.run) for it in found])
            for end in sorted(ends, key=lambda end: end.at)
            for (blueprint, node), follower in self.followers.items()
            if (found := follower.told(end))
        ]


async def write_end(committer: Committer, run: Run, end: End) -> None:
    data: dict[str, Any] = {"outputs": {}} if end.status == "succeeded" else {"reason": "so"}
    event = Event(run.noted_seq + 1, end.at, f"run.{end.status}", None, data)
    write = OneWrite(
        asyncio.get_running_loop(), RunWrite(run.pk, run.blueprint_id, run.epoch, "", [event])
    )
    committer.put(write)
    await write.future


def started_after(world: World) -> list[tuple[UUID, str, list[str]]]:
    while settle():
        pass
    found = Run.objects.filter(trigger="after", blueprint__in=world.blueprints)
    return [
        (run.blueprint_id, run.trigger_node, [it["run"] for it in run.inputs["runs"]])
        for run in found
    ]


async def test_what_starts_after_others_starts_as_often_and_after_those_that_it_should(
    site: Site, committer: Committer
) -> None:
    started = 0
    for seed in range(times(8)):
        world = await rows(partial(World, site, seed))
        expected: list[tuple[UUID, str, list[str]]] = []
        for turn in range(6):
            runs = await rows(partial(world.make_runs, site))
            # What a worker writes late, as after an outage, ended before what is known already.
            moments = [BEGIN + 20 * turn + world.random.random() * 90 for _ in runs]
            some = runs[: world.random.randint(0, len(runs))]
            ends = [world.end(run, at) for run, at in zip(some, moments, strict=False)]
            for run, end in zip(some, ends, strict=True):
                await write_end(committer, run, end)
            expected += world.expected(ends)
            found = await rows(partial(started_after, world))
            assert sorted(found) == sorted(expected), f"{seed=} {turn=}"
        started += len(expected)
    assert started > times(8)
