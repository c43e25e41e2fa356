"""Ids of rows, in the order of their moments."""

from __future__ import annotations

import os
import random
import threading
import time
import uuid

# A source of their own: who seeds the interpreter's, as a node's code may, would repeat ids.
# The system's own source gives up the interpreter's lock each time, and ids are no secrets.
_ids = random.Random()  # noqa: S311
_lock = threading.Lock()
_last = 0


def _begin_anew() -> None:
    """Let a process that was forked draw numbers of its own."""
    global _lock, _last
    _ids.seed()
    _lock, _last = threading.Lock(), 0


os.register_at_fork(after_in_child=_begin_anew)


def time_ordered_id() -> uuid.UUID:
    """Return a UUID that begins with its moment and is above all that this process made before.

    Rows that come together then lie together in the index of their ids, so a
    commit of many touches few pages (version 7: RFC 9562, section 5.7). Within a
    millisecond, and where the clock is set back, an id is the last one and a random
    number more (section 6.2, method 2), so rows are listed as they came.
    """
    global _last
    # The highest of the drawn 74 bits is 0: there is room to count in.
    number = time.time_ns() // 1_000_000 << 74 | _ids.getrandbits(73)
    with _lock:
        if number <= _last:
            number = _last + 1 + _ids.getrandbits(40)
        _last = number
    high = number >> 74 << 16 | 0x7000 | number >> 62 & 0xFFF
    return uuid.UUID(int=high << 64 | 0b10 << 62 | number & (1 << 62) - 1)
