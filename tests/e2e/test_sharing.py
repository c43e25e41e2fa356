"""A link that lets somebody without an account look: made, opened, followed live, withdrawn."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.canvas import centre, document_of, drag, drawing, make, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_a_guest_looks_by_a_link_follows_a_run_and_is_cut_off_when_it_is_withdrawn(
    browser: Browser, server: Server, page: Page, signed_in: StorageState
) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "wait": {"kind": "flow.wait", "parameters": {"seconds": 600}},
    }
    places = {"start": [0, 0], "wait": [300, 0]}
    blueprint = make(server, drawing(nodes, ["start.out -> wait.in"], places), "Shown")
    show(page, blueprint)
    page.get_by_test_id("share").click()
    page.get_by_test_id("link-open").check()
    page.get_by_test_id("link-make").click()
    address = page.get_by_test_id("link-address").inner_text()

    context = browser.new_context(viewport={"width": 1280, "height": 800})
    guest = context.new_page()
    errors: list[str] = []
    guest.on("pageerror", lambda error: errors.append(str(error)))
    asked: list[str] = []
    guest.on("request", lambda it: asked.append(it.url + (it.headers.get("referer") or "")))
    guest.goto(address)
    guest.wait_for_url(f"**/blueprints/{blueprint}/")
    token = address.partition("#")[2]
    assert len(token) > 40
    assert not any(token in url for url in asked), "the token stands in no address and no Referer"
    expect(guest.get_by_test_id("right")).to_contain_text("You may look")
    for hidden in ("run", "publish", "share", "save", "quick-add", "toggle-palette"):
        expect(guest.get_by_test_id(hidden)).to_have_count(0)

    # What the owner runs and draws is seen at once.
    page.keyboard.press("Escape")
    page.get_by_test_id("run").click()
    guest.get_by_test_id("run-list").locator("button").first.click()
    expect(guest.locator("[data-id=wait] [data-status=waiting]").first).to_be_visible()
    page.get_by_test_id("name").fill("Shown to all")
    expect(guest.get_by_role("heading", name="Shown to all")).to_be_attached()

    # Nothing can be changed: not by the mouse, not by keys, not behind the page's back.
    before = document_of(server, blueprint)
    x, y = centre(guest, "[data-id=wait]")
    drag(guest, (x, y), (x + 200, y + 80))
    guest.locator("[data-id=wait]").click()
    guest.keyboard.press("Delete")
    guest.keyboard.press("Tab")
    expect(guest.get_by_test_id("tab-parameters")).to_be_visible()
    guest.get_by_test_id("tab-parameters").click()
    expect(guest.locator(".looked-at .control").first).to_be_disabled()
    expect(guest.locator(".react-flow__node")).to_have_count(2)
    status = guest.evaluate(
        """async (id) => (await fetch(`/api/blueprints/${id}/runs/`, {method: "POST"})).status""",
        blueprint,
    )
    assert status == 401
    assert document_of(server, blueprint) == before

    page.get_by_test_id("share").click()
    page.get_by_test_id("withdraw-link").click()
    expect(guest.get_by_test_id("gone")).to_be_visible()
    assert guest.goto(f"{server.url}/blueprints/{blueprint}/") is not None
    guest.wait_for_url("**/sign-in/**")
    guest.goto(address)
    expect(guest.get_by_role("heading", name="This link opens nothing")).to_be_visible()
    assert errors == []
    context.close()
