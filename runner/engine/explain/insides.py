"""The insides of frames: which one a step path names, and why one of them did not begin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from runner.engine.account import Account, Told, node_of
from runner.engine.explain.trail import frames_around
from runner.engine.frames.opened import Opened
from runner.engine.frames.trying import Try
from runner.engine.reasons import Reason, ended
from runner.engine.sight import frames_in
from runner.graph.plan import PlanNode

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


def within(account: Account, node: PlanNode, scope: str) -> str | Inside:
    """Return the scope where a node would have fired last, or what of it did not even begin.

    `scope` is the innermost that there was of the frames around it.
    """
    frames, held = frames_around(account.plan, node), frames_in(scope)
    if len(held) == len(frames):
        return scope
    inner = frames[len(held)]
    path = f"{scope}/{inner}" if scope else inner
    return Inside("", account.last_in.get((scope, inner), path))


def not_begun(account: Account, node: PlanNode, scope: str) -> Inside | None:
    """Return the outermost iteration of those around a step that did not begin, if any.

    Where the node is in further frames, that is the inside of the next one. Raises KeyError
    where the node is in no such iteration, or a frame has none of that name.
    """
    parts = scope.split("/") if scope else []
    undone = any(part.endswith(_UNDOING) for part in parts)
    held = "/".join(part for part in parts if not part.endswith(_UNDOING))
    frames, around_it = frames_around(account.plan, node), frames_in(held)
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
    trying = opened if isinstance(opened, Try) else None
    if trying.comes_to(inside.place) if trying else opened is not None and not opened.stopped:
        status, said = "pending", f"has not begun: {_to_come(inside, mode, told, trying)}"
    elif trying is not None and not trying.stopped:
        status, said = "not_reached", f"did not begin: nothing failed in `{inside.owner}`."
    else:
        status, said = "not_reached", f"did not begin: {never_came(step, inside, mode, told)}"
    if not inside.scope:
        said = said.replace("did not begin", "began").replace("has not begun", "has begun")
    node = node_of(inside.owner)
    message = ended(f"{inside.name} {said}")
    return status, Reason("inside_not_begun", message, depth, node, step=inside.owner)


def _to_come(inside: Inside, mode: str, told: dict[str, Any], trying: Try | None) -> str:
    if mode == "each":
        return f"of its items, {told['concurrency']} may be under way at once."
    if mode == "repeat":
        return "the round before has not ended."
    if inside.place == "catch" and trying is not None and (trying.failure or trying.caught):
        return f"what was begun in `{inside.owner}` before ends, or is undone, first."
    if inside.place == "catch":
        return f"nothing has failed in `{inside.owner}` so far."
    return f"`{inside.owner}` has not come to it."


def never_came(step: Told, inside: Inside, mode: str, told: dict[str, Any]) -> str:
    """Return the half sentence that says why an inside, or an item, of a step did not begin."""
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
