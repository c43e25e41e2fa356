"""Finding out why: the reasons in a node's panel, and stepping through a run's events."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drag, drawing, make, open_new, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def turned_away() -> dict[str, Any]:
    """Return a blueprint whose condition never chooses the way to `notify`."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "check": {"kind": "flow.if", "parameters": {"condition": "{{ 1 > 3 }}"}},
            "format": {"kind": "data.set", "parameters": {"fields": {"ok": True}}},
            "notify": {"kind": "log.message", "parameters": {"message": "Large"}},
            "note": {"kind": "log.message", "parameters": {"message": "Small"}},
        },
        [
            "start.out -> check.in",
            "check.true -> format.in",
            "format.out -> notify.in",
            "check.false -> note.in",
        ],
        {"start": [0, 0], "check": [300, 0], "format": [600, -100], "notify": [900, -100]}
        | {"note": [600, 120]},
    )


def counting(turns: int) -> dict[str, Any]:
    """Return a blueprint that goes round a loop so many times."""
    more = {"max_firings": turns + 10}
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "more": {
                "kind": "flow.if",
                "parameters": {"condition": f"{{{{ input.n < {turns} }}}}"},
                "settings": more,
            },
            "count": {
                "kind": "data.set",
                "parameters": {"fields": {"n": "{{ input.n + 1 }}"}},
                "settings": more,
            },
        },
        ["start.out -> more.in", "more.true -> count.in", "count.out -> more.in"],
        {"start": [0, 0], "more": [300, 0], "count": [600, 0]},
    )


def test_a_node_that_did_not_run_leads_back_to_the_one_that_turned_away(
    server: Server, page: Page
) -> None:
    open_new(server, page, turned_away())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-notify").click()
    page.get_by_test_id("tab-run").click()
    why = page.get_by_test_id("why")
    expect(why.locator("li")).to_have_text(
        ["format was never reached.", "check emitted only on false, not on true."]
    )
    # What was skipped cannot be run again by itself: the button says so.
    again = page.get_by_test_id("rerun-step")
    expect(again).to_be_disabled()
    expect(again).to_have_attribute("title", re.compile("^It was skipped"))
    expect(page.get_by_test_id("rerun-edit")).to_have_count(0)
    why.get_by_role("button", name="check").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("flow.if")
    expect(again).to_be_enabled()
    expect(why).to_contain_text("It fired because start emitted at out.")


def test_a_node_of_a_frame_says_why_it_did_not_run_for_the_chosen_item(
    server: Server, page: Page
) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "fe": {"kind": "frame.each", "parameters": {"list": "{{ [1, 5, 2] }}"}},
        "check": {"kind": "flow.if", "frame": "fe", "parameters": {"condition": "{{ item > 3 }}"}},
        "big": {"kind": "log.message", "frame": "fe", "parameters": {"message": "Large"}},
    }
    edges = ["start.out -> fe.in", "fe.item -> check.in", "check.true -> big.in"]
    layout: dict[str, Any] = {"start": [0, 0], "fe": [250, -60], "check": [300, 0], "big": [560, 0]}
    open_new(server, page, drawing(nodes, [*edges, "big.out -> fe.result"], layout))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-big").click()
    page.get_by_test_id("tab-run").click()
    why, picker = page.get_by_test_id("why"), page.get_by_test_id("iteration-picker")
    expect(why).to_contain_text("It fired because fe[1]/check emitted at true.")
    expect(picker.locator("option")).to_have_text(
        ["item 1 of 3 · did not run", "item 2 of 3", "item 3 of 3 · did not run"]
    )
    picker.select_option("fe[0]")
    expect(why.locator("li")).to_have_text(["fe[0]/check emitted only on false, not on true."])
    why.get_by_role("button", name="check").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("flow.if")
    expect(picker).to_have_value("fe[0]")


def test_the_page_shows_the_run_as_it_was_after_any_event(server: Server, page: Page) -> None:
    open_new(server, page, turned_away())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    note = page.get_by_test_id("node-note")
    expect(note).to_have_attribute("data-status", "succeeded")
    note.click()
    page.get_by_test_id("event-first").click()
    told = page.get_by_test_id("event-told")
    expect(told).to_contain_text(re.compile(r"As of event 1 of \d+ · run\.queued · [\d:.]+"))
    expect(page.get_by_test_id("run-status")).to_have_text("Was queued")
    expect(note).not_to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("why")).to_contain_text("no worker has begun it")
    expect(page.get_by_test_id("inspector")).not_to_contain_text("has not fired")
    expect(page.get_by_test_id("why")).to_contain_text("The run is queued")

    page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    for _ in range(3):
        page.keyboard.press("k")
    expect(told).to_contain_text("step.succeeded check")
    expect(page.get_by_test_id("node-check")).to_have_attribute("data-status", "succeeded")
    expect(note).not_to_have_attribute("data-status", "succeeded")
    page.get_by_test_id("event-slider").press("End")
    expect(note).to_have_attribute("data-status", "succeeded")
    page.keyboard.press("j")
    page.get_by_test_id("event-now").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(told).to_have_text(re.compile(r"^\d+ events$"))


def test_thousands_of_events_are_stepped_through_at_once(server: Server, page: Page) -> None:
    blueprint = make(server, counting(2500))
    status, run = server.call(
        "POST",
        f"/api/blueprints/{blueprint}/runs/",
        {"draft": True, "wait": 30, "inputs": {"n": 0}},
    )
    assert (status, run["status"]) == (201, "succeeded")
    show(page, blueprint)
    page.goto(f"/blueprints/{blueprint}/?run={run['id']}")
    told = page.get_by_test_id("event-told")
    expect(told).to_have_text(re.compile(r"^500\d events$"))
    slider = page.get_by_test_id("event-slider")
    counts = page.get_by_test_id("node-count").locator(".chip-count")
    for at, firings in ((4003, 2000), (1003, 500), (1005, 501), (5, 1)):
        slider.fill(str(at))
        expect(told).to_contain_text(f"event {at} of")
        if firings > 1:
            expect(counts).to_have_text(f"×{firings}")
        else:
            expect(counts).to_have_count(0)


def test_the_slider_is_dragged_to_a_moment(server: Server, page: Page) -> None:
    blueprint = make(server, counting(20))
    path = f"/api/blueprints/{blueprint}/runs/"
    run = server.call("POST", path, {"draft": True, "wait": 20})[1]["id"]
    page.goto(f"/blueprints/{blueprint}/?run={run}")
    slider = page.get_by_test_id("event-slider")
    count = int(slider.get_attribute("max") or 0)
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2)
    page.mouse.down()
    for part in (0.9, 0.7, 0.5):
        page.mouse.move(box["x"] + box["width"] * part, box["y"] + box["height"] / 2, steps=4)
    shown = int(slider.input_value())
    page.mouse.up()
    assert abs(shown - count / 2) <= count / 10
    assert slider.bounding_box() == box


def test_a_part_of_the_runs_time_is_seen_larger(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "long": {"kind": "flow.wait", "parameters": {"seconds": 2}},
            "end": {"kind": "data.set", "parameters": {"fields": {"ok": True}}},
        },
        ["start.out -> long.in", "long.out -> end.in"],
        {"start": [0, 0], "long": [300, 0], "end": [600, 0]},
    )
    open_new(server, page, document)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    scale = page.get_by_test_id("time-scale")
    expect(scale).to_have_text(re.compile(r"^02\.\d+ s$"))
    bars = {name: page.get_by_test_id(f"timeline-{name}") for name in ("start", "long", "end")}
    counts = {name: bar.locator(".timeline-bar") for name, bar in bars.items()}
    for bar in counts.values():
        expect(bar).not_to_have_count(0)

    # What was dragged over fills the place; what lies before and after it is not there.
    box = scale.bounding_box()
    assert box
    x, y = box["x"], box["y"] + box["height"] / 2
    drag(page, (x + box["width"] * 0.25, y), (x + box["width"] * 0.75, y))
    expect(scale).to_have_text(re.compile(r"^[45]\d\d ms1\.\d+ s$|^0\.[45]\d* s1\.\d+ s$"))
    expect(counts["start"]).to_have_count(0)
    expect(counts["long"]).not_to_have_count(0)
    expect(counts["end"]).to_have_count(0)
    scale.dblclick()
    expect(counts["end"]).not_to_have_count(0)

    # Both buttons stay where they are, and zoom about the chosen step.
    bars["end"].click()
    larger = page.get_by_test_id("time-larger")
    place = larger.bounding_box()
    for _ in range(9):
        larger.click()
    assert larger.bounding_box() == place
    expect(counts["end"]).not_to_have_count(0)
    expect(counts["start"]).to_have_count(0)
    for _ in range(9):
        page.get_by_test_id("time-smaller").click()
    expect(page.get_by_test_id("time-smaller")).to_be_disabled()
    page.mouse.move(x + 10, y + 40)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.get_by_test_id("time-whole").click()
    expect(scale).to_have_text(re.compile(r"^02\.\d+ s$"))


def test_what_a_run_has_not_come_to_is_not_told_as_if_it_never_would(
    server: Server, page: Page
) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "safe": {"kind": "frame.try"},
        "wait": {"kind": "flow.wait", "frame": "safe", "parameters": {"seconds": 600}},
        "close": {"kind": "log.message", "frame": "safe", "parameters": {"message": "Closed"}},
    }
    edges = ["start.out -> safe.in", "safe.try -> wait.in", "wait.out -> safe.result"]
    layout: dict[str, Any] = {"start": [0, 0], "safe": [250, 0], "wait": [300, 80]}
    layout["close"] = [300, 240]
    open_new(server, page, drawing(nodes, [*edges, "safe.finally -> close.in"], layout))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_contain_text("Waiting")
    page.get_by_test_id("node-close").click()
    page.get_by_test_id("tab-run").click()
    picker = page.get_by_test_id("iteration-picker")
    expect(picker.locator("option")).to_have_text("safe, try · has not run")
    expect(page.get_by_test_id("why")).to_contain_text("safe has not come to it")
