"""Why what cleans up, or undoes a step, has not run, at every moment of a run."""

from __future__ import annotations

from typing import Any

from runner.engine import Result, run
from runner.engine.explain import explain
from runner.graph import Plan
from tests.engine.explained import words
from tests.engine.frames import frame, inside, plan


def told(drawn: Plan, result: Result, at: str, node: str) -> tuple[str, str]:
    """Return how a node stands, and why, when a step has just begun or ended."""
    cut = next(it.seq for it in result.events if it.step == at)
    (found,) = explain(drawn, result.events[:cut], node)
    return found.status, words(found)


async def test_what_a_try_has_not_come_to_may_still_come() -> None:
    drawn = plan(
        {"m": "trigger.manual", "t": frame("try"), "a": inside("async", "t"),
         "sorry": inside("async", "t"), "close": inside("async", "t"), "end": inside("async", "t")},
        "m.out -> t.in", "t.try -> a.in", "a.out -> t.result", "t.catch -> sorry.in",
        "sorry.out -> t.result", "t.finally -> close.in", "close.out -> end.in",
    )  # fmt: skip
    result = await run(drawn)
    now = [told(drawn, result, "t[try]/a", node) for node in ("sorry", "close", "end")]
    assert now == [
        ("pending", "`t[catch]` has not begun: nothing has failed in `t` so far."),
        ("pending", "`t[finally]` has not begun: `t` has not come to it."),
        (
            "pending",
            "`close` has not been reached. `t[finally]` has not begun: `t` has not come to it.",
        ),
    ]
    (found,) = explain(drawn, result.events, "sorry")
    assert found.status == "not_reached"


async def test_parts_of_a_try_that_ends_early_say_what_is_still_to_come() -> None:
    drawn = plan(
        {"m": "trigger.manual", "t": frame("try"), "a": inside("async", "t", {"compensate": True}),
         "u": inside("async", "t"), "x": inside("fail", "t"), "h": inside("hang", "t"),
         "sorry": inside("async", "t"), "close": inside("async", "t")},
        "m.out -> t.in", "t.try -> a.in", "a.out -> x.in", "a.out -> h.in", "a.compensate -> u.in",
        "x.out -> t.result", "t.catch -> sorry.in", "sorry.out -> t.result",
        "t.finally -> close.in",
    )  # fmt: skip
    result = await run(drawn)
    first = (
        "pending",
        "`t[catch]` has not begun: what was begun in `t` before ends, or is undone, first.",
    )
    cleans = ("pending", "`t[finally]` has not begun: `t` has not come to it.")
    failed = next(it.seq for it in result.events if it.type == "step.failed")
    (found,) = explain(drawn, result.events[:failed], "sorry")
    assert (found.status, words(found)) == first
    for at, node, expected in (
        ("t[try]/a[compensate]/u", "sorry", first),
        ("t[try]/a[compensate]/u", "close", cleans),
        ("t[catch]/sorry", "close", cleans),
    ):
        assert told(drawn, result, at, node) == expected


async def test_what_nothing_has_to_catch_is_told_as_soon_as_the_try_cleans_up() -> None:
    drawn = plan(
        {"m": "trigger.manual", "t": frame("try"), "a": inside("async", "t"),
         "sorry": inside("async", "t"), "close": inside("async", "t")},
        "m.out -> t.in", "t.try -> a.in", "a.out -> t.result", "t.catch -> sorry.in",
        "t.finally -> close.in",
    )  # fmt: skip
    assert told(drawn, await run(drawn), "t[finally]/close", "sorry") == (
        "not_reached",
        "`t[catch]` did not begin: nothing failed in `t`.",
    )


async def test_a_try_that_is_cancelled_still_cleans_up() -> None:
    drawn = plan(
        {"m": "trigger.manual", "t": frame("try"), "h": inside("hang", "t"),
         "sorry": inside("async", "t"), "close": inside("async", "t"), "x": "fail"},
        "m.out -> t.in", "m.out -> x.in", "t.try -> h.in", "h.out -> t.result",
        "t.catch -> sorry.in", "t.finally -> close.in",
    )  # fmt: skip
    result = await run(drawn)
    cut = next(it.seq for it in result.events if it.type == "run.ending")
    states = {it.node: it.status for it in explain(drawn, result.events[:cut])}
    assert (states["close"], states["sorry"]) == ("pending", "not_reached")


def order(refund: str, **settings: Any) -> Plan:
    undoable = {"compensate": True}
    return plan(
        {"m": "trigger.manual", "reserve": {"kind": "async", "settings": undoable},
         "charge": {"kind": "async", "settings": undoable}, "release": "async",
         "refund": refund, "ship": "fail"},
        "m.out -> reserve.in", "reserve.out -> charge.in", "charge.out -> ship.in",
        "reserve.compensate -> release.in", "charge.compensate -> refund.in", settings=settings,
    )  # fmt: skip


async def test_what_is_to_be_undone_says_what_comes_before_it() -> None:
    drawn = order("async")
    result = await run(drawn)
    assert told(drawn, result, "charge", "release") == (
        "pending",
        "`reserve` is not undone: nothing has failed so far that would have it undone.",
    )
    assert told(drawn, result, "charge[compensate]/refund", "release") == (
        "pending",
        "`reserve` is not undone yet: what was done after it is undone first.",
    )


async def test_where_other_branches_end_first_it_says_so() -> None:
    undoable = {"compensate": True}
    drawn = plan(
        {"m": "trigger.manual", "a": {"kind": "async", "settings": undoable}, "undo": "async",
         "x": "fail", "b": "async", "c": "async"},
        "m.out -> a.in", "a.out -> x.in", "a.out -> b.in", "b.out -> c.in",
        "a.compensate -> undo.in", settings={"on_failure": "finish"},
    )  # fmt: skip
    assert told(drawn, await run(drawn), "c", "undo") == (
        "pending",
        "`a` is not undone yet: what still runs, or cleans up, ends first.",
    )


async def test_what_there_was_no_time_to_undo_says_so() -> None:
    drawn = order("hang", cleanup_timeout=0.05)
    result = await run(drawn)
    (found,) = explain(drawn, result.events, "release")
    assert (found.status, words(found)) == (
        "not_reached",
        "`reserve` was not undone: the time for what cleans up and undoes was over.",
    )
