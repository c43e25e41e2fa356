"""How a blueprint's runs queue, and how often a node works, in the forms of the editor."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new, saved
from tests.e2e.conftest import own_server as server
from tests.e2e.test_call import picture
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


def test_the_panels_say_how_runs_queue_and_what_is_wrong_at_its_field(
    server: Server, page: Page
) -> None:
    nodes = {"start": {"kind": "trigger.manual"}, "sum": {"kind": "data.set"}}
    queue = {"batch": {"most": 5}}
    document = drawing(
        nodes,
        ["start.out -> sum.in"],
        {"start": [0, 0], "sum": [300, 0]},
        settings={"queue": queue},
    )
    blueprint = open_new(server, page, document)
    form = page.get_by_test_id("inspector")
    form.get_by_label("Queue", exact=True).fill("default")
    form.get_by_label("Priority").fill("-5")
    form.get_by_label("Key", exact=True).fill("{{ input.customer }}")
    form.get_by_label("Of the same key").fill("1")
    form.get_by_label("When as many run as may").select_option("cancel_running")
    form.get_by_label("When as many run as may").scroll_into_view_if_needed()
    picture(page, "queue-form")
    form.get_by_label("At most", exact=True).fill("0")
    expect(form.get_by_test_id("field-queue-batch-most")).to_contain_text(
        "at least 1 and at most 1,000"
    )
    form.get_by_label("Queue", exact=True).fill("Bulk imports")
    expect(form.get_by_test_id("field-queue-name")).to_contain_text("small letters")
    form.get_by_label("Queue", exact=True).fill("bulk")
    form.get_by_label("When several come").select_option("debounce")
    form.get_by_label("Quiet for (s)").fill("2")
    form.get_by_label("Apart by").fill("{{ input. }}")
    expect(form.get_by_test_id("field-queue-debounce-key")).to_contain_text("cannot be read")
    form.get_by_label("Apart by").fill("{{ input.customer }}")
    form.get_by_label("Attempts").fill("3")
    form.get_by_label("Begin again").select_option("start")
    expect(form.get_by_test_id("field-queue-debounce-key").locator(".field-error")).to_have_count(0)
    picture(page, "queue-more")
    queue = saved(server, page, blueprint)["settings"]["queue"]
    assert queue == {
        "name": "bulk",
        "debounce": {"seconds": 2, "key": "{{ input.customer }}"},
        "retry": {"attempts": 3, "begin": "start"},
        "priority": -5,
        "key": "{{ input.customer }}",
        "per_key": 1,
        "when_full": "cancel_running",
    }
    page.get_by_test_id("node-sum").click()
    form.get_by_role("tab", name="Settings").click()
    form.get_by_label("Per second").fill("2.5")
    form.get_by_label("Shared as").fill("shop")
    form.get_by_label("Shared as").scroll_into_view_if_needed()
    picture(page, "rate-form")
    rate = saved(server, page, blueprint)["nodes"]["sum"]["settings"]["rate"]
    assert rate == {"per_second": 2.5, "shared": "shop"}
    form.get_by_label("Per second").fill("")
    expect(form.get_by_label("Shared as")).to_have_count(0)
    assert "settings" not in saved(server, page, blueprint)["nodes"]["sum"]
