"""What the editor says of runs that have not begun, and of those that cannot be read any more."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from runner.queue.queues import OLDEST
from tests.e2e.canvas import chain, make
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


def test_what_holds_a_queued_run_stands_beside_its_status_and_in_the_lists(
    server: Server, page: Page
) -> None:
    server.inside(
        "from runner.models import Queue\nQueue.objects.create(name='stopped', paused=True)"
    )
    # The server knows its queues for so long before it reads them again.
    time.sleep(OLDEST)
    blueprint = make(server, {**chain(), "settings": {"queue": {"name": "stopped"}}})
    server.call("POST", f"/api/blueprints/{blueprint}/publish/", {})
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {})[1]["id"]
    page.goto(f"/blueprints/{blueprint}/?run={run}")
    expect(page.get_by_test_id("run-status")).to_have_text("Queued")
    expect(page.get_by_test_id("held-by")).to_have_text("The queue stopped is paused.")
    expect(page.get_by_test_id(f"run-row-{run}")).to_contain_text("The queue stopped is paused.")
    page.get_by_test_id("node-set").click()
    page.get_by_test_id("tab-parameters").click()
    page.keyboard.press("w")
    expect(page.get_by_test_id("why")).to_contain_text("The queue stopped is paused.")
    page.get_by_test_id("cancel-run").click()
    expect(page.get_by_test_id("run-status")).to_have_text("Cancelled")
    expect(page.get_by_test_id("held-by")).to_have_count(0)


def test_a_run_whose_journal_is_damaged_shows_as_it_ended(server: Server, page: Page) -> None:
    blueprint = make(server, chain())
    body = {"draft": True, "wait": 20}
    run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", body)[1]["id"]
    server.inside(
        "from runner.models import JournalChunk\n"
        f"last = JournalChunk.objects.filter(run={run!r}).order_by('-first_seq').first()\n"
        "last.events = last.events[:50]; last.save()"
    )
    page.goto(f"/blueprints/{blueprint}/?run={run}")
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
    expect(page.get_by_test_id("unreadable")).to_contain_text("is damaged in chunk 2, events 2 to ")
    expect(page.get_by_test_id("cancel-run")).to_have_count(0)
    page.get_by_role("button", name="Run it again from its start").click()
    expect(page.get_by_test_id("node-end")).to_have_attribute("data-status", "succeeded")
    expect(page.get_by_test_id("unreadable")).to_have_count(0)
