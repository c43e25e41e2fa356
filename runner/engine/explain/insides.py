"""The insides of frames: which one a step path names, and why one of them did not begin."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any

from runner.engine.account import Account, Told, node_of, scope_of
from runner.engine.events import NEVER_REACHED, Event
from runner.engine.frames.opened import Opened
from runner.engine.reasons import Reason, ended
from runner.engine.sight import frames_in
from runner.graph.frames import around
from runner.graph.plan import Plan, PlanNode

MOVING = frozenset({"queued", "running", "retrying", "waiting"})
_PART = re.compile(
    r"(?P<firing>[^~\[\]]+)(?:~(?P<opening>[2-9]|[1-9][0-9]+))?"
    r"(?:\[(?P<place>0|[1-9][0-9]*|[a-z]+)\])?"
)
_UNDOING = "[compensate]"


@dataclass(frozen=True, slots=True)
class Inside:
    """One run through the inside of a frame: `orders#2~3[4]`, or any where `scope` is empty.

    `owner` is the firing of the frame, `opening` counts how often that was tried, `place` is
    the item, round or part.
    """

    scope: str
    owner: str
    opening: int = 1
    place: str = ""

    @classmethod
    def of(cls, scope: str) -> Inside:
        """Return what a scope names. Raises KeyError where it is no such name."""
        outer, _, part = scope.rpartition("/")
        found = _PART.fullmatch(part)
        if found is None:
            raise KeyError(scope)
        firing = found["firing"]
        owner = f"{outer}/{firing}" if outer else firing
        return cls(scope, owner, int(found["opening"] or 1), found["place"] or "")

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return f"`{self.scope}`" if self.scope else f"Nothing in `{self.owner}`"


def _frames_around(plan: Plan, node: PlanNode) -> list[str]:
    """Return the frames that hold a node, the outermost first."""
    found = reversed(around(plan.document, node.frame))
    return [frame for frame in found if frame is not None]


def last_scope_in(plan: Plan, events: Iterable[Event], ready: Iterable[str], node: PlanNode) -> str:
    """Return where a node fired last, or is about to; else the innermost frame around that ran."""
    last = None
    begun: dict[str, int] = {}
    frames = _frames_around(plan, node)
    told = (it.step for it in events if it.step and it.data.get("reason") != NEVER_REACHED)
    for path in chain(told, ready):
        if path[-1] == "]":
            continue
        if node.id in path and node_of(path) == node.id:
            last = path
        elif last is None and (scope := scope_of(path)) and scope not in begun:
            held = frames_in(scope)
            begun[scope] = len(held) if held == frames[: len(held)] else 0
    if last is not None:
        return scope_of(last)
    found = max(reversed(begun), key=begun.__getitem__, default="")
    return found if found and begun[found] else ""


def last_scope(account: Account, node: PlanNode) -> str | Inside:
    """Return the last iteration that a node was in; of a frame without one, its inside."""
    if (path := account.last.get(node.id)) is not None:
        return scope_of(path)
    scope = ""
    frames = _frames_around(account.plan, node)
    for depth, frame in enumerate(frames, 1):
        wanted = frames[:depth]
        found = next((it for it in reversed(account.begun) if frames_in(it) == wanted), None)
        if found is None:
            path = f"{scope}/{frame}" if scope else frame
            return Inside("", account.last_in.get((scope, frame), path))
        scope = found
    return scope


def not_begun(account: Account, node: PlanNode, scope: str) -> Inside | None:
    """Return the outermost iteration of those around a step that did not begin, if any.

    Where the node is in further frames, that is the inside of the next one. Raises KeyError
    where the node is in no such iteration, or a frame has none of that name.
    """
    parts = scope.split("/") if scope else []
    undone = any(part.endswith(_UNDOING) for part in parts)
    held = "/".join(part for part in parts if not part.endswith(_UNDOING))
    frames, around_it = _frames_around(account.plan, node), frames_in(held)
    if around_it != frames[: len(around_it)] or (undone and scope not in account.begun):
        raise KeyError(scope)
    for depth in range(1, len(parts) + 1):
        prefix = "/".join(parts[:depth])
        if prefix in account.begun:
            continue
        inside = Inside.of(prefix)
        step = account.steps.get(inside.owner)
        if step is None:
            if inside.owner.rpartition("/")[2] not in account.plan.index or inside.opening > 1:
                raise KeyError(scope)
        elif step.openings and not has_inside(account, step, inside):
            raise KeyError(scope)
        return inside
    if len(around_it) < len(frames):
        # It is in a frame that is in this iteration: whatever runs in that one is asked for by it.
        inner = frames[len(around_it)]
        path = f"{scope}/{inner}" if scope else inner
        return Inside("", account.last_in.get((scope, inner), path))
    return None


def why_no_item(step: Told, inside: Inside) -> tuple[str, Reason]:
    """Return whether an item of a node that goes through a list may still begin, and why not yet.

    Nothing is told of the item itself.
    """
    owner = inside.owner
    if step.status in MOVING:
        status, said = "pending", "has not begun: others of its list come first."
    elif step.status == "succeeded":
        status, said = (
            "succeeded",
            f"ended well, as all of `{owner}`, too quickly to be told of.",
        )
    else:
        status, said = "not_reached", f"did not begin: {_never_came(step, inside, 'each', {})}"
    message = ended(f"`{inside.scope}` {said}")
    return status, Reason("item_not_begun", message, 0, step.node.id, step=owner)


def has_inside(account: Account, step: Told, inside: Inside) -> bool:
    """Say whether a frame that has begun has, or may have, an inside of this name."""
    if inside.opening > len(step.openings):
        return False
    told, place = step.openings[inside.opening - 1], inside.place
    match told.get("mode", "each"):
        case "each":
            opened = opened_of(account, inside)
            items = getattr(opened, "items", told["items"])
            return place.isdecimal() and int(place) < len(items)
        case "repeat":
            return place.isdecimal() and int(place) < told["most"]
        case "try":
            return any(it.name == place for it in step.node.spec.begins)
        case _:
            return not place


def opened_of(account: Account, inside: Inside) -> Opened | None:
    """Return the frame's opening, if it goes on."""
    firing = account.state.running.get(inside.owner)
    if firing is None or firing.opened is None or firing.openings != inside.opening:
        return None
    return firing.opened


def why_not_begun(account: Account, inside: Inside, depth: int) -> tuple[str, Reason]:
    """Return whether it may still begin (`pending`) or not, and why it did not.

    Its frame must have fired.
    """
    step = account.steps[inside.owner]
    opened = opened_of(account, inside)
    told = step.openings[inside.opening - 1] if inside.opening <= len(step.openings) else {}
    mode = told.get("mode", "each")
    if opened is not None and not opened.stopped:
        status, said = "pending", f"has not begun: {_to_come(inside, mode, told)}"
    else:
        status, said = "not_reached", f"did not begin: {_never_came(step, inside, mode, told)}"
    if not inside.scope:
        said = said.replace("did not begin", "began").replace("has not begun", "has begun")
    node = node_of(inside.owner)
    message = ended(f"{inside.name} {said}")
    return status, Reason("inside_not_begun", message, depth, node, step=inside.owner)


def _to_come(inside: Inside, mode: str, told: dict[str, Any]) -> str:
    if mode == "each":
        return f"of its items, {told['concurrency']} may be under way at once."
    if mode == "repeat":
        return "the round before has not ended."
    if inside.place == "catch":
        return f"nothing has failed in `{inside.owner}` so far."
    return f"`{inside.owner}` has not come to it."


def _never_came(step: Told, inside: Inside, mode: str, told: dict[str, Any]) -> str:
    owner, data = inside.owner, step.data
    if "reused" in data:
        return f"what an earlier run gave at `{owner}` was taken over."
    if "pinned" in data or "mocked" in data:
        return f"a value that was set for `{owner}` stands in for it."
    if "bypassed" in data:
        return f"`{owner}` is bypassed."
    if told and mode == "each" and not told["items"]:
        return "its list was empty."
    if inside.place == "catch" and step.status == "succeeded":
        return f"nothing failed in `{owner}`."
    match step.status:
        case "failed":
            error = data.get("error") or {}
            return f"`{owner}` failed before: {error.get('message') or error.get('code')}"
        case "cancelled":
            return f"`{owner}` was cancelled: {data.get('reason') or 'the run ended'}"
        case "skipped":
            return f"`{owner}` was skipped."
        case "succeeded":
            return f"`{owner}` ended before."
        case _:
            return f"`{owner}` begins nothing more."
