"""Edges are selected, moved and deleted, and nodes put in between."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import (
    centre,
    chain,
    document_of,
    drag,
    drawing,
    edges,
    nodes,
    open_new,
    port,
    saved,
)
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_an_edge_is_selected_by_a_press_and_deleted(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.mouse.click(*middle_of_edge(page))
    expect(page.get_by_test_id("selection")).to_contain_text("1 edge")
    page.keyboard.press("Delete")
    assert saved(server, page, blueprint)["edges"] == ["set.out -> end.in"]
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(2)


def middle_of_edge(page: Page) -> tuple[float, float]:
    """A place between the first two nodes, where their edge runs."""
    left, right = port(page, "start", "out", "out"), port(page, "set", "in", "in")
    return (left[0] + right[0]) / 2, (left[1] + right[1]) / 2


def test_a_node_dropped_on_an_edge_is_put_in_between(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    drag(page, centre(page, '[data-testid="palette-flow.wait"]'), middle_of_edge(page))
    expect(page.get_by_test_id("node-wait")).to_be_visible()
    document = saved(server, page, blueprint)
    assert set(document["edges"]) == {
        "start.out -> wait.in",
        "wait.out -> set.in",
        "set.out -> end.in",
    }
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)
    assert set(saved(server, page, blueprint)["edges"]) == set(chain()["edges"])


def test_a_node_of_the_drawing_dragged_onto_an_edge_is_put_in_between(
    server: Server, page: Page
) -> None:
    document = chain()
    document["nodes"]["wait"] = {"kind": "flow.wait"}
    document["layout"]["wait"] = [200, 200]
    blueprint = open_new(server, page, document)
    drag(page, centre(page, '[data-testid="node-wait"]'), middle_of_edge(page))
    expect(edges(page)).to_have_count(3)
    assert set(saved(server, page, blueprint)["edges"]) == {
        "start.out -> wait.in",
        "wait.out -> set.in",
        "set.out -> end.in",
    }
    # The gap was narrow: what follows moved aside, and comes back with the same undo.
    places = document_of(server, blueprint)["layout"]
    assert places == {"start": [0, 0], "wait": [300, 0], "set": [600, 0], "end": [900, 0]}
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(2)
    assert saved(server, page, blueprint)["layout"] == document["layout"]


def test_an_edge_is_moved_by_its_end_and_never_onto_a_wrong_port(
    server: Server, page: Page
) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "one": {"kind": "flow.wait"},
            "two": {"kind": "flow.wait"},
        },
        ["start.out -> one.in"],
        {"start": [0, 0], "one": [300, 0], "two": [300, 160]},
    )
    blueprint = open_new(server, page, document)
    x, y = port(page, "one", "in", "in")
    drag(page, (x - 18, y), port(page, "two", "in", "in"))
    expect(page.get_by_test_id("edge-start.out -> two.in")).to_be_visible()
    assert saved(server, page, blueprint)["edges"] == ["start.out -> two.in"]
    page.keyboard.press("Control+z")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> one.in"]

    drag(page, (x - 18, y), port(page, "two", "out", "out"))
    expect(page.get_by_test_id("message")).to_contain_text("from an output to an input")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> one.in"]
