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
trace must be the same each time. Two need several blueprints, and are run in the same three ways
with a worker and a database. This page is written by `python docs/patterns.py`.

| # | pattern | | by |
| --- | --- | --- | --- |
"""
# These need several blueprints, so tests with a worker and rows hold them.
CALLS = "tests/running/test_calls_cut.py"
CALLED: dict[int, tuple[str, str]] = {
    12: (
        "Multiple instances without synchronization",
        "blueprint.call that does not wait, with each for as many as the data says",
    ),
    22: ("Recursion", "blueprint.call of itself, marked as recursive; a limit ends its depth"),
}


def written() -> str:
    """Return the page."""
    held: dict[int, tuple[Any, str]] = {}
    for path in sorted(FILES.glob("*.yaml")):
        pattern = parse(path.read_text())
        link = f"[{pattern['title']}](../../tests/patterns/{path.name})"
        held[pattern["pattern"]] = (f"{link} | {pattern['support']}", pattern["how"])
    for number, (title, how) in CALLED.items():
        held[number] = (f"[{title}](../../{CALLS}) | direct", how)
    rows = [f"| {number} | {held[number][0]} | {held[number][1]} |\n" for number in sorted(held)]
    return HEAD + "".join(rows) + f"\n{len(held)} of 43 hold.\n"


if __name__ == "__main__":
    PAGE.write_text(written())
