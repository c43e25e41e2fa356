"""What a new user does: draws a blueprint by mouse, runs it, and watches each node."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.canvas import centre, drag, nodes, open_new, saved
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def fan(waits: int, seconds: float) -> dict[str, Any]:
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    edges: list[str] = []
    layout: dict[str, Any] = {"start": [0, 0]}
    for number in range(waits):
        nodes[f"wait{number}"] = {
            "kind": "flow.wait",
            "parameters": {"seconds": seconds * (number + 1)},
        }
        edges.append(f"start.out -> wait{number}.in")
        layout[f"wait{number}"] = [280, 130 * number]
    return {
        "format": "conductor/1",
        "name": "Fan",
        "nodes": nodes,
        "edges": edges,
        "layout": layout,
    }


def test_a_blueprint_drawn_by_mouse_runs_and_every_node_lights_up(
    server: Server, page: Page
) -> None:
    blueprint = open_new(server, page)
    pane = centre(page, ".react-flow__pane")
    for position, kind in enumerate(["trigger.manual", "data.set", "flow.output"]):
        target = (pane[0] - 260 + 240 * position, pane[1] - 40)
        drag(page, centre(page, f'[data-testid="palette-{kind}"]'), target)
        expect(page.locator('[data-testid^="node-"]')).to_have_count(position + 1)

    document = saved(server, page, blueprint)
    ids = {node["kind"]: name for name, node in document["nodes"].items()}
    for source, goal in [("trigger.manual", "data.set"), ("data.set", "flow.output")]:
        drag(
            page,
            centre(page, f'[data-testid="port-{ids[source]}-out-out"]'),
            centre(page, f'[data-testid="port-{ids[goal]}-in-in"]'),
        )
    document = saved(server, page, blueprint)
    assert len(document["edges"]) == 2
    assert f"{ids['trigger.manual']}.out -> {ids['data.set']}.in" in document["edges"]

    page.get_by_test_id("run").click()
    if page.get_by_test_id("start-run").is_visible():
        page.get_by_test_id("start-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text(re.compile("succeeded", re.I))
    for name in ids.values():
        expect(page.get_by_test_id(f"node-{name}")).to_have_attribute("data-status", "succeeded")
    runs = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"]
    assert [run["status"] for run in runs] == ["succeeded"]


def test_statuses_change_live_and_a_reload_in_mid_run_loses_nothing(
    server: Server, page: Page
) -> None:
    open_new(server, page, fan(4, 0.9))
    page.get_by_test_id("run").click()
    first, last = page.get_by_test_id("node-wait0"), page.get_by_test_id("node-wait3")
    expect(first).to_have_attribute("data-status", "succeeded")
    expect(last).to_have_attribute("data-status", re.compile("running|waiting"))

    page.reload()
    expect(first).to_have_attribute("data-status", "succeeded")
    expect(last).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("run-status")).to_have_text(re.compile("succeeded", re.I))


def test_undo_and_redo_reach_over_adding_and_deleting(server: Server, page: Page) -> None:
    open_new(server, page, fan(2, 0.01))
    expect(nodes(page)).to_have_count(3)
    page.get_by_test_id("node-wait1").click()
    page.keyboard.press("Delete")
    expect(nodes(page)).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(nodes(page)).to_have_count(3)
    page.keyboard.press("Control+Shift+z")
    expect(nodes(page)).to_have_count(2)


def test_a_key_that_is_pressed_before_the_shortcuts_are_loaded_is_not_lost(
    server: Server, page: Page
) -> None:
    held: list[Route] = []
    page.route(re.compile(r"/shortcuts[^/]*\.js"), lambda route: held.append(route))
    open_new(server, page, fan(2, 0.01))
    page.get_by_test_id("node-wait1").click()
    page.keyboard.press("Delete")
    expect(nodes(page)).to_have_count(3)
    assert len(held) == 1
    held[0].continue_()
    expect(nodes(page)).to_have_count(2)


def test_a_change_beside_a_save_by_the_api_is_merged_with_it(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, fan(1, 0.01))
    now = server.get(f"/api/blueprints/{blueprint}/")[1]
    other = {**now["document"], "description": "changed elsewhere"}
    status, _ = server.call(
        "PUT",
        f"/api/blueprints/{blueprint}/",
        {"document": other},
        {"If-Match": str(now["revision"])},
    )
    assert status == 200
    page.get_by_test_id("node-wait0").click()
    page.keyboard.press("Delete")
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("save-state")).to_have_text("Saved")
    kept = server.get(f"/api/blueprints/{blueprint}/")[1]
    assert kept["document"]["description"] == "changed elsewhere"
    assert "wait0" not in kept["document"]["nodes"]
