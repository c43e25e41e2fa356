"""Opening a blueprint of 200 nodes in the editor: from navigation until its nodes are painted.

Starts a server with a home of its own and Chromium, headless and without a graphics
card. Two drawings are opened: one that is wholly in the first view, so that all 200
nodes are painted, and one as wide as people draw, of which the page shows the
beginning. Cold is a browser that has never been here, warm one that has. Prints one
JSON line with the medians in milliseconds; the bar is 1,500.

    python benchmarks/editor_open.py [--times 7] [--nodes 200]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ViewportSize

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._browser import SIZE, browsing, drawn_on
from tests.serving import Server

# The first view shows nodes at no less than 70 %, so that they can be read: all need this much.
WIDE: ViewportSize = {"width": 2560, "height": 1440}
SOON = 20.0
KINDS: list[dict[str, Any]] = [
    {"kind": "data.set", "parameters": {"fields": {"total": "{{ input.a + 1 }}"}}},
    {"kind": "flow.wait", "parameters": {"seconds": 1}},
    {"kind": "text.template", "parameters": {"template": "Hello {{ input.name }}"}},
    {"kind": "log.message", "parameters": {"message": "Here"}},
]
# The frame after the one in which a node came has painted it.
WATCH = """
window.painted = { nodes: 0, at: 0 };
new MutationObserver(() => {
  const nodes = document.querySelectorAll('[data-testid^="node-"]').length;
  if (nodes === window.painted.nodes) return;
  window.painted.nodes = nodes;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.painted.at = performance.now();
  }));
}).observe(document, { childList: true, subtree: true });
"""


def drawing(count: int, columns: int, step: tuple[int, int]) -> dict[str, Any]:
    """Return a trigger and chains of nodes, laid out in columns of a width and rows of a height."""
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    layout: dict[str, list[int]] = {"start": [0, 0]}
    edges = []
    for number in range(1, count):
        name = f"n{number}"
        nodes[name] = KINDS[number % len(KINDS)]
        layout[name] = [step[0] * (number % columns), step[1] * (number // columns)]
        before = "start" if number % columns == 0 or number == 1 else f"n{number - 1}"
        edges.append(f"{before}.out -> {name}.in")
    return {
        "format": "conductor/1",
        "name": "Benchmark",
        "nodes": nodes,
        "edges": edges,
        "layout": layout,
    }


def opening(context: BrowserContext, path: str, least: int) -> float:
    """Open the editor, and return after how many milliseconds the last node was painted."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(path)
    page.wait_for_selector(".react-flow__node")
    before = None
    deadline = time.monotonic() + SOON
    while True:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {before} of {least} nodes were painted within {SOON:.0f} s")
        page.wait_for_timeout(400)
        now = page.evaluate("window.painted")
        if now == before and now["nodes"] >= least:
            break
        before = now
    page.close()
    return float(now["at"])


def measure(
    browser: Browser,
    server: Server,
    state: Any,
    path: str,
    size: ViewportSize,
    least: int,
    times: int,
) -> dict[str, float]:
    """Open a blueprint in fresh browsers and again in each; return both medians."""
    cold, warm = [], []
    for _ in range(times):
        context = browser.new_context(storage_state=state, base_url=server.url, viewport=size)
        cold.append(opening(context, path, least))
        warm.append(opening(context, path, least))
        context.close()
    return {
        "cold_ms": round(statistics.median(cold)),
        "warm_ms": round(statistics.median(warm)),
        "cold_worst_ms": round(max(cold)),
    }


def main() -> None:
    """Read the arguments, measure, and print the line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--nodes", type=int, default=200)
    options = parser.parse_args()
    rows = max(1, options.nodes // 10)
    drawings = {
        "all_in_view": (drawing(options.nodes, 10, (240, 70)), WIDE, options.nodes),
        "as_drawn": (drawing(options.nodes, rows, (300, 140)), SIZE, 1),
    }
    result: dict[str, Any] = {"benchmark": "editor_open", "nodes": options.nodes}
    with browsing("editor_open") as (browser, server, state):
        for name, (document, size, least) in drawings.items():
            path = f"/blueprints/{drawn_on(server, name, document)}/"
            result[name] = measure(browser, server, state, path, size, least, options.times)
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
