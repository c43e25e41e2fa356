"""How edges are drawn: by points that are put, dragged and taken away, and as named links."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import chain, document_of, drag, open_new, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

EDGE = "set.out -> end.in"


def middle(page: Page, edge: str) -> tuple[float, float]:
    """The middle of an edge's curve on the screen."""
    x, y = (
        page.get_by_test_id(f"edge-{edge}")
        .locator("path")
        .first.evaluate(
            """path => {
            const at = path.getPointAtLength(path.getTotalLength() / 2);
            const { a, d, e, f } = path.getScreenCTM();
            return [at.x * a + e, at.y * d + f];
        }"""
        )
    )
    return x, y


def route(server: Server, page: Page, blueprint: str) -> Any:
    """Save, and return how the edge is drawn."""
    return saved(server, page, blueprint).get("routes", {}).get(EDGE)


def test_points_are_put_on_an_edge_dragged_and_taken_away(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.mouse.dblclick(*middle(page, EDGE))
    point = page.get_by_test_id(f"point-{EDGE}-0")
    box = point.bounding_box()
    assert box
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    drag(page, at, (at[0], at[1] + 150))
    first = route(server, page, blueprint)["points"]
    assert len(first) == 1
    assert first[0][1] > 100
    # The canvas stayed where it was.
    moved = point.bounding_box()
    assert moved
    assert moved["y"] - box["y"] == pytest.approx(150, abs=10)
    show(page, blueprint)
    expect(point).to_be_visible()
    # Both ends move, and the point with them.
    page.get_by_test_id("node-set").click()
    page.get_by_test_id("node-end").click(modifiers=["Shift"])
    page.keyboard.press("ArrowDown")
    assert route(server, page, blueprint)["points"] == [[first[0][0], first[0][1] + 10]]
    point.dblclick()
    expect(point).to_have_count(0)
    assert route(server, page, blueprint) is None
    page.keyboard.press("Control+z")
    expect(point).to_be_visible()


def test_an_edge_becomes_a_link_and_a_curve_again(server: Server, page: Page) -> None:
    document = chain()
    document["layout"]["end"] = [960, 0]
    blueprint = open_new(server, page, document)
    page.mouse.click(*middle(page, EDGE))
    page.keyboard.press("Alt+l")
    edge = page.get_by_test_id(f"edge-{EDGE}")
    expect(edge.locator("text")).to_have_text(["Set fields", "Set fields"])
    page.get_by_test_id("link-name").fill("result & more")
    expect(edge.locator("text")).to_have_text(["result & more", "result & more"])
    assert route(server, page, blueprint) == {"name": "result & more"}
    # A link is an edge: it runs, and its ends light up.
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-end")).to_have_attribute("data-status", "succeeded")
    expect(edge).to_have_attribute("data-count", "1")
    show(page, blueprint)
    tag = edge.locator("[data-end=source] text")
    tag.click()
    page.keyboard.press("Control+d")  # nothing of a node is selected
    page.get_by_test_id("link-name").fill("")
    expect(edge.locator("text")).to_have_count(0)
    assert document_of(server, blueprint)["edges"] == chain()["edges"]


def test_a_link_leads_to_its_other_end(server: Server, page: Page) -> None:
    document = chain()
    document["layout"]["end"] = [4000, 3000]
    document["routes"] = {EDGE: {"name": "far away"}}
    open_new(server, page, document)
    end = page.get_by_test_id("node-end")
    expect(end).not_to_be_in_viewport()
    page.get_by_test_id(f"edge-{EDGE}").locator("[data-end=source] text").dblclick()
    expect(end).to_be_in_viewport()
    page.get_by_test_id(f"edge-{EDGE}").locator("[data-end=target] text").dblclick()
    expect(page.get_by_test_id("node-set")).to_be_in_viewport()


def test_a_copy_has_the_points_and_the_name(server: Server, page: Page) -> None:
    document = chain()
    document["routes"] = {
        EDGE: {"points": [[560, 90]]},
        "start.out -> set.in": {"name": "begin"},
    }
    blueprint = open_new(server, page, document)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+d")
    assert saved(server, page, blueprint)["routes"] == {
        **document["routes"],
        "set_2.out -> end_2.in": {"points": [[600, 130]]},
        "start_2.out -> set_2.in": {"name": "begin"},
    }


def test_points_by_the_menu_and_the_panel(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.mouse.click(*middle(page, EDGE), button="right")
    page.get_by_test_id("menu-reroute").click()
    page.keyboard.press("Alt+r")
    assert len(route(server, page, blueprint)["points"]) == 2
    page.get_by_role("button", name="Take the points away").click()
    assert route(server, page, blueprint) is None


def test_a_point_is_offered_for_one_edge(server: Server, page: Page) -> None:
    document = chain()
    document["layout"]["end"] = [960, 0]
    blueprint = open_new(server, page, document)
    offer = page.get_by_role("button", name="Put a point on the edge")
    page.mouse.click(*middle(page, EDGE))
    expect(offer).to_be_visible()
    expect(page.get_by_role("button", name="Insert a node into the edge…")).to_be_visible()
    page.keyboard.press("Control+a")
    expect(page.get_by_test_id("selection")).to_contain_text("2 edges")
    expect(offer).to_have_count(0)
    page.keyboard.press("Alt+r")
    expect(page.get_by_test_id("message")).to_contain_text("Select the one edge")
    assert "routes" not in saved(server, page, blueprint)
    # Of a link nobody would see the point.
    page.get_by_role("button", name="Draw as a link, or a curve").click()
    page.keyboard.press("Escape")
    page.get_by_test_id(f"edge-{EDGE}").locator("[data-end=source] text").click()
    expect(page.get_by_test_id("selection")).to_contain_text("1 edge")
    expect(offer).to_have_count(0)
