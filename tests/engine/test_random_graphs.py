"""Random drawings, run by the engine and by an interpreter that is slow and obvious.

`CONDUCTOR_EXAMPLES=20000 pytest tests/engine/test_random_graphs.py` tries that many.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from runner.engine import Event, Execution, HostResources, Result
from runner.engine.earlier import Origin
from runner.engine.events import STEP_CANCELLED, STEP_ENDS
from runner.engine.reuse import Reuse, reuse
from runner.graph import Document, DocumentInvalid, Plan, compile, dump, load, to_json
from tests.engine.called_runs import Logged
from tests.engine.drawings import documents
from tests.engine.drawn_moments import RENAMED, turn
from tests.engine.drawn_nodes import RUN, SLOW, World
from tests.engine.reference import Reference, order_of
from tests.engine.reference_parts import START, Ended, Outcome, TooMuch
from tests.engine.virtual_time import run_at
from tests.thorough import examples

INPUTS = {"n": 1}
# When a run is cancelled from outside, in thousandths of a second; half of them are not.
CANCELS = st.integers(-2000, 2000)


@dataclass
class Drawn:
    """A drawing that is sound and ends soon, and the world that it runs in."""

    document: Document
    plan: Plan
    world: World
    cancelled_at: float | None = None
    rests: bool = False

    @classmethod
    def of(
        cls, drawn: dict[str, Any], world: World | None = None, cancelled_at: float | None = None
    ) -> Drawn:
        world = world or World()
        document = load(drawn)
        return cls(document, compile(document, world.types()), world, cancelled_at)

    def expected(self) -> Outcome:
        """Return what the reference says of it."""
        types, at = self.world.types(), self.cancelled_at
        told = Reference(
            self.document, types, SLOW, order_of(self.plan), RUN, cancelled_at=at, turn=turn
        )
        return told.run(INPUTS)

    def run(self, history: tuple[Event, ...] = ()) -> Result:
        """Let the engine run it, or go on with it at the moment at which it was cut."""
        at = history[-1].time if history else START
        return run_at(at, self.execute(history))

    async def execute(self, history: tuple[Event, ...]) -> Result:
        """Go on with it, and let it rest whenever only parked steps are left."""
        loop = asyncio.get_running_loop()
        events: tuple[Event, ...] = ()
        called = self.world.called
        while True:
            execution = Execution(
                self.plan,
                INPUTS,
                run_id=RUN,
                journal=Logged(RUN, called.heard),
                history=(*history, *events),
                resources=HostResources(keys=self.world, blueprints=called),
                on_parked=self.nobody if self.rests else None,
            )
            self.world.give(execution)
            if self.cancelled_at is not None and self.cancelled_at > loop.time():
                loop.call_at(self.cancelled_at, execution.cancel)
            elif self.cancelled_at is not None:
                execution.cancel()
            result = await execution.run()
            idle = result.status == "waiting" and len(result.events) <= 2
            assert not (events and idle), "it was claimed, and nothing was done"
            events += result.events
            if result.status != "waiting":
                await called.all_over()
                return replace(result, events=events)
            moments = [result.until, *(at for _, at in self.world.awaited())]
            if self.cancelled_at is not None and execution.state.ending is None:
                moments.append(self.cancelled_at)
            at = min((it for it in moments if it is not None), default=None)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(at):
                    await self.wait_for_called(execution)

    async def wait_for_called(self, execution: Execution) -> None:
        """Return when a run has ended for which a parked step waits."""
        called = self.world.called
        while not any(called.has_ended(it.waits_for) for _, it in execution.state.parked()):
            called.changed.clear()
            await called.changed.wait()

    def nobody(self) -> None:
        """Tell nobody that a step has parked: whoever executes the run looks when it rests."""


def sound(drawn: dict[str, Any], cancel: int = 0) -> Drawn:
    """Return a drawing that can be run; hypothesis tries another one otherwise.

    Where `cancel` is above 0, the run is cancelled after so many thousandths of a second.
    """
    try:
        # No step ends at that very moment.
        at = START + cancel / 1000 + 1e-7 if cancel > 0 else None
        found = Drawn.of(drawn, cancelled_at=at)
        found.expected()
    except (DocumentInvalid, TooMuch):
        assume(False)
        raise
    return found


def ended(events: Iterable[Event]) -> list[str]:
    """Return how each step ended, in an order that says nothing."""
    facts = [
        (event.step, event.type[5:], event.data.get("outputs") or {}, event.data.get("error"))
        for event in events
        if event.type in STEP_ENDS
    ]
    return sorted(json.dumps(fact, sort_keys=True) for fact in facts)


def as_ended(steps: Iterable[Ended]) -> list[str]:
    return sorted(json.dumps(step, sort_keys=True) for step in steps)


def called_by(drawn: Drawn) -> list[str]:
    """Return how each run ended that was called, and its steps, in an order that says nothing."""
    runs = drawn.world.called.runs.values()
    return sorted(
        json.dumps([it.run, told.status, dict(told.outputs), dict(told.error), ended(it.events)])
        for it in runs
        if not it.stillborn and (told := it.as_child())
    )


def as_called(outcome: Outcome) -> list[str]:
    return sorted(
        json.dumps([run, it.status, it.outputs, it.error or {}, as_ended(it.steps)])
        for run, it in outcome.called.items()
    )


def begins(mode: str) -> Callable[[Event], bool]:
    """Say of an event whether it begins a frame of a mode."""
    return lambda event: event.data.get("frame", {}).get("mode") == mode


def waited_for(event: Event) -> str | None:
    """Return for what kind of thing a step begins to wait, if it is parked for any."""
    told: str | None = event.data.get("for", {}).get("kind")
    return told if event.type == "step.waiting" else None


STATUSES = ("succeeded", "failed", "cancelled")
# What the drawings are to try, as their events tell of it.
TRIED: dict[str, Callable[[Event], bool]] = {
    "a step fires again": lambda event: "#" in (event.step or ""),
    "a step fails": lambda event: event.type == "step.failed",
    "a failed step is tried again": lambda event: event.type == "step.retrying",
    "a step waits": lambda event: event.type == "step.waiting",
    "a step is parked": lambda event: waited_for(event) not in (None, "key"),
    "a frame waits for a key": lambda event: waited_for(event) == "key",
    "somebody calls": lambda event: event.data.get("by") == "signal",
    "a step is cancelled": lambda event: event.type == STEP_CANCELLED,
    "a step is undone": lambda event: "[compensate]" in (event.step or ""),
    "a list is gone through": lambda event: event.type == "step.listed",
    "a frame is in a frame": lambda event: (event.step or "").count("/") > 1,
    "a frame cleans up": lambda event: "[finally]" in (event.step or ""),
    "the run fails": lambda event: event.type == "run.failed",
    "the run is cancelled": lambda event: event.type == "run.cancelled",
    **{f"a frame begins: {it}": begins(it) for it in ("each", "repeat", "try", "race", "group")},
}


def check_rules(drawn: Drawn) -> tuple[Event, ...]:
    """Compare the engine with the reference, and return what happened."""
    wanted, got = drawn.expected(), drawn.run()
    assert ended(got.events) == as_ended(wanted.steps)
    assert (got.status, got.outputs, got.error) == (wanted.status, wanted.outputs, wanted.error)
    assert got.events[-1].data.get("undo_errors", []) == wanted.undo_errors
    assert called_by(drawn) == as_called(wanted)
    assert len(drawn.world.calls) == len(set(drawn.world.calls))
    return got.events


def check_cuts(drawn: Drawn, cuts: list[int]) -> None:
    """Compare a run that is cut, goes on, and is cut again, with one that is not."""
    whole = drawn.run()
    wanted = {key for key, _ in drawn.world.calls}
    events, before = whole.events, drawn.world
    for cut in cuts:
        history = events[: cut % (len(events) + 1)]
        world = World(due=drawn.world.due)
        world.called.go_on_from(before.called, RUN, len(history))
        log = list(world.called.log)
        world.asked = {event.data["key"]: event.time for _, event in log if "key" in event.data}
        again = Drawn.of(to_json(drawn.document), world, drawn.cancelled_at)
        again.rests = True
        rest = again.run(history)
        events, before = (*history, *rest.events), again.world
        assert ended(events) == ended(whole.events)
        assert (rest.status, rest.outputs, rest.error) == (whole.status, whole.outputs, whole.error)
        # What had ended is not asked of the outside again, and what is has the same key.
        done = {f"{run}:{event.step}" for run, event in log if event.type in STEP_ENDS}
        assert called_by(again) == called_by(drawn)
        assert {key for key, _ in again.world.calls} <= wanted - done


def run_again(drawn: Drawn, origin: Result) -> tuple[Reuse, Result, set[str]]:
    """Run it again from what failed: what is taken over, the run, and what it asked outside."""
    queued = origin.events[0]._replace(time=START)
    before = Origin("r", drawn.plan, origin.events)
    begun = reuse(drawn.plan, before, queued, started=START)
    world = World()
    anew = Drawn.of(to_json(drawn.document), world)
    after = anew.run(tuple(begun.events))
    own = f"{RUN}:"
    asked = {key[len(own) :] for key, _ in world.calls if key.startswith(own)}
    return begun, after, asked | {it.path for it in world.called.runs.values() if it.parent == RUN}


def without_items(events: Sequence[Event]) -> list[Event]:
    """Leave out what became of items: a step that ended well is taken over without them."""
    return [event for event in events if not (event.step or "").endswith("]")]


@examples(50)
@given(documents(), CANCELS)
def test_what_a_run_again_takes_over_is_not_done_again(drawn: dict[str, Any], cancel: int) -> None:
    drawing = sound(drawn, cancel)
    # Nobody cancels it when it is run again, so it must come to an end by itself.
    sound(drawn)
    origin = drawing.run()
    begun, after, asked = run_again(drawing, origin)
    assert not asked & begun.reused.keys()
    events = [*begun.events, *after.events]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    ends = [event.step for event in events if event.type in STEP_ENDS]
    assert len(ends) == len(set(ends))
    if origin.status == "succeeded":
        assert (after.status, after.outputs) == ("succeeded", origin.outputs)
        # What a Stop node ends is ended anew, and cleans up again; what had not ended then may
        # begin anew before it, where what was undone comes before the Stop node.
        cut = {event.step for event in origin.events if event.type == STEP_CANCELLED}
        assert all("[finally]" in step or step in cut for step in asked)
        if all(node.kind != "flow.stop" for node in drawing.document.nodes.values()):
            assert not asked
            assert ended(without_items(events)) == ended(without_items(origin.events))


def test_a_random_drawing_runs_as_the_rules_say_and_all_that_is_tried_is_no_rarity() -> None:
    seen = Counter[str]()

    @examples(200)
    @given(documents(), CANCELS)
    def check(drawn: dict[str, Any], cancel: int) -> None:
        drawing = sound(drawn, cancel)
        events = check_rules(drawing)
        seen["drawings"] += 1
        seen.update(what for what, is_it in TRIED.items() if any(map(is_it, events)))
        joins = [name for name, node in drawing.document.nodes.items() if node.kind == "flow.join"]
        seen["a join fires"] += any(
            event.step in joins for event in events if event.data.get("outputs")
        )
        called = drawing.world.called.runs.values()
        seen.update({f"a called run has {it.as_child().status}" for it in called})

    check()
    tried = (*TRIED, "a join fires", *(f"a called run has {it}" for it in STATUSES))
    rare = {what: seen[what] for what in tried if 20 * seen[what] < seen["drawings"]}
    assert not rare, f"of {seen['drawings']} drawings too few try what they are to try: {rare}"


@examples(60)
@given(documents(ties=False), CANCELS, st.lists(st.integers(0, 10_000), min_size=3, max_size=3))
def test_cut_at_any_event_a_run_ends_as_if_it_had_never_stopped(
    drawn: dict[str, Any], cancel: int, cuts: list[int]
) -> None:
    check_cuts(sound(drawn, cancel), cuts)


@examples(15)
@given(documents())
def test_what_nothing_leads_to_changes_nothing(drawn: dict[str, Any]) -> None:
    assume("m" in drawn["nodes"])
    before = sound(drawn).run()
    beside = {"x1": {"kind": "both"}, "x2": {"kind": "guard"}}
    edges = ["x1.out -> x2.in", "x2.again -> x1.a"]
    more = {**drawn, "nodes": {**beside, **drawn["nodes"]}, "edges": [*edges, *drawn["edges"]]}
    after = Drawn.of(more).run()
    skipped = [Ended(name, "skipped", {}, None) for name in beside]
    assert ended(after.events) == sorted([*ended(before.events), *as_ended(skipped)])
    assert (after.status, after.outputs, after.error) == (
        before.status, before.outputs, before.error,
    )  # fmt: skip


@examples(15)
@given(documents())
def test_new_names_only_rename(drawn: dict[str, Any]) -> None:
    before = sound(drawn).run()
    renamed = json.loads(re.sub(r"\b(m|n\d+)\b", rf"\1{RENAMED}", json.dumps(drawn)))
    after = Drawn.of(renamed).run()
    found = sorted(text.replace(RENAMED, "") for text in ended(after.events))
    assert found == ended(before.events)
    assert after.status == before.status


@examples(15)
@given(documents())
def test_written_as_a_file_and_read_again_it_is_the_same(drawn: dict[str, Any]) -> None:
    document = load(drawn)
    assert load(dump(document)) == document
    assert load(json.dumps(to_json(document))) == document
