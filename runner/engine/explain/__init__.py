"""Why each node of a run ran, waits or did not run: a plan and events give chains of reasons.

It reads nothing else, so it answers for any moment of a run, ended or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from runner.engine.account import Account, node_of, scope_of
from runner.engine.events import Event
from runner.engine.explain.elsewhere import why_elsewhere
from runner.engine.explain.fired import Fired
from runner.engine.explain.insides import (
    MOVING,
    Inside,
    has_inside,
    not_begun,
    opened_of,
    why_not_begun,
    within,
)
from runner.engine.explain.items import count_of, told_of, why_no_item
from runner.engine.explain.missing import MOST_REASONS, Missing
from runner.engine.explain.trail import Trail
from runner.engine.reasons import Explanation, Reason
from runner.engine.state import RunState
from runner.graph.plan import Plan, PlanNode


def explain(plan: Plan, events: Iterable[Event], node: str | None = None) -> list[Explanation]:
    """Return why each node, or the one named, stands as it does after these events.

    `node` is a node's id, `orders[3]` for an item, or a step path: `fetch#2` for its second
    firing, `fetch#1` for its first where there are more, `orders[3]/fetch` for what became of
    it in one iteration, also where it did not fire there.
    The events are gone through several times, so they must not be an iterator. However often the
    nodes fired, only what can be seen from their last firings stays in memory.
    Raises KeyError for a node, firing or iteration that is not there.
    """
    trail = Trail(plan, events)
    if node is None or node in plan.index:
        nodes = plan.nodes if node is None else (plan.nodes[plan.index[node]],)
        scopes = {it.id: trail.scope_of(it) for it in nodes}
        account = Account(plan, events, scopes.values(), trail.state)
        return [_by_last(account, it, scopes[it.id]) for it in nodes]
    if node.endswith("]"):
        return [_item(plan, events, node, trail.state)]
    # Without a number a node's id asks for the last firing.
    path = node.removesuffix("#1")
    account = Account(plan, events, [scope_of(node)], trail.state, [path])
    if path in account.steps:
        return [_fired(account, path)]
    scope, _, name = node.rpartition("/")
    if not scope or name not in plan.index:
        raise KeyError(node)
    asked = plan.nodes[plan.index[name]]
    inside = not_begun(account, asked, scope)
    if inside is not None and not inside.scope and _began(events, inside.owner):
        raise KeyError(node)
    return [_unfired(account, asked, inside or scope)]


def _item(plan: Plan, events: Iterable[Event], path: str, state: RunState) -> Explanation:
    """Explain an iteration of a frame, or an item of a node that goes through a list."""
    inside = Inside.of(path)
    account = Account(plan, events, [path], state, [inside.owner])
    step = account.steps.get(inside.owner)
    if step is None or not inside.place:
        raise KeyError(path)
    if step.node.spec.begins:
        if path in account.begun:
            return _fired(account, inside.owner)
        if step.openings and not has_inside(account, step, inside):
            raise KeyError(path)
        return _told(step.node, None, *_one(why_not_begun(account, inside, 0)))
    if not step.node.settings.each or not inside.place.isdecimal() or inside.opening > 1:
        raise KeyError(path)
    if (item := told_of(step, events, path)) is not None:
        account.steps[path] = item
        return _fired(account, path)
    count = count_of(account, events, inside.owner)
    if count is not None and int(inside.place) >= count:
        raise KeyError(path)
    return _told(step.node, None, *_one(why_no_item(step, inside, count)))


def _one(found: tuple[str, Reason]) -> tuple[str, Iterator[Reason]]:
    return found[0], iter([found[1]])


def _began(events: Iterable[Event], owner: str) -> bool:
    """Say whether anything has happened inside of a frame's firing."""
    starts = tuple(f"{owner}{mark}" for mark in "[~/")
    return any(event.step is not None and event.step.startswith(starts) for event in events)


def _by_last(account: Account, node: PlanNode, scope: str) -> Explanation:
    """Explain a node by its last firing, which is in that scope, or what it waits for since."""
    path = account.last_in.get((scope, node.id))
    if path is None:
        return _unfired(account, node, within(account, node, scope))
    found = _fired(account, path)
    if found.status in MOVING:
        return found
    waits = tuple(Missing(account, scope_of(path)).waits(node))
    if not waits:
        return found
    return _told(node, path, "pending", iter([*waits, *found.reasons]))


def _fired(account: Account, path: str) -> Explanation:
    step = account.steps[path]
    return _told(step.node, path, step.status, Fired(account, path).reasons())


def _unfired(account: Account, node: PlanNode, place: str | Inside) -> Explanation:
    """Explain a node that did not fire in a scope, or whose scope did not even begin."""
    if (found := why_elsewhere(account, node, place)) is not None:
        return _told(node, None, *_one(found))
    if isinstance(place, str):
        return _told(node, None, *Missing(account, place).unfired(node))
    step = account.steps.get(place.owner)
    if step is not None and (step.status != "queued" and not _kept_out(account, place)):
        status, reason = why_not_begun(account, place, 0)
        return _told(node, None, status, iter([reason]))
    if step is not None:
        around = _fired(account, place.owner)
    else:
        frame = account.plan.nodes[account.plan.index[node_of(place.owner)]]
        around = _unfired(account, frame, scope_of(place.owner))
    status = "not_reached" if around.status == "not_reached" else "pending"
    begun = "did not begin" if status == "not_reached" else "has not begun"
    said = f"{place.name} {begun}." if place.scope else f"`{place.owner}` {begun}."
    first = Reason("inside_not_begun", said, 0, node_of(place.owner), step=around.step)
    deeper = (replace(it, depth=it.depth + 1) for it in around.reasons)
    return _told(node, None, status, iter([first, *deeper]))


def _kept_out(account: Account, place: Inside) -> bool:
    """Say whether its frame has fired, and waits for a key or for its next attempt."""
    opened = opened_of(account, place)
    if opened is not None:
        return opened.waits
    return account.steps[place.owner].status in ("retrying", "waiting")


def _told(node: PlanNode, path: str | None, status: str, found: Iterator[Reason]) -> Explanation:
    return Explanation(node.id, path, status, tuple(islice(found, MOST_REASONS)))


__all__ = ["explain"]
