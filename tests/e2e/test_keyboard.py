"""Drawing without a mouse: nodes are reached, joined, parted and opened by keys alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.canvas import chain, drawing, edges, nodes, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def unjoined() -> dict[str, object]:
    """Return three nodes without an edge."""
    return {**chain(), "edges": []}


def walk_to(page: Page, node: str) -> None:
    """Press Tab until a node has the keys."""
    page.get_by_test_id("palette-search").focus()
    card = page.locator(f'.react-flow__node[data-id="{node}"]')
    for _ in range(60):
        if card.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {node}")


def joining(page: Page) -> Locator:
    """Begin to join by keys, and return the choices of the list."""
    page.keyboard.press("c")
    expect(page.get_by_test_id("join-list").locator("input")).to_be_focused()
    return page.get_by_test_id("join-list").get_by_role("option")


def test_two_ports_are_joined_and_parted_by_keys_alone(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, unjoined())
    walk_to(page, "start")
    expect(page.locator(".inspector-head")).to_contain_text("start")
    choices = joining(page)
    # The trigger has one port, so the list begins with where it may lead, the nearest first.
    expect(choices.nth(0)).to_contain_text("set")
    expect(choices.nth(0)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".join-preview circle")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(choices.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(edges(page)).to_have_count(1)
    assert saved(server, page, blueprint)["edges"] == ["start.out -> end.in"]

    walk_to(page, "set")
    joining(page)
    expect(choices).to_have_text(["Output “out”object", "Input “in”any"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> end.in", "start.out -> set.in"]

    # The node has the keys again; the same way parts what is joined.
    joining(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(choices.nth(0)).to_contain_text("parts them")
    page.keyboard.press("Enter")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> end.in"]
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(edges(page)).to_have_count(0)


def test_escape_leaves_joining_and_letters_narrow_the_list(server: Server, page: Page) -> None:
    open_new(server, page, unjoined())
    walk_to(page, "start")
    choices = joining(page)
    page.keyboard.type("outp")
    expect(choices.nth(0)).to_contain_text("end")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("join-list")).to_have_count(0)
    expect(edges(page)).to_have_count(0)
    focused = page.evaluate("document.activeElement.dataset.id")
    assert focused == "start"


def test_a_new_node_is_added_and_joined_by_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, unjoined())
    walk_to(page, "start")
    joining(page)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.keyboard.type("wait")
    page.keyboard.press("Enter")
    assert saved(server, page, blueprint)["edges"] == ["start.out -> wait.in"]


def test_a_node_is_added_after_another_and_into_an_edge_by_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    walk_to(page, "start")
    for key, kind in (("e", "wait"), ("i", "log")):
        page.keyboard.press(key)
        listed = page.get_by_test_id("quick-add-list")
        expect(listed.locator("input")).to_be_focused()
        page.keyboard.type(kind)
        page.keyboard.press("Enter")
        expect(listed).to_have_count(0)
        if key == "e":
            # The edge that it came by, selected as the mouse would.
            page.get_by_test_id("edge-start.out -> wait.in").locator(
                ".react-flow__edge-interaction"
            ).dispatch_event("click")
    document = saved(server, page, blueprint)
    wanted = {"start.out -> message.in", "message.out -> wait.in", "start.out -> set.in"}
    assert wanted <= set(document["edges"])
    assert document["nodes"]["message"]["kind"] == "log.message"


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_node_is_added_from_the_palette_by_keys(server: Server, page: Page, key: str) -> None:
    open_new(server, page, chain())
    page.get_by_test_id("palette-search").fill("wait")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(key)
    expect(nodes(page)).to_have_count(4)
    expect(page.get_by_test_id("node-wait")).to_be_in_viewport()


def test_a_node_is_opened_moved_and_deleted_by_keys(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    walk_to(page, "set")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert saved(server, page, blueprint)["layout"]["set"] == [310, 40]
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("tab-parameters")).to_be_focused()
    walk_to(page, "set")
    page.keyboard.press("Delete")
    assert set(saved(server, page, blueprint)["nodes"]) == {"start", "end"}


def test_the_help_shows_how_to_join_by_keys(server: Server, page: Page) -> None:
    open_new(server, page, chain())
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_contain_text("Join its ports by keys")


def test_of_many_that_fit_those_nearby_are_listed_and_any_is_found_by_its_name(
    server: Server, page: Page
) -> None:
    names = [f"n{number}" for number in range(90)]
    nodes_ = {name: {"kind": "data.set", "title": f"Number {name}"} for name in names}
    places = {name: [300 * (at % 10), 200 * (at // 10)] for at, name in enumerate(names)}
    blueprint = open_new(server, page, drawing(nodes_, [], places))
    page.locator('.react-flow__node[data-id="n0"]').click()
    found = joining(page)
    page.keyboard.press("Enter")
    listed = page.get_by_test_id("join-list")
    expect(listed).to_contain_text("29 more: type a part of a name.")
    expect(found).to_have_count(61)
    page.keyboard.type("n89")
    expect(found.first).to_contain_text("Number n89")
    page.keyboard.press("Enter")
    expect(edges(page)).to_have_count(1)
    assert saved(server, page, blueprint)["edges"] == ["n0.out -> n89.in"]
    assert page.evaluate("document.activeElement.dataset.id") == "n0"
