"""Frames that are collapsed: drawn as a card, saved so, moved whole, and opened to look inside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import centre, document_of, drag, edges, open_new, saved, show
from tests.e2e.test_frames import box, each_drawing
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def with_capture() -> dict[str, Any]:
    """Return a frame into which an edge leads past its ports."""
    document = each_drawing([{"count": 1}, {"count": 4}])
    document["nodes"]["add"] = {"kind": "data.set", "frame": "lines", "promoted": ["fields"]}
    document["edges"] += ["price.out -> add.in", "start.out -> add.fields"]
    document["layout"]["add"] = [420, 200]
    return document


def test_a_frame_collapses_to_a_card_and_is_saved_so(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, with_capture())
    corner = box(page, "lines")
    expect(edges(page)).to_have_count(6)
    page.get_by_test_id("collapse-lines").click()
    card = page.get_by_test_id("node-lines")
    expect(card).to_contain_text("2 nodes inside")
    expect(page.get_by_test_id("node-price")).to_have_count(0)
    # To and from the frame, and the one that leads past its ports, which ends at the card.
    expect(edges(page)).to_have_count(3)
    shut = box(page, "lines")
    assert (shut["x"], shut["y"]) == pytest.approx((corner["x"], corner["y"]), abs=2)
    assert shut["height"] < corner["height"]
    document = saved(server, page, blueprint)
    assert document["collapsed"] == ["lines"]
    assert len(document["edges"]) == 6
    show(page, blueprint)
    expect(page.get_by_test_id("node-lines")).to_contain_text("2 nodes inside")
    page.get_by_test_id("collapse-lines").click()
    expect(page.get_by_test_id("node-price")).to_be_visible()
    assert "collapsed" not in saved(server, page, blueprint)


def test_a_collapsed_frame_moves_what_it_holds(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, with_capture())
    before = document_of(server, blueprint)["layout"]
    page.get_by_test_id("collapse-lines").click()
    x, y = centre(page, '[data-testid="node-lines"] .card-title')
    drag(page, (x, y), (x + 40, y + 120))
    page.keyboard.press("Shift+ArrowDown")
    after = saved(server, page, blueprint)["layout"]
    moved = {name: (after[name][0] - at[0], after[name][1] - at[1]) for name, at in before.items()}
    assert moved["price"] == moved["add"] != (0, 0)
    assert moved["start"] == (0, 0)
    page.get_by_test_id("collapse-lines").click()
    opened = box(page, "lines")
    inner = box(page, "price")
    assert opened["x"] < inner["x"]
    assert opened["y"] < inner["y"]


def test_keys_close_and_open_and_a_copy_stays_closed(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, with_capture())
    page.get_by_test_id("node-price").click()
    page.keyboard.press("z")
    card = page.get_by_test_id("node-lines")
    expect(card).to_have_attribute("data-collapsed", "true")
    expect(card).to_have_class(re.compile("is-selected"))
    page.keyboard.press("Control+d")
    document = saved(server, page, blueprint)
    assert document["collapsed"] == ["lines", "lines_2"]
    assert [name for name, node in document["nodes"].items() if node.get("frame") == "lines_2"] == [
        "price_2",
        "add_2",
    ]
    page.keyboard.press("Delete")
    assert saved(server, page, blueprint)["collapsed"] == ["lines"]
    page.keyboard.press("Shift+Z")
    expect(page.get_by_test_id("node-price")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(card).to_have_attribute("data-collapsed", "true")


def test_its_run_is_counted_and_a_search_opens_it(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, {**with_capture(), "collapsed": ["lines"]})
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("iterations-lines")).to_contain_text("2/2")
    expect(page.get_by_test_id("node-lines")).to_have_attribute("data-status", "succeeded")
    page.keyboard.press("Control+f")
    page.get_by_role("textbox", name="Find in the drawing").fill("price")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("node-price")).to_be_visible()
    # To look inside changes nothing of what is saved.
    assert document_of(server, blueprint)["collapsed"] == ["lines"]


def test_a_collapsed_frame_tells_of_the_problems_inside(server: Server, page: Page) -> None:
    document = with_capture()
    document["nodes"]["price"]["parameters"] = {"fields": "{{ item. }}"}
    open_new(server, page, {**document, "collapsed": ["lines"]})
    expect(page.get_by_test_id("problem-lines")).to_be_visible()
