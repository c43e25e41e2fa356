"""Values too long for the socket: the page shows how they begin and loads them on demand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]
LONG = 300_000


def test_a_long_value_is_shown_in_part_and_loaded_whole(server: Server, page: Page) -> None:
    nodes = {
        "start": {"kind": "trigger.manual"},
        "long": {
            "kind": "data.set",
            "parameters": {"fields": {"text": f"{{{{ 'x' * {LONG} + 'end' }}}}"}},
        },
    }
    open_new(
        server, page, drawing(nodes, ["start.out -> long.in"], {"start": [0, 0], "long": [300, 0]})
    )
    page.get_by_test_id("run").click()
    expect(page.locator('[data-id="long"]')).to_contain_text("ms", timeout=15_000)
    page.locator('[data-id="long"]').click()
    output = page.get_by_test_id("step-output")
    expect(output.get_by_text("load all 0.3 MB")).to_be_visible()
    output.get_by_text("load all").click()
    more = output.get_by_text(f"{LONG + 3 - 160} more")
    expect(more).to_be_visible()
    more.click()
    expect(output).to_contain_text("xend")
    expect(output.get_by_text("load all")).to_have_count(0)
