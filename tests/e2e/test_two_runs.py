"""Two runs of a blueprint on one canvas: where they part, what differs, and both sides of it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import at_rest, drawing, make, show
from tests.e2e.test_accessibility import sound
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def priced(factor: int, *, logged: bool = False) -> dict[str, Any]:
    """A blueprint that goes one way for what is cheap, and another for what is dear."""
    gross = f"{{{{ input.net * {factor} }}}}"
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "price": {"kind": "data.set", "parameters": {"fields": {"gross": gross}}},
        "check": {"kind": "flow.if", "parameters": {"condition": "{{ input.gross > 100 }}"}},
        "ask": {"kind": "data.set", "parameters": {"fields": {"asked": True}}},
        "order": {"kind": "data.set", "parameters": {"fields": {"asked": False}}},
    }
    edges = ["start.out -> price.in", "price.out -> check.in", "check.true -> ask.in",
             "check.false -> order.in"]  # fmt: skip
    layout = {"start": [0, 0], "price": [260, 0], "check": [520, 0], "ask": [800, -80],
              "order": [800, 100]}  # fmt: skip
    if logged:
        nodes["log"] = {"kind": "log.message", "parameters": {"message": "priced"}}
        edges.append("price.out -> log.in")
        layout["log"] = [520, 200]
    return drawing(nodes, edges, layout)


def run_of(server: Server, blueprint: str, document: dict[str, Any]) -> str:
    """Save the draft, run it, and return the run's id."""
    path = f"/api/blueprints/{blueprint}/"
    revision = server.get(path)[1]["revision"]
    saved, _ = server.call("PUT", path, {"document": document}, {"If-Match": f'"{revision}"'})
    assert saved == 200
    inputs = {"net": 50, "note": "for the office"}
    body = {"draft": True, "wait": 30, "inputs": inputs}
    status, run = server.call("POST", f"{path}runs/", body)
    assert (status, run["status"]) == (201, "succeeded")
    return str(run["id"])


def prune_journal(server: Server, run: str) -> None:
    """Let a run have ended so long ago that only its journal is pruned."""
    pruned = server.inside(
        "import threading\n"
        "from datetime import timedelta\n"
        "from runner.models import Run\n"
        "from runner.retention.limits import Limits\n"
        "from runner.retention.sweep import sweep\n"
        f"row = Run.objects.get(pk='{run}')\n"
        "Run.objects.filter(pk=row.pk).update(finished=row.created - timedelta(days=31))\n"
        "print(sweep(Limits(journal_days=30), threading.Event()).journals)\n"
    )
    assert pruned == "1"


def test_two_runs_are_compared_node_by_node(server: Server, page: Page) -> None:
    blueprint = make(server, priced(1))
    earlier = run_of(server, blueprint, priced(1))
    later = run_of(server, blueprint, priced(3, logged=True))
    show(page, blueprint)
    page.get_by_test_id(f"run-row-{later}").click()
    page.get_by_test_id("node-start").click()
    page.keyboard.press("Shift+M")
    page.get_by_role("option").click()

    told = page.get_by_test_id("differences-summary")
    expect(told).to_contain_text("The runs part at price: the same came in")
    expect(told).to_contain_text("1 node and 2 edges are the same")
    drawn = page.get_by_test_id("drawn-otherwise-in-all")
    expect(drawn).to_have_text("Drawn otherwise: Set fields, Log.")
    drawn.get_by_role("button", name="Log").click()
    expect(page.get_by_test_id("only-one-version")).to_be_visible()
    listed = page.get_by_test_id("differences").get_by_role("listitem")
    expect(listed).to_have_count(8)
    expect(listed.first).to_contain_text("price")
    expect(page.get_by_test_id("difference-ask")).to_contain_text("ran only in the later run")
    expect(page.get_by_test_id("difference-check.false -> order.in")).to_contain_text("earlier")
    expect(page.get_by_test_id("seen-order").locator(".sign")).to_have_attribute(
        "aria-label", "only in the earlier run"
    )
    # The sign of the run that is compared stands where its moment did, and not upon it.
    expect(page.get_by_test_id(f"compare-{earlier}")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id(f"run-row-{earlier}").locator(".run-row-when")).to_be_hidden()
    expect(page.get_by_test_id(f"run-row-{later}").locator(".run-row-when")).to_be_visible()
    sound(page, "two runs")

    # From afar, too, the sign of what differs can be told from that of what only one run has.
    reading = page.locator(".reading")
    far = reading.locator("[data-distance=farther]")
    while not far.count():
        reading.get_by_role("button", name="Zoom out").click()
        at_rest(page, ".reading .react-flow__viewport")
    signs = [page.get_by_test_id(f"seen-{node}").locator(".sign") for node in ("price", "order")]
    differs, gone = (it.evaluate("it => getComputedStyle(it).rotate") for it in signs)
    assert differs != gone
    for sign in signs:
        box = sign.bounding_box()
        assert box
        assert box["width"] > 12

    page.get_by_test_id("parting").click()
    output = page.get_by_test_id("compared-output")
    expect(output.get_by_test_id("diff-before")).to_have_text("−50")
    expect(output.get_by_test_id("diff-after")).to_have_text("+150")
    expect(output).to_contain_text("and 2 that are the same")
    expect(page.get_by_test_id("compared-input")).to_have_attribute("data-same", "true")
    expect(page.get_by_test_id("drawn-otherwise")).to_contain_text("input.net * 3")
    page.keyboard.press("F7")
    expect(page.get_by_test_id("difference-check").locator("button")).to_have_attribute(
        "aria-current", "true"
    )
    page.get_by_test_id("difference-log").locator("button").click()
    expect(page.get_by_test_id("only-one-version")).to_contain_text("later run’s drawing")

    page.reload()
    expect(page.get_by_test_id("differences-summary")).to_contain_text("The runs part at price")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("differences")).to_have_count(0)
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    assert "with=" not in page.url

    page.goto(f"/runs/{later}/")
    page.get_by_label("Compare with").select_option(earlier)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_test_id("differences-summary")).to_contain_text("The runs part at price")


def test_a_run_that_goes_on_is_compared_as_it_goes(server: Server, page: Page) -> None:
    nodes = {"start": {"kind": "trigger.manual"}, "end": {"kind": "flow.output"}}
    layout = {"start": [0, 0], "end": [260, 0]}
    blueprint = make(server, drawing(nodes, ["start.out -> end.in"], layout))
    body = {"draft": True, "debug": {"paused": True}}
    path = f"/api/blueprints/{blueprint}/runs/"
    runs = [server.call("POST", path, body)[1]["id"] for _ in range(2)]
    page.goto(f"/blueprints/{blueprint}/?run={runs[1]}&with={runs[0]}")
    told = page.get_by_test_id("differences-summary")
    expect(told).to_contain_text("So far both runs did the same")
    for run, seen in zip(runs, ("ran only in the earlier run", ""), strict=True):
        status, _ = server.call("POST", f"/api/runs/{run}/continue/", {"wait": 20})
        assert status == 200
        if seen:
            expect(page.get_by_test_id("difference-end")).to_contain_text(seen)
    expect(told).to_contain_text("Both runs did the same.")


def test_a_run_whose_events_are_gone_is_not_compared(server: Server, page: Page) -> None:
    blueprint = make(server, priced(1))
    earlier = run_of(server, blueprint, priced(1))
    later = run_of(server, blueprint, priced(3))
    prune_journal(server, earlier)
    page.goto(f"/blueprints/{blueprint}/?run={later}&with={earlier}")
    told = page.get_by_text("These runs cannot be compared. The events of this run were pruned")
    expect(told).to_be_visible()
    expect(page.get_by_test_id("differences")).to_have_count(0)
    expect(page.get_by_test_id("timeline-price")).to_be_visible()

    # The other way round as well.
    page.goto(f"/blueprints/{blueprint}/?run={earlier}")
    expect(page.get_by_test_id("unreadable")).to_be_visible()
    page.keyboard.press("Shift+M")
    page.get_by_role("listbox", name="Compare with").get_by_role("option").click()
    expect(told).to_be_visible()
    expect(page.get_by_test_id("differences")).to_have_count(0)
    expect(page.get_by_test_id("unreadable")).to_be_visible()
