"""A blueprint that runs another: chosen by its name, its inputs as fields, its run opened."""

from __future__ import annotations

import os
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, make, open_new, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

PRICE = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "sum": {"kind": "data.set", "parameters": {"fields": {"price": "{{ input.count * 12 }}"}}},
        "out": {"kind": "flow.output", "parameters": {"name": "price"}},
    },
    ["start.out -> sum.in", "sum.out -> out.in"],
    {"start": [0, 0], "sum": [300, 0], "out": [600, 0]},
    inputs={"count": {"type": "integer", "required": True}, "note": {"type": "string"}},
)
HANDLER = drawing({"error": {"kind": "trigger.error"}}, [], {"error": [0, 0]})


def published(server: Server, document: dict[str, object], name: str) -> str:
    key = make(server, document, name)
    status, answer = server.call("POST", f"/api/blueprints/{key}/publish/", {})
    assert status == 201, answer
    return key


def picture(page: Page, name: str) -> None:
    """Take pictures in both schemes where somebody wants to look at them."""
    if folder := os.environ.get("CONDUCTOR_PICTURES"):
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{folder}/{name}-{scheme}.png")


def test_a_blueprint_is_chosen_by_its_name_and_its_run_is_opened_from_the_step(
    server: Server, page: Page
) -> None:
    price = published(server, PRICE, "Price of an order")
    published(server, HANDLER, "Tell us")
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "call": {"kind": "blueprint.call", "parameters": {"blueprint": ""}},
        "end": {"kind": "flow.output", "parameters": {"name": "answer"}},
    }
    edges = ["start.out -> call.in", "call.out -> end.in"]
    layout = {"start": [0, 0], "call": [300, 0], "end": [600, 0]}
    blueprint = open_new(server, page, drawing(nodes, edges, layout))
    page.get_by_test_id("node-call").click()
    form = page.get_by_test_id("inspector")
    form.get_by_label("Blueprint", exact=True).select_option(label="Price of an order")
    form.get_by_test_id("field-count").get_by_label("Count").fill("3")
    form.get_by_role("checkbox", name="price").check()
    expect(page.get_by_test_id("port-call-out-price")).to_be_visible()
    picture(page, "call-form")
    # What one sees is a name, what is kept is the id.
    parameters = saved(server, page, blueprint)["nodes"]["call"]["parameters"]
    assert parameters == {"blueprint": price, "inputs": {"count": 3}, "outputs": ["price"]}
    expect(form).not_to_contain_text(price)

    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-call")).to_have_attribute("data-status", "succeeded")
    child = page.get_by_test_id("child-runs").get_by_role("link")
    expect(child).to_contain_text("Price of an order")
    expect(child).to_contain_text("succeeded")
    picture(page, "call-run")
    child.click()
    page.wait_for_url(re.compile(f"/blueprints/{price}/\\?run="))
    expect(page.get_by_test_id("node-sum")).to_have_attribute("data-status", "succeeded")
    parent = page.get_by_test_id("parent-run")
    expect(parent).to_contain_text("Drawn")
    picture(page, "call-child")
    parent.click()
    page.wait_for_url(re.compile(f"/blueprints/{blueprint}/\\?run="))
    expect(page.get_by_test_id("node-call")).to_have_attribute("data-status", "succeeded")


def test_the_panel_of_a_blueprint_says_who_uses_it_and_who_handles_its_errors(
    server: Server, page: Page
) -> None:
    target = published(server, PRICE, "Used price")
    handler = published(server, HANDLER, "Tell them")
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "call": {
            "kind": "blueprint.call",
            "parameters": {"blueprint": target, "inputs": {"count": 1}},
        },
    }
    layout = {"start": [0, 0], "call": [300, 0]}
    published(server, drawing(nodes, ["start.out -> call.in"], layout), "Caller")
    show(page, target)
    expect(page.get_by_test_id("used-by")).to_have_text(re.compile("Caller.*calls it"))
    page.get_by_label("Error blueprint", exact=True).select_option(label="Tell them")
    page.get_by_label("it was cancelled").check()
    page.get_by_label("it crashed").uncheck()
    picture(page, "used-by")
    settings = saved(server, page, target)["settings"]
    assert settings == {
        "error_blueprint": handler,
        "error_blueprint_for": ["failed", "timed_out", "cancelled"],
    }
    page.goto("/blueprints/")
    row = page.get_by_role("row").filter(has_text="Used price")
    expect(row).to_contain_text("used by 1")
    picture(page, "list")
