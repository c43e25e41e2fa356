"""Python's garbage collector, set for processes that execute runs."""

from __future__ import annotations

import gc


def settle() -> None:
    """Leave what was loaded at the start out of collections, and collect seldom.

    What was loaded stays for good, and each full collection would walk some hundred
    thousand objects of modules. Runs leave no cycles behind, but the many small values
    that they hold would have the collector come after every 700 of them: a quarter of
    what a webhook's request costs, and a third of a list of 10,000 items in a frame.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
