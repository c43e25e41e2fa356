"""Running a step again in the editor, with other values than those that it got."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def tripling() -> dict[str, Any]:
    """Return a blueprint that multiplies a number by three."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "first": {"kind": "data.set", "parameters": {"fields": {"n": 2}}},
            "times": {
                "kind": "data.set",
                "parameters": {"fields": {"n": "{{ input.n * 3 }}"}},
            },
            "end": {"kind": "flow.output", "parameters": {"name": "result"}},
        },
        ["start.out -> first.in", "first.out -> times.in", "times.out -> end.in"],
        {"start": [0, 0], "first": [300, 0], "times": [600, 0], "end": [900, 0]},
    )


def newest(server: Server, blueprint: str) -> dict[str, Any]:
    """Return the blueprint's newest run."""
    run: dict[str, Any] = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    return run


def test_a_step_runs_again_with_inputs_that_were_edited(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, tripling())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("node-times").click()
    page.get_by_test_id("tab-run").click()
    page.get_by_test_id("rerun-edit").click()
    inputs = page.get_by_test_id("rerun-inputs")
    expect(inputs).to_have_value('{\n  "in": {\n    "n": 2\n  }\n}')
    inputs.fill('{"in": {"n": ')
    expect(page.get_by_test_id("rerun-with-inputs")).to_be_disabled()
    inputs.fill('{"in": {"n": 7}}')
    page.get_by_test_id("rerun-with-inputs").click()
    expect(page.get_by_test_id("run-list").locator(".run-row")).to_have_count(2)
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("step-output")).to_contain_text("21")
    expect(page.get_by_test_id("step-inputs")).to_contain_text("7")
    again = newest(server, blueprint)
    assert (again["rerun_from"], again["outputs"]) == ("times", {"result": {"n": 21}})
    page.get_by_test_id("node-first").click()
    expect(page.get_by_test_id("why")).to_contain_text("was taken over")


def grouped() -> dict[str, Any]:
    """Return a blueprint that multiplies a number by three inside a group."""
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "first": {"kind": "data.set", "parameters": {"fields": {"n": 2}}},
            "group": {"kind": "frame.group"},
            "times": {
                "kind": "data.set",
                "parameters": {"fields": {"n": "{{ input.n * 3 }}"}},
                "frame": "group",
            },
            "end": {"kind": "flow.output", "parameters": {"name": "result"}},
        },
        [
            "start.out -> first.in",
            "first.out -> group.in",
            "group.start -> times.in",
            "times.out -> group.result",
            "group.out -> end.in",
        ],
        {
            "start": [0, 0],
            "first": [300, 0],
            "group": [600, 0],
            "times": [680, 80],
            "end": [1200, 0],
        },
    )


def test_what_entered_a_frame_is_known_where_it_is_to_be_edited(server: Server, page: Page) -> None:
    open_new(server, page, grouped())
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("timeline-group/times").click()
    expect(page.get_by_test_id("step-inputs")).to_contain_text("2")
    for n, tripled in ((5, 15), (6, 18)):
        # The second time from a run whose frame was taken over, and its step edited.
        page.get_by_test_id("rerun-edit").click()
        page.get_by_test_id("rerun-inputs").fill(f'{{"in": {{"n": {n}}}}}')
        page.get_by_test_id("rerun-with-inputs").click()
        expect(page.get_by_test_id("step-inputs")).to_contain_text(f"{n}")
        expect(page.get_by_test_id("step-output")).to_contain_text(f"{tripled}")
    page.get_by_test_id("timeline-group").click()
    page.get_by_test_id("rerun-edit").click()
    expect(page.get_by_test_id("rerun-inputs")).to_have_value('{\n  "in": {\n    "n": 2\n  }\n}')
    page.get_by_test_id("rerun-inputs").fill('{"in": {"n": 7}}')
    page.get_by_test_id("rerun-with-inputs").click()
    expect(page.get_by_test_id("step-output")).to_contain_text("21")
    page.get_by_test_id("timeline-group/times").click()
    expect(page.get_by_test_id("step-inputs")).to_contain_text("7")
