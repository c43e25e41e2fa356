"""A run with large values: the page shows how they begin, and reads them page by page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import comes_about, drawing, make, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

ROWS = [{"n": n, "name": f"row {n}"} for n in range(100_000)]
TEXT = "".join(f"line {n}\n" for n in range(300_000))


def test_a_long_list_and_a_long_text_are_read_page_by_page(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "pass": {"kind": "log.message", "parameters": {"message": "Passed on"}},
            "end": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        ["start.out -> pass.in", "pass.out -> end.in"],
        {"start": [0, 0], "pass": [300, 0], "end": [600, 0]},
    )
    blueprint = make(server, document)
    body = {"draft": True, "wait": 30, "inputs": {"rows": ROWS, "text": TEXT, "n": 3}}
    status, run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)
    assert (status, run["status"]) == (201, "succeeded")

    show(page, blueprint)
    page.get_by_test_id("run-list").locator(".run-row").first.click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-pass").click()
    output = page.get_by_test_id("step-output")
    expect(output).to_contain_text("100,000 items")
    large = output.get_by_test_id("large-value")
    expect(large).to_have_count(2)
    rows, text = large.first, large.last
    rows.get_by_role("button", name=re.compile("rows")).click()
    expect(rows).to_contain_text("0–49 of 100,000")
    rows.get_by_role("button", name="Next page").click()
    expect(rows).to_contain_text("50–99 of 100,000")
    rows.get_by_role("spinbutton").fill("99990")
    rows.get_by_role("spinbutton").press("Enter")
    expect(rows).to_contain_text("99,990–99,999 of 100,000")
    rows.get_by_role("button", name=re.compile("^99999")).click()
    expect(rows).to_contain_text("row 99999")
    expect(rows.get_by_role("button", name="Next page")).to_be_disabled()

    text.get_by_role("button", name=re.compile("text")).click()
    expect(text).to_contain_text("line 7")
    text.get_by_role("spinbutton").fill(str(len(TEXT) - 12))
    text.get_by_role("spinbutton").press("Enter")
    expect(text).to_contain_text("line 299999")

    output.locator("..").get_by_role("button", name="JSON").click()
    expect(output).not_to_contain_text("$cut")
    pieces = output.get_by_test_id("large-text")
    expect(pieces.first).to_contain_text("0–49 of 100,000")
    expect(pieces.first).to_contain_text('"name": "row 49"')
    pieces.first.get_by_role("spinbutton").fill("99990")
    pieces.first.get_by_role("spinbutton").press("Enter")
    expect(pieces.first).to_contain_text('"name": "row 99999"')
    expect(pieces.last).to_contain_text("line 7")
    page.get_by_role("button", name="Copy output").click()
    copied = "async () => (await navigator.clipboard.readText()).length"
    whole = len(json.dumps({"rows": ROWS, "text": TEXT, "n": 3}, indent=2))
    comes_about(page, lambda: page.evaluate(copied) == whole)
    output.locator("..").get_by_role("button", name="Schema").click()
    expect(output).to_contain_text("list of object (100,000)")
    expect(output.get_by_text("name", exact=True)).to_be_visible()
    output.locator("..").get_by_role("button", name="Tree").click()
    rows = output.get_by_test_id("large-value").first

    with page.expect_download() as download:
        rows.get_by_role("link", name="Download rows").click()
    assert json.loads(Path(download.value.path()).read_bytes()) == ROWS


def test_a_large_output_is_pinned_whole(server: Server, page: Page) -> None:
    rows = ROWS[:12_000]
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "pass": {"kind": "log.message", "parameters": {"message": "Passed on"}},
        },
        ["start.out -> pass.in"],
        {"start": [0, 0], "pass": [300, 0]},
    )
    blueprint = make(server, document)
    body = {"draft": True, "wait": 30, "inputs": {"deep": {"rows": rows}}}
    server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)
    show(page, blueprint)
    page.get_by_test_id("run-list").locator(".run-row").first.click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-pass").click()
    page.keyboard.press("p")

    def is_pinned() -> bool:
        # What says so goes again, while a busy machine may still be at the large value.
        return "pin" in saved(server, page, blueprint)["nodes"]["pass"]

    comes_about(page, is_pinned)
    pinned = saved(server, page, blueprint)["nodes"]["pass"]["pin"]
    assert pinned == {"out": {"deep": {"rows": rows}}}


def test_a_text_that_only_a_socket_cuts_is_read_as_well(server: Server, page: Page) -> None:
    made = "{{ 'x' * 250000 + 'end' }}"
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "long": {"kind": "data.set", "parameters": {"fields": {"text": made}}},
    }
    layout = {"start": [0, 0], "long": [300, 0]}
    blueprint = make(server, drawing(nodes, ["start.out -> long.in"], layout))
    show(page, blueprint)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-long").click()
    large = page.get_by_test_id("step-output").get_by_test_id("large-value").first
    large.get_by_role("button").first.click()
    large.get_by_test_id("large-value").get_by_role("button", name=re.compile("text")).click()
    large.get_by_role("spinbutton").fill("250000")
    large.get_by_role("spinbutton").press("Enter")
    expect(large.locator("pre")).to_have_text("end")
