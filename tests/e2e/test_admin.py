"""The lists of the admin on a small screen: nothing of them is out of sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

NAME = "Monthly reconciliation of incoming orders with the warehouse"
DOCUMENT = {
    "format": "conductor/1",
    "name": NAME,
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "hook": {"kind": "trigger.webhook"},
        "ask": {"kind": "flow.approval", "parameters": {"title": "Pay it?", "users": ["owner"]}},
    },
    "edges": ["start.out -> ask.in", "hook.out -> ask.in"],
}
LISTS = {
    "runner/run": "Runs",
    "runner/webhook": "Webhooks",
    "runner/webhookdelivery": "Webhook deliveries",
    "runner/wait": "Waits",
    "runner/worker": "Workers",
    "runner/pruned": "Pruned",
    "editor/blueprint": "Blueprints",
    "editor/blueprintversion": "Blueprint versions",
}


@pytest.fixture(scope="module")
def filled(server: Server) -> Server:
    """A site with a row in most lists, of a blueprint with a long name."""
    body = {"name": NAME, "document": DOCUMENT}
    blueprint = server.call("POST", "/api/blueprints/", body)[1]["id"]
    told = {"message": "what was said about this version is long, too"}
    assert server.call("POST", f"/api/blueprints/{blueprint}/publish/", told)[0] == 201
    asked = {"blueprint": blueprint, "node": "hook", "authentication": "hmac"}
    hook = server.call("POST", "/api/webhooks/", asked)[1]["url"]
    assert server.call("POST", hook.removeprefix(server.url), {})[0] == 401
    started = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {"trigger": "start"})
    assert started[0] == 201, started
    return server


@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_all_of_its_columns(filled: Server, page: Page, path: str) -> None:
    page.goto(f"/admin/{path}/")
    assert page.locator("h1").inner_text() == LISTS[path]
    # Django lets what is too wide scroll, under a bar that most systems hide.
    for widths in page.evaluate(
        "[...document.querySelectorAll('.results')].map((it) => [it.scrollWidth, it.clientWidth])"
    ):
        assert widths[0] <= widths[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
