"""The canvas with 1,000 nodes and 1,500 edges: painted when, and how many frames a second.

Starts a server with a home of its own and Chromium, headless and without a graphics
card. Measures how long navigation to the painted view takes, the frames while the
drawing is panned and nodes are dragged (with the page's processor as it is, and as if
it were twice and three times as slow), why frames were missed, the answer to edits
(until the frame that shows them), tidy-up, the memory of the page, and the frames while
a run sends more than 200 events a second: those that came through the page's own
websocket, and those that the page had shown when the measuring ended. Frames are counted
beside those of an empty page in the same run, moved about alike. Prints one JSON line for
each measurement.

    python benchmarks/canvas.py [--seconds 3] [--nodes 1000] [--slower 1 2 3]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, StorageState, WebSocket

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._browser import SIZE, browsing, drawn_on
from benchmarks.editor_open import drawing, opening
from benchmarks.frames import COUNT, LONG, counted, explained
from tests.serving import Server

# From when a key was pressed until after the frame that shows what it did.
ANSWERS = """
const all = (what, tell) => [...document.querySelectorAll(what)].map(tell).join();
const states = {
  cards: () => all(".react-flow__node", it => it.dataset.id + it.style.transform),
  edges: () => all(".react-flow__edge", it => it.dataset.id),
  field: () =>
    all(".inspector :is(textarea, [contenteditable=true])", it => it.value ?? it.innerText),
};
addEventListener("keydown", event => { window.pressed = event.timeStamp; }, true);
window.watch = name => {
  const stood = states[name]();
  window.answer = 0;
  const look = () => {
    if (states[name]() !== stood) window.answer = performance.now() - window.pressed;
    else requestAnimationFrame(() => setTimeout(look));
  };
  look();
};
"""
# Statuses, counts and durations that came to be on the canvas; each is a change that was painted.
CHANGES = """
window.changes = 0;
new MutationObserver(all => { window.changes += all.length; }).observe(
  document.querySelector(".react-flow"),
  { subtree: true, attributes: true, attributeFilter: ["data-status", "data-count"] },
);
"""
CARD = ".react-flow__node-card"
SHOWN = "Number(document.querySelector('[data-testid=event-slider]')?.max ?? 0)"
Spot = Callable[[], tuple[float, float]]


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


def dragging(page: Page, at: Spot, seconds: float) -> Callable[[], None]:
    """Return what drags to and fro from a place for a while."""

    def drag() -> None:
        x, y = at()
        page.mouse.move(x, y)
        page.mouse.down()
        step = 0
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            step += 1
            turn = step % 80
            page.mouse.move(x + 6 * (turn if turn < 40 else 80 - turn), y + 2 * (turn % 40))
        page.mouse.up()

    return drag


def middle_of(page: Page, number: int) -> Spot:
    """Return what tells where a card stands now."""

    def spot() -> tuple[float, float]:
        box = page.locator(CARD).nth(number).bounding_box()
        assert box
        return box["x"] + box["width"] / 2, box["y"] + 20

    return spot


def free_spot(page: Page) -> Spot:
    """Return a place of the canvas on which nothing is: from there the drawing is panned."""
    pane = page.locator(".react-flow__pane").bounding_box()
    assert pane
    x, bottom = pane["x"] + 500, pane["y"] + pane["height"]
    for down in range(90, 400, 10):
        y = bottom - down
        free = "([x, y]) => document.elementFromPoint(x, y).matches('.react-flow__pane')"
        if page.evaluate(free, [x, y]):
            return lambda: (x, y)
    raise AssertionError("nothing of the canvas is free")


def heap(page: Page) -> float:
    """Return the page's JavaScript memory in MB, after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.enable") or session.send("Performance.getMetrics")
    used = next(it["value"] for it in metrics["metrics"] if it["name"] == "JSHeapUsedSize")
    return round(float(used) / 1e6, 1)


def answers(page: Page, times: int = 5) -> dict[str, Any]:
    """Return how long edits take until they are shown, by real keys.

    The median of each kind, the longest of all with its kind, and how many of all took longer
    than `LONG`.
    """
    found: dict[str, list[float]] = {}

    def press(name: str, key: str, changed: str = "cards") -> None:
        # As fingers do: what is held is held before, and a key is let go after a while.
        *held, key = key.split("+")
        for each in held:
            page.keyboard.down(each)
        page.wait_for_timeout(100)
        page.evaluate("name => window.watch(name)", changed)
        page.keyboard.down(key)
        page.wait_for_function("() => window.answer > 0")
        for each in (key, *held):
            page.keyboard.up(each)
        found.setdefault(name, []).append(page.evaluate("window.answer"))
        page.wait_for_timeout(150)

    for _ in range(times):
        page.locator(CARD).nth(8).click()
        page.wait_for_timeout(200)
        press("move", "ArrowRight")
        press("undo", "Control+z")
        press("duplicate", "Control+d")
        press("delete", "Delete")
        page.locator(CARD).nth(8).click()
        page.keyboard.press("c")
        page.get_by_test_id("join-list").locator("input").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        press("connect", "Enter", "edges")
        page.locator(".react-flow__pane").dblclick(position={"x": 400, "y": 30})
        page.wait_for_timeout(200)
        page.keyboard.type("log")
        page.wait_for_timeout(200)
        press("add", "Enter")
        press("undo", "Control+z")
        page.locator(CARD).nth(2).click()
        field = page.locator(".inspector :is(textarea, [contenteditable=true])").first
        field.click()
        press("parameter", "a", "field")
        page.keyboard.press("Escape")
    medians = {f"{name}_ms": round(statistics.median(all_), 1) for name, all_ in found.items()}
    each = sorted((took, name) for name, all_ in found.items() for took in all_)
    over = sum(took > LONG for took, _ in each)
    told = {"longest_ms": round(each[-1][0], 1), "longest": each[-1][1]}
    return {**medians, **told, "edits": len(each), f"over_{LONG:g}_ms": over}


def tidying(page: Page) -> dict[str, float]:
    """Return how many milliseconds tidying all takes until it is drawn, and the longest frame."""
    places = "[...document.querySelectorAll('.react-flow__node')].map(it => it.style.transform)"
    page.evaluate(f"window.stood = JSON.stringify({places})")
    took = 0.0

    def tidy() -> None:
        nonlocal took
        before = page.evaluate("performance.now()")
        page.keyboard.press("Shift+Alt+T")
        page.wait_for_function(f"() => JSON.stringify({places}) !== window.stood")
        took = page.evaluate("performance.now()") - before
        page.wait_for_timeout(300)

    seen = counted(page, tidy)
    return {"ms": round(took), "longest_frame_ms": seen["longest_ms"]}


def watching(page: Page, path: str, seconds: float) -> dict[str, Any]:
    """Run the busy drawing, and return how many events came and were shown, and the frames."""
    came = {"events": 0}

    def hear(frame: str | bytes) -> None:
        message = json.loads(frame)
        if message.get("type") == "events":
            came["events"] += len(message["events"])

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", listen)
    page.goto(path)
    page.wait_for_selector(".react-flow__node")
    page.wait_for_timeout(1000)
    page.evaluate(CHANGES)
    page.get_by_test_id("run").click()
    page.wait_for_timeout(1500)
    began = {"events": came["events"], "shown": page.evaluate(SHOWN)}
    begun = time.perf_counter()
    page.evaluate("window.changes = 0")
    found = counted(page, lambda: page.wait_for_timeout(1000 * seconds))
    shown = page.evaluate(SHOWN) - began["shown"]
    changes = page.evaluate("window.changes")
    took = time.perf_counter() - begun
    return {
        "events_a_second": round((came["events"] - began["events"]) / took),
        "shown_a_second": round(shown / took),
        "changes_on_the_canvas_a_second": round(changes / took),
        **found,
    }


def show(**line: Any) -> None:
    """Print one line."""
    print(json.dumps({"benchmark": "canvas", **line}), flush=True)


def measure(
    browser: Browser,
    server: Server,
    state: StorageState,
    count: int,
    seconds: float,
    slower: list[float],
) -> None:
    """Measure all, and print the lines."""
    context = browser.new_context(storage_state=state, base_url=server.url, viewport=SIZE)
    documents = {"fifty": drawing(50, 10, (240, 70)), "large": crossed(count), "busy": busy(count)}

    def fresh(name: str) -> str:
        return f"/blueprints/{drawn_on(server, name, documents[name])}/"

    for name in ("fifty", "large"):
        path = fresh(name)
        cold = [opening(context, path, 1) for _ in range(5)]
        nodes, edges = (len(documents[name][part]) for part in ("nodes", "edges"))
        show(measured="painted", nodes=nodes, edges=edges, median_ms=round(statistics.median(cold)))
    page = context.new_page()
    page.add_init_script(COUNT)
    page.add_init_script(ANSWERS)
    page.goto("/healthz")
    show(measured="empty page", **counted(page, dragging(page, lambda: (900, 400), seconds)))
    open_in(page, fresh("large"))
    show(measured="heap", mb=heap(page))
    show(measured="edit", **answers(page))
    open_in(page, fresh("large"))
    show(measured="tidy", **tidying(page))
    show(measured="events", **watching(page, fresh("busy"), min(seconds, 4)))
    for rate in slower:
        moving(browser, page, lambda: fresh("large"), seconds, rate)


def open_in(page: Page, path: str) -> None:
    """Open a blueprint, and wait until the page has come to rest."""
    page.goto(path)
    page.wait_for_selector(CARD)
    page.wait_for_timeout(1500)


def moving(
    browser: Browser, page: Page, fresh: Callable[[], str], seconds: float, slower: float
) -> None:
    """Measure panning, and dragging one node, one to the border (the view follows) and all.

    Each begins with the same drawing in the same view, twice: as it is, and traced.
    """
    ways: dict[str, Callable[[], Spot]] = {
        "pan": lambda: free_spot(page),
        "drag": lambda: middle_of(page, 16),
        "drag to the border": lambda: middle_of(page, 5),
        "drag all": lambda: middle_of(page, 14),
    }
    session = page.context.new_cdp_session(page)
    for name, spot in ways.items():
        for traced in (False, True):
            session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            open_in(page, fresh())
            session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            if name == "drag all":
                page.keyboard.press("Control+a")
                page.wait_for_timeout(500)
            move = dragging(page, spot(), seconds)
            if traced:
                show(measured=f"{name}, traced", slower=slower, **explained(browser, page, move))
            else:
                show(measured=name, slower=slower, **counted(page, move))
    session.detach()


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--slower", type=float, nargs="*", default=[1, 2, 3])
    options = parser.parse_args()
    with browsing("canvas") as (browser, server, state):
        measure(browser, server, state, options.nodes, options.seconds, options.slower)


if __name__ == "__main__":
    main()
