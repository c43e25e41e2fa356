"""Pieces of a drawing are copied, cut and pasted, within a blueprint and between two."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import (
    chain,
    drawing,
    make,
    nodes,
    open_new,
    point,
    saved,
    show,
)
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_copies_go_into_the_same_blueprint_and_into_another(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    point(page, 300, 400)
    page.keyboard.press("Control+v")
    expect(nodes(page)).to_have_count(6)
    document = saved(server, page, blueprint)
    assert len(document["edges"]) == 4
    copies = set(document["nodes"]) - {"start", "set", "end"}
    assert all(any(copy in edge for edge in document["edges"]) for copy in copies)
    settings = [node["parameters"] for node in document["nodes"].values() if "set" in node["kind"]]
    assert settings == [{"fields": {"ok": True}}] * 2
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)
    assert saved(server, page, blueprint)["nodes"].keys() == {"start", "set", "end"}

    other = make(server, name="Other")
    show(page, other)
    point(page, 300, 200)
    page.keyboard.press("Control+v")
    expect(nodes(page)).to_have_count(3)
    document = saved(server, page, other)
    assert len(document["edges"]) == 2
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(0)


def test_cut_takes_away_and_duplicate_adds_beside(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.get_by_test_id("node-set").click()
    page.keyboard.press("Control+d")
    expect(nodes(page)).to_have_count(4)
    document = saved(server, page, blueprint)
    assert document["layout"]["set_2"] != document["layout"]["set"]
    # With Shift a copy is joined to what the original is joined to.
    page.get_by_test_id("node-end").click()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+Shift+v")
    expect(page.get_by_test_id("edge-set.out -> end_2.in")).to_have_count(1)
    page.keyboard.press("Control+z")
    page.get_by_test_id("node-set_2").click()
    page.keyboard.press("Control+x")
    expect(nodes(page)).to_have_count(3)
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(4)
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)
    expect(page.get_by_test_id("node-set")).to_be_visible()


def put(page: Page, text: str) -> None:
    """Paste a text that was copied elsewhere."""
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_copies_are_made_by_the_names_of_the_actions(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())

    def command(words: str) -> None:
        page.keyboard.press("Control+k")
        page.get_by_role("textbox", name="Find an action").fill(words)
        page.keyboard.press("Enter")

    page.evaluate("navigator.clipboard.writeText('')")
    command("paste")
    expect(page.get_by_test_id("message")).to_have_text("There is nothing on the clipboard")
    page.get_by_test_id("node-set").click()
    command("copy")
    point(page, 300, 300)
    command("paste with")
    expect(nodes(page)).to_have_count(4)
    assert "start.out -> set_2.in" in saved(server, page, blueprint)["edges"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello", "not a piece of a blueprint"),
        ('{"format": "conductor/1"}', "there are no nodes in it"),
        ('{"format": "conductor/9", "nodes": {}}', 'The format is "conductor/9"'),
        (
            '{"format": "conductor/1", "notes": [{"text": 5, "x": "a"}], "nodes": {}}',
            "notes[0].text: must be a text (given: 5). notes[0].x: must be a number",
        ),
    ],
)
def test_text_that_is_no_piece_of_a_blueprint_is_refused(
    server: Server, page: Page, text: str, told: str
) -> None:
    blueprint = open_new(server, page, chain())
    point(page, 300, 300)
    put(page, text)
    expect(page.get_by_test_id("message")).to_contain_text(told)
    expect(nodes(page)).to_have_count(3)
    assert saved(server, page, blueprint)["nodes"] == chain()["nodes"]


def test_a_large_piece_is_saved_and_its_expressions_name_its_own_nodes(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, chain())
    piece = drawing(
        {
            "set": {"kind": "data.set", "parameters": {"fields": {"text": "x" * 1_500_000}}},
            "read": {"kind": "data.value", "parameters": {"value": '{{ nodes["set"].text }}'}},
        },
        ["set.out -> read.in"],
        {"set": [0, 0]},
    )
    point(page, 300, 400)
    put(page, json.dumps(piece))
    expect(page.get_by_test_id("message")).to_contain_text("2 nodes inserted")
    document = saved(server, page, blueprint)
    assert len(document["nodes"]["set_2"]["parameters"]["fields"]["text"]) == 1_500_000
    assert document["nodes"]["read"]["parameters"] == {"value": '{{ nodes["set_2"].text }}'}
    assert document["layout"]["set_2"] != document["layout"]["read"]


def test_a_browser_that_pastes_only_into_text_joins_the_copy_too(
    server: Server, page: Page
) -> None:
    """As Firefox: Ctrl+Shift+V reaches the page only where text is written."""
    page.add_init_script(
        """
        const asks = CSS.supports.bind(CSS);
        CSS.supports = (name, ...rest) => name === "-moz-appearance" || asks(name, ...rest);
        addEventListener(
          "paste",
          (event) => {
            if (!event.target.matches("textarea")) event.stopImmediatePropagation();
          },
          true,
        );
        """
    )
    open_new(server, page, chain())
    page.get_by_test_id("node-end").click()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+Shift+v")
    expect(page.get_by_test_id("edge-set.out -> end_2.in")).to_have_count(1)
    expect(page.locator("body > textarea")).to_have_count(0)
    expect(page.locator('.react-flow__node[data-id="end"]')).to_be_focused()
    expect(page.get_by_test_id("node-end_2")).to_have_class(re.compile("is-selected"))


def test_a_piece_that_makes_room_for_itself_is_seen(server: Server, page: Page) -> None:
    places = {
        f"n{row}{column}": [300 * column, 100 * row] for row in range(6) for column in range(4)
    }
    grid = drawing({name: {"kind": "data.set"} for name in places}, [], places)
    open_new(server, page, grid)
    pane = page.locator(".react-flow__pane").bounding_box()
    assert pane is not None
    point(page, pane["width"] / 2, pane["height"] / 2)
    # As a chat gives it.
    put(page, f"```json\n{json.dumps(grid)}\n```\n")
    expect(page.get_by_test_id("node-n00_2")).to_be_in_viewport(ratio=0.9)
