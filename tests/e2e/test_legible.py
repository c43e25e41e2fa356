"""Names can be read: from afar, in the heads of frames, in the list of steps, and under nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Page, expect

from tests.e2e.canvas import at_rest, drawing, nodes, open_new
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

OVER = (".minimap", ".canvas-controls")


def row(count: int, across: int) -> dict[str, Any]:
    """Return a trigger and nodes behind it in a row, which turns after so many."""
    names = ["start", *(f"set_{number}" for number in range(1, count))]
    return drawing(
        {name: {"kind": "data.set", "title": f"Make {name}"} for name in names}
        | {"start": {"kind": "trigger.manual"}},
        [f"{one}.out -> {other}.in" for one, other in pairwise(names)],
        {name: [300 * (at % across), 200 * (at // across)] for at, name in enumerate(names)},
    )


def nested() -> dict[str, Any]:
    """Return two frames with titles, one in the other, and a step inside both."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "lines": {
                "kind": "frame.each",
                "title": "Each order line",
                "parameters": {"list": [{"n": 1}, {"n": 2}]},
            },
            "safe": {"kind": "frame.group", "title": "Price", "frame": "lines"},
            "price": {"kind": "data.set", "title": "Work out the sum", "frame": "safe"},
        },
        [
            "start.out -> lines.in",
            "lines.item -> safe.in",
            "safe.start -> price.in",
            "price.out -> safe.result",
            "safe.out -> lines.result",
        ],
        {"start": [0, 0], "lines": [300, 0], "safe": [380, 90], "price": [480, 180]},
    )


def box(page: Page, selector: str) -> FloatRect:
    """Where something is on the screen."""
    found = page.locator(selector).bounding_box()
    assert found, selector
    return found


def is_apart(one: FloatRect, other: FloatRect) -> bool:
    """Say whether two boxes share no point."""
    return (
        one["x"] + one["width"] <= other["x"] + 1
        or other["x"] + other["width"] <= one["x"] + 1
        or one["y"] + one["height"] <= other["y"] + 1
        or other["y"] + other["height"] <= one["y"] + 1
    )


def assert_uncovered(page: Page) -> None:
    """Fail where the map or the bar of zooms lies over a node."""
    page.get_by_test_id("fit").click()
    at_rest(page)
    found = [it.bounding_box() for it in nodes(page).all()]
    assert len(found) > 1
    for selector in OVER:
        if page.locator(selector).count():
            over = box(page, selector)
            assert all(it and is_apart(it, over) for it in found), selector


def test_what_is_shown_whole_lies_under_nothing_also_while_a_run_is_held(
    server: Server, page: Page
) -> None:
    open_new(server, page, row(12, 3))
    assert_uncovered(page)
    # The canvas is low now: the map leaves it, and the node that is next is brought into view.
    page.get_by_test_id("fit").click()
    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("run-paused").click()
    expect(page.get_by_test_id("debug-panel")).to_be_visible()
    assert_uncovered(page)
    page.set_viewport_size({"width": 1280, "height": 640})
    expect(page.get_by_test_id("minimap")).to_have_count(0)
    assert_uncovered(page)


def test_names_are_large_enough_to_read_from_afar(server: Server, page: Page) -> None:
    open_new(server, page, row(8, 8))
    page.get_by_test_id("fit").click()
    # Eight in a row need less than a third of their size: an overview, with their names.
    expect(page.get_by_test_id("overview")).to_be_visible()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    first = page.locator(".card-title").first
    expect(first).to_be_visible()
    at_rest(page)
    size = first.evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    shown = page.locator(".react-flow__viewport")
    zoom = shown.evaluate("it => new DOMMatrix(getComputedStyle(it).transform).a")
    assert zoom < 0.5
    assert size * zoom > 8


def test_a_step_of_the_list_brings_its_node_into_view(server: Server, page: Page) -> None:
    open_new(server, page, row(12, 12))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("node-set_11")).to_have_count(0)
    page.get_by_test_id("timeline-set_11").click()
    node = page.get_by_test_id("node-set_11")
    expect(node).to_be_visible()
    at_rest(page)
    at, canvas = box(page, '[data-testid="node-set_11"]'), box(page, '[data-testid="canvas"]')
    assert canvas["x"] <= at["x"]
    assert at["x"] + at["width"] <= canvas["x"] + canvas["width"]
    assert all(is_apart(at, box(page, selector)) for selector in OVER)


def test_names_of_frames_and_steps_are_not_cut(server: Server, page: Page) -> None:
    open_new(server, page, nested())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("fit").click()
    cut = "it => it.scrollWidth > it.clientWidth + 1"
    for name in ("lines", "safe"):
        title = page.get_by_test_id(f"node-{name}").locator(".card-title").first
        assert not title.evaluate(cut), name
    step = page.get_by_test_id("timeline-lines[1]/safe/price")
    expect(step).to_contain_text("Work out the sum")
    assert not step.locator(".timeline-title").evaluate(cut)
