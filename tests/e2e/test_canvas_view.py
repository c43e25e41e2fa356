"""Looking at the canvas and joining on it: pan, zoom, fit, minimap, typed ports, quick-add."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import (
    at_rest,
    centre,
    chain,
    comes_about,
    drag,
    drawing,
    edges,
    nodes,
    open_new,
    port,
    saved,
)
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def place_of(page: Page, node: str) -> tuple[float, float]:
    """Where a node stands on the screen."""
    box = page.get_by_test_id(f"node-{node}").bounding_box()
    assert box
    return round(box["x"]), round(box["y"])


def zoom_of(page: Page) -> int:
    """The zoom that the corner shows, in percent."""
    return int(page.locator(".zoom-value").inner_text().split()[0])


def test_the_canvas_is_panned_zoomed_and_fitted(server: Server, page: Page) -> None:
    # As most people see it: the view glides to its place.
    page.emulate_media(reduced_motion="no-preference")
    open_new(server, page, chain())
    x, y = place_of(page, "start")
    empty = centre(page, ".react-flow__pane")
    empty = (empty[0], empty[1] + 120)
    drag(page, empty, (empty[0] + 70, empty[1] + 40))
    assert place_of(page, "start") == (x + 70, y + 40)
    before = zoom_of(page)
    page.mouse.wheel(0, -300)
    expect(page.locator(".zoom-value")).not_to_have_text(f"{before} %")
    assert zoom_of(page) > before
    page.keyboard.press("0")
    expect(page.locator(".zoom-value")).to_have_text("100 %")
    page.get_by_test_id("fit").click()
    expect(page.locator(".zoom-value")).to_have_text(f"{before} %")
    for name in ("start", "set", "end"):
        expect(page.get_by_test_id(f"node-{name}")).to_be_in_viewport()


def test_tidying_up_keeps_what_is_seen_in_view_at_the_same_zoom(server: Server, page: Page) -> None:
    document = chain()
    document["nodes"]["far"] = {"kind": "flow.wait"}
    document["edges"].append("end.out -> far.in")
    document["layout"] = {
        "start": [0, 0],
        "set": [260, 300],
        "end": [560, 100],
        "far": [9000, 2000],
    }
    open_new(server, page, document)
    page.get_by_test_id("node-start").wait_for()
    before = zoom_of(page)
    stood = place_of(page, "set")
    page.keyboard.press("Shift+Alt+T")
    expect(page.get_by_test_id("node-far")).to_be_attached()
    comes_about(page, lambda: place_of(page, "set") != stood)
    assert zoom_of(page) == before
    for name in ("start", "set", "end"):
        expect(page.get_by_test_id(f"node-{name}")).to_be_in_viewport()


def test_the_minimap_leads_to_the_part_that_is_pressed(server: Server, page: Page) -> None:
    document = chain()
    document["layout"]["end"] = [6000, 0]
    open_new(server, page, document)
    expect(page.get_by_test_id("node-end")).to_have_count(0)
    at_rest(page)
    box = page.get_by_test_id("minimap").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    expect(page.get_by_test_id("node-end")).to_be_in_viewport()

    # Dragged back and past its edge, the view stays near the drawing.
    y = box["y"] + box["height"] / 2
    drag(page, (box["x"] + box["width"] - 12, y), (box["x"] + 10, y))
    expect(page.get_by_test_id("node-start")).to_be_in_viewport()
    drag(page, (box["x"] + 20, y), (box["x"] + 1, y))
    style = page.locator(".react-flow__viewport").get_attribute("style")
    assert style
    moved = re.search(r"translate\((-?[\d.]+)px", style)
    assert moved
    assert abs(float(moved[1])) < 6000


def typed() -> dict[str, Any]:
    """Return a node that gives text beside one that takes a list."""
    return drawing(
        {
            "text": {"kind": "text.template", "parameters": {"template": "Hello"}},
            "sort": {"kind": "data.sort"},
            "wait": {"kind": "flow.wait"},
        },
        [],
        {"text": [0, 0], "sort": [320, 0], "wait": [320, 160]},
    )


def test_ports_whose_types_do_not_agree_refuse_each_other_and_say_why(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, typed())
    start, wrong = port(page, "text", "out", "out"), port(page, "sort", "in", "in")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*wrong, steps=8)
    expect(page.locator(".connection-hint")).to_contain_text("takes a list")
    page.mouse.up()
    expect(page.get_by_test_id("converter-offer")).to_contain_text("takes a list")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("converter-offer")).to_have_count(0)
    expect(edges(page)).to_have_count(0)
    drag(page, start, port(page, "wait", "in", "in"))
    assert saved(server, page, blueprint)["edges"] == ["text.out -> wait.in"]
    expect(page.get_by_test_id("edge-text.out -> wait.in")).to_have_class(re.compile("edge-text"))


def test_an_edge_let_go_over_nothing_offers_the_nodes_that_fit(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, typed())
    x, y = port(page, "text", "out", "out")
    drag(page, (x, y), (x + 40, y + 180))
    choices = page.get_by_test_id("quick-add-list")
    expect(choices).to_be_visible()
    expect(choices.get_by_test_id("quick-flow.wait")).to_be_visible()
    expect(choices.get_by_test_id("quick-data.sort")).to_have_count(0)
    page.get_by_test_id("quick-add-search").fill("wait")
    page.keyboard.press("Enter")
    assert saved(server, page, blueprint)["edges"] == ["text.out -> wait_2.in"]
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)


def test_with_the_space_bar_the_canvas_is_dragged_also_by_its_nodes(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, chain())
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    before = saved(server, page, blueprint)["layout"]
    node = page.get_by_test_id("node-set")
    first = node.bounding_box()
    assert first
    held = (first["x"] + 60, first["y"] + 20)
    page.mouse.move(*held)
    page.keyboard.down("Space")
    expect(page.locator(".canvas.is-panning")).to_be_visible()
    drag(page, held, (held[0] + 90, held[1] + 50))
    page.keyboard.up("Space")
    at_rest(page)
    then = node.bounding_box()
    assert then
    assert (then["x"] - first["x"], then["y"] - first["y"]) == pytest.approx((90, 50), abs=3)
    assert saved(server, page, blueprint)["layout"] == before
    # Without it the node is dragged again.
    drag(page, (then["x"] + 60, then["y"] + 20), (then["x"] + 60, then["y"] + 120))
    assert saved(server, page, blueprint)["layout"] != before


@pytest.mark.parametrize("way", ["Tab", "double-click"])
def test_the_list_of_nodes_opens_at_the_pointer(server: Server, page: Page, way: str) -> None:
    open_new(server, page, chain())
    x, y = centre(page, ".react-flow__pane")
    page.mouse.move(x - 100, y - 150)
    if way == "Tab":
        page.keyboard.press("Tab")
    else:
        page.mouse.dblclick(x - 100, y - 150)
    page.get_by_test_id("quick-add-search").fill("wait")
    page.keyboard.press("Enter")
    expect(nodes(page)).to_have_count(4)
    left, top = place_of(page, "wait")
    assert abs(left + 80 - (x - 100)) < 40
    assert abs(top + 20 - (y - 150)) < 30


def test_the_theme_is_changed_and_kept(server: Server, page: Page) -> None:
    open_new(server, page, chain())
    root = page.locator("html")
    for theme in ("light", "dark"):
        page.get_by_test_id("theme").click()
        expect(root).to_have_attribute("data-theme", theme)
    page.reload()
    expect(root).to_have_attribute("data-theme", "dark")
    page.goto("/blueprints/")
    expect(root).to_have_attribute("data-theme", "dark")
