"""For each, spread over workers: its items are seen where it ran, and each opens on its own."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, make, saved, show
from tests.e2e.test_call import picture
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

SPREAD = drawing(
    {
        "start": {"kind": "trigger.manual"},
        "orders": {
            "kind": "frame.each",
            "parameters": {"list": "{{ input.orders }}", "concurrency": 4, "errors": "collect"},
        },
        "due": {
            "kind": "flow.if",
            "frame": "orders",
            "parameters": {"condition": "{{ item.total > 0 }}"},
        },
        "bill": {
            "kind": "data.set",
            "frame": "orders",
            "parameters": {"fields": {"bill": "{{ item.total * 1.2 }}"}},
        },
        "no": {
            "kind": "flow.fail",
            "frame": "orders",
            "parameters": {"message": "order {{ index }} has no total"},
        },
        "out": {"kind": "flow.output"},
    },
    [
        "start.out -> orders.in",
        "orders.item -> due.in",
        "due.true -> bill.in",
        "due.false -> no.in",
        "bill.out -> orders.result",
        "orders.out -> out.in",
    ],
    {
        "start": [0, 40],
        "orders": [260, 0],
        "due": [320, 80],
        "bill": [600, 60],
        "no": [600, 180],
        "out": [960, 40],
    },
)


def test_a_for_each_is_spread_by_a_tick_and_each_item_opens_as_a_run(
    server: Server, page: Page
) -> None:
    blueprint = make(server, SPREAD)
    page.set_viewport_size({"width": 1600, "height": 900})
    show(page, blueprint)
    page.get_by_test_id("node-orders").locator(".frame-head").click()
    page.get_by_label("Spread over workers").click()
    expect(page.get_by_test_id("node-orders").get_by_text("spread", exact=True)).to_be_visible()
    assert saved(server, page, blueprint)["nodes"]["orders"]["parameters"]["spread"] is True
    picture(page, "spread-form")

    orders = [{"total": total} for total in (10, 20, 0, 40, 50)]
    body = {"draft": True, "wait": 30, "inputs": {"orders": orders}}
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)[1]
    assert run["status"] == "succeeded"
    listed = server.call("GET", f"/api/runs/?blueprint={blueprint}", None)[1]["results"]
    assert [it["id"] for it in listed] == [run["id"]]
    items = server.call("GET", f"/api/runs/?parent={run['id']}", None)[1]["results"]
    assert {it["trigger"] for it in items} == {"spread"}
    assert len(items) == 5

    page.get_by_test_id(f"run-row-{run['id']}").click()
    expect(page.get_by_test_id("node-orders")).to_contain_text("5/5 · 1 failed")
    page.get_by_test_id("node-orders").locator(".frame-head").click()
    page.get_by_test_id("show-items").click()
    rows = page.get_by_test_id("item-grid").locator(".item-rows").get_by_role("row")
    expect(rows).to_have_count(5)
    expect(rows.nth(1)).to_contain_text('"bill":24')
    picture(page, "spread-items")
    page.get_by_test_id("only-failed").click()
    rows.first.click()
    details = page.get_by_test_id("item-details")
    expect(details).to_contain_text("order 2 has no total")
    details.get_by_test_id("child-runs").get_by_role("link").click()
    expect(page.get_by_test_id("node-no")).to_have_attribute("data-status", "failed")
    expect(page.get_by_test_id("parent-run")).to_be_visible()
    page.get_by_test_id("node-start").click()
    picture(page, "spread-item")
