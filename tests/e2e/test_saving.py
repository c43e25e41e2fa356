"""Saving by itself: signed out and in, in two tabs, without a network, and across a reload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from tests.e2e.canvas import chain, document_of, make, nodes, saved, show
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


def rename(page: Page, name: str) -> None:
    """Give the blueprint another name, as a person would."""
    page.get_by_test_id("name").fill(name)
    page.get_by_test_id("name").press("Enter")


def sign_in(page: Page) -> None:
    """Fill in the form that the page shows."""
    page.fill("[name=username]", "owner")
    page.fill("[name=password]", "draw-it-live-7")
    page.press("[name=password]", "Enter")


@pytest.fixture
def own(browser: Browser, server: Server, signed_in: StorageState) -> Iterator[BrowserContext]:
    """A browser in which nobody has signed in yet; the owner's password was set before."""
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def test_after_signing_in_again_in_another_tab_the_draft_is_saved(
    server: Server, own: BrowserContext
) -> None:
    first, second = own.new_page(), own.new_page()
    first.goto("/sign-in/")
    sign_in(first)
    first.wait_for_url("**/blueprints/")
    blueprint = make(server, chain())
    show(first, blueprint)

    second.goto("/blueprints/")
    second.get_by_role("button", name="Sign out").click()
    rename(first, "Changed while signed out")
    first.keyboard.press("Control+s")
    expect(first.get_by_test_id("save-state")).to_have_text("Not saved")
    expect(first.get_by_test_id("save")).to_have_attribute("title", re.compile("Sign in again"))
    assert document_of(server, blueprint)["name"] == "Drawn"
    expect(first.get_by_test_id("connection")).to_have_text("Signed out")

    second.goto("/sign-in/")
    sign_in(second)
    second.wait_for_url("**/blueprints/")
    # As when somebody comes back to the first tab.
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert saved(server, first, blueprint)["name"] == "Changed while signed out"
    expect(first.get_by_test_id("connection")).to_have_count(0)


def test_two_tabs_are_merged_and_each_undoes_its_own(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    other = page.context.new_page()
    show(page, blueprint)
    show(other, blueprint)
    rename(other, "Theirs")
    expect(page.get_by_test_id("name")).to_have_value("Theirs")
    page.get_by_test_id("node-set").click()
    page.keyboard.press("Delete")
    expect(nodes(other)).to_have_count(2)
    saved(server, page, blueprint)
    page.get_by_test_id("undo").click()
    expect(nodes(other)).to_have_count(3)
    expect(page.get_by_test_id("undo")).to_be_disabled()
    document = saved(server, page, blueprint)
    assert (document["name"], len(document["nodes"]), len(document["edges"])) == ("Theirs", 3, 2)


def delete_offline(page: Page) -> None:
    """Delete the node in the middle while there is no network."""
    page.context.set_offline(True)
    page.get_by_test_id("node-set").click()
    page.keyboard.press("Delete")
    expect(page.get_by_test_id("save-state")).to_have_text("Offline, retrying")


def test_without_a_network_the_page_says_so_and_saves_when_it_is_back(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    delete_offline(page)
    rename(page, "Written offline")
    assert len(document_of(server, blueprint)["nodes"]) == 3
    page.context.set_offline(False)
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    document = document_of(server, blueprint)
    assert document["name"] == "Written offline"
    assert set(document["nodes"]) == {"start", "end"}


def test_a_server_that_is_away_is_said_and_tried_again(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    server.kill()
    rename(page, "Written meanwhile")
    expect(page.get_by_test_id("save-state")).to_have_text("Offline, retrying")
    expect(page.get_by_test_id("connection")).to_be_visible()
    server.start()
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    expect(page.get_by_test_id("connection")).to_have_count(0)
    assert document_of(server, blueprint)["name"] == "Written meanwhile"


def test_a_reload_in_the_middle_of_an_edit_loses_nothing(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    page.get_by_test_id("name").fill("Half a na")
    page.reload()
    expect(page.get_by_test_id("name")).to_have_value("Half a na")
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    assert document_of(server, blueprint)["name"] == "Half a na"

    page.keyboard.press("n")
    page.keyboard.type("Half a sen")
    page.reload()
    expect(page.locator('[data-testid^="note-"]')).to_have_text("Half a sen")
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    assert document_of(server, blueprint)["notes"][0]["text"] == "Half a sen"


def leave(page: Page) -> None:
    """Close the page as its user would, and wait until it is gone."""
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def test_what_was_drawn_offline_is_there_after_the_page_was_left(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    delete_offline(page)
    leave(page)

    again = page.context.new_page()
    again.context.set_offline(False)
    show(again, blueprint)
    expect(nodes(again)).to_have_count(2)
    expect(again.get_by_test_id("save-state")).to_have_text("Saved")
    assert set(document_of(server, blueprint)["nodes"]) == {"start", "end"}
    again.get_by_test_id("undo").click()
    expect(nodes(again)).to_have_count(3)


def test_what_was_left_unsaved_is_merged_with_what_others_saved_since(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    page.context.set_offline(True)
    rename(page, "Mine")
    expect(page.get_by_test_id("save-state")).to_have_text("Offline, retrying")
    leave(page)
    now = server.get(f"/api/blueprints/{blueprint}/")[1]
    document = {**now["document"], "description": "Theirs"}
    del document["nodes"]["set"]
    document["edges"] = []
    headers = {"If-Match": str(now["revision"])}
    assert (
        server.call("PUT", f"/api/blueprints/{blueprint}/", {"document": document}, headers)[0]
        == 200
    )

    again = page.context.new_page()
    again.context.set_offline(False)
    show(again, blueprint)
    expect(again.get_by_test_id("name")).to_have_value("Mine")
    expect(again.get_by_test_id("save-state")).to_have_text("Saved")
    document = document_of(server, blueprint)
    assert (document["name"], document["description"]) == ("Mine", "Theirs")
    assert set(document["nodes"]) == {"start", "end"}


def test_what_two_tabs_left_unsaved_is_all_brought_back(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    other = page.context.new_page()
    show(page, blueprint)
    show(other, blueprint)
    page.context.set_offline(True)
    rename(page, "From the first")
    other.get_by_test_id("node-set").click()
    other.keyboard.press("Delete")
    for tab in (page, other):
        expect(tab.get_by_test_id("save-state")).to_have_text("Offline, retrying")
    leave(page)
    leave(other)
    again = page.context.new_page()
    again.context.set_offline(False)
    show(again, blueprint)
    expect(again.get_by_test_id("name")).to_have_value("From the first")
    expect(again.get_by_test_id("save-state")).to_have_text("Saved")
    assert set(document_of(server, blueprint)["nodes"]) == {"start", "end"}


def test_a_save_by_the_api_appears_in_the_open_page_and_keeps_its_undo_and_selection(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    rename(page, "Mine")
    saved(server, page, blueprint)
    page.get_by_test_id("node-set").click()
    now = server.get(f"/api/blueprints/{blueprint}/")[1]
    document = now["document"]
    document["nodes"]["more"] = {"kind": "flow.if"}
    path = f"/api/blueprints/{blueprint}/"
    stale = {"If-Match": str(now["revision"] - 1)}
    assert server.call("PUT", path, {"document": document}, stale)[0] == 409
    fresh = {"If-Match": str(now["revision"])}
    assert server.call("PUT", path, {"document": document}, fresh)[0] == 200
    expect(page.get_by_test_id("node-more")).to_be_visible()
    expect(page.locator(".card.is-selected")).to_have_attribute("data-testid", "node-set")
    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("name")).to_have_value("Drawn")
    assert set(saved(server, page, blueprint)["nodes"]) == {"start", "set", "end", "more"}


def test_a_page_that_cannot_open_a_socket_saves_and_hears_by_requests(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    page.route_web_socket(re.compile("/ws/blueprints/"), lambda socket: socket.close(code=1011))
    show(page, blueprint)
    rename(page, "By a request")
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    now = server.get(f"/api/blueprints/{blueprint}/")[1]
    assert now["name"] == "By a request"
    document = {**now["document"], "name": "Heard"}
    headers = {"If-Match": str(now["revision"])}
    server.call("PUT", f"/api/blueprints/{blueprint}/", {"document": document}, headers)
    expect(page.get_by_test_id("name")).to_have_value("Heard")


def test_a_change_that_is_refused_is_said_and_mended_by_the_next(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    page.get_by_test_id("name").evaluate("field => { field.maxLength = 1000 }")
    rename(page, "x" * 300)
    expect(page.get_by_test_id("save-state")).to_have_text("Not saved")
    expect(page.get_by_test_id("save")).to_have_attribute("title", re.compile("at most 200"))
    assert document_of(server, blueprint)["name"] == "Drawn"
    rename(page, "Short")
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    assert document_of(server, blueprint)["name"] == "Short"


def test_a_blueprint_that_is_deleted_meanwhile_is_said_and_may_be_kept_as_a_file(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    show(page, blueprint)
    assert server.call("DELETE", f"/api/blueprints/{blueprint}/")[0] == 204
    notice = page.get_by_test_id("gone")
    expect(notice).to_contain_text("not there for you any more")
    expect(page.get_by_test_id("save-state")).to_have_text("Gone")
    with page.expect_download() as waiting:
        notice.get_by_role("button", name="Download mine").click()
    document = json.loads(Path(waiting.value.path()).read_text())
    assert (document["name"], len(document["nodes"])) == ("Drawn", 3)
