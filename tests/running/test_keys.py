"""Keys that frames of several runs take in turn: over crashes, ends of any kind, calls, reruns."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from editor.models import Blueprint
from runner.actions import cancel_run
from runner.actions.explanation import explain_run
from runner.actions.rerun import Start, rerun
from runner.engine import Fenced
from runner.engine.keys import Wanted
from runner.journal.reader import read_events
from runner.models import KeyTurn, Run, Signal
from runner.queue import keys, signals
from tests.running.conftest import Site, ended, rows, until
from tests.running.queued import claimed
from tests.running.test_calls import published, started
from tests.running.test_parked import let_go, working


def section(scope: str = "blueprint", key: str = "tape", **nodes: Any) -> dict[str, Any]:
    """A drawing: a critical section in which a call is waited for, then an output."""
    inside = nodes or {"wait": {"kind": "flow.receive"}}
    drawn = {
        "start": {"kind": "trigger.manual"},
        "section": {"kind": "frame.group", "parameters": {"key": key, "scope": scope}},
        **{name: {"frame": "section", **node} for name, node in inside.items()},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    path = ["section.start", *(f"{it}.in {it}.out" for it in inside), "section.result"]
    edges = " ".join(path).split()
    pairs = [f"{a} -> {b}" for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return {
        "format": "conductor/1",
        "name": "Section",
        "nodes": drawn,
        "edges": ["start.out -> section.in", *pairs, "section.out -> out.in"],
    }


def go_on(run: Run, step: str = "section/wait") -> None:
    signals.send(run.pk, step, "go", {"went": "on"})


def why(run: Run, node: str = "section") -> list[tuple[str, str]]:
    _, (told,) = explain_run(Run.objects.get(pk=run.pk), node)
    return [(it.code, it.message) for it in told.reasons]


def has_it() -> list[UUID]:
    rows = KeyTurn.objects.filter(granted__isnull=False).order_by("run")
    return list(rows.values_list("run", flat=True))


def steps(run: Run, kind: str) -> list[str]:
    return [event["step"] for event in read_events(run.pk) if event["type"] == kind]


async def test_frames_of_several_runs_go_one_after_the_other_whoever_works_on_them(
    site: Site,
) -> None:
    blueprint = await rows(lambda: published(site, "A", section("owner")))
    other = await rows(lambda: published(site, "B", section("owner")))
    first = await rows(lambda: started(blueprint))
    async with working():
        await until(partial(let_go, first))
        second, third = [await rows(partial(started, it)) for it in (other, blueprint)]
        # Who waits costs no more than rows.
        await until(partial(let_go, second))
        await until(partial(let_go, third))
        told = await rows(lambda: why(second))
        assert [code for code, _ in told][:2] == ["waits_for_key", "key_held"]
        assert f"Run {first.pk} has it, which is of another blueprint" in told[1][1]
        assert "key_held" in [code for code, _ in await rows(lambda: why(second, "wait"))]
        said = (await rows(lambda: why(third)))[1][1]
        assert "in `section`, since" in said
        assert "1 other waits" in said
    # The key is the run's, not the worker's.
    async with working():
        assert await rows(has_it) == [first.pk]
        await rows(lambda: go_on(first))
        await until(ended(first))
        await until(lambda: has_it() == [second.pk])
        assert await rows(lambda: steps(third, "step.started")) == ["section"]
        await rows(lambda: cancel_run(second))
        await until(lambda: "section/wait" in steps(third, "step.started"))
        await rows(lambda: go_on(third))
        row = await until(ended(third))
    assert (row.status, row.outputs) == ("succeeded", {"got": {"went": "on"}})
    assert not await rows(KeyTurn.objects.exists)


def claimed_run(blueprint: Blueprint, **row: Any) -> Run:
    run = started(blueprint)
    assert run.pk in claimed()
    Run.objects.filter(pk=run.pk).update(**row)
    return Run.objects.get(pk=run.pk)


def turns(run: Run, *paths: str, key: str = "tape", scope: str = "blueprint") -> dict[str, bool]:
    wanted = [Wanted(path, key, scope) for path in paths]
    return {path: it.granted for path, it in keys.turns(run.pk, run.epoch, wanted).items()}


def test_a_key_counts_where_it_says_and_is_never_with_two(site: Site) -> None:
    one, two = published(site, "A", section()), published(site, "B", section())
    first, second, other = claimed_run(one), claimed_run(one), claimed_run(two)
    assert turns(first, "section") == turns(other, "section") == {"section": True}
    assert turns(second, "section") == {"section": False}
    # Who slept while another worker took its run over has no say.
    stale = Run.objects.get(pk=first.pk)
    Run.objects.filter(pk=first.pk).update(epoch=first.epoch + 1)
    with pytest.raises(Fenced):
        turns(stale)
    assert first.pk in has_it()
    # A run that is deleted gives nothing back: it is found out.
    Run.objects.filter(pk=first.pk).delete()
    keys.sweep()
    assert has_it() == sorted([other.pk, second.pk])
    told = Signal.objects.filter(run=second, step="section")
    assert told.count() == 1
    # Who has not asked since is told once more.
    KeyTurn.objects.filter(run=second).update(granted=timezone.now() - timedelta(seconds=9))
    keys.sweep()
    assert told.count() == 2
    assert turns(second, "section") == {"section": True}
    keys.sweep()
    assert told.count() == 2


def test_runs_that_wait_for_one_anothers_keys_for_ever_are_told_so(site: Site) -> None:
    blueprint = published(site, "A", section())
    one, two = claimed_run(blueprint), claimed_run(blueprint)

    def both(run: Run, first: str, then: str) -> str:
        wanted = [Wanted("f", first, "owner"), Wanted("f/g", then, "owner")]
        return keys.turns(run.pk, run.epoch, wanted)["f/g"].stuck

    assert turns(one, "f", key="x", scope="owner") == turns(two, "f", key="y", scope="owner")
    assert both(one, "x", "y") == ""
    assert f"which run {one.pk} has" in both(two, "y", "x")
    assert 'wants the key "x"' in both(two, "y", "x")
    assert 'waits for the key "y", which this one has' in both(two, "y", "x")
    # What does not lie within the frame that has the other key ends by itself.
    wanted = [Wanted("f", "y", "owner"), Wanted("g", "x", "owner")]
    assert keys.turns(two.pk, two.epoch, wanted)["g"].stuck == ""


def ring(blueprint: Blueprint, count: int) -> tuple[list[Run], list[list[Wanted]]]:
    """Return runs that each have a key, and what they want who also want the next one's."""
    runs, names = [claimed_run(blueprint) for _ in range(count)], [f"k{it}" for it in range(count)]
    for run, name in zip(runs, names, strict=True):
        assert turns(run, "f", key=name, scope="owner") == {"f": True}
    pairs = zip(names, [*names[1:], names[0]], strict=True)
    return runs, [[Wanted("f", a, "owner"), Wanted("f/g", b, "owner")] for a, b in pairs]


def test_a_ring_of_three_is_told_with_its_runs_and_keys(site: Site) -> None:
    (a, b, c), wanted = ring(published(site, "A", section()), 3)
    assert keys.turns(a.pk, a.epoch, wanted[0])["f/g"].stuck == ""
    assert keys.turns(b.pk, b.epoch, wanted[1])["f/g"].stuck == ""
    assert keys.turns(c.pk, c.epoch, wanted[2])["f/g"].stuck == (
        f'It wants the key "k0", which run {a.pk} has, and that one waits for the key "k1", '
        f'which run {b.pk} has, and that one waits for the key "k2", which this one has. '
        "Take the keys in the same order everywhere."
    )


def test_a_ring_that_nobody_saw_when_it_closed_is_found_later(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs, wanted = ring(published(site, "A", section()), 4)
    with monkeypatch.context() as at_once:
        at_once.setattr(keys, "_why_never", lambda *_: "")
        for run, these in zip(runs, wanted, strict=True):
            assert keys.turns(run.pk, run.epoch, these)["f/g"].stuck == ""
    keys.sweep()
    assert not Signal.objects.filter(step="f/g").exists()
    KeyTurn.objects.update(created=timezone.now() - timedelta(seconds=9))
    keys.sweep()
    # One of them gives way, not each.
    (told,) = Signal.objects.filter(step="f/g").values_list("run", flat=True)
    last = runs[-1]
    assert told == last.pk
    assert "which this one has" in keys.turns(last.pk, last.epoch, wanted[-1])["f/g"].stuck
    # The frame around it fails with that, and what it had goes to who waits.
    keys.turns(last.pk, last.epoch, [])
    keys.sweep()
    assert Signal.objects.filter(step="f/g").values("run").distinct().count() == 2
    assert turns(runs[2], "f", "f/g")


def test_what_is_called_within_a_frame_has_its_key_where_its_end_is_waited_for(site: Site) -> None:
    called = published(site, "A", section("owner"))
    call = {"kind": "blueprint.call", "parameters": {"blueprint": "A", "wait": True}}
    waits = published(site, "W", section("owner", call=call))
    call = {**call, "parameters": {"blueprint": "A", "wait": False}}
    leaves = published(site, "L", section("owner", call=call))
    for caller, within in ((waits, True), (leaves, False)):
        parent = claimed_run(caller)
        child = claimed_run(called, parent=parent, parent_step="section/call")
        beside = claimed_run(called, parent=parent, parent_step="call")
        for run, wanted in ((parent, True), (child, within), (beside, False)):
            assert turns(run, "section", scope="owner") == {"section": wanted}
        for run in (parent, child, beside):
            keys.give_back([run])


async def test_what_a_rerun_has_left_of_a_section_waits_for_the_key(site: Site) -> None:
    nodes: dict[str, Any] = {
        "done": {"kind": "data.set", "parameters": {"fields": {"n": "{{ now }}"}}},
        "wait": {"kind": "flow.receive"},
    }
    blueprint = await rows(lambda: published(site, "A", section(**nodes)))
    origin, other = [await rows(lambda: started(blueprint)) for _ in range(2)]
    async with working():
        await until(partial(let_go, origin))
        await rows(lambda: cancel_run(origin))
        await until(ended(origin))
        await until(lambda: "section/wait" in steps(other, "step.started"))

        def again() -> Run:
            run = Run.objects.get(pk=origin.pk)
            made = rerun(
                run, Start("failed"), drawing=run.drawing, version=run.version, trigger="manual",
                by=site.owner,
            )  # fmt: skip
            assert made.run is not None
            assert made.reused["section/done"] == "section/done"
            return made.run

        run = await rows(again)
        await until(partial(let_go, run))
        assert (await rows(lambda: why(run)))[0][0] == "waits_for_key"
        assert "section/wait" not in await rows(lambda: steps(run, "step.started"))
        await rows(lambda: go_on(other))
        await until(lambda: "section/wait" in steps(run, "step.started"))
        await rows(lambda: go_on(run))
        row = await until(ended(run))
    assert row.status == "succeeded"
    assert "section/done" not in await rows(lambda: steps(run, "step.started"))
