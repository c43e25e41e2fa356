"""Saving by itself: signed out and in, in two tabs, without a network, and across a reload."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.canvas import chain, document_of, make, saved, show
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]


def rename(page: Page, name: str) -> None:
    """Give the blueprint another name, as a person would."""
    page.get_by_test_id("name").fill(name)
    page.get_by_test_id("name").press("Enter")


def sign_in(page: Page) -> None:
    """Fill in the form that the page shows."""
    page.fill("[name=username]", "owner")
    page.fill("[name=password]", "draw-it-live-7")
    page.press("[name=password]", "Enter")


@pytest.fixture
def own(browser: Browser, server: Server, signed_in: Path) -> Iterator[BrowserContext]:
    """A browser in which nobody has signed in yet; the owner's password was set before."""
    context = browser.new_context(base_url=server.url)
    context.set_default_timeout(10_000)
    yield context
    context.close()


def test_after_signing_in_again_in_another_tab_the_draft_is_saved(
    server: Server, own: BrowserContext
) -> None:
    first, second = own.new_page(), own.new_page()
    first.goto("/sign-in/")
    sign_in(first)
    first.wait_for_url("**/blueprints/")
    blueprint = make(server, chain())
    show(first, blueprint)

    second.goto("/blueprints/")
    second.get_by_role("button", name="Sign out").click()
    rename(first, "Changed while signed out")
    first.keyboard.press("Control+s")
    expect(first.get_by_test_id("save-state")).to_have_text("Not saved")
    expect(first.get_by_test_id("save")).to_have_attribute("title", re.compile("Sign in again"))
    assert document_of(server, blueprint)["name"] == "Drawn"

    second.goto("/sign-in/")
    sign_in(second)
    second.wait_for_url("**/blueprints/")
    assert saved(server, first, blueprint)["name"] == "Changed while signed out"
