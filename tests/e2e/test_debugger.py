"""The debugger in the browser, by mouse and by keyboard: breakpoints, steps, an edited value."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.canvas import centre, comes_about, drawing, open_new
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

OUT = "sum.out -> end.in"


def price() -> dict[str, Any]:
    """Return a blueprint that adds a tax to a price."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "net": {"kind": "data.set", "parameters": {"fields": {"net": 100}}},
            "tax": {
                "kind": "data.set",
                "parameters": {"fields": {"net": "{{ input.net }}", "tax": "{{ input.net / 5 }}"}},
            },
            "sum": {
                "kind": "data.set",
                "parameters": {
                    "fields": {"gross": "{{ input.net + input.tax }}"}, "keep": False,
                },
            },
            "end": {"kind": "flow.output", "parameters": {"name": "price"}},
        },
        ["start.out -> net.in", "net.out -> tax.in", "tax.out -> sum.in", OUT],
        {"start": [0, 0], "net": [320, 0], "tax": [640, 0], "sum": [0, 160], "end": [320, 160]},
    )  # fmt: skip


def outputs(server: Server, blueprint: str) -> Any:
    """Return what the blueprint's last run has put out."""
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    return run["outputs"]


def held(page: Page, node: str, how: str) -> None:
    """Wait until the canvas shows that a node is held."""
    expect(page.get_by_test_id(f"held-{node}")).to_have_attribute("data-held", how)


def test_by_mouse_a_breakpoint_is_hit_a_value_edited_and_its_result_comes_out(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, price())
    page.get_by_test_id("node-sum").click(button="right")
    page.get_by_test_id("menu-breakpoint").click()
    expect(page.get_by_test_id("breakpoint-before-sum")).to_be_visible()
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Paused")
    held(page, "sum", "hit")
    expect(page.get_by_test_id("debug-reason")).to_contain_text("Paused at a breakpoint")
    edge = page.get_by_test_id("edge-tax.out -> sum.in")
    expect(edge).to_have_attribute("data-tokens", "1")
    expect(page.get_by_test_id("run-list").locator(".run-row").first).to_have_attribute(
        "data-status", "paused"
    )

    # The same again where the page is loaded anew, breakpoint and all.
    page.reload()
    expect(page.get_by_test_id("run-status")).to_have_text("Paused")
    held(page, "sum", "hit")
    expect(page.get_by_test_id("breakpoint-before-sum")).to_be_visible()
    expect(edge).to_have_attribute("data-tokens", "1")

    page.get_by_test_id("edit-sum.in").click()
    page.get_by_test_id("token-value").fill("{no json")
    expect(page.get_by_test_id("token-save")).to_be_disabled()
    page.get_by_test_id("token-value").fill('{"net": 100, "tax": 7}')
    page.get_by_test_id("token-save").click()
    expect(page.get_by_test_id("token-value")).to_have_count(0)
    page.get_by_test_id("debug-continue-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("debug-panel")).to_have_count(0)
    expect(page.get_by_test_id("held-sum")).to_have_count(0)
    # Three nodes have the same title: their ids tell their steps apart.
    expect(page.get_by_test_id("timeline-tax")).to_contain_text("Set fieldstax")
    assert outputs(server, blueprint) == {"price": {"gross": 107}}

    # The breakpoint is no part of the drawing, and goes by a press on it.
    assert "breakpoint" not in str(server.get(f"/api/blueprints/{blueprint}/")[1]["document"])
    page.get_by_test_id("breakpoint-before-sum").click()
    expect(page.get_by_test_id("breakpoint-before-sum")).to_have_count(0)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(2)
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")


def paused_run(server: Server, blueprint: str) -> str:
    """Return the blueprint's last run."""
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    assert run["status"] == "paused"
    return str(run["id"])


def test_what_is_written_for_a_token_stays_while_others_edit_it_and_until_it_has_gone_on(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, price())
    page.get_by_test_id("node-sum").click(button="right")
    page.get_by_test_id("menu-breakpoint").click()
    page.get_by_test_id("run").click()
    held(page, "sum", "hit")
    run = paused_run(server, blueprint)
    page.get_by_test_id("edit-sum.in").click()
    value = page.get_by_test_id("token-value")
    value.fill('{"net": 100,\n "tax": }')
    expect(page.get_by_test_id("debug-panel")).to_contain_text("Line 2, column 9 needs a value.")
    mine = '{"net": 100, "tax": 7}'
    value.fill(mine)

    theirs = {"token": "sum.in", "value": {"net": 1, "tax": 1}}
    assert server.call("PUT", f"/api/runs/{run}/tokens/", theirs)[0] == 200
    changed = page.get_by_test_id("token-changed")
    expect(changed).to_contain_text("another value by now")
    expect(value).to_have_value(mine)
    # The panel goes where the past is shown, and comes back as it was.
    page.get_by_test_id("event-before").click()
    expect(value).to_have_count(0)
    page.get_by_test_id("event-now").click()
    expect(value).to_have_value(mine)
    changed.get_by_role("button").click()
    expect(changed).to_have_count(0)
    expect(value).to_have_value(re.compile('"tax": 1'))

    value.fill(mine)
    assert server.call("POST", f"/api/runs/{run}/continue/", {"wait": 20})[0] == 200
    expect(page.get_by_role("status")).to_contain_text(["without the value that you were writing."])
    assert outputs(server, blueprint) == {"price": {"gross": 2}}


def test_a_long_value_leaves_its_place_and_the_buttons_in_sight(server: Server, page: Page) -> None:
    document = price()
    document["nodes"]["net"]["parameters"]["fields"]["many"] = "{{ range(500) }}"
    open_new(server, page, document)
    page.get_by_test_id("node-tax").click(button="right")
    page.get_by_test_id("menu-breakpoint").click()
    page.get_by_test_id("run").click()
    held(page, "tax", "hit")
    place = page.get_by_test_id("token-tax.in").locator(".token-place")
    expect(place).to_have_text("net.out → tax.in")
    assert place.evaluate("it => it.scrollWidth <= it.clientWidth")
    page.get_by_test_id("edit-tax.in").click()
    save = page.get_by_test_id("token-save")
    expect(save).to_be_in_viewport()
    inside = """it => {
        const list = it.closest(".tokens").getBoundingClientRect();
        return it.getBoundingClientRect().bottom <= list.bottom + 1;
    }"""
    comes_about(page, lambda: bool(save.evaluate(inside)))


def test_by_keyboard_a_run_goes_step_by_step_and_is_stopped(server: Server, page: Page) -> None:
    open_new(server, page, price())
    page.keyboard.press("Control+F10")
    expect(page.get_by_test_id("debug-reason")).to_contain_text("before the first step")
    held(page, "start", "next")
    page.keyboard.press("F10")
    held(page, "net", "next")
    expect(page.get_by_test_id("node-start")).to_have_attribute("data-status", "succeeded")
    page.keyboard.press("F10")
    held(page, "tax", "next")
    expect(page.get_by_test_id("node-net")).to_have_attribute("data-status", "succeeded")
    assert page.get_by_test_id("node-tax").get_attribute("data-status") is None
    page.keyboard.press("Shift+F8")
    expect(page.get_by_test_id("run-status")).to_have_text("Cancelled")
    expect(page.get_by_test_id("debug-panel")).to_have_count(0)


def wait_for_breakpoints(server: Server, page: Page, blueprint: str, when: set[str]) -> None:
    run = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]["id"]

    def known() -> set[str]:
        found = server.get(f"/api/runs/{run}/tokens/")[1]["breakpoints"]
        return {it["when"] for it in found}

    comes_about(page, lambda: known() == when)


def test_breakpoints_reach_the_run_in_the_order_in_which_they_were_set(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, price())
    page.keyboard.press("Control+F10")
    held(page, "start", "next")
    sent: list[Route] = []

    def hold_the_first(route: Route) -> None:
        sent.append(route)
        if len(sent) > 1:
            route.continue_()

    page.route("**/breakpoints/", hold_the_first)
    page.locator('.react-flow__node[data-id="tax"]').focus()
    page.keyboard.press("F9")
    expect(page.get_by_test_id("breakpoint-before-tax")).to_be_visible()
    page.keyboard.press("Shift+F9")
    expect(page.get_by_test_id("breakpoint-after-tax")).to_be_visible()
    page.wait_for_timeout(300)
    sent[0].continue_()
    wait_for_breakpoints(server, page, blueprint, {"before", "after"})
    page.wait_for_timeout(300)
    wait_for_breakpoints(server, page, blueprint, {"before", "after"})


def test_by_keyboard_breakpoints_are_set_while_a_run_lives_and_a_value_is_edited(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page, price())
    page.keyboard.press("Control+F10")
    held(page, "start", "next")
    page.locator('.react-flow__node[data-id="tax"]').focus()
    page.keyboard.press("F9")
    expect(page.get_by_test_id("breakpoint-before-tax")).to_be_visible()
    page.keyboard.press("Shift+F9")
    expect(page.get_by_test_id("breakpoint-after-tax")).to_be_visible()
    wait_for_breakpoints(server, page, blueprint, {"before", "after"})
    page.keyboard.press("F8")
    held(page, "tax", "hit")
    page.keyboard.press("F8")
    held(page, "sum", "next")
    expect(page.get_by_test_id("debug-reason")).to_contain_text("tax")
    page.get_by_test_id("edit-sum.in").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("token-value")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"net": 1, "tax": 2}')
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("token-value")).to_have_count(0)
    page.locator('.react-flow__node[data-id="end"]').focus()
    page.keyboard.press("F8")
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    assert outputs(server, blueprint) == {"price": {"gross": 3}}


def test_a_breakpoint_on_an_edge_is_set_at_the_edge_and_hit(server: Server, page: Page) -> None:
    open_new(server, page, price())
    page.mouse.click(*centre(page, f'[data-testid="edge-{OUT}"] .react-flow__edge-path'))
    page.keyboard.press("F9")
    expect(page.get_by_test_id(f"breakpoint-{OUT}")).to_be_visible()
    page.get_by_test_id("run").click()
    reason = page.get_by_test_id("debug-reason")
    expect(reason).to_have_text(re.compile(r"Paused at the breakpoint on\s*sum\.out → end\.in"))
    expect(page.get_by_test_id("held-sum")).to_have_count(0)
    # Three nodes have the same title: their ids tell their steps apart.
    expect(page.get_by_test_id("timeline-tax")).to_contain_text("Set fieldstax")
    page.keyboard.press("Escape")
    reason.get_by_role("button").click()
    expect(page.get_by_test_id(f"edge-{OUT}")).to_have_class(re.compile("is-selected"))
    expect(page.get_by_test_id(f"edge-{OUT}")).to_have_attribute("data-tokens", "1")
    expect(page.get_by_test_id("token-end.in")).to_contain_text("gross")
    page.get_by_test_id("debug-continue-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")


def test_a_run_that_works_is_paused_and_lists_say_so(server: Server, page: Page) -> None:
    document = drawing(
        {
            "start": {"kind": "trigger.manual"},
            "wait": {"kind": "flow.wait", "parameters": {"seconds": 3}},
            "end": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        ["start.out -> wait.in", "wait.out -> end.in"],
        {"start": [0, 0], "wait": [300, 0], "end": [600, 0]},
    )
    open_new(server, page, document)
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("node-wait")).to_have_attribute("data-status", "waiting")
    page.get_by_test_id("pause-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Paused")
    # What is under way ends, and what follows is held.
    expect(page.get_by_test_id("node-wait")).to_have_attribute("data-status", "succeeded")
    held(page, "end", "next")
    page.goto("/runs/?status=paused")
    expect(page.locator("table")).to_contain_text("paused")
    page.locator("table a.plain", has_text="paused").first.click()
    expect(page.locator("h1")).to_contain_text("paused")
