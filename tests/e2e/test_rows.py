"""Rows of a form: whoever adds one writes in it, and nothing of it happens on the canvas."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

DRAWN = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "ask": {"kind": "http.request", "parameters": {"url": "https://example.com/"}},
        "call": {"kind": "trigger.webhook"},
    },
    ["start.out -> ask.in"],
    {"start": [0, 0], "ask": [300, 0], "call": [0, 140]},
)


def test_a_row_that_is_added_has_the_keys_and_one_that_is_removed_leaves_them_in_the_form(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, DRAWN)
    page.get_by_test_id("node-ask").click()
    query = page.get_by_role("group", name="Query")
    query.get_by_role("button", name="Add one").click()
    # Each of these letters would change the drawing.
    page.keyboard.type("dxb")
    page.keyboard.press("Tab")
    page.keyboard.type("a")
    query.get_by_role("button", name="Add another").click()
    page.keyboard.type("second")
    document = saved(server, page, blueprint)
    assert document["nodes"]["ask"]["parameters"]["query"] == {"dxb": "a", "second": ""}
    assert "settings" not in document["nodes"]["ask"]
    assert document["edges"] == ["start.out -> ask.in"]

    query.get_by_role("button", name="Remove second").click()
    expect(query.get_by_role("button", name="Add another")).to_be_focused()


def test_an_item_and_an_input_that_are_added_have_the_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, DRAWN)
    page.get_by_test_id("add-input").click()
    page.keyboard.type("order")
    page.keyboard.press("Enter")
    page.get_by_test_id("node-call").click()
    pages = page.get_by_role("group", name="Pages that may call")
    pages.get_by_role("button", name="Add an item").click()
    page.keyboard.type("https://shop.example.com")
    document = saved(server, page, blueprint)
    assert list(document["inputs"]) == ["order"]
    assert document["nodes"]["call"]["parameters"]["origins"] == ["https://shop.example.com"]


def test_a_field_that_becomes_an_expression_has_the_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, DRAWN)
    page.get_by_test_id("node-ask").click()
    page.get_by_test_id("fx-method").click()
    # What is in the braces is written over.
    page.keyboard.type("input.d")
    parameters = saved(server, page, blueprint)["nodes"]["ask"]["parameters"]
    assert parameters["method"] == "{{ input.d }}"
    page.get_by_test_id("fx-method").click()
    expect(page.get_by_label("Method", exact=True)).to_be_focused()
