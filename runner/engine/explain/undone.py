"""Why a step that can be undone was not, or not yet."""

from __future__ import annotations

from collections.abc import Iterator

from runner.engine import events as e
from runner.engine.frames.undoing import Undoing
from runner.engine.state import RunState


def why_not_undone(state: RunState, path: str) -> str:
    """Say why nothing has begun to undo a step that had ended well."""
    if state.status is not None:
        if any(path in error.get("not_undone", ()) for error in state.undo_errors):
            return f"`{path}` was not undone: the time for what cleans up and undoes was over."
        return f"`{path}` was not undone: nothing failed after it that would have it undone."
    if any(firing.path == path for undoing in _under_way(state) for firing in undoing.left):
        return f"`{path}` is not undone yet: what was done after it is undone first."
    if state.failure is not None or (state.ending or {}).get("type") in (
        e.RUN_FAILED,
        e.RUN_CANCELLED,
    ):
        return f"`{path}` is not undone yet: what still runs, or cleans up, ends first."
    return f"`{path}` is not undone: nothing has failed so far that would have it undone."


def _under_way(state: RunState) -> Iterator[Undoing]:
    if state.undoing is not None:
        yield state.undoing
    for firing in state.running.values():
        if firing.opened is not None:
            yield from firing.opened.undoing
