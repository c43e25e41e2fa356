"""How long after the engine's event the browser has painted a node's new status.

Starts a server with a home of its own and Chromium, opens a blueprint of three chains
of ten waits of 100 ms, runs it by the button, and compares the time of each event in
the journal with the moment at which the page had painted the status that it brings.
Both clocks are this machine's. Prints one JSON line in milliseconds; the bar is a
median of 100.

    python benchmarks/live_latency.py [--runs 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._browser import SIZE, browsing, drawn_on
from tests.serving import Server

STATUS = {
    "step.started": "running",
    "step.waiting": "waiting",
    "step.succeeded": "succeeded",
}
# The frame after the one in which the attribute changed has painted it.
WATCH = """
window.statuses = [];
new MutationObserver((changes) => {
  const found = changes.map(({ target }) => [target.dataset.testid, target.dataset.status]);
  requestAnimationFrame(() => {
    const at = Date.now();
    for (const [node, status] of found) window.statuses.push({ node, status, at });
  });
}).observe(document, { attributes: true, attributeFilter: ["data-status"], subtree: true });
"""


def waits(chains: int, length: int) -> dict[str, Any]:
    """Return a trigger and chains of waits of 100 ms, all within one view."""
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    layout = {"start": [0, 0]}
    edges = []
    for chain in range(chains):
        before = "start"
        for place in range(length):
            name = f"w{chain}_{place}"
            nodes[name] = {"kind": "flow.wait", "parameters": {"seconds": 0.1}}
            layout[name] = [240 * place, 140 * (chain + 1)]
            edges.append(f"{before}.out -> {name}.in")
            before = name
    return {
        "format": "conductor/1",
        "name": "Waits",
        "nodes": nodes,
        "edges": edges,
        "layout": layout,
    }


def one_run(page: Page, server: Server, blueprint: str) -> list[float]:
    """Run the blueprint by the button, and return how many milliseconds each status took."""
    page.goto(f"{server.url}/blueprints/{blueprint}/")
    page.wait_for_selector(".react-flow__node")
    # The socket is open and the page at rest.
    page.wait_for_timeout(800)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded", timeout=30_000)
    page.wait_for_timeout(200)
    painted = {
        (seen["node"], seen["status"]): seen["at"] for seen in page.evaluate("window.statuses")
    }
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]["id"]
    events = server.get(f"/api/runs/{run}/events/?after=0")[1]["events"]
    return [
        painted[key] - event["time"] * 1000
        for event in events
        if (key := (f"node-{event['step']}", STATUS.get(event["type"]))) in painted
    ]


def main() -> None:
    """Read the arguments, measure, and print the line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    document = waits(3, 10)
    with browsing("live_latency") as (browser, server, state):
        blueprint = drawn_on(server, "Waits", document)
        page = browser.new_context(storage_state=state, viewport=SIZE).new_page()
        page.add_init_script(WATCH)
        times = sorted(
            time for _ in range(options.runs) for time in one_run(page, server, blueprint)
        )
    result = {
        "benchmark": "live_latency",
        "nodes": len(document["nodes"]),
        "statuses": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95)], 1),
        "worst_ms": round(times[-1], 1),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
