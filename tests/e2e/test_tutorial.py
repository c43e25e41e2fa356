"""What docs/tutorial.md says, done in a browser, by the words that it says."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drag
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


def drag_from_palette(page: Page, kind: str, x: float, y: float) -> str:
    """Drag a node type onto the canvas and return the id of the node that it makes."""
    nodes = page.locator('[data-testid^="node-"]')
    before = set(nodes.evaluate_all("all => all.map(one => one.dataset.testid)"))
    entry = page.get_by_test_id(f"palette-{kind}")
    entry.scroll_into_view_if_needed()
    drag(page, centre(page, f"palette-{kind}"), (x, y))
    expect(nodes).to_have_count(len(before) + 1)
    after = set(nodes.evaluate_all("all => all.map(one => one.dataset.testid)"))
    (made,) = after - before
    return str(made).removeprefix("node-")


def centre(page: Page, test_id: str) -> tuple[float, float]:
    box = page.get_by_test_id(test_id).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def connect(page: Page, source: str, target: str) -> None:
    drag(page, centre(page, f"port-{source}-out-out"), centre(page, f"port-{target}-in-in"))


def test_the_tutorial_leads_where_it_says(server: Server, page: Page) -> None:
    page.goto("/blueprints/")
    page.get_by_role("button", name="New blueprint").click()
    name = page.get_by_label("Name of the blueprint")
    name.click()
    name.fill("Greeting")
    name.press("Enter")

    start = drag_from_palette(page, "trigger.manual", 330, 200)
    text = drag_from_palette(page, "text.template", 560, 200)
    out = drag_from_palette(page, "flow.output", 790, 200)
    connect(page, start, text)
    connect(page, text, out)
    page.get_by_test_id(f"node-{text}").click()
    field = page.get_by_role("textbox", name="Text", exact=True)
    field.fill("Hello {{ input.name }}!")

    page.get_by_label("More ways to run").click()
    page.get_by_role("menuitem", name="Run with inputs…").click()
    page.get_by_label("Inputs", exact=True).fill('{"name": "Ada"}')
    page.get_by_test_id("start-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text(re.compile("succeeded", re.I))
    page.get_by_test_id(f"node-{out}").click()
    page.get_by_role("tab", name="Run", exact=True).click()
    expect(page.get_by_test_id("inspector")).to_contain_text("Hello Ada!")

    page.get_by_test_id("run").click()
    expect(page.get_by_test_id(f"node-{text}")).to_have_attribute("data-status", "failed")
    page.get_by_test_id(f"node-{text}").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("name")

    hook = drag_from_palette(page, "trigger.webhook", 330, 380)
    page.get_by_role("tab", name="Parameters").click()
    page.get_by_label("Answer", exact=True).select_option(label="When finished")
    fields = drag_from_palette(page, "data.set", 560, 380)
    page.get_by_role("tab", name="Parameters").click()
    form = page.get_by_test_id("inspector")
    form.get_by_role("button", name="Add one").click()
    form.get_by_label("Fields: name 1").fill("name")
    form.get_by_role("textbox", name="Fields: value 1").fill("{{ input.body.name }}")
    connect(page, hook, fields)
    connect(page, fields, text)

    page.get_by_role("button", name=re.compile("^Publish")).first.click()
    page.get_by_test_id("publish-confirm").click()
    expect(page.get_by_test_id("publish-dialog")).to_have_count(0)

    page.get_by_test_id(f"node-{hook}").click()
    page.get_by_role("tab", name="Parameters").click()
    page.get_by_role("link", name="Make an address").click()
    page.get_by_label("Authentication").select_option("none")
    page.get_by_label("Anyone who knows the address").check()
    page.get_by_role("button", name="Save", exact=True).click()
    address = re.search(r"http://\S+/hooks/[\w-]+", page.content())
    assert address

    status, answer = server.call("POST", address[0].removeprefix(server.url), {"name": "Grace"})
    assert (status, answer) == (200, {"output": "Hello Grace!"})
