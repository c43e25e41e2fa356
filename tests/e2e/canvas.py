"""What the browser tests do on the canvas: open a blueprint, press, drag, save, and look at it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.patience import PATIENCE
from tests.serving import Server


def make(server: Server, document: dict[str, Any] | None = None, name: str = "Drawn") -> str:
    """Make a blueprint by the API and return its id."""
    body = {"name": name, **({"document": document} if document else {})}
    status, made = server.call("POST", "/api/blueprints/", body)
    assert status == 201, made
    return str(made["id"])


def show(page: Page, blueprint: str) -> None:
    """Open a blueprint in the editor, and return when all of the page is there."""
    page.goto(f"/blueprints/{blueprint}/")
    page.wait_for_selector(".react-flow__pane")
    expect(page.get_by_test_id("run")).to_be_visible()
    expect(page.get_by_test_id("inspector")).to_be_visible()


def open_new(server: Server, page: Page, document: dict[str, Any] | None = None) -> str:
    """Make a blueprint, open it in the editor, and return its id."""
    blueprint = make(server, document)
    show(page, blueprint)
    return blueprint


def drawing(
    nodes: dict[str, dict[str, Any]],
    edges: list[str],
    layout: dict[str, list[int]],
    **more: Any,
) -> dict[str, Any]:
    """Return a document of these nodes."""
    return {
        "format": "conductor/1",
        "name": "Drawn",
        "nodes": nodes,
        "edges": edges,
        "layout": layout,
        **more,
    }


def chain() -> dict[str, Any]:
    """Return a trigger, a node that sets fields, and an output, joined in a row."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "set": {"kind": "data.set", "parameters": {"fields": {"ok": True}}},
            "end": {"kind": "flow.output", "parameters": {"name": "result"}},
        },
        ["start.out -> set.in", "set.out -> end.in"],
        {"start": [0, 0], "set": [300, 0], "end": [600, 0]},
    )


def document_of(server: Server, blueprint: str) -> dict[str, Any]:
    """Return the draft that the server has."""
    document: dict[str, Any] = server.get(f"/api/blueprints/{blueprint}/")[1]["document"]
    return document


def saved(server: Server, page: Page, blueprint: str) -> dict[str, Any]:
    """Save, wait until the editor says so, and return what the server now has."""
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("save-state")).to_have_text(re.compile("^saved", re.I))
    return document_of(server, blueprint)


def comes_about(page: Page, question: Callable[[], bool]) -> None:
    """Return as soon as it is true, while the page goes on; fail where it does not become so."""
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, f"not within {PATIENCE:g} s"
        page.wait_for_timeout(50)


def at_rest(page: Page, viewport: str = ".react-flow__viewport") -> str:
    """Return what part of the drawing the canvas shows, as the browser has it, once it is still."""
    shown = page.locator(viewport)
    before = ""
    for _ in range(200):
        now = str(shown.evaluate("it => it.style.transform"))
        if now == before:
            return now
        before = now
        page.wait_for_timeout(120)
    raise AssertionError("the canvas does not come to rest")


def can_draw(page: Page) -> None:
    """Return once a drag with Shift draws: what draws is loaded after the canvas."""

    def says_so() -> bool:
        page.keyboard.down("Shift")
        page.wait_for_timeout(20)
        drawn = page.locator(".canvas.is-boxing").count() > 0
        page.keyboard.up("Shift")
        return drawn

    comes_about(page, says_so)


def nodes(page: Page) -> Locator:
    """All nodes on the canvas."""
    return page.locator('[data-testid^="node-"]')


def edges(page: Page) -> Locator:
    """All edges on the canvas."""
    return page.locator('[data-testid^="edge-"]')


def centre(page: Page, selector: str) -> tuple[float, float]:
    """The middle of an element on the screen, scrolled into view first."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    assert box, selector
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def point(page: Page, x: float, y: float) -> None:
    """Move the pointer to a place on the canvas, measured from its corner."""
    box = page.get_by_test_id("canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + x, box["y"] + y)


def port(page: Page, node: str, side: str, name: str) -> tuple[float, float]:
    """The middle of a port; `side` is in or out."""
    return centre(page, f'[data-testid="port-{node}-{side}-{name}"]')


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press at one place, move by way of the middle, and let go at the other."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=6)
    page.mouse.move(*end, steps=6)
    page.mouse.up()
