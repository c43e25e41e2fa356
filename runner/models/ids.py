"""Ids of rows, in the order of their moments."""

from __future__ import annotations

import os
import random
import time
import uuid

# A source of their own: who seeds the interpreter's, as a node's code may, would repeat ids.
# The system's own source gives up the interpreter's lock each time, and ids are no secrets.
_ids = random.Random()  # noqa: S311
os.register_at_fork(after_in_child=_ids.seed)


def time_ordered_id() -> uuid.UUID:
    """Return a UUID that begins with its moment (version 7).

    Rows that come together then lie together in the index of their ids, so a
    commit of many touches few pages (RFC 9562, section 5.7).
    """
    moment = time.time_ns() // 1_000_000
    drawn = _ids.getrandbits(74)
    high = moment << 16 | 0x7000 | drawn >> 62
    return uuid.UUID(int=high << 64 | 0b10 << 62 | drawn & (1 << 62) - 1)
