"""A join gives its values in the order of its edges: what changes one of them keeps its place."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.canvas import centre, drawing, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def value(text: str) -> dict[str, Any]:
    return {"kind": "data.value", "parameters": {"value": text}}


def joined() -> dict[str, Any]:
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "first": value("one"),
            "pass": value("{{ input }}"),
            "second": value("two"),
            "join": {"kind": "flow.join"},
            "end": {"kind": "flow.output", "parameters": {"name": "both"}},
        },
        [
            "start.out -> first.in",
            "start.out -> second.in",
            "first.out -> pass.in",
            "pass.out -> join.in",
            "second.out -> join.in",
            "join.out -> end.in",
        ],
        {
            "start": [0, 0],
            "first": [280, 0],
            "pass": [560, 0],
            "second": [280, 400],
            "join": [1000, 0],
            "end": [1260, 0],
        },
        routes={"pass.out -> join.in": {"name": "the first"}},
    )


def test_a_join_gives_the_same_after_its_edges_were_led_otherwise(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, joined())
    before = saved(server, page, blueprint)

    def both() -> Any:
        saved(server, page, blueprint)
        path = f"/api/blueprints/{blueprint}/runs/"
        return server.call("POST", path, {"draft": True, "wait": 20})[1]["outputs"]

    def choose(words: str) -> None:
        page.get_by_test_id("quick-add-search").fill(words)
        page.keyboard.press("Enter")

    assert both() == {"both": ["one", "two"]}
    for keys in ("Control+Delete", "x"):
        page.get_by_test_id("node-pass").click()
        page.keyboard.press(keys)
        assert both() == {"both": ["one", "two"]}, keys
        page.keyboard.press("Control+z")
        assert saved(server, page, blueprint) == before

    page.get_by_test_id("node-pass").click()
    page.keyboard.press("Control+g")
    choose("group")
    assert both() == {"both": ["one", "two"]}
    drawn = saved(server, page, blueprint)
    assert drawn["routes"] == {"group.out -> join.in": {"name": "the first"}}
    page.keyboard.press("Control+Shift+G")
    assert both() == {"both": ["one", "two"]}
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before

    page.mouse.click(*centre(page, '[data-end="source"] rect'))
    page.keyboard.press("i")
    choose("log")
    edges = saved(server, page, blueprint)["edges"]
    assert "pass.out -> message.in" in edges
    assert edges.index("message.out -> join.in") < edges.index("second.out -> join.in")
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint) == before
