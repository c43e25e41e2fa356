"""Gestures that need no aim: an edge let go anywhere on a card, a node added by one press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import centre, document_of, drag, drawing, edges, nodes, open_new, port, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

DRAWN = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "text": {"kind": "text.template", "parameters": {"template": "a"}},
        "sort": {"kind": "data.sort"},
    },
    [],
    {"start": [0, 0], "text": [300, 0], "sort": [300, 140]},
)


def over(page: Page, node: str) -> tuple[float, float]:
    """The middle of a card."""
    return centre(page, f'[data-testid="node-{node}"]')


def test_an_edge_let_go_on_a_card_goes_to_the_port_that_takes_it(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, DRAWN)
    page.mouse.move(*port(page, "start", "out", "out"))
    page.mouse.down()
    page.mouse.move(*over(page, "text"), steps=8)
    expect(page.locator(".connection-hint")).to_have_text("Let go to join “in”")
    page.mouse.up()
    expect(edges(page)).to_have_count(1)
    assert saved(server, page, blueprint)["edges"] == ["start.out -> text.in"]
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(0)
    # Drawn backwards, from an input, too.
    drag(page, port(page, "sort", "in", "in"), over(page, "start"))
    expect(edges(page)).to_have_count(1)
    assert saved(server, page, blueprint)["edges"] == ["start.out -> sort.in"]


def test_a_card_that_takes_no_such_edge_says_why_or_offers_a_converter(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, DRAWN)
    drag(page, port(page, "text", "out", "out"), over(page, "start"))
    expect(page.get_by_test_id("message")).to_have_text("start has no input")
    drag(page, port(page, "text", "out", "out"), over(page, "sort"))
    page.get_by_role("menuitem", name="Parse CSV").click()
    expect(nodes(page)).to_have_count(4)
    expect(page.get_by_test_id("quick-add-list")).to_have_count(0)
    document = saved(server, page, blueprint)
    assert document["edges"][0].startswith("text.out -> ")


def test_a_press_in_the_palette_adds_a_node_and_two_add_no_more(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, DRAWN)
    page.get_by_test_id("palette-flow.wait").click()
    expect(nodes(page)).to_have_count(4)
    page.get_by_test_id("palette-flow.join").dblclick()
    expect(nodes(page)).to_have_count(5)
    saved(server, page, blueprint)
    assert len(document_of(server, blueprint)["nodes"]) == 5
