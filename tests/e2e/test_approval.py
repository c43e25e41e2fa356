"""Approving in the browser: a parked run goes on where everybody can see it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, make, show
from tests.e2e.conftest import own_server as server
from tests.patience import until
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


def asking(user: str) -> dict[str, Any]:
    """Return a blueprint that asks this user, and goes on with what is approved."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "ask": {
                "kind": "flow.approval",
                "parameters": {
                    "title": "Refund 120 EUR to Ada?",
                    "note": "The bill is with the order.\nAsk accounting about the tax.",
                    "value": {"customer": "Ada", "sum": 120, "items": ["tea", "pot"]},
                    "users": [user],
                },
            },
            "paid": {"kind": "flow.output", "parameters": {"name": "paid"}},
            "refused": {"kind": "flow.output", "parameters": {"name": "refused"}},
        },
        ["start.out -> ask.in", "ask.approved -> paid.in", "ask.rejected -> refused.in"],
        {"start": [0, 0], "ask": [300, 0], "paid": [620, -80], "refused": [620, 80]},
    )


def user_of(page: Page) -> str:
    page.goto("/approvals/")
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    return page.locator(".bar-user").inner_text()


def test_a_run_waits_for_an_approval_and_goes_on_live_when_it_is_given(
    server: Server, page: Page
) -> None:
    blueprint = make(server, asking(user_of(page)))
    show(page, blueprint)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Waiting")
    chip = page.get_by_test_id("node-ask").locator(".chip")
    expect(chip).to_contain_text("until")
    expect(chip).to_have_attribute("title", re.compile("^It waits for an approval by .*, at most"))
    # The panel says the same, in the reader's own time, with the exact instant behind it.
    page.get_by_test_id("node-ask").click()
    page.get_by_test_id("tab-run").click()
    why = page.get_by_test_id("why")
    expect(why.locator("li").first).to_have_text(chip.get_attribute("title") or "")
    instant = why.locator("time").first.get_attribute("datetime") or ""
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", instant)
    expect(why.locator("time").first).to_have_attribute("title", instant)
    expect(why).not_to_contain_text(instant)
    # A moment that is past is told as past, and what only acts on now is not there.
    page.get_by_test_id("event-first").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Was queued")
    expect(page.get_by_test_id("cancel-run")).to_have_count(0)
    expect(page.get_by_test_id("pause-run")).to_have_count(0)
    page.get_by_test_id("event-now").click()
    expect(page.get_by_test_id("cancel-run")).to_be_visible()
    expect(page.get_by_test_id("run-status")).to_have_text("Waiting")
    other = page.context.new_page()
    other.goto("/runs/")
    expect(other.locator(".pill-waiting").first).to_be_visible()
    expect(other.locator(".count")).to_have_text("1")
    other.get_by_role("link", name="Approvals").click()
    other.get_by_role("link", name="Refund 120 EUR to Ada?").click()
    expect(other.locator("pre")).to_contain_text('"sum": 120')
    other.get_by_label("Comment").fill("paid before")
    other.get_by_role("button", name="Approve").click()
    expect(other.get_by_text("You have approved it.")).to_be_visible()
    expect(other.locator(".count")).to_have_count(0)
    # The first page was not touched: it goes on by itself.
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("node-paid").locator(".chip")).to_be_visible()
    other.close()


def test_a_server_that_was_killed_while_a_run_waits_goes_on_with_it(
    server: Server, page: Page
) -> None:
    blueprint = make(server, asking(user_of(page)))
    _, run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {"draft": True})
    path = f"/api/runs/{run['id']}/"
    wait_for(server, path, "waiting")
    server.kill()
    server.start()
    assert server.call("GET", path)[1]["status"] == "waiting"
    [asked] = server.call("GET", "/api/approvals/")[1]["results"]
    status, _ = server.call("POST", f"/api/approvals/{asked['id']}/", {"decision": "reject"})
    assert status == 200
    wait_for(server, path, "succeeded")
    assert server.call("GET", path)[1]["outputs"]["refused"]["decision"] == "rejected"


def wait_for(server: Server, path: str, status: str) -> None:
    until(lambda: server.call("GET", path)[1]["status"] == status, f"it is {status}")
