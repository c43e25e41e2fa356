"""The items of a node that goes through a list: how each stands, and why one did not begin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runner.engine import events as e
from runner.engine.account import Account, Told, node_of, scope_of
from runner.engine.events import Event
from runner.engine.explain.insides import MOVING, Inside, never_came
from runner.engine.firing import Firing
from runner.engine.reasons import Reason, ended


def going_through(firing: Firing) -> str:
    """Say how far a step that is under way has come with its list."""
    items = (firing.items or {}).values()
    moving = [it for it in items if it.is_open]
    waiting = sum(it.paced or (it.parking is not None and it.parking.waiting) for it in moving)
    came = firing.listed or firing.inputs.get(firing.node.inputs[0].name)
    whole = f" of {len(came)} items" if type(came) is list else ""
    under_way = f"{len(moving)} under way{f' ({waiting} of them waiting)' if waiting else ''}"
    return f"It goes through its list{whole}: {len(items) - len(moving)} ended, {under_way}."


def told_of(step: Told, events: Iterable[Event], path: str) -> Told | None:
    """Return what the events say of one item of a step; None where none tells of it."""
    item = Told(step.node, refs=step.refs)
    begun = False
    for event in events:
        if event.step == path:
            item.take(event)
            begun = True
    return item if begun else None


def count_of(account: Account, events: Iterable[Event], owner: str) -> int | None:
    """Return how many items the list has that a step goes through; None where no event tells."""
    step = account.steps[owner]
    port = step.node.inputs[0].name
    refs = (step.refs or {}).get(port, [])
    source, output = refs[0] if len(refs) == 1 else (None, None)
    came: Any = _entered(account, source, owner) if source is not None else None
    edited: list[Any] = []
    for event in events:
        data = event.data
        if event.step == owner and event.type == e.STEP_LISTED:
            return len(data["items"])
        if event.step == owner and event.type == e.STEP_EDITED and port in data["inputs"]:
            edited = [data["inputs"][port]]
        elif source is not None and event.step == source and output in (data.get("outputs") or {}):
            came = data["outputs"][output]
        elif event.type == e.RUN_QUEUED and step.refs == {}:
            came = data.get("inputs")
    came = edited[0] if edited else came
    return len(came) if type(came) is list else None


def _entered(account: Account, frame: str, path: str) -> Any:
    """Return the item with which a frame began the iteration that a step is in."""
    scope = scope_of(path)
    step = account.steps.get(frame)
    if step is None or not scope or node_of(scope.rpartition("[")[0]) != step.node.id:
        return None
    inside = Inside.of(scope)
    items = step.openings[-1].get("items") if step.openings else None
    if inside.owner != frame or items is None or not inside.place.isdecimal():
        return None
    return items[int(inside.place)] if int(inside.place) < len(items) else None


def why_no_item(step: Told, inside: Inside, count: int | None) -> tuple[str, Reason]:
    """Return whether an item may still begin (`pending`), and why it has not; no event tells of it.

    `count` is how many items there are, where that is known.
    """
    owner, each = inside.owner, step.node.settings.mapped
    if step.status in MOVING and count is not None and each is not None:
        status = "pending"
        said = f"has not begun: of {count} items, {each.concurrency} may be under way at once"
        said += "." if each.rate is None else f", and {each.rate:g} begin in a second."
    elif step.status in MOVING:
        status, said = "pending", "has not begun: others of its list come first."
    elif step.status == "succeeded":
        status = "succeeded"
        said = f"ended well, as all of `{owner}`, too quickly to be told of."
    else:
        status, said = "not_reached", f"did not begin: {never_came(step, inside, 'each', {})}"
    message = ended(f"`{inside.scope}` {said}")
    return status, Reason("item_not_begun", message, 0, step.node.id, step=owner)
