"""The larger editor of a text field: loaded when it is opened, with completion and preview."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new, saved
from tests.e2e.test_expressions import field, order, run
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def test_a_template_is_written_with_room_completion_and_preview(server: Server, page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    blueprint = open_new(server, page, order())
    run(page)
    field(page, "say", "message")
    assert not any("LargeEditor" in url for url in loaded)
    page.get_by_role("button", name="Message in a larger editor").click()
    editor = page.get_by_role("textbox", name="Message").last
    expect(editor).to_be_focused()
    assert any("LargeEditor" in url for url in loaded)
    page.keyboard.type("{{ input.tot")
    choices = page.locator(".cm-tooltip-autocomplete li")
    expect(choices).to_have_count(1)
    expect(choices.first).to_contain_text("42")
    page.wait_for_timeout(150)  # CodeMirror takes no choice in the first 75 ms
    page.keyboard.press("Enter")
    # The braces closed themselves.
    expect(page.get_by_test_id("large-editor").get_by_test_id("preview")).to_contain_text(
        "Total: 42"
    )
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("large-editor")).to_have_count(0)
    message = saved(server, page, blueprint)["nodes"]["say"]["parameters"]["message"]
    assert message.replace(" ", "") == "Total:{{input.total}}"


def test_json_that_cannot_be_read_yet_is_told_and_not_taken(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "ask": {
                "kind": "http.request",
                "parameters": {"url": "https://example.org", "body": {"a": [1, 2]}},
            },
        },
        ["start.out -> ask.in"],
        {"start": [0, 0], "ask": [260, 0]},
    )
    blueprint = open_new(server, page, document)
    page.get_by_test_id("node-ask").click()
    page.get_by_test_id("field-body").hover()
    page.get_by_test_id("expand-parameter-ask-body").click()
    editor = page.get_by_test_id("code-area").get_by_role("textbox")
    expect(editor).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"b": ')
    dialog = page.get_by_test_id("large-editor")
    expect(dialog).to_contain_text("This is not valid JSON yet")
    page.keyboard.type("true")
    expect(dialog).not_to_contain_text("This is not valid JSON yet")
    dialog.get_by_role("button", name="Close").click()
    assert saved(server, page, blueprint)["nodes"]["ask"]["parameters"]["body"] == {"b": True}


def test_durations_take_units_and_dates_have_a_calendar(server: Server, page: Page) -> None:
    document = drawing(
        {"start": {"kind": "trigger.manual"}, "wait": {"kind": "flow.wait"}},
        ["start.out -> wait.in"],
        {"start": [0, 0], "wait": [260, 0]},
    )
    blueprint = open_new(server, page, document)
    seconds = field(page, "wait", "seconds")
    seconds.fill("1h 30m")
    expect(page.get_by_test_id("field-seconds")).to_contain_text("1 h 30 min")
    until = page.get_by_label("Until", exact=True)
    until.focus()
    expect(seconds).to_have_value("5400")
    seconds.fill("soon")
    expect(page.get_by_test_id("field-seconds")).to_contain_text("1h 30m or 2 days")
    page.locator(".field-picker").evaluate(
        """element => {
            const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
            set.call(element, "2027-03-28T09:00");
            element.dispatchEvent(new Event("input", { bubbles: true }));
        }"""
    )
    expect(until).to_have_value("2027-03-28T09:00")
    parameters = saved(server, page, blueprint)["nodes"]["wait"]["parameters"]
    assert parameters == {"seconds": 5400, "until": "2027-03-28T09:00"}
