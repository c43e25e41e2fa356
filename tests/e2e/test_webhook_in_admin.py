"""A webhook made in the admin, posted to from outside, and its run watched."""

from __future__ import annotations

import hashlib
import hmac
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

DOCUMENT = {
    "format": "conductor/1",
    "name": "Hooked",
    "nodes": {
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "when_finished"}},
        "name": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["hook.out -> name.in"],
    "layout": {"hook": [0, 0], "name": [280, 0]},
}


def test_a_webhook_from_the_admin_starts_a_run_that_the_editor_shows(
    server: Server, page: Page
) -> None:
    status, blueprint = server.call(
        "POST", "/api/blueprints/", {"name": "Hooked", "document": DOCUMENT}
    )
    assert status == 201, blueprint
    assert server.call("POST", f"/api/blueprints/{blueprint['id']}/publish/", {})[0] == 201

    page.goto(f"/admin/runner/webhook/add/?blueprint={blueprint['id']}&node=hook")
    page.select_option("[name=authentication]", "hmac")
    page.locator("[name=_save]").click()
    text = page.locator("body").inner_text()
    address = re.search(r"http://\S+/hooks/[\w-]+", page.content())
    secret = page.locator("[data-secret]").first.inner_text().strip()
    assert address, text
    assert len(secret) >= 20

    body = b'{"hello": "world"}'
    path = address[0].removeprefix(server.url)
    assert server.call("POST", path, body)[0] == 401
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    status, answer = server.call("POST", path, body, {"X-Signature-256": signature})
    assert status == 200, answer
    assert answer["got"]["body"] == {"hello": "world"}

    run = server.get(f"/api/runs/?blueprint={blueprint['id']}")[1]["results"][0]
    assert (run["status"], run["trigger"]) == ("succeeded", "webhook")
    page.goto(f"/blueprints/{blueprint['id']}/?run={run['id']}")
    expect(page.get_by_test_id("node-hook")).to_have_attribute("data-status", "succeeded")
    page.goto("/admin/runner/webhookdelivery/")
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
    expect(page.locator("#result_list")).to_contain_text(re.compile("signature", re.I))


def test_calls_to_a_test_address_are_seen_in_the_editor_and_run_the_draft(
    server: Server, page: Page
) -> None:
    status, blueprint = server.call(
        "POST", "/api/blueprints/", {"name": "Heard", "document": DOCUMENT}
    )
    assert status == 201, blueprint
    page.goto(f"/blueprints/{blueprint['id']}/")
    page.get_by_test_id("node-hook").click()
    page.get_by_test_id("listen").click()
    address = page.get_by_test_id("test-address").locator("code").inner_text()
    status, answer = server.call("POST", address.removeprefix(server.url), {"hello": "draft"})
    assert (status, answer["got"]["body"]) == (200, {"hello": "draft"})

    call = page.get_by_test_id("call")
    expect(call).to_have_count(1)
    expect(call).to_contain_text("succeeded")
    call.locator("summary").click()
    expect(call).to_contain_text('"hello": "draft"')
    page.get_by_role("button", name="Run the draft").click()
    expect(call).to_have_count(2)
    page.get_by_role("button", name="Show its run").click()
    expect(page.get_by_test_id("node-hook")).to_have_attribute("data-status", "succeeded")
    page.get_by_role("tab", name="Parameters").click()  # a run that is shown opens its own tab
    page.get_by_role("button", name="Stop listening").click()
    expect(page.get_by_test_id("listen")).to_be_visible()


def test_the_inbox_shows_what_comes_until_somebody_chooses_in_it(
    server: Server, page: Page
) -> None:
    status, blueprint = server.call(
        "POST", "/api/blueprints/", {"name": "In", "document": DOCUMENT}
    )
    assert status == 201, blueprint
    assert server.call("POST", f"/api/blueprints/{blueprint['id']}/publish/", {})[0] == 201
    asked = {"blueprint": blueprint["id"], "node": "hook", "authentication": "none"}
    made = server.call("POST", "/api/webhooks/", asked)[1]
    path = made["url"].removeprefix(server.url)
    page.goto(f"/admin/runner/webhookdelivery/?webhook__id__exact={made['id']}")
    expect(page.locator(".c-empty")).to_be_visible()
    assert server.call("POST", path, {"n": 1})[0] == 200
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.locator(".action-select").check()
    assert server.call("POST", path, {"n": 2})[0] == 200
    page.wait_for_timeout(5000)
    expect(page.locator(".action-select")).to_be_checked()
    page.locator(".action-select").uncheck()
    page.locator("#content h1").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(2)
