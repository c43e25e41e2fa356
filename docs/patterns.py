"""Writes docs/reference/patterns.md: which workflow patterns the engine holds, and how.

Run it with `python docs/patterns.py`; a test compares the page with what it would write.
The patterns that hold are the files of tests/patterns, which are run there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from runner.graph.files import parse  # noqa: E402

FILES = HERE.parent / "tests" / "patterns"
PAGE = HERE / "reference" / "patterns.md"
HEAD = """\
# Workflow patterns

What the engine can express, by the 43 control-flow patterns of Russell, ter Hofstede, van der
Aalst and Mulyar ("Workflow Control-Flow Patterns: A Revised View", 2006). Each pattern that holds
is a small blueprint in `tests/patterns` with the traces that are expected of it. It is run plainly,
cut after every event in turn and continued, and with every step failing once and tried again; the
trace must be the same each time. This page is written by `python docs/patterns.py`.

| # | pattern | | by |
| --- | --- | --- | --- |
"""
CALL = "a run cannot start another blueprint's run yet"
MUTEX = "there is no lock that branches share yet"
CANCEL = "only a whole run can be cancelled yet"
ITEMS = "`each` waits for all of its items; it does not go on when n have ended yet"
SIGNAL = "a run cannot wait for a signal from outside yet"
MISSING: dict[int, tuple[str, str]] = {
    12: ("Multiple instances without synchronization", CALL),
    15: ("Multiple instances without a priori run-time knowledge", "`each` has its list at once"),
    16: ("Deferred choice", SIGNAL),
    17: ("Interleaved parallel routing", MUTEX),
    18: ("Milestone", MUTEX),
    19: ("Cancel activity", CANCEL),
    22: ("Recursion", CALL),
    23: ("Transient trigger", SIGNAL),
    24: ("Persistent trigger", SIGNAL),
    25: ("Cancel region", CANCEL),
    26: ("Cancel multiple instance activity", CANCEL),
    27: ("Complete multiple instance activity", CANCEL),
    34: ("Static partial join for multiple instances", ITEMS),
    35: ("Cancelling partial join for multiple instances", ITEMS),
    36: ("Dynamic partial join for multiple instances", ITEMS),
    39: ("Critical section", MUTEX),
    40: ("Interleaved routing", MUTEX),
}


def written() -> str:
    """Return the page."""
    held: dict[int, tuple[Any, str]] = {}
    for path in sorted(FILES.glob("*.yaml")):
        pattern = parse(path.read_text())
        link = f"[{pattern['title']}](../../tests/patterns/{path.name})"
        held[pattern["pattern"]] = (f"{link} | {pattern['support']}", pattern["how"])
    if both := held.keys() & MISSING:
        raise ValueError(f"{sorted(both)} have a file in tests/patterns, so they are not missing.")
    rows = []
    for number in range(1, 44):
        if number in held:
            first, how = held[number]
        else:
            title, how = MISSING[number]
            first = f"{title} | no"
        rows.append(f"| {number} | {first} | {how} |\n")
    return HEAD + "".join(rows) + f"\n{len(held)} of 43 hold.\n"


if __name__ == "__main__":
    PAGE.write_text(written())
