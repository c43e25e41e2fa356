"""The runs that this process executes now."""

from __future__ import annotations

import asyncio
import threading

from runner.engine import Execution

_lock = threading.Lock()
_active: dict[str, tuple[asyncio.AbstractEventLoop, Execution]] = {}


def enter(execution: Execution) -> None:
    """Remember that the running loop executes this run."""
    with _lock:
        _active[execution.run_id] = (asyncio.get_running_loop(), execution)


def leave(execution: Execution) -> None:
    """Forget the run; a later execution of it stays."""
    with _lock:
        known = _active.get(execution.run_id)
        if known is not None and known[1] is execution:
            del _active[execution.run_id]


def cancel_here(run_id: str, reason: str) -> bool:
    """Cancel the run if this process executes it, from any thread; say whether it does.

    In other processes the worker reads the row's `cancel_requested` within a second.
    """
    with _lock:
        known = _active.get(run_id)
    if known is None:
        return False
    loop, execution = known
    try:
        loop.call_soon_threadsafe(execution.cancel, reason)
    except RuntimeError:
        # The loop has ended; the row still says that the run is to be cancelled.
        return False
    return True
