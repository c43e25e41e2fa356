"""Keys that are pressed before their field is there: none is lost, none does something else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.canvas import chain, edges, make, nodes, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def opened(server: Server, page: Page, part: str) -> tuple[str, Callable[[], None]]:
    """Open a drawing of which a part is not loaded; return its id, and what loads the part."""
    held: list[Route] = []
    page.route(f"**/{part}*.js", lambda route: held.append(route))
    blueprint = make(server, chain())
    page.goto(f"/blueprints/{blueprint}/")
    page.get_by_test_id("node-set").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("Set fields")

    def load() -> None:
        # The page has asked for it with the first key, which may be told here only after the last.
        while not held:
            page.wait_for_timeout(20)
        for route in held:
            route.continue_()

    return blueprint, load


def test_a_node_is_added_by_keys_before_the_list_of_nodes_is_there(
    server: Server, page: Page
) -> None:
    blueprint, load = opened(server, page, "QuickAdd")
    page.keyboard.press("e")
    page.keyboard.type("logx")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.keyboard.press("d")  # what comes after it is for the node that is new
    load()
    expect(page.get_by_test_id("node-message")).to_be_visible()
    document = saved(server, page, blueprint)
    assert document["nodes"]["message"]["settings"] == {"disabled": True}
    assert "set.out -> message.in" in document["edges"]


def test_the_name_of_a_part_is_typed_before_its_dialog_is_there(server: Server, page: Page) -> None:
    blueprint, load = opened(server, page, "CollapsePart")
    page.keyboard.press("Alt+g")
    page.keyboard.type("Fields of it")
    page.keyboard.press("Enter")
    load()
    called = page.get_by_test_id("canvas").get_by_text("Fields of it")
    expect(called).to_be_visible()
    kinds = {node["kind"] for node in saved(server, page, blueprint)["nodes"].values()}
    assert kinds == {"trigger.manual", "blueprint.call", "flow.output"}


def test_the_message_of_a_version_is_typed_before_its_dialog_is_there(
    server: Server, page: Page
) -> None:
    _, load = opened(server, page, "Publish")
    page.keyboard.press("Control+Shift+p")
    page.keyboard.type("The first")
    load()
    expect(page.get_by_test_id("publish-message")).to_have_value("The first")


def test_ports_are_joined_by_keys_before_their_list_is_there(server: Server, page: Page) -> None:
    blueprint, load = opened(server, page, "JoinList")
    page.keyboard.press("c")
    page.keyboard.type("out")
    page.keyboard.press("Enter")
    page.keyboard.type("output")
    page.keyboard.press("Enter")
    load()
    # They were joined, and Enter parts what is joined.
    expect(edges(page)).to_have_count(1)
    assert saved(server, page, blueprint)["edges"] == ["start.out -> set.in"]


@pytest.mark.parametrize("how", ["Escape", "click"])
def test_who_gives_up_waiting_has_the_keys_back(server: Server, page: Page, how: str) -> None:
    _, load = opened(server, page, "QuickAdd")
    page.keyboard.press("e")
    page.keyboard.type("sort")
    if how == "Escape":
        page.keyboard.press("Escape")
    else:
        page.get_by_test_id("node-set").click()
    page.keyboard.press("Control+d")
    expect(nodes(page)).to_have_count(4)
    load()
