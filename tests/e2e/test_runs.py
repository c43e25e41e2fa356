"""Runs on the canvas: with inputs, failed, earlier ones, and by the webhook that a node shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import chain, comes_about, drawing, make, open_new, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def greeting() -> dict[str, Any]:
    """Return a blueprint that declares two inputs and answers with both."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "greet": {
                "kind": "data.set",
                "parameters": {
                    "fields": {"text": "Hello {{ input.name }}", "n": "{{ input.count }}"}
                },
            },
            "end": {"kind": "flow.output", "parameters": {"name": "greeting"}},
        },
        ["start.out -> greet.in", "greet.out -> end.in"],
        {"start": [0, 0], "greet": [300, 0], "end": [600, 0]},
        inputs={
            "name": {"type": "string", "required": True, "description": "Whom to greet"},
            "count": {"type": "integer", "default": 3},
        },
    )


def failing() -> dict[str, Any]:
    """Return a blueprint whose second node logs and whose third fails."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "log": {"kind": "log.message", "parameters": {"message": "Before the end"}},
            "fail": {"kind": "flow.fail", "parameters": {"message": "No more stock"}},
            "never": {"kind": "flow.wait"},
        },
        ["start.out -> log.in", "log.out -> fail.in", "log.out -> never.in"],
        {"start": [0, 0], "log": [300, 0], "fail": [600, 0], "never": [600, 160]},
    )


def test_a_run_asks_for_its_inputs_and_refuses_to_start_without_them(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, greeting())
    page.get_by_test_id("run").click()
    dialog = page.get_by_test_id("run-dialog")
    expect(dialog).to_contain_text("Whom to greet")
    page.get_by_test_id("start-run").click()
    expect(dialog.get_by_test_id("field-name")).to_contain_text("required")
    assert server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"] == []

    dialog.get_by_test_id("field-name").locator("input, textarea").fill("Ada")
    dialog.get_by_test_id("field-count").locator("input").fill("12")
    page.get_by_test_id("start-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    detail = server.get(f"/api/runs/{run['id']}/")[1]
    assert detail["inputs"] == {"name": "Ada", "count": 12}
    got = {"name": "Ada", "count": 12, "text": "Hello Ada", "n": 12}
    assert detail["outputs"] == {"greeting": got}

    page.get_by_test_id("node-greet").click()
    expect(page.get_by_test_id("step-output")).to_contain_text("Hello Ada")
    expect(page.get_by_test_id("step-inputs")).to_contain_text("Ada")
    expect(page.get_by_test_id("edge-start.out -> greet.in")).to_have_class(re.compile("is-lit"))


def test_a_failed_run_shows_where_why_and_what_was_logged(server: Server, page: Page) -> None:
    open_new(server, page, failing())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    expect(page.get_by_test_id("node-fail")).to_have_attribute("data-status", "failed")
    page.get_by_test_id("node-fail").click()
    expect(page.get_by_test_id("step-error")).to_contain_text("No more stock")
    page.get_by_test_id("node-log").click()
    expect(page.get_by_test_id("step-log")).to_contain_text("Before the end")
    expect(page.locator(".shown-run-error")).to_contain_text("No more stock")
    page.get_by_test_id("run-list").locator("button").first.click()
    expect(page.get_by_test_id("edge-start.out -> log.in")).to_have_attribute("data-count", "1")


def test_the_run_list_opens_an_earlier_run_on_the_same_canvas(server: Server, page: Page) -> None:
    open_new(server, page, failing())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    page.get_by_test_id("node-fail").click()
    page.keyboard.press("Delete")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    rows = page.get_by_test_id("run-list").locator(".run-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")

    rows.nth(1).click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    expect(page.get_by_test_id("node-log")).to_have_attribute("data-status", "succeeded")
    expect(page.locator(".run-notice")).to_contain_text("earlier draft")
    page.get_by_test_id("timeline-log").click()
    expect(page.get_by_test_id("step-log")).to_contain_text("Before the end")
    page.reload()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")

    page.get_by_test_id("node-log").click()
    expect(page.get_by_test_id("step-log")).to_be_visible()
    page.get_by_test_id("leave-run").click()
    expect(page.get_by_test_id("tab-parameters")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_test_id("node-log")).not_to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("run-status")).to_have_count(0)


def test_a_webhook_trigger_shows_its_address_which_starts_a_run(server: Server, page: Page) -> None:
    document = drawing(
        {
            "hook": {"kind": "trigger.webhook"},
            "end": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        ["hook.out -> end.in"],
        {"hook": [0, 0], "end": [300, 0]},
    )
    blueprint = make(server, document)
    show(page, blueprint)
    page.get_by_test_id("node-hook").click()
    addresses = page.locator(".webhooks").first
    expect(addresses).to_contain_text("once the blueprint is published")

    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish-message").fill("The first")
    page.get_by_test_id("publish-confirm").click()
    expect(page.get_by_test_id("publish-dialog")).to_have_count(0)
    expect(addresses).not_to_contain_text("once the blueprint is published")
    body = {"blueprint": blueprint, "node": "hook", "authentication": "none"}
    status, webhook = server.call("POST", "/api/webhooks/", body)
    assert status == 201, webhook
    page.reload()
    page.get_by_test_id("node-hook").click()
    address = page.get_by_test_id(f"webhook-{webhook['id']}").locator("code")
    text = address.inner_text()
    assert text.startswith(f"{server.url}/hooks/")
    page.get_by_role("button", name="Copy address").click()
    assert page.evaluate("navigator.clipboard.readText()") == text

    assert server.call("POST", text.removeprefix(server.url), {"a": 1})[0] == 202
    row = page.get_by_test_id("run-list").locator(".run-row")
    expect(row).to_contain_text("webhook")
    row.click()
    expect(page.get_by_test_id("node-hook")).to_have_attribute("data-status", "succeeded")


def test_a_blueprint_with_errors_is_not_published_and_the_dialog_leads_to_them(
    server: Server, page: Page
) -> None:
    document = greeting()
    document["nodes"]["ask"] = {"kind": "http.request"}
    document["layout"]["ask"] = [300, 160]
    document["edges"].append("start.out -> ask.in")
    blueprint = open_new(server, page, document)
    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish-confirm").click()
    dialog = page.get_by_test_id("publish-dialog")
    expect(dialog).to_contain_text("can’t be published yet")
    assert server.get(f"/api/blueprints/{blueprint}/")[1]["published"] is None
    dialog.get_by_role("button", name="ask").click()
    expect(page.locator(".inspector-head")).to_contain_text("ask")


def test_inputs_are_declared_by_hand_and_asked_for(server: Server, page: Page) -> None:
    document = {**greeting(), "inputs": {}}
    open_new(server, page, document)
    page.get_by_test_id("add-input").click()
    name = page.get_by_label("Name of the input")
    name.fill("name")
    name.press("Enter")
    page.get_by_label("Type of name").select_option("string")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-dialog").get_by_test_id("field-name")).to_be_visible()


def test_inputs_that_cannot_be_read_start_no_run(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.keyboard.press("Control+Shift+Enter")
    dialog = page.get_by_test_id("run-dialog")
    inputs = dialog.get_by_label("Inputs")
    for text, why in (('{"n": ', "Line 1, column 7 needs a value."), ("[1]", "no JSON object yet")):
        inputs.fill(text)
        expect(dialog).to_contain_text(why)
        page.get_by_test_id("start-run").click()
        expect(inputs).to_be_focused()
        expect(inputs).to_have_value(text)
    assert server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"] == []
    inputs.fill('{"n": 1}')
    page.get_by_test_id("start-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    assert server.get(f"/api/runs/{run['id']}/")[1]["inputs"] == {"n": 1}


def test_older_lines_of_the_log_come_with_a_press_and_values_have_room(
    server: Server, page: Page
) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "list": {"kind": "data.value", "parameters": {"value": "{{ range(720) }}"}},
            "each": {
                "kind": "log.message",
                "parameters": {"message": "{{ f'line {index}' }}"},
                "settings": {"each": True},
            },
        },
        ["start.out -> list.in", "list.out -> each.in"],
        {"start": [0, 0], "list": [300, 0], "each": [600, 0]},
    )
    open_new(server, page, document)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    panel = page.locator(".shown-run")
    panel.get_by_role("tab", name="Log").click()
    expect(panel.locator(".log li")).to_have_count(501)
    page.get_by_test_id("log-older").click()
    expect(panel.locator(".log li")).to_have_count(720)
    expect(panel.locator(".log li").first).to_contain_text("line 0")

    panel.get_by_role("tab", name="Inputs and outputs").click()
    heads = panel.locator(".run-values header")
    expect(heads).to_have_count(2)
    for head in heads.all():
        assert head.evaluate("it => it.scrollWidth <= it.clientWidth")


def test_pinned_outputs_are_edited_and_stand_in_for_the_node(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, chain())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-set").click()
    page.get_by_test_id("tab-run").click()
    page.get_by_test_id("pin").click()
    pinned = page.get_by_test_id("pinned")
    text = pinned.get_by_role("textbox")
    expect(text).to_have_value(re.compile('"ok": true'))
    text.fill('{"oud": 1}')
    expect(pinned).to_contain_text("'oud', which is none of its outputs (out).")
    text.fill('{"out": {"ok": ')
    expect(pinned).to_contain_text("Line 1, column 16 needs a value.")
    text.fill('{"out": {"ok": 7}}')
    expect(pinned).not_to_contain_text("none of its outputs")
    assert saved(server, page, blueprint)["nodes"]["set"]["pin"] == {"out": {"ok": 7}}
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(2)
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")

    def outputs() -> Any:
        # What is told may still be of the run before.
        return server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]["outputs"]

    comes_about(page, lambda: outputs() is not None)
    assert outputs() == {"result": {"ok": 7}}
    # With the keys on a button, too, these mean the run and do not press the button.
    page.get_by_test_id("unpin").focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(3)
    page.get_by_test_id("unpin").click()
    expect(pinned).to_have_count(0)
