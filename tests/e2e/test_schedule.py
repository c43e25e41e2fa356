"""A schedule drawn in the editor: what its cron says, its next times, an error, and its runs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import comes_about, drawing, open_new
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

DOCUMENT = drawing(
    {
        "tick": {"kind": "trigger.schedule", "parameters": {"time_zone": "Asia/Tokyo"}},
        "end": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    ["tick.out -> end.in"],
    {"tick": [0, 0], "end": [300, 0]},
)


def test_a_schedule_is_drawn_foreseen_published_and_paused(server: Server, page: Page) -> None:
    blueprint = open_new(server, page, DOCUMENT)
    page.get_by_test_id("node-tick").click()
    cron = page.get_by_label("Cron", exact=True)
    field = page.get_by_test_id("field-cron")
    # Nothing of a schedule is computed.
    expect(page.get_by_test_id("fx-cron")).to_have_count(0)

    zone = page.get_by_test_id("field-time_zone")
    zone.locator("input").focus()
    # Those that are offered come with the focus: hundreds would hold up whatever shows the form.
    expect(zone.locator("option[value='Europe/Berlin']")).to_have_count(1)

    cron.fill("0 9 * * MON-FRI")
    expect(page.get_by_test_id("cron-words")).to_have_text("At 09:00 on Monday through Friday.")
    times = page.get_by_test_id("next-times").locator("li")
    expect(times).to_have_count(5)
    expect(times.first).to_have_text(re.compile(r"(Mon|Tue|Wed|Thu|Fri) .*, 09:00 \+09:00in "))

    cron.fill("0 9 31 2 *")
    expect(field).to_contain_text("never comes")
    expect(cron).to_have_attribute("aria-invalid", "true")
    expect(times).to_have_count(0)

    cron.fill("* * * * * *")
    expect(page.get_by_test_id("cron-words")).to_have_text("Every second.")
    expect(field.locator(".field-error")).to_have_count(0)
    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish-confirm").click()
    published = page.get_by_test_id("published-schedule")
    expect(published).to_contain_text("Version 1 comes next on")

    def runs() -> list[str]:
        found = server.get(f"/api/runs/?blueprint={blueprint}")[1]["results"]
        return [run["inputs"]["scheduled_for"] for run in found if run["trigger"] == "schedule"]

    comes_about(page, lambda: len(runs()) >= 3)
    page.get_by_test_id("pause-schedule").click()
    expect(published).to_contain_text("is paused and starts nothing")
    found = runs()
    assert len(found) == len(set(found)) >= 3
    assert all(it.endswith("+09:00") for it in found)
