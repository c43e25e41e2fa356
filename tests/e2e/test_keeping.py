"""Keeping: versions looked at, compared and restored; files in and out; examples."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import centre, chain, drag, make, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def put(server: Server, blueprint: str, document: dict[str, Any]) -> None:
    """Save a draft by the API, whichever revision is there."""
    path = f"/api/blueprints/{blueprint}/"
    status, answer = server.call("PUT", path, {"document": document}, {"If-Match": "*"})
    assert status == 200, answer


def publish(server: Server, blueprint: str, message: str) -> None:
    status, answer = server.call(
        "POST", f"/api/blueprints/{blueprint}/publish/", {"message": message}
    )
    assert status == 201, answer


def changed() -> dict[str, Any]:
    """The chain with another value, another end, and one node moved."""
    document = chain()
    document["nodes"]["set"]["parameters"] = {"fields": {"ok": False, "more": "yes"}}
    document["nodes"]["wait"] = {"kind": "flow.wait", "parameters": {"seconds": 1}}
    del document["nodes"]["end"]
    document["edges"] = ["start.out -> set.in", "set.out -> wait.in"]
    document["layout"] = {"start": [0, 100], "set": [300, 0], "wait": [600, 60]}
    return document


def two_versions(server: Server) -> str:
    """Make a blueprint with the versions 1 (the chain) and 2 (the changed one)."""
    blueprint = make(server, chain())
    publish(server, blueprint, "As it began")
    put(server, blueprint, changed())
    publish(server, blueprint, "With a pause")
    return blueprint


def open_versions(page: Page, blueprint: str) -> None:
    show(page, blueprint)
    page.get_by_test_id("versions-button").click()
    expect(page.get_by_test_id("version-1")).to_be_visible()


def test_the_history_tells_of_every_version_and_shows_it_read_only(
    server: Server, page: Page
) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    newest = page.get_by_test_id("version-2")
    expect(newest).to_contain_text("published")
    expect(newest).to_contain_text("With a pause")
    expect(newest).to_contain_text("owner")
    expect(newest.locator("time")).to_have_attribute("title", re.compile(r"20\d\d"))
    expect(page.get_by_test_id("version-1")).not_to_contain_text("published")

    page.get_by_test_id("look-1").click()
    banner = page.get_by_test_id("reading")
    expect(banner).to_contain_text("Version 1, read only")
    expect(page.get_by_test_id("seen-end")).to_be_visible()
    expect(page.get_by_test_id("seen-wait")).to_have_count(0)
    page.get_by_test_id("seen-set").click()
    expect(page.get_by_test_id("seen-node")).to_contain_text('"ok": true')
    # Nothing of it can be changed, and no key reaches the draft below.
    start = centre(page, '.reading [data-testid="port-start-out-out"]')
    drag(page, start, (start[0] + 40, start[1] + 160))
    for keys in ("Delete", "Control+a", "Delete", "Control+z", "n"):
        page.keyboard.press(keys)
    page.get_by_test_id("back-to-draft").click()
    expect(banner).to_have_count(0)
    assert saved(server, page, blueprint)["nodes"] == changed()["nodes"]


def test_versions_are_opened_looked_at_and_left_by_keys(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    show(page, blueprint)
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("versions")
    page.keyboard.press("Enter")
    page.get_by_test_id("look-1").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reading")).to_contain_text("Version 1")
    node = page.locator('.reading .react-flow__node[data-id="set"]')
    node.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("seen-node")).to_contain_text("fields", ignore_case=True)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("reading")).to_have_count(0)


def test_a_version_is_given_a_name_that_stays(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("version-1").hover()
    page.get_by_test_id("rename-1").click()
    page.get_by_test_id("version-name-1").fill("Before the pause")
    page.get_by_test_id("version-name-1").press("Enter")
    expect(page.get_by_test_id("version-1")).to_contain_text("Before the pause")
    versions = server.get(f"/api/blueprints/{blueprint}/versions/")[1]["results"]
    assert [version["name"] for version in versions] == ["", "Before the pause"]


def test_many_versions_come_page_by_page(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    for number in range(32):
        put(server, blueprint, {**chain(), "description": str(number)})
        publish(server, blueprint, f"Number {number}")
    show(page, blueprint)
    page.get_by_test_id("versions-button").click()
    rows = page.locator('[data-testid^="look-"]')
    expect(rows).to_have_count(30)
    page.get_by_test_id("older-versions").click()
    expect(rows).to_have_count(32)
    expect(page.get_by_test_id("older-versions")).to_have_count(0)


def test_a_version_that_was_deleted_meanwhile_is_told(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    assert server.call("DELETE", f"/api/blueprints/{blueprint}/")[0] == 204
    page.get_by_test_id("look-1").click()
    expect(page.get_by_test_id("not-shown")).to_contain_text("Version 1 is no longer there")
    page.get_by_test_id("not-shown").get_by_role("button").click()
    expect(page.get_by_test_id("node-set")).to_be_visible()
    page.get_by_test_id("close-versions").click()
    page.get_by_test_id("versions-button").click()
    expect(page.get_by_test_id("versions-failed")).to_contain_text("it was deleted")


def test_what_has_changed_between_two_versions_is_drawn_and_listed(
    server: Server, page: Page
) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("look-1").hover()
    page.get_by_test_id("compare-1").click()
    page.get_by_test_id("compare-to").select_option("2")
    summary = page.get_by_test_id("change-summary")
    expect(summary).to_have_text("1 node added, 1 changed, 1 removed; 1 edge added, 1 removed.")
    for node, sign in (("wait", "added"), ("end", "removed"), ("set", "changed")):
        badge = page.get_by_test_id(f"seen-{node}").locator(".sign")
        expect(badge).to_have_attribute("aria-label", sign)
    expect(page.get_by_test_id("seen-start").locator(".sign")).to_have_count(0)
    added = page.get_by_test_id("seen-edge-set.out -> wait.in")
    expect(added).to_have_class(re.compile("is-added"))
    removed = page.get_by_test_id("seen-edge-set.out -> end.in")
    expect(removed).to_have_class(re.compile("is-removed"))

    value = page.get_by_test_id("value-parameters-fields")
    expect(value.get_by_test_id("value-before")).to_contain_text('"ok": true')
    expect(value.get_by_test_id("value-after")).to_contain_text('"more": "yes"')
    page.get_by_test_id("change-end").get_by_role("button").click()
    expect(page.get_by_test_id("seen-end")).to_have_class(re.compile("is-selected"))

    # What only moved is told apart, and marked on demand.
    expect(page.get_by_test_id("moved")).to_contain_text("1 only moved")
    page.get_by_test_id("moved").get_by_role("checkbox").check()
    moved = page.get_by_test_id("seen-start").locator(".sign")
    expect(moved).to_have_attribute("aria-label", "moved")

    page.get_by_test_id("compare-exchange").click()
    badge = page.get_by_test_id("seen-wait").locator(".sign")
    expect(badge).to_have_attribute("aria-label", "removed")


def test_the_draft_is_compared_with_what_is_published_while_it_is_not_saved(
    server: Server, page: Page
) -> None:
    blueprint = make(server, chain())
    publish(server, blueprint, "")
    show(page, blueprint)
    page.get_by_test_id("node-end").click()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("compare draft")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("reading")).to_contain_text("From version 1 to the draft")
    expect(page.get_by_test_id("change-summary")).to_have_text("1 node removed; 1 edge removed.")
    page.keyboard.press("Escape")
    page.get_by_test_id("undo").click()
    page.get_by_test_id("compare-published").click()
    expect(page.get_by_test_id("change-summary")).to_have_text("Nothing has changed in meaning.")


def test_a_version_is_restored_saved_and_undone(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    open_versions(page, blueprint)
    page.get_by_test_id("look-1").click()
    page.get_by_test_id("restore-shown").click()
    expect(page.get_by_test_id("restore-summary")).to_have_text(
        "1 node added, 1 changed, 1 removed; 1 edge added, 1 removed; 1 moved."
    )
    expect(page.get_by_test_id("restore")).to_contain_text("stays among the versions")
    page.get_by_test_id("restore-confirm").click()
    expect(page.get_by_test_id("reading")).to_have_count(0)
    expect(page.get_by_test_id("node-end")).to_be_visible()
    now = saved(server, page, blueprint)
    assert now["nodes"] == chain()["nodes"]
    assert now["layout"] == chain()["layout"]
    # What runs is still version 2.
    assert server.get(f"/api/blueprints/{blueprint}/")[1]["published"]["number"] == 2

    page.get_by_test_id("undo").click()
    expect(page.get_by_test_id("node-wait")).to_be_visible()
    assert saved(server, page, blueprint)["nodes"] == changed()["nodes"]
    page.get_by_test_id("version-2").hover()
    page.get_by_test_id("restore-2").click()
    expect(page.get_by_test_id("message")).to_have_text("The draft is as version 2 already")


def test_before_a_version_is_restored_unpublished_work_is_named(server: Server, page: Page) -> None:
    blueprint = two_versions(server)
    put(server, blueprint, {**changed(), "description": "Not published"})
    open_versions(page, blueprint)
    page.get_by_test_id("look-2").click()
    page.keyboard.press("Control+k")
    page.get_by_test_id("commands").get_by_role("textbox").fill("restore")
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("restore")
    expect(dialog).to_contain_text("it is in no version")
    dialog.get_by_role("button", name="Look at the changes").click()
    expect(page.get_by_test_id("reading")).to_contain_text("From the draft to version 2")
    value = page.get_by_test_id("value-own-description")
    expect(value.get_by_test_id("value-before")).to_contain_text("Not published")
