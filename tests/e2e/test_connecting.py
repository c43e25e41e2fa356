"""A credential that a person connects from a node's form: consent in a window of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.credentials.provider import CLIENT, CLIENT_SECRET, Provider
from tests.e2e.canvas import comes_about, drawing, open_new
from tests.e2e.conftest import calling_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An authorization server with a page that asks."""
    found = Provider()
    found.asks = True
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_one_is_connected_from_the_form_used_and_connected_again(
    server: Server, page: Page, provider: Provider
) -> None:
    nodes: dict[str, dict[str, Any]] = {
        "start": {"kind": "trigger.manual"},
        "ask": {"kind": "http.request", "parameters": {"url": f"{provider.url}/orders"}},
        "out": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    edges = ["start.out -> ask.in", "ask.out -> out.in"]
    open_new(
        server, page, drawing(nodes, edges, {"start": [0, 0], "ask": [240, 0], "out": [480, 0]})
    )
    page.get_by_test_id("node-ask").click()
    page.get_by_test_id("new-credential").click()
    dialog = page.get_by_test_id("credential-dialog")
    dialog.get_by_label("Kind").select_option("oauth2_code")
    # A well-known provider is filled in, and taken out again.
    dialog.get_by_label("Provider").select_option("Google")
    expect(dialog.get_by_label("Address of tokens", exact=True)).to_have_value(
        "https://oauth2.googleapis.com/token"
    )
    expect(dialog.get_by_label("Sent to 1")).to_have_value("*.googleapis.com")
    picture(page, "google")
    dialog.get_by_label("Provider").select_option("")
    expect(dialog.get_by_label("Address of tokens", exact=True)).to_have_value("")
    expect(dialog.get_by_label("Sent to 1")).to_have_value(f"127.0.0.1:{provider.port}")
    redirect = f"{server.url}/credentials/connected/"
    expect(dialog.get_by_label("Redirect address", exact=True)).to_have_value(redirect)
    for label, value in {
        "Name": "Shop",
        "Address of consent": f"{provider.url}/authorize",
        "Address of tokens": f"{provider.url}/token",
        "Client ID": CLIENT,
        "Client secret": CLIENT_SECRET,
        "Scope": "read write",
    }.items():
        dialog.get_by_label(label, exact=True).fill(value)
    page.get_by_test_id("keep-credential").click()
    expect(page.get_by_test_id("connect-credential")).to_contain_text("has to be connected")
    expect(page.get_by_test_id("connect")).to_be_focused()
    picture(page, "kept")

    # Whoever does not consent is told so in both windows, and nothing is connected.
    provider.also = {"error": "access_denied", "error_description": "<b>no</b>"}
    consent(page, picturing="refused")
    told = page.get_by_test_id("connect-credential").get_by_role("alert")
    expect(told).to_contain_text("127.0.0.1 did not grant it: access_denied; <b>no</b>.")
    picture(page, "refused")
    provider.also = {}
    consent(page, picturing="connected")
    expect(page.get_by_test_id("connect-credential")).to_contain_text("Connected since")
    expect(page.get_by_test_id("connect-credential")).to_contain_text("read write")
    picture(page, "done")
    page.get_by_test_id("connected").click()
    expect(dialog).to_have_count(0)
    field = page.get_by_test_id("field-credential")
    expect(field.get_by_label("Credential", exact=True)).to_have_value("Shop")
    expect(page.get_by_test_id("connect-chosen")).to_have_count(0)

    page.get_by_test_id("run").click()
    comes_about(page, lambda: "/orders" in [seen[1] for seen in provider.seen])
    page.get_by_text("succeeded").first.wait_for()
    shown = page.content()
    assert "access-token" not in shown
    assert "refresh-token" not in shown
    assert CLIENT_SECRET not in shown

    # The provider takes it back: the run says where to connect it, and so does the field.
    provider.valid.clear()
    provider.revoked = True
    page.get_by_test_id("run").click()
    page.get_by_text("failed").first.wait_for()
    page.reload()
    page.get_by_test_id("node-ask").click()
    page.get_by_role("tab", name="Parameters").click()
    expect(field).to_contain_text("has to be connected")
    picture(page, "taken-back")
    page.get_by_test_id("connect-chosen").click()
    expect(page.get_by_test_id("connect-credential")).to_contain_text("connected again")
    picture(page, "again")
    provider.revoked = False
    consent(page)
    expect(page.get_by_test_id("connect-credential")).to_contain_text("Connected since")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("connect-chosen")).to_have_count(0)
    expect(field.locator(".field-error, .field-warning")).to_have_count(0)


def test_the_pages_connect_as_well(server: Server, page: Page, provider: Provider) -> None:
    page.goto("/credentials/new/")
    expect(page.locator("#connecting")).to_be_hidden()
    page.select_option("[name=kind]", "oauth2_code")
    page.select_option("#provider", label="GitHub")
    expect(page.locator("[name=token_url]")).to_have_value(
        "https://github.com/login/oauth/access_token"
    )
    expect(page.locator("[name=hosts]")).to_have_value("api.github.com")
    expect(page.locator("[name=send_in]")).to_have_value("body")
    picture(page, "page-new")
    page.select_option("#provider", label="Another one")
    expect(page.locator("[name=token_url]")).to_have_value("")
    expect(page.locator("[name=send_in]")).to_have_value("header")
    page.fill("[name=name]", "Paged")
    for name, value in provider.fields().items():
        page.fill(f"[name={name}]", value)
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status")).to_contain_text("Connect it now")
    picture(page, "page-kept")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Connect", exact=True).click()
    opened.value.get_by_role("link", name="Allow").click()
    expect(opened.value.get_by_role("heading", name="Paged is connected")).to_be_visible()
    assert opened.value.url == f"{server.url}/credentials/connected/"
    opened.value.close()
    # The page that waited shows it by itself.
    expect(page.get_by_text("Connected since")).to_be_visible()
    picture(page, "page-connected")
    page.goto("/credentials/")
    expect(page.get_by_role("link", name="Paged")).to_be_visible()
    picture(page, "page-list")


def consent(page: Page, picturing: str = "") -> None:
    """Press Connect, and what the provider asks for in its window."""
    with page.context.expect_page() as opened:
        page.get_by_test_id("connect").click()
    window = opened.value
    window.get_by_role("link", name="Allow").click()
    window.wait_for_url("**/credentials/connected/")
    if picturing:
        picture(window, f"back-{picturing}")
    window.close()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.wait_for_timeout(300)
        for width, height in ((1280, 800), (1920, 1080)):
            page.set_viewport_size({"width": width, "height": height})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.wait_for_timeout(200)
                page.screenshot(path=Path(folder) / f"connect-{name}-{width}-{scheme}.png")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 800})
