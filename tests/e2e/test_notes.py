"""Notes behind nodes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import at_rest, can_draw, chain, drag, open_new, port, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

ON_EDGE = "([x, y]) => document.elementFromPoint(x, y).closest('.react-flow__edge')?.dataset.id"


def test_a_note_around_nodes_lies_behind_them_and_their_edges(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    before = saved(server, page, blueprint)
    page.get_by_test_id("node-set").click()
    page.get_by_test_id("node-end").click(modifiers=["Control"])
    page.keyboard.press("Shift+N")
    page.keyboard.type("# Both")
    page.keyboard.press("Escape")
    (note,) = saved(server, page, blueprint)["notes"]
    assert (note["x"], note["text"]) == (280, "# Both")
    assert note["width"] > 300
    out, entry = port(page, "set", "out", "out"), port(page, "end", "in", "in")
    middle = [(out[0] + entry[0]) / 2, out[1]]
    assert page.evaluate(ON_EDGE, middle) == "set.out -> end.in"
    page.mouse.dblclick(*middle)
    assert "set.out -> end.in" in saved(server, page, blueprint)["routes"]
    for _ in range(3):
        page.keyboard.press("Control+z")
    expect(page.locator('[data-testid^="note-"]')).to_have_count(0)
    assert saved(server, page, blueprint) == before


def test_from_afar_a_box_selects_and_notes_are_drawn(server: Server, page: Page) -> None:
    document = chain()
    document["layout"]["end"] = [12_000, 0]
    paper = {"x": 0, "y": 2_000, "width": 12_000, "height": 1_000, "color": "green"}
    document["notes"] = [{"id": "about", "text": "# Prices", **paper}]
    open_new(server, page, document)
    # What was pressed last is text: with Shift a browser would select from there.
    page.get_by_text("No runs yet").click()
    page.get_by_test_id("canvas").hover()
    page.keyboard.press("1")
    at_rest(page)
    box = page.get_by_test_id("overview").bounding_box()
    assert box
    green = page.get_by_test_id("overview").evaluate(
        """canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            for (let at = 0; at < data.length; at += 4)
                if (data[at + 3] && data[at + 1] > data[at] + 60) return true;
            return false;
        }"""
    )
    assert green
    can_draw(page)
    page.keyboard.down("Shift")
    drag(
        page,
        (box["x"] + 5, box["y"] + 5),
        (box["x"] + box["width"] / 2, box["y"] + box["height"] - 5),
    )
    page.keyboard.up("Shift")
    selected = page.get_by_test_id("inspector")
    expect(selected).to_contain_text("Selected: 2 nodes, 1 note")
    assert page.evaluate("document.getSelection().isCollapsed")


def test_what_lies_on_a_note_goes_along_with_it(server: Server, page: Page) -> None:
    document = chain()
    paper = {"x": 280, "y": -60, "width": 260, "height": 160}
    document["notes"] = [{"id": "about", "text": "Prices", **paper}]
    blueprint = open_new(server, page, document)
    note = page.get_by_test_id("note-about").bounding_box()
    assert note
    at = (note["x"] + note["width"] / 2, note["y"] + 12)
    drag(page, at, (at[0], at[1] + 150))
    after = saved(server, page, blueprint)
    moved = after["notes"][0]["y"] - paper["y"]
    assert moved > 0
    assert after["layout"] == {"start": [0, 0], "set": [300, moved], "end": [600, 0]}
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["layout"] == document["layout"]
    page.keyboard.down("Control")
    drag(page, at, (at[0], at[1] + 150))
    page.keyboard.up("Control")
    after = saved(server, page, blueprint)
    assert after["layout"] == document["layout"]
    assert after["notes"][0]["y"] - paper["y"] == moved
