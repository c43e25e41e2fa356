"""Notes behind nodes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import chain, open_new, port, saved
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
