"""The lists of the admin on a small screen: nothing of them is out of sight."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

NAME = "Monthly reconciliation of incoming orders with the warehouse"
DOCUMENT = {
    "format": "conductor/1",
    "name": NAME,
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "hook": {"kind": "trigger.webhook"},
        "ask": {"kind": "flow.approval", "parameters": {"title": "Pay it?", "users": ["owner"]}},
    },
    "edges": ["start.out -> ask.in", "hook.out -> ask.in"],
}
LISTS = {
    "runner/run": "Runs",
    "runner/webhook": "Webhooks",
    "runner/webhookdelivery": "Webhook deliveries",
    "runner/wait": "Waits",
    "runner/worker": "Workers",
    "runner/pruned": "Pruned",
    "runner/endpoint": "Endpoints",
    "runner/outgoingmessage": "Outgoing messages",
    "runner/schedule": "Schedules",
    "runner/listener": "Listeners",
    "runner/queue": "Queues",
    "editor/drawing": "Drawings",
    "editor/blueprint": "Blueprints",
    "editor/blueprintversion": "Blueprint versions",
}
# An endpoint with a long address that was told, and a schedule that has started a run.
TOLD = """
from datetime import timedelta
from django.utils import timezone
from editor.models import Blueprint
from runner.models import Endpoint, OutgoingMessage, Schedule
now, blueprint = timezone.now(), Blueprint.objects.order_by("-created").first()
address = "https://warehouse.example.com/hooks/conductor/incoming/orders?region=north"
endpoint = Endpoint.objects.create(
    owner=blueprint.owner, name="Warehouse events of the northern region", url=address,
    on_succeeded=True, on_failed=True, on_cancelled=True,
)
for status in ("waiting", "failed"):
    OutgoingMessage.objects.create(
        endpoint=endpoint, key=status, type="order.reserved.in.the.warehouse", body=b"{}",
        run=blueprint.runs.first(), status=status, why="No attempt arrived in 72 hours.",
        due=now + timedelta(days=1), created=now,
    )
Schedule.objects.create(
    blueprint=blueprint, node="every_morning", parameters={"every": "day", "at": "07:00"},
    paused=True, next_at=now, due_at=now, last_at=now, count=12345,
)
print("")
"""


@pytest.fixture(scope="module")
def filled(server: Server) -> Server:
    """A site with a row in most lists, of a blueprint with a long name."""
    body = {"name": NAME, "document": DOCUMENT}
    blueprint = server.call("POST", "/api/blueprints/", body)[1]["id"]
    told = {"message": "what was said about this version is long, too"}
    assert server.call("POST", f"/api/blueprints/{blueprint}/publish/", told)[0] == 201
    asked = {"blueprint": blueprint, "node": "hook", "authentication": "hmac"}
    hook = server.call("POST", "/api/webhooks/", asked)[1]["url"]
    assert server.call("POST", hook.removeprefix(server.url), {})[0] == 401
    started = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {"trigger": "start"})
    assert started[0] == 201, started
    server.inside(TOLD)
    return server


@pytest.mark.parametrize("path", LISTS)
def test_a_list_shows_all_of_its_columns(filled: Server, page: Page, path: str) -> None:
    page.goto(f"/admin/{path}/")
    assert page.locator("h1").inner_text() == LISTS[path]
    # Django lets what is too wide scroll, under a bar that most systems hide.
    for widths in page.evaluate(
        "[...document.querySelectorAll('.results')].map((it) => [it.scrollWidth, it.clientWidth])"
    ):
        assert widths[0] <= widths[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_an_empty_list_says_what_would_stand_there(filled: Server, page: Page) -> None:
    page.goto("/admin/runner/messageaside/")
    empty = page.locator(".c-empty")
    expect(empty).to_have_text(
        "There are none yet. What a listener hears and cannot take is set aside here."
    )
    page.goto("/admin/runner/run/?q=no-such-run")
    expect(empty).to_have_text("Nothing has what is searched for. Show all")
    empty.get_by_role("link").click()
    expect(page.locator("#result_list")).to_be_visible()
    expect(empty).to_have_count(0)


def test_moments_are_written_alike_in_all_lists(filled: Server, page: Page) -> None:
    for path in ("editor/blueprint", "editor/apitoken", "runner/run"):
        page.goto(f"/admin/{path}/")
        text = page.locator("#result_list").inner_text()
        assert re.search(r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\b", text), text


def test_the_tools_of_a_row_stand_beside_its_heading(filled: Server, page: Page) -> None:
    page.goto("/admin/runner/queue/1/change/")
    heading, tools = (page.locator(it).bounding_box() for it in ("h1", ".object-tools"))
    assert heading
    assert tools
    middle = tools["y"] + tools["height"] / 2
    assert heading["y"] - 6 <= middle <= heading["y"] + heading["height"] + 6
