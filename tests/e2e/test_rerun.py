"""A run is run again in the browser: what had ended is taken over, effects are not repeated."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, make, open_new
from tests.e2e.conftest import calling_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


class World:
    """A small server that counts calls by path, and fails those at `/late` until it is told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.ready = False
        world = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                world.calls.append(self.path)
                fails = self.path == "/late" and not world.ready
                self.send_response(503 if fails else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.server.shutdown()
    made.server.server_close()


def ended(page: Page, runs: int) -> None:
    """Wait until the list has so many runs, of which only the first did not succeed."""
    rows = page.get_by_test_id("run-list").locator(".run-row")
    expect(rows).to_have_count(runs)
    expect(rows.and_(page.locator('[data-status="succeeded"]'))).to_have_count(runs - 1)


def test_from_what_failed_and_from_a_step_no_effect_is_repeated_that_need_not_be(
    server: Server, page: Page, world: World
) -> None:
    def call(path: str) -> dict[str, object]:
        return {"kind": "http.request", "parameters": {"method": "POST", "url": world.url + path}}

    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "charge": call("/charge"),
        "late": call("/late"),
        "mail": call("/mail"),
    }
    edges = ["start.out -> charge.in", "charge.out -> late.in", "late.out -> mail.in"]
    layout = {"start": [0, 0], "charge": [260, 0], "late": [520, 0], "mail": [780, 0]}
    open_new(server, page, drawing(nodes, edges, layout))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    assert world.calls == ["/charge", "/late"]

    world.ready = True
    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("rerun-failed").click()
    ended(page, 2)
    expect(page.get_by_test_id("node-mail")).to_have_attribute("data-status", "succeeded")
    assert world.calls == ["/charge", "/late", "/late", "/mail"]
    page.get_by_test_id("node-charge").click()
    expect(page.get_by_test_id("inspector")).to_contain_text("taken over")

    page.get_by_test_id("node-mail").click()
    page.get_by_test_id("rerun-step").click()
    ended(page, 3)
    assert world.calls[4:] == ["/mail"]

    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("rerun").click()
    ended(page, 4)
    assert world.calls[5:] == ["/charge", "/late", "/mail"]


def test_a_run_of_a_version_is_run_again_on_the_next_after_a_look_at_what_is_taken_over(
    server: Server, page: Page
) -> None:
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "net": {"kind": "data.set", "parameters": {"fields": {"net": 1}}},
        "tax": {"kind": "data.set", "parameters": {"fields": {"tax": "{{ 1 / 0 }}"}}},
    }
    drawn = drawing(nodes, ["start.out -> net.in", "net.out -> tax.in"], {"start": [0, 0]})
    blueprint = make(server, drawn)
    server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {"wait": 20})[1]
    assert run["status"] == "failed"
    drawn["nodes"]["tax"]["parameters"]["fields"]["tax"] = 2
    body = {"document": drawn}
    saved = server.call("PUT", f"/api/blueprints/{blueprint}/", body, {"If-Match": "1"})
    assert saved[0] == 200, saved
    server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})
    page.goto(f"/blueprints/{blueprint}/?run={run['id']}")
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("rerun-choose").click()
    expect(page.get_by_test_id("again-reused").locator("li")).to_have_text(["start", "net"])
    expect(page.get_by_test_id("again-repeated").locator("li")).to_have_text(["tax It failed."])
    page.get_by_test_id("again-version").select_option("published")
    page.get_by_test_id("again-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    made = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"][0]
    assert (made["version"], made["rerun_of"]) == (2, run["id"])


def test_a_frame_goes_on_at_the_item_that_failed(server: Server, page: Page, world: World) -> None:
    paths = ["/one", "/late", "/three"]
    nodes: dict[str, Any] = {
        "start": {"kind": "trigger.manual"},
        "each": {"kind": "frame.each", "parameters": {"list": paths}},
        "call": {
            "kind": "http.request",
            "frame": "each",
            "parameters": {"method": "POST", "url": world.url + "{{ item }}"},
        },
        "end": {"kind": "flow.output"},
    }
    edges = ["start.out -> each.in", "each.item -> call.in", "call.out -> each.result",
             "each.out -> end.in"]  # fmt: skip
    layout = {"start": [0, 0], "each": [260, 0], "call": [320, 60], "end": [800, 0]}
    open_new(server, page, drawing(nodes, edges, layout))
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Failed")
    assert world.calls == ["/one", "/late"]

    world.ready = True
    page.get_by_test_id("run-menu").click()
    page.get_by_test_id("rerun-failed").click()
    ended(page, 2)
    assert world.calls[2:] == ["/late", "/three"]

    page.get_by_test_id("node-call").click()
    page.get_by_test_id("iteration-picker").select_option("each[1]")
    page.get_by_test_id("rerun-step").click()
    ended(page, 3)
    assert world.calls[4:] == ["/late"]
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    page.get_by_test_id("iteration-picker").select_option("each[2]")
    expect(page.get_by_test_id("inspector")).to_contain_text("taken over")
