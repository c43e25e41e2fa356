"""A selection collapsed to a blueprint and expanded again; converters where types do not fit."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import document_of, drag, drawing, edges, nodes, open_new, port, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

PRICES = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "net": {"kind": "data.set", "parameters": {"fields": {"net": 3}}},
        "gross": {"kind": "data.set", "parameters": {"fields": {"gross": "{{ input.net * 2 }}"}}},
        "end": {"kind": "flow.output", "parameters": {"name": "result"}},
    },
    ["start.out -> net.in", "net.out -> gross.in", "gross.out -> end.in"],
    {"start": [0, 0], "net": [300, 0], "gross": [600, 0], "end": [900, 0]},
    notes=[{"id": "why", "text": "Twice", "x": 320, "y": 10, "width": 60, "height": 20}],
)
TEXTS = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "text": {"kind": "text.template", "parameters": {"template": "[1]"}},
        "sort": {"kind": "data.sort", "parameters": {"by": "item"}},
        "end": {"kind": "flow.output"},
    },
    ["start.out -> text.in", "sort.out -> end.in"],
    {"start": [0, 0], "text": [300, 0], "sort": [760, 0], "end": [1060, 0]},
)


def picture(page: Page, name: str) -> None:
    """Take pictures in both schemes and sizes where somebody wants to look at them."""
    if folder := os.environ.get("CONDUCTOR_PICTURES"):
        for width, height in ((1920, 1080), (1280, 800)):
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(300)
                page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png")


def test_a_selection_becomes_a_blueprint_and_its_call_becomes_the_selection_again(
    server: Server, page: Page
) -> None:
    key = open_new(server, page, PRICES)
    before = document_of(server, key)
    page.get_by_test_id("node-net").click()
    page.get_by_test_id("node-gross").click(modifiers=["Control"])
    page.get_by_test_id("node-end").click(modifiers=["Control"])
    page.keyboard.press("Alt+g")
    dialog = page.get_by_test_id("collapse-dialog")
    dialog.get_by_test_id("collapse-name").fill("Prices")
    dialog.get_by_test_id("collapse-confirm").click()
    # The output belongs to this blueprint: the dialog says so, and leads to the node.
    expect(dialog.get_by_role("alert")).to_contain_text("is an output of this blueprint")
    picture(page, "refused")
    dialog.get_by_role("button", name="end").click()
    expect(dialog).to_be_hidden()
    assert document_of(server, key) == before

    page.keyboard.press("1")
    page.get_by_test_id("node-net").click()
    expect(page.locator(".react-flow__node.selected")).to_have_count(1)
    page.get_by_test_id("node-gross").click(modifiers=["Control"])
    page.get_by_test_id("selection").get_by_text("Collapse to a blueprint").click()
    picture(page, "dialog")
    dialog.get_by_test_id("collapse-name").fill("Prices")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("node-prices")).to_be_visible()
    expect(nodes(page)).to_have_count(3)
    message = page.get_by_test_id("message")
    expect(message).to_contain_text("Collapsed to “Prices”, which stays also when you undo this.")
    made = message.get_by_role("link", name="Open it").get_attribute("href") or ""
    assert re.fullmatch(r"/blueprints/[0-9a-f-]{36}/", made)
    picture(page, "collapsed")
    inner = server.get(f"/api{made}")[1]
    assert inner["name"] == "Prices"
    assert inner["published"]["number"] == 1
    assert [note["text"] for note in inner["document"]["notes"]] == ["Twice"]

    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-end")).to_contain_text(re.compile("ms|s"))

    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(4)
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_test_id("node-prices")).to_be_visible()
    page.get_by_test_id("node-prices").click()
    page.keyboard.press("Shift+Alt+g")
    expect(nodes(page)).to_have_count(4)
    expect(message).to_contain_text("Expanded to 2 nodes.")
    picture(page, "expanded")
    again = saved(server, page, key)
    assert again["nodes"] == before["nodes"]
    assert again["layout"] == before["layout"]
    assert set(again["edges"]) == set(before["edges"])
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("node-prices")).to_be_visible()


def test_a_converter_is_offered_where_types_do_not_fit(server: Server, page: Page) -> None:
    key = open_new(server, page, TEXTS)
    start, end = port(page, "text", "out", "out"), port(page, "sort", "in", "in")
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, end[1], steps=5)
    page.mouse.move(*end, steps=5)
    hint = page.locator(".connection-hint")
    expect(hint).to_contain_text("gives text")
    expect(hint).to_contain_text("Let go to insert a converter (2)")
    picture(page, "hint")
    page.mouse.up()
    offer = page.get_by_test_id("converter-offer")
    expect(offer.get_by_role("menuitem")).to_have_count(2)
    picture(page, "offer")
    page.keyboard.press("Escape")
    expect(offer).to_be_hidden()
    drag(page, port(page, "text", "out", "out"), port(page, "sort", "in", "in"))
    offer.get_by_role("menuitem", name="Parse JSON").click()
    expect(page.get_by_test_id("node-parse")).to_be_visible()
    expect(edges(page)).to_have_count(4)
    picture(page, "inserted")
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(4)
    expect(edges(page)).to_have_count(2)

    # The same without a mouse.
    page.get_by_test_id("node-text").click()
    page.keyboard.press("c")
    choices = page.get_by_test_id("join-list")
    choices.get_by_role("combobox").fill("out")
    page.keyboard.press("Enter")
    choices.get_by_role("combobox").fill("sort")
    expect(choices.get_by_role("option").first).to_contain_text("insert “Parse")
    picture(page, "keys")
    page.keyboard.press("Enter")
    expect(edges(page)).to_have_count(4)
    document = saved(server, page, key)
    assert len(document["nodes"]) == 5
    added = next(name for name in document["nodes"] if name not in TEXTS["nodes"])
    assert {f"text.out -> {added}.in", f"{added}.out -> sort.in"} < set(document["edges"])
