"""A credential made in a node's form: what is missing is told, it is sent, and never shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import comes_about, drawing, open_new
from tests.e2e.conftest import calling_server as server
from tests.nodes.conftest import Site
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

SECRET = "={{ looks-like-an-expression"


@pytest.fixture(scope="module")
def shop() -> Iterator[Site]:
    """Another program, which answers those who have the key."""
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def document(shop: Site) -> dict[str, object]:
    return drawing(
        {
            "start": {"kind": "trigger.manual"},
            "ask": {"kind": "http.request", "parameters": {"url": f"{shop.url}/orders"}},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        ["start.out -> ask.in", "ask.out -> out.in"],
        {"start": [0, 0], "ask": [240, 0], "out": [480, 0]},
    )


def test_a_credential_is_made_in_the_form_used_and_changed(
    server: Server, page: Page, shop: Site
) -> None:
    shop.on("/orders", 200, b'{"orders": 3}', Content_Type="application/json")
    blueprint = open_new(server, page, document(shop))
    page.get_by_test_id("node-ask").click()
    field = page.get_by_test_id("field-credential")
    expect(field.get_by_label("Credential", exact=True)).to_have_value("")
    expect(page.get_by_test_id("fx-credential")).to_have_count(0)
    expect(page.get_by_test_id("field-authentication")).to_be_visible()

    page.get_by_test_id("new-credential").click()
    dialog = page.get_by_test_id("credential-dialog")
    dialog.get_by_label("Kind").select_option("header")
    dialog.get_by_label("Name", exact=True).fill("Shop")
    dialog.get_by_label("Header", exact=True).fill("X Key")
    dialog.get_by_label("Key", exact=True).fill(SECRET)
    # It goes where the node sends it, and nowhere else unless that is wanted.
    expect(dialog.get_by_label("Sent to 1")).to_have_value(f"127.0.0.1:{shop.port}")
    picture(page, "new")
    page.get_by_test_id("keep-credential").click()
    wrong = dialog.get_by_test_id("field-header")
    expect(wrong).to_contain_text("such as X-Api-Key")
    picture(page, "wrong")
    dialog.get_by_label("Header", exact=True).fill("X-Api-Key")
    page.get_by_test_id("keep-credential").click()
    expect(dialog).to_have_count(0)
    expect(field.get_by_label("Credential", exact=True)).to_have_value("Shop")
    # What it stands for is not asked for besides.
    expect(page.get_by_test_id("field-authentication")).to_have_count(0)
    picture(page, "chosen")

    page.get_by_test_id("run").click()
    comes_about(page, lambda: len(shop.seen) == 1)
    assert shop.seen[0][2]["x-api-key"] == SECRET
    kept = server.get("/api/credentials/")[1]["results"][0]
    assert kept["fields"] == {"header": "X-Api-Key"}

    # A secret that is left empty stays.
    page.get_by_role("tab", name="Parameters").click()
    field.get_by_label("Change Shop").click()
    expect(dialog.get_by_label("Key", exact=True)).to_have_value("")
    dialog.get_by_label("Header", exact=True).fill("X-Other")
    picture(page, "change")
    page.get_by_test_id("keep-credential").click()
    expect(dialog).to_have_count(0)
    page.get_by_test_id("run").click()
    comes_about(page, lambda: len(shop.seen) == 2)
    assert shop.seen[1][2]["x-other"] == SECRET
    assert SECRET not in page.content()
    _, exported = server.get(f"/api/blueprints/{blueprint}/document/")
    assert exported["nodes"]["ask"]["parameters"]["credential"] == "Shop"


def test_one_that_is_missing_is_told_at_the_field_until_it_is_made(
    server: Server, page: Page, shop: Site
) -> None:
    drawn = document(shop)
    drawn["nodes"]["ask"]["parameters"]["credential"] = "Bank"  # type: ignore[index]
    open_new(server, page, drawn)
    page.get_by_test_id("node-ask").click()
    field = page.get_by_test_id("field-credential")
    expect(field).to_contain_text("has no credential 'Bank'")
    expect(field.get_by_label("Credential", exact=True)).to_have_value("Bank")
    picture(page, "missing")
    page.get_by_test_id("new-credential").click()
    dialog = page.get_by_test_id("credential-dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_have_value("Bank")
    dialog.get_by_label("Token", exact=True).fill("a-token-of-the-bank")
    page.get_by_test_id("keep-credential").click()
    expect(field.locator(".field-error")).to_have_count(0)


def test_what_was_typed_into_a_node_becomes_a_credential(
    server: Server, page: Page, shop: Site
) -> None:
    drawn = document(shop)
    typed = {"type": "basic", "username": "ada", "password": "typed-by-hand"}
    drawn["nodes"]["ask"]["parameters"]["authentication"] = typed  # type: ignore[index]
    open_new(server, page, drawn)
    page.get_by_test_id("node-ask").click()
    page.get_by_test_id("keep-typed").scroll_into_view_if_needed()
    picture(page, "typed")
    page.get_by_test_id("keep-typed").click()
    dialog = page.get_by_test_id("credential-dialog")
    expect(dialog.get_by_label("User", exact=True)).to_have_value("ada")
    dialog.get_by_label("Name", exact=True).fill("Typed before")
    picture(page, "typed-dialog")
    page.get_by_test_id("keep-credential").click()
    chosen = page.get_by_test_id("field-credential").get_by_label("Credential", exact=True)
    expect(chosen).to_have_value("Typed before")
    expect(page.get_by_test_id("field-authentication")).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(chosen).to_have_value("")
    expect(page.get_by_test_id("keep-typed")).to_be_visible()


def test_the_admin_asks_for_what_the_kind_has(server: Server, page: Page) -> None:
    page.goto("/admin/runner/credential/add/")
    password, token = page.locator("[name=password]"), page.locator("[name=token]")
    expect(password).to_be_hidden()
    page.select_option("[name=kind]", "basic")
    expect(password).to_be_visible()
    expect(token).to_be_hidden()
    picture(page, "admin-add")
    page.fill("[name=name]", "Account")
    page.fill("[name=username]", "a:da")
    page.fill("[name=hosts]", "https://bank.example.com/")
    page.locator("[name=_save]").click()
    expect(page.locator(".field-hosts .errorlist")).to_contain_text("without https://")
    expect(page.locator(".field-username .errorlist")).to_contain_text("colon")
    expect(page.locator(".field-password .errorlist")).to_contain_text("Is missing")
    picture(page, "admin-wrong")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", SECRET)
    page.fill("[name=hosts]", "bank.example.com")
    page.locator("[name=_save]").click()
    expect(page.locator("#result_list")).to_contain_text("User and password (ada)")
    picture(page, "admin-list")
    page.locator("#result_list").get_by_role("link", name="Account").click()
    expect(page.locator("[name=password]")).to_have_value("")
    assert SECRET not in page.content()
    picture(page, "admin-change")


def test_the_page_of_credentials_asks_for_what_the_kind_has(server: Server, page: Page) -> None:
    page.goto("/credentials/")
    page.get_by_role("link", name="New credential").first.click()
    page.select_option("[name=kind]", "values")
    expect(page.locator("[name=token]")).to_be_hidden()
    page.fill("[name=name]", "Database")
    page.fill("[name=named_values]", f"password={SECRET}")
    picture(page, "page-new")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("status")).to_contain_text("“Database” is kept")
    page.get_by_role("link", name="Database").click()
    expect(page.get_by_role("heading", name="Used by")).to_be_visible()
    assert SECRET not in page.content()
    picture(page, "page-change")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("status")).to_contain_text("“Database” is deleted")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PICTURES"):
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"credential-{name}.png")
