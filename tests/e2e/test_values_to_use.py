"""Values that parameters can use: dragged into a field, inserted by a press, or by keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import open_new, saved
from tests.e2e.test_expressions import field, order, run
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def open_values(page: Page) -> None:
    page.get_by_role("button", name="Values to use").click()
    expect(page.get_by_test_id("value-input.total")).to_contain_text("42")


def test_a_value_is_dragged_into_fields_of_any_kind(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, order())
    run(page)
    text = field(page, "say", "message")
    open_values(page)
    page.get_by_test_id('value-input["the place"]').drag_to(text)
    expect(text).to_have_value(re.compile(r'\{\{ input\["the place"\] \}\}'))
    # A field that is chosen from becomes an expression.
    page.get_by_test_id("value-input.total").drag_to(page.get_by_test_id("field-level"))
    level = page.get_by_test_id("field-level").locator("textarea")
    expect(level).to_have_value("{{ input.total }}")
    expect(page.get_by_test_id("preview")).to_contain_text("42")
    document = saved(server, page, blueprint)
    assert document["nodes"]["say"]["parameters"]["level"] == "{{ input.total }}"
    page.get_by_role("button", name="Undo").click()
    expect(level).to_have_value("")


def test_a_press_inserts_at_the_caret_within_the_expression(server: Server, page: Page) -> None:
    open_new(server, page, order())
    run(page)
    text = field(page, "check", "condition")
    open_values_of_order(page)
    text.focus()
    # From now on suggestions come to what is typed, and none to where the caret is put: they would
    # lie over the values.
    expect(text).to_have_attribute("aria-autocomplete", "list")
    text.fill("{{ 1 +  }}")
    text.evaluate("element => element.setSelectionRange(7, 7)")
    row = page.get_by_test_id('value-nodes["order"].total')
    row.hover()
    page.get_by_test_id('insert-nodes["order"].total').click()
    expect(text).to_have_value('{{ 1 + nodes["order"].total }}')
    expect(text).to_be_focused()


def open_values_of_order(page: Page) -> None:
    """Open the values, and those of the node `order` in them."""
    page.get_by_role("button", name="Values to use").click()
    page.get_by_test_id("value-nodes").locator(".tree-name").click()
    page.get_by_test_id('value-nodes["order"]').locator(".tree-name").click()


def test_keys_alone_find_a_value_and_insert_it(server: Server, page: Page) -> None:
    open_new(server, page, order())
    run(page)
    text = field(page, "say", "message")
    text.focus()
    page.keyboard.press("End")
    head = page.get_by_role("button", name="Values to use")
    head.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("value-input.total")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("value-input")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    lines = page.get_by_test_id("value-input.lines")
    expect(lines).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(lines).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_test_id("value-input.lines[0]")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(text).to_have_value("Total: {{ input.lines[0] }}")
    expect(text).to_be_focused()
