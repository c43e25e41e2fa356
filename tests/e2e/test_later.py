"""Parts of the editor that are loaded after it: where the server is away, and where one fails."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, StorageState, expect

from tests.e2e.canvas import chain, make, nodes, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

COMMANDS = re.compile(r"/static/editor/Commands(\.\w+)?\.js")


@pytest.fixture
def apart(browser: Browser, server: Server, signed_in: StorageState) -> Iterator[Page]:
    """A page whose scripts may raise errors: they are what is tested."""
    context = browser.new_context(storage_state=signed_in, base_url=server.url)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_a_part_that_is_opened_while_the_server_is_away_comes_when_it_is_back(
    server: Server, page: Page
) -> None:
    page.route(COMMANDS, lambda route: route.abort())
    show(page, make(server, chain()))
    page.keyboard.press("Control+k")
    expect(page.get_by_test_id("message")).to_contain_text("the server does not answer")
    expect(nodes(page)).to_have_count(3)

    page.unroute(COMMANDS)
    expect(page.get_by_role("dialog", name="Find an action")).to_be_visible()
    page.keyboard.press("Escape")
    expect(nodes(page)).to_have_count(3)


def test_a_part_that_fails_fails_alone_and_can_be_shown_again(server: Server, apart: Page) -> None:
    broken = """export const Commands = () => {
        if (!window.mended) throw new Error("Out of paper");
        return null;
    };"""

    def fail(route: Route) -> None:
        route.fulfill(body=broken, content_type="text/javascript")

    apart.route(COMMANDS, fail)
    show(apart, make(server, chain()))
    apart.keyboard.press("Control+k")
    failed = apart.get_by_test_id("part-failed")
    expect(failed).to_contain_text("The dialog can’t be shown: Out of paper. The drawing is kept.")
    expect(nodes(apart)).to_have_count(3)

    apart.evaluate("window.mended = true")
    failed.get_by_role("button", name="Show it again").click()
    expect(failed).to_have_count(0)
    expect(nodes(apart)).to_have_count(3)
