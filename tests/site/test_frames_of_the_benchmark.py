"""What the benchmark of the canvas tells of a trace of the browser's."""

from __future__ import annotations

from typing import Any

from benchmarks.frames import reasons

MAIN = {"pid": 1, "tid": 1}


def event(name: str, at: float, lasting: float = 0, **where: int) -> dict[str, Any]:
    """Return an event of a trace at a millisecond of it."""
    return {"name": name, "ph": "X", "ts": at * 1000, "dur": lasting * 1000, **MAIN, **where}


def marked(*events: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a trace of 100 ms that has these events."""
    return [event("from-here", 0), *events, event("to-here", 100)]


def test_a_frame_that_comes_late_is_counted_under_what_took_most_of_its_time() -> None:
    frames = [event("FireAnimationFrame", at) for at in (10, 26, 76, 92)]
    script = event("FunctionCall", 30, 40)
    inner = event("UpdateLayoutTree", 35, 5)
    told = reasons(marked(*frames, script, inner, event("ThreadControllerImpl::RunTask", 28, 60)))
    assert told["missed"] == 2
    assert told["missed_by"] == {"script": 2}
    assert told["ms_a_frame"]["style"] == 5 / 4
    assert told["ms_a_frame"]["script"] == 35 / 4
    assert told["long_tasks"] == 1


def test_what_other_threads_did_counts_too_and_idle_frames_were_missed_elsewhere() -> None:
    frames = [event("FireAnimationFrame", at) for at in (10, 45, 80)]
    told = reasons(marked(*frames, event("RasterTask", 12, 30, tid=2)))
    assert told["missed_by"] == {"raster": 1, "elsewhere": 1}
