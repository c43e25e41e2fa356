"""The end of a process that was asked to stop: soon, whatever still holds it."""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
import threading

from runner import stopping

logger = logging.getLogger(__name__)

MORE = 3.0
"""Seconds beyond `CONDUCTOR_DRAIN_SECONDS`; then the process ends without what is under way.

A supervisor kills what does not end in ten, and a run goes on from its journal in either case.
"""


def leave(within: float) -> None:
    """Say that the process is to end, and see that it does: nothing that hangs may hold it."""
    stopping.begin()
    end = threading.Timer(within, _end, (within,))
    # The interpreter waits for other threads, such as one that a node blocks, but not for this.
    end.daemon = True
    end.start()


def _end(within: float) -> None:
    logger.warning(
        "What was under way has not ended within %g s; the process ends without it. "
        "Its runs go on from their journals.",
        within,
    )
    # Names and lines of code only: nothing that a run or a request holds.
    faulthandler.dump_traceback(sys.__stderr__ or 2, all_threads=True)
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)
