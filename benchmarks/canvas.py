"""The canvas with 1,000 nodes and 1,500 edges: painted when, and how many frames a second.

Starts a server with a home of its own and Chromium, headless and without a graphics
card. Measures how long navigation to the painted view takes, the frames while the
drawing is panned, a node is dragged, and a run sends some 200 events a second, the
answer to edits (until the frame that shows them), tidy-up, and the memory of the page.
Frames are counted beside those of an empty page in the same run, moved about alike.
Prints one JSON line for each measurement.

    python benchmarks/canvas.py [--seconds 3] [--nodes 1000]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.editor_open import SIZE, drawing, opening
from tests.e2e.conftest import CHROMIUM, FLAGS, sign_in
from tests.serving import Server

FRAMES = """
window.frames_seen = [];
const count = (now) => { window.frames_seen.push(now); requestAnimationFrame(count); };
requestAnimationFrame(count);
"""
# From before the key until after the frame that shows what it did.
ANSWER = """
key => new Promise(done => {
  const began = performance.now();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true }));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})
"""


def crossed(count: int) -> dict[str, Any]:
    """Return a drawing with half as many edges more than it has nodes."""
    document = drawing(count, count // 20, (300, 140))
    columns = count // 20
    for number in range(1, count - columns - 1, 2):
        document["edges"].append(f"n{number}.out -> n{number + columns + 1}.in")
    return document


def busy(count: int) -> dict[str, Any]:
    """Return a drawing whose run sends about 200 events a second: a hundred chains of waits."""
    document = drawing(count, 10, (300, 140))
    for name in document["nodes"]:
        if name != "start":
            document["nodes"][name] = {"kind": "flow.wait", "parameters": {"seconds": 0.9}}
    return document


def frames(page: Page, seconds: float, move: Callable[[float], None]) -> dict[str, float]:
    """Move about for a while, and return how many frames a second there were, and the longest."""
    page.evaluate("window.frames_seen.length = 0")
    until = time.perf_counter() + seconds
    while (left := until - time.perf_counter()) > 0:
        move(left)
    seen = page.evaluate("window.frames_seen")
    gaps = [after - before for before, after in pairwise(seen)]
    return {
        "frames_a_second": round(1000 * len(gaps) / sum(gaps), 1),
        "longest_ms": round(max(gaps), 1),
        "missed": sum(round(gap / (1000 / 60)) - 1 for gap in gaps if gap > 1.5 * 1000 / 60),
    }


def dragging(page: Page, x: float, y: float) -> Callable[[float], None]:
    """Return what moves the pressed mouse to and fro around a place."""
    step = 0

    def move(_left: float) -> None:
        nonlocal step
        step += 1
        turn = step % 80
        page.mouse.move(x + 6 * (turn if turn < 40 else 80 - turn), y + 2 * (turn % 40))

    return move


def pressed(page: Page, at: tuple[float, float], seconds: float) -> dict[str, float]:
    """Drag from a place for a while."""
    page.mouse.move(*at)
    page.mouse.down()
    found = frames(page, seconds, dragging(page, *at))
    page.mouse.up()
    return found


def heap(page: Page) -> float:
    """Return the page's JavaScript memory in MB, after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.enable") or session.send("Performance.getMetrics")
    used = next(it["value"] for it in metrics["metrics"] if it["name"] == "JSHeapUsedSize")
    return round(float(used) / 1e6, 1)


def answers(page: Page) -> dict[str, float]:
    """Return how long edits take until they are shown: move, delete, undo."""
    node = page.locator(".react-flow__node-card").nth(5)
    times: dict[str, list[float]] = {"move": [], "delete": [], "undo": []}
    keys = {
        "move": {"key": "ArrowRight", "code": "ArrowRight"},
        "delete": {"key": "Delete", "code": "Delete"},
        "undo": {"key": "z", "code": "KeyZ", "ctrlKey": True},
    }
    for _ in range(7):
        node.click()
        for name, key in keys.items():
            times[name].append(page.evaluate(ANSWER, key))
            page.wait_for_timeout(100)
    return {f"{name}_ms": round(statistics.median(found), 1) for name, found in times.items()}


def tidying(page: Page) -> float:
    """Return how many milliseconds tidying all takes until it is drawn."""
    page.keyboard.press("Escape")
    before = page.evaluate("performance.now()")
    places = "[...document.querySelectorAll('.react-flow__node')].map(it => it.style.transform)"
    stood = page.evaluate(f"window.stood = JSON.stringify({places})")
    page.keyboard.press("Shift+Alt+T")
    page.wait_for_function(f"() => JSON.stringify({places}) !== window.stood")
    assert stood
    return float(round(page.evaluate("performance.now()") - before))


def show(**line: Any) -> None:
    """Print one line."""
    print(json.dumps({"benchmark": "canvas", **line}), flush=True)


def measure(browser: Browser, server: Server, count: int, seconds: float) -> None:
    """Measure all, and print the lines."""
    state = sign_in(browser, server)
    context = browser.new_context(storage_state=state, base_url=server.url, viewport=SIZE)
    made = {}
    documents = {"fifty": drawing(50, 10, (240, 70)), "large": crossed(count), "busy": busy(count)}
    for name, document in documents.items():
        status, answer = server.call(
            "POST", "/api/blueprints/", {"name": name, "document": document}
        )
        assert status == 201, answer
        made[name] = f"/blueprints/{answer['id']}/"
    for name in ("fifty", "large"):
        cold = [opening(context, made[name], 1) for _ in range(5)]
        nodes, edges = (len(documents[name][part]) for part in ("nodes", "edges"))
        show(measured="painted", nodes=nodes, edges=edges, median_ms=round(statistics.median(cold)))
    page = context.new_page()
    page.add_init_script(FRAMES)
    page.goto("/healthz")
    show(measured="empty page", **pressed(page, (900, 400), seconds))
    page.goto(made["large"])
    page.wait_for_selector(".react-flow__node")
    page.wait_for_timeout(1500)
    show(measured="heap", mb=heap(page))
    pane = page.locator(".react-flow__pane").bounding_box()
    card = page.locator(".react-flow__node-card").nth(5).bounding_box()
    assert pane
    assert card
    show(
        measured="pan", **pressed(page, (pane["x"] + 500, pane["y"] + pane["height"] - 90), seconds)
    )
    card = page.locator(".react-flow__node-card").nth(5).bounding_box()
    assert card
    middle = (card["x"] + card["width"] / 2, card["y"] + 20)
    show(measured="drag", **pressed(page, middle, seconds))
    show(measured="edit", **answers(page))
    show(measured="tidy", ms=tidying(page))
    page.goto(made["busy"])
    page.wait_for_selector(".react-flow__node")
    page.wait_for_timeout(1000)
    page.get_by_test_id("run").click()
    page.wait_for_timeout(1500)
    show(
        measured="events",
        **frames(page, min(seconds, 4), lambda left: page.wait_for_timeout(1000 * min(left, 0.2))),
        nodes_with_status=page.evaluate(
            "document.querySelectorAll('[data-status=succeeded],[data-status=running]').length"
        ),
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--nodes", type=int, default=1000)
    options = parser.parse_args()
    if not CHROMIUM:
        show(skipped="Chromium is not installed")
        return
    with tempfile.TemporaryDirectory(prefix="conductor-benchmark-") as home, sync_playwright() as p:
        server = Server(Path(home))
        server.start()
        browser = p.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            measure(browser, server, options.nodes, options.seconds)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
