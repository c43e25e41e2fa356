"""A node that runs for each item of a list: set up by mouse, watched item by item."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_a_node_is_set_to_run_for_each_item_and_shows_what_each_did(
    server: Server, page: Page
) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "double": {
            "kind": "data.set",
            "parameters": {"fields": {"twice": "{{ item.n + item.n }}"}},
        },
        "end": {"kind": "flow.output", "parameters": {"name": "all"}},
    }
    edges = ["start.out -> double.in", "double.out -> end.in"]
    layout = {"start": [0, 0], "double": [300, 0], "end": [600, 0]}
    lines = {"type": "array", "default": [{"n": 1}, {"n": "two"}, {"n": None}]}
    blueprint = open_new(server, page, drawing(nodes, edges, layout, inputs={"lines": lines}))
    page.get_by_test_id("node-double").click()
    page.get_by_test_id("tab-settings").click()
    page.get_by_label("For each item").click()
    page.get_by_label("List", exact=True).fill("{{ input.lines }}")
    page.get_by_label("When an item fails").select_option("collect")
    expect(page.get_by_test_id("node-double")).to_contain_text("each")
    expect(page.get_by_test_id("port-double-out-errors")).to_be_visible()
    settings = saved(server, page, blueprint)["nodes"]["double"]["settings"]
    assert settings == {"each": {"list": "{{ input.lines }}", "errors": "collect"}}

    # Its inputs have defaults, so it starts at once.
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-double")).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("step-output")).to_contain_text("errors")
    expect(page.get_by_test_id("run-list")).to_contain_text("succeeded")
    # Its items are no firings of the node.
    expect(page.get_by_test_id("step-picker").locator("option").first).to_have_text(
        "1 of 1 · succeeded"
    )
    page.get_by_test_id("step-picker").select_option(label="double[2] · failed")
    expect(page.get_by_test_id("step-error")).to_contain_text("listed at the port")

    # Each field is a step of undo: the error policy first, the whole setting last.
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("port-double-out-errors")).to_have_count(0)
    expect(page.get_by_test_id("node-double")).to_contain_text("each")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.get_by_test_id("node-double")).not_to_contain_text("each")
    assert "settings" not in saved(server, page, blueprint)["nodes"]["double"]
