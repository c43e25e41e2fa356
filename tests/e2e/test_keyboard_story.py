"""A blueprint of five nodes is drawn, filled in, run and read by keys alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.canvas import make, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

# Whether what has the keys is seen to have them: by an outline, or by a mark of its own.
SEEN = """() => {
  const it = document.activeElement;
  if (it === document.body) return "";
  const marked = (element, part) => {
    const style = getComputedStyle(element, part);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  };
  const within = [it, ...it.querySelectorAll(".card, .frame, .note"), it.parentElement];
  if (within.some((one) => marked(one)) || marked(it, "::after")) return "";
  if (it.matches(".splitter")) return "";
  return it.outerHTML.slice(0, 160);
}"""


def has_keys(place: Locator) -> bool:
    """Say whether what has the keys is this, or is in it."""
    return bool(place.evaluate("it => it.contains(document.activeElement)"))


def tab_to(page: Page, place: Locator, key: str = "Tab", most: int = 90) -> None:
    """Press Tab until something has the keys; all on the way must be seen to have them."""
    for _ in range(most):
        if has_keys(place):
            return
        page.keyboard.press(key)
        assert page.evaluate(SEEN) == ""
    raise AssertionError(f"{key} never came to {place}")


def add_after(page: Page, name: str, *, port: int | None = None) -> None:
    """Lead an edge from the selected node to a new one, whose name is typed."""
    page.keyboard.press("c")
    expect(page.get_by_test_id("join-list").locator("input")).to_be_focused()
    if port is not None:
        for _ in range(port):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("quick-add-search")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")


def fill(page: Page, field: str, text: str) -> None:
    """Open the form of the selected node, go to a field, write, and come back to the canvas."""
    page.keyboard.press("Enter")
    # At once, of a node that was only just added too: the next key is for the form.
    assert has_keys(page.get_by_test_id("tab-parameters"))
    box = page.get_by_test_id(f"field-{field}").locator("input, textarea").first
    tab_to(page, box)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Escape")
    back = page.locator(".react-flow__node.selected")
    tab_to(page, back, "Shift+Tab")


def test_five_nodes_are_drawn_run_and_read_without_a_mouse(server: Server, page: Page) -> None:
    blueprint = make(server)
    page.goto(f"/blueprints/{blueprint}/")
    expect(page.get_by_test_id("inspector")).to_be_visible()
    # Over the canvas Tab opens the list of nodes; a second one leads on into the page.
    page.keyboard.press("Tab")
    expect(page.get_by_test_id("quick-add-search")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="All blueprints")).to_be_focused()
    tab_to(page, page.get_by_test_id("quick-add"))
    page.keyboard.press("Enter")
    page.keyboard.type("manual")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("node-manual")).to_be_visible()
    add_after(page, "value")
    fill(page, "value", "{{ 6 * 7 }}")
    add_after(page, "if", port=0)
    fill(page, "condition", "{{ input > 40 }}")
    add_after(page, "output", port=0)
    fill(page, "name", "answer")
    tab_to(page, page.locator('.react-flow__node[data-id="if"]'), "Shift+Tab")
    add_after(page, "output", port=1)
    fill(page, "name", "too_small")
    assert sorted(saved(server, page, blueprint)["edges"]) == [
        "if.false -> output_2.in", "if.true -> output.in", "manual.out -> value.in",
        "value.out -> if.in",
    ]  # fmt: skip
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").filter(has_text="Succeeded")).to_be_attached()
    # A node says how it stands to whoever only hears it.
    one = page.locator('.react-flow__node[data-id="output"]')
    expect(one).to_have_accessible_description(re.compile("^succeeded .*Enter opens its form"))
    tab_to(page, page.get_by_role("tab", name="Inputs and outputs"))
    page.keyboard.press("Enter")
    expect(page.locator(".run-values")).to_contain_text("answer")
    expect(page.locator(".run-values")).to_contain_text("42")
    expect(page.locator(".run-values")).not_to_contain_text("too_small")
