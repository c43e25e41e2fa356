"""The frames of a page in Chromium: how many a second, which were missed, and what took their time.

Chromium's own trace tells of every frame what it was spent on: script, style and layout
("style"), painting ("paint") in the page's main thread, and turning what was painted
into pixels beside it ("raster", which without a graphics card the processor does). A
frame that came later than its turn is counted under what took most of the time since
the one before, or under "elsewhere" where the page itself had little to do: then the
processor was with the browser, the server, or whoever moves the mouse.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from playwright.sync_api import Browser, Page

TURN = 1000 / 60
LONG = 50.0
# A loop that asks for every frame, so that a frame that is missed is one that could not be.
COUNT = """
window.frames_seen = [];
const count = (now) => { window.frames_seen.push(now); requestAnimationFrame(count); };
requestAnimationFrame(count);
"""
CATEGORIES = [
    "blink.user_timing",
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "toplevel",
    "cc",
    "viz",
]
PARTS = {
    "script": ("FunctionCall", "EventDispatch", "FireAnimationFrame", "TimerFire", "RunMicrotasks"),
    "collection": ("MinorGC", "MajorGC", "V8.GCScavenger", "V8.GCFinalizeMC"),
    "style": ("UpdateLayoutTree", "Layout", "HitTest", "IntersectionObserverController"),
    "paint": ("PrePaint", "Paint", "Layerize", "Commit", "UpdateLayer", "CompositeLayers"),
}
PART_OF = {name: part for part, names in PARTS.items() for name in names}
RASTER = ("RasterTask", "ImageDecodeTask")
DRAW = ("Graphics.Pipeline.DrawAndSwap", "Display::DrawAndSwap")


@dataclass(frozen=True)
class Piece:
    """What one thread did from one moment to another, in milliseconds of the trace."""

    part: str
    begin: float
    end: float


def _own(events: list[dict[str, Any]]) -> Iterator[Piece]:
    """Yield what each event of a thread did itself, without those that it holds."""
    open_: list[tuple[str, float]] = []
    at = 0.0
    ordered = sorted(events, key=lambda it: (it["ts"], -it.get("dur", 0)))
    for event in [*ordered, {"name": "", "ts": float("inf"), "dur": 0}]:
        begin = event["ts"] / 1000
        while open_ and open_[-1][1] <= begin:
            part, end = open_.pop()
            if end > at:
                yield Piece(part, at, end)
            at = max(at, end)
        if open_ and begin > at:
            yield Piece(open_[-1][0], at, begin)
        at = max(at, begin) if begin != float("inf") else at
        outer = open_[-1][0] if open_ else "other"
        open_.append((PART_OF.get(event["name"], outer), begin + event.get("dur", 0) / 1000))


def _seconds(seen: list[float]) -> dict[str, float]:
    gaps = [after - before for before, after in pairwise(seen)]
    return {
        "frames_a_second": round(1000 * len(gaps) / sum(gaps), 1),
        "longest_ms": round(max(gaps), 1),
        "missed": sum(round(gap / TURN) - 1 for gap in gaps if gap > 1.5 * TURN),
    }


def counted(page: Page, move: Callable[[], None]) -> dict[str, float]:
    """Return how many frames a second there were meanwhile, how many were missed, the longest."""
    page.evaluate("window.frames_seen.length = 0")
    move()
    return _seconds(page.evaluate("window.frames_seen"))


def explained(browser: Browser, page: Page, move: Callable[[], None]) -> dict[str, Any]:
    """Return the same out of a trace, with what the missed frames were spent on.

    `ms_a_frame` is how long each part took on average; `missed_by` under what missed
    frames are counted; `long_tasks` are those that held the page for more than 50 ms.
    """
    browser.start_tracing(page=page, categories=CATEGORIES)
    page.evaluate("performance.mark('from-here')")
    move()
    page.evaluate("performance.mark('to-here')")
    return reasons(json.loads(browser.stop_tracing())["traceEvents"])


def reasons(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a trace tells of the frames between the two marks."""
    marks = {it["name"]: it for it in events if it["name"] in ("from-here", "to-here")}
    first, last = marks["from-here"], marks["to-here"]
    main = (first["pid"], first["tid"])
    done = [it for it in events if it.get("ph") == "X"]
    within = [it for it in done if first["ts"] <= it["ts"] <= last["ts"]]
    here = [it for it in within if (it["pid"], it["tid"]) == main]
    pieces = list(_own(here))
    for names, part in ((RASTER, "raster"), (DRAW, "draw")):
        for it in within:
            if it["name"] in names:
                pieces.append(Piece(part, it["ts"] / 1000, (it["ts"] + it["dur"]) / 1000))
    fired = sorted(it["ts"] / 1000 for it in here if it["name"] == "FireAnimationFrame")
    # Several loops of the page share a frame.
    shared = [at for before, at in pairwise([0.0, *fired]) if at - before > TURN / 4]
    spent: dict[str, float] = defaultdict(float)
    for piece in pieces:
        spent[piece.part] += piece.end - piece.begin
    missed: Counter[str] = Counter()
    for before, after in pairwise(shared):
        if after - before <= 1.5 * TURN:
            continue
        inside: dict[str, float] = defaultdict(float)
        for piece in pieces:
            inside[piece.part] += max(0.0, min(after, piece.end) - max(before, piece.begin))
        part, most = max(inside.items(), key=lambda it: it[1], default=("elsewhere", 0.0))
        missed[part if most >= (after - before) / 4 else "elsewhere"] += (
            round((after - before) / TURN) - 1
        )
    tasks = [it["dur"] / 1000 for it in here if it["name"] == "ThreadControllerImpl::RunTask"]
    return {
        **_seconds(shared),
        "ms_a_frame": {part: round(took / len(shared), 2) for part, took in sorted(spent.items())},
        "missed_by": dict(missed.most_common()),
        "long_tasks": sum(took > LONG for took in tasks),
        "longest_task_ms": round(max(tasks, default=0.0), 1),
    }
