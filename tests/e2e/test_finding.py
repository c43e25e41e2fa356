"""Finding things in a drawing, and coming back to places."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import at_rest, drawing, make, open_new
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def wide() -> dict[str, object]:
    """Return a drawing whose end is far from its beginning."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "greet": {"kind": "data.set", "parameters": {"fields": {"text": "good evening"}}},
            "end": {
                "kind": "text.template",
                "title": "The end",
                "parameters": {"template": "{{ input.text.upper() }}"},
            },
        },
        ["start.out -> greet.in", "greet.out -> end.in"],
        {"start": [0, 0], "greet": [300, 0], "end": [6000, 3000]},
        notes=[{"text": "Mind the gap", "x": 300, "y": 400, "width": 200, "height": 80}],
    )


def found(page: Page, query: str) -> str:
    page.keyboard.press("Control+f")
    page.get_by_role("textbox", name="Find in the drawing").fill(query)
    return page.get_by_test_id("find").get_by_role("option").first.inner_text()


def test_a_node_is_found_by_a_parameter_and_brought_into_view(server: Server, page: Page) -> None:
    open_new(server, page, wide())
    before = at_rest(page)
    assert "parameter template" in found(page, "UPPER()")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("find")).to_have_count(0)
    expect(page.locator(".inspector-head h2")).to_have_text("The end")
    expect(page.locator('[data-testid="node-end"]')).to_be_in_viewport()
    after = at_rest(page)
    assert after != before
    page.keyboard.press("Control+Shift+ArrowLeft")
    assert at_rest(page) == before
    page.keyboard.press("Control+Shift+ArrowRight")
    assert at_rest(page) == after


def test_a_node_is_found_by_the_name_of_a_parameter(server: Server, page: Page) -> None:
    document = wide()
    document["nodes"]["rest"] = {"kind": "flow.wait", "parameters": {"seconds": 3}}  # type: ignore[index]
    open_new(server, page, document)
    assert "Seconds · seconds" in found(page, "seconds")
    page.keyboard.press("Enter")
    expect(page.locator(".inspector-head h2")).to_have_text("Wait")


def test_a_node_is_found_by_what_it_gave_in_the_shown_run(server: Server, page: Page) -> None:
    blueprint = make(server, wide())
    path = f"/api/blueprints/{blueprint}/runs/"
    run = server.call("POST", path, {"draft": True, "wait": 20})[1]["id"]
    page.goto(f"/blueprints/{blueprint}/?run={run}")
    expect(page.locator('[data-testid="node-greet"]')).to_contain_text("ms")
    assert "parameter fields.text" in found(page, "Good Evening")
    hits = page.get_by_test_id("find").get_by_role("option")
    expect(hits).to_have_count(2)
    expect(hits.nth(1)).to_contain_text("output out")
    page.get_by_role("textbox", name="Find in the drawing").fill("mind the")
    expect(page.get_by_test_id("find").get_by_role("option")).to_have_count(1)
    page.get_by_role("textbox", name="Find in the drawing").fill("nowhere at all")
    expect(page.get_by_test_id("find")).to_contain_text("Nothing in the drawing has that.")


def test_what_is_typed_while_the_field_is_opening_is_not_lost(server: Server, page: Page) -> None:
    open_new(server, page, wide())
    page.locator(".react-flow__pane").click(position={"x": 8, "y": 8})
    page.keyboard.press("Control+f")
    # The canvas takes the space bar for panning, as long as it has the keys.
    page.keyboard.type("the end")
    expect(page.get_by_role("textbox", name="Find in the drawing")).to_have_value("the end")
    # A name is there once, with what was typed marked in it, and beside it the kind.
    expect(page.get_by_test_id("find").get_by_role("option")).to_have_text(["The endText"])
    expect(page.get_by_test_id("find").locator(".find-name mark")).to_have_text("The end")


def test_a_bookmark_leads_back_also_after_a_reload(server: Server, page: Page) -> None:
    open_new(server, page, wide())
    found(page, "the end")
    page.keyboard.press("Enter")
    there = at_rest(page)
    page.keyboard.press("Shift+Alt+2")
    expect(page.get_by_test_id("message")).to_contain_text("Bookmark 2 is set here")
    page.reload()
    expect(page.get_by_test_id("inspector")).to_be_visible()
    page.locator(".react-flow__pane").click(position={"x": 400, "y": 60})
    page.keyboard.press("Alt+3")
    expect(page.get_by_test_id("message")).to_contain_text("Bookmark 3 is not set yet")
    page.keyboard.press("Alt+2")
    assert at_rest(page) == there
