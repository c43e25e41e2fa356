"""Every page as a machine reads it: axe-core finds nothing, in light and in dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.e2e.canvas import chain, comes_about, make, nodes, show
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

# Of what is sound nothing is told: that is nearly all there is, and takes its time.
BRIEFLY = {"resultTypes": ["violations"]}
APPROVAL = {
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "ask": {
            "kind": "flow.approval",
            "parameters": {"title": "May it go on?", "users": ["owner"]},
        },
    },
    "edges": ["start.out -> ask.in"],
}


@pytest.fixture
def seen(browser: Browser, server: Server, signed_in: StorageState) -> Iterator[Page]:
    """A page of the owner's."""
    context = browser.new_context(
        storage_state=signed_in,
        base_url=server.url,
        viewport={"width": 1280, "height": 800},
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def show_in(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Have the page in one of the themes, once its colours have stopped to change."""
    page.emulate_media(color_scheme=scheme)
    # What inherits a colour begins to change when that of its parent has changed. A browser that
    # draws no frame for a while answers nothing, so none of it is waited for longer than a second.
    page.evaluate(
        "async () => { for (let still = 0, turns = 0; still < 3 && turns < 20; still++, turns++) {"
        "  const soon = (it) => Promise.race([it, new Promise((on) => setTimeout(on, 1000))]);"
        "  await soon(new Promise(requestAnimationFrame));"
        "  const all = document.getAnimations().filter((it) => it instanceof CSSTransition);"
        "  if (all.length) still = 0;"
        "  await soon(Promise.allSettled(all.map((it) => it.finished))); } }"
    )


def sound(page: Page, what: str) -> None:
    """Hold what is on the screen against the rules, in each theme what it may change."""
    # Django's own tables of the admin have headers without a text.
    rules = {"empty-table-header": {"enabled": not page.url.count("/admin/")}}
    show_in(page, "light")
    broken = Axe().run(page, options={**BRIEFLY, "rules": rules}).response["violations"]
    show_in(page, "dark")
    only = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
    broken += Axe().run(page, options={**BRIEFLY, **only}).response["violations"]
    told = [
        f"{what}: {rule['id']} ({rule['impact']}): {rule['help']}\n"
        + "\n".join(
            f"    {node['target']} {node['html'][:200]}\n      {node.get('failureSummary', '')}"
            for node in rule["nodes"][:4]
        )
        for rule in broken
    ]
    assert not told, "\n".join(told)


def run_of(server: Server, blueprint: str, wait: int = 20) -> str:
    """Run the draft and return the run's id."""
    path = f"/api/blueprints/{blueprint}/runs/"
    return str(server.call("POST", path, {"draft": True, "wait": wait})[1]["id"])


def test_lists_and_runs(server: Server, seen: Page) -> None:
    blueprint = make(server, chain())
    run = run_of(server, blueprint)
    lists = ("/runs/", f"/runs/{run}/", "/approvals/", "/credentials/", "/credentials/new/")
    for path in (*lists, "/nowhere/", "/blueprints/"):
        seen.goto(path)
        sound(seen, path)
    seen.locator(f'tr[data-open*="{blueprint}"] td').nth(1).click(button="right")
    expect(seen.get_by_role("menuitem", name="Open")).to_be_focused()
    sound(seen, "the menu of a blueprint")
    seen.keyboard.press("ArrowDown")
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("dialog", name="Share")).to_be_visible()
    sound(seen, "sharing")
    seen.get_by_test_id("link-make").click()
    expect(seen.get_by_test_id("link-address")).to_be_visible()
    sound(seen, "a link to share")


def test_an_approval(server: Server, seen: Page) -> None:
    run_of(server, make(server, APPROVAL), wait=0)
    seen.goto("/approvals/")
    row = seen.get_by_text("May it go on?").first

    def is_listed() -> bool:
        seen.reload()
        return row.count() > 0

    comes_about(seen, is_listed)
    sound(seen, "approvals")
    row.click()
    sound(seen, "an approval")


def test_pages_before_signing_in(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/blueprints/")
    sound(page, "signing in")
    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    sound(page, "a sign-in that was refused")
    for path in ("/welcome/used/", "/share/", "/admin/login/"):
        page.goto(path)
        sound(page, path)
    context.close()


def test_pages_of_errors(server: Server, seen: Page) -> None:
    names = ("400", "403", "403_csrf", "500", "503", "share/closed")
    pages = json.loads(
        server.inside(
            "import json; from django.template.loader import render_to_string as render\n"
            f"print(json.dumps({{name: render(name + '.html') for name in {names!r}}}))"
        )
    )
    for name, body in pages.items():
        seen.route(
            "**/an-error/",
            lambda route, _, body=body: route.fulfill(body=body, content_type="text/html"),
        )
        seen.goto("/an-error/")
        sound(seen, f"the page of {name}")


def test_the_api_in_a_browser(server: Server, seen: Page) -> None:
    seen.goto("/api/blueprints/")
    sound(seen, "an address of the API")
    seen.goto("/api/docs/")
    operation = seen.locator("#operations-blueprints-list_blueprints")
    operation.get_by_role("button").first.click()
    expect(operation.get_by_role("button", name="Try it out")).to_be_visible()
    sound(seen, "the API's page")


def test_the_editor_and_its_dialogs(server: Server, seen: Page) -> None:
    show(seen, make(server))
    sound(seen, "an empty canvas")
    show(seen, make(server, chain()))
    sound(seen, "a drawing")
    nodes(seen).nth(1).click()
    for tab in ("Settings", "Parameters"):
        seen.get_by_role("tab", name=tab).click()
        sound(seen, f"the form's {tab}")
    for keys, name in (
        ("?", "Keys and gestures"),
        ("Control+k", "Find an action"),
        ("Control+f", "Find in the drawing"),
    ):
        seen.keyboard.press("Escape")
        seen.locator(".react-flow__pane").click(position={"x": 5, "y": 5})
        seen.keyboard.press(keys)
        expect(seen.get_by_role("dialog")).to_be_visible()
        sound(seen, name)
        seen.keyboard.press("Escape")
    seen.locator(".react-flow__pane").click(position={"x": 5, "y": 5}, button="right")
    expect(seen.get_by_test_id("menu-share")).to_be_visible()
    sound(seen, "the menu of the canvas")
    seen.keyboard.press("Escape")
    seen.get_by_test_id("publish").click()
    expect(seen.get_by_role("dialog")).to_be_visible()
    sound(seen, "publishing")
    seen.get_by_role("dialog").get_by_role("button", name="Publish").click()
    seen.get_by_test_id("versions-button").click()
    expect(seen.get_by_test_id("versions").get_by_role("button").nth(1)).to_be_visible()
    sound(seen, "the versions")
    seen.get_by_test_id("versions-button").click()
    seen.get_by_test_id("quick-add").click()
    expect(seen.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    sound(seen, "the list of nodes")


def test_a_run_on_the_canvas(server: Server, seen: Page) -> None:
    drawn = chain()
    drawn["nodes"] |= {
        "check": {"kind": "flow.if", "parameters": {"condition": "{{ false }}"}},
        "late": {"kind": "log.message", "parameters": {"message": "not today"}},
        "off": {"kind": "log.message", "settings": {"disabled": True}},
        "bad": {"kind": "flow.fail", "settings": {"on_error": "continue"}},
    }
    drawn["edges"] += ["start.out -> check.in", "check.true -> late.in", "start.out -> off.in"]
    drawn["edges"] += ["start.out -> bad.in"]
    drawn["layout"] |= {"check": [300, 120], "late": [600, 120], "off": [300, 260]}
    drawn["layout"] |= {"bad": [600, 260]}
    blueprint = make(server, drawn)
    run = run_of(server, blueprint)
    seen.goto(f"/blueprints/{blueprint}/?run={run}")
    expect(seen.locator('[data-testid="node-set"]')).to_contain_text("ms")
    sound(seen, "a run")
    seen.locator('[data-testid="node-set"]').click()
    seen.get_by_role("tab", name="Run", exact=False).last.click()
    sound(seen, "a step")
    for tab in ("Log", "Inputs and outputs"):
        seen.get_by_role("tab", name=tab).click()
        sound(seen, tab)
    run_of(server, blueprint)
    seen.reload()
    seen.get_by_test_id("compare-with").click()
    sound(seen, "what a run is compared with")
    seen.get_by_role("dialog").get_by_role("option").first.click()
    expect(seen.get_by_test_id("comparing")).to_be_visible()
    sound(seen, "two runs")


def test_the_admin(server: Server, seen: Page) -> None:
    blueprint = make(server, chain())
    run = run_of(server, blueprint)
    for path in (
        "/admin/",
        "/admin/runner/webhook/",
        "/admin/runner/webhook/add/",
        "/admin/runner/webhookdelivery/",
        "/admin/runner/credential/add/",
        "/admin/runner/run/",
        f"/admin/runner/run/{run}/change/",
        f"/admin/editor/blueprint/{blueprint}/change/",
        "/admin/auth/user/1/change/",
        "/admin/runner/worker/",
    ):
        seen.goto(path)
        sound(seen, path)
    with seen.expect_navigation():
        seen.locator("#result_list tbody th a").first.click()
    sound(seen, "what is only looked at")
    seen.goto("/admin/editor/apitoken/")
    with seen.expect_navigation():
        seen.locator("#result_list tbody th a").first.click()
    sound(seen, "a form of the admin")
    with seen.expect_navigation():
        seen.get_by_role("link", name="Delete", exact=True).click()
    sound(seen, "deleting in the admin")


def test_a_credential(server: Server, seen: Page) -> None:
    drawn = chain()
    typed = {"type": "bearer", "username": "", "password": "typed"}
    parameters = {"url": "https://example.com/", "authentication": typed}
    drawn["nodes"]["ask"] = {"kind": "http.request", "parameters": parameters}
    drawn["layout"]["ask"] = [300, 140]
    show(seen, make(server, drawn))
    seen.get_by_test_id("node-ask").click()
    expect(seen.get_by_test_id("keep-typed")).to_be_visible()
    sound(seen, "a secret that is typed into a node")
    seen.get_by_test_id("new-credential").click()
    dialog = seen.get_by_test_id("credential-dialog")
    dialog.get_by_label("Kind").select_option("oauth2")
    dialog.get_by_label("Name", exact=True).fill("Client")
    dialog.get_by_label("Address of tokens", exact=True).fill("nowhere")
    seen.get_by_test_id("keep-credential").click()
    expect(dialog.locator(".field-error").first).to_be_visible()
    sound(seen, "a credential with what is wrong about it")
    dialog.get_by_label("Kind").select_option("oauth2_code")
    dialog.get_by_label("Provider").select_option("Google")
    dialog.get_by_label("Client ID", exact=True).fill("a client")
    dialog.get_by_label("Client secret", exact=True).fill("a secret")
    sound(seen, "a credential that is connected with a provider")
    seen.get_by_test_id("keep-credential").click()
    expect(seen.get_by_test_id("connect-credential")).to_be_visible()
    sound(seen, "a credential that has to be connected")
    seen.get_by_test_id("connected").click()
    expect(seen.get_by_test_id("connect-chosen")).to_be_visible()
    sound(seen, "a node whose credential has to be connected")
    seen.goto("/credentials/new/")
    seen.select_option("[name=kind]", "oauth2_code")
    seen.select_option("#provider", label="GitHub")
    sound(seen, "the page of a new credential for a provider")
    seen.goto("/credentials/")
    sound(seen, "credentials of which one is not connected")
    seen.get_by_role("link", name="Client").click()
    sound(seen, "a credential's page with its connection")
    seen.goto("/credentials/connected/?state=none&code=none")
    expect(seen.get_by_role("heading", name="Not connected")).to_be_visible()
    sound(seen, "what a provider's answer came to")


def test_fields_with_help_for_expressions(server: Server, seen: Page) -> None:
    drawn = chain()
    drawn["nodes"] |= {"read": {"kind": "file.read"}, "wait": {"kind": "flow.wait"}}
    drawn["layout"] |= {"read": [300, 140], "wait": [600, 140]}
    blueprint = make(server, drawn)
    show(seen, blueprint)
    seen.get_by_test_id("node-wait").click()
    expect(seen.get_by_test_id("field-time_zone")).to_contain_text("in UTC")
    sound(seen, "a form with a moment and a zone")
    seen.get_by_test_id("node-read").click()
    seen.get_by_role("button", name="Choose a file for path").click()
    expect(seen.get_by_test_id("file-chooser").get_by_test_id("upload")).to_be_visible()
    sound(seen, "choosing a file")
    # A file that is there is replaced only where that is asked for.
    upload = f"{blueprint}.csv"
    for over in (False, True):
        seen.get_by_test_id("upload-picker").set_input_files(
            {"name": upload, "mimeType": "text/csv", "buffer": b"a,b"}
        )
        if over:
            seen.get_by_role("button", name="Replace it").click()
        path = seen.get_by_test_id("field-path").locator("input")
        expect(path).to_have_value(upload)
        expect(seen.get_by_test_id("file-chooser")).to_have_count(0)
        if not over:
            seen.get_by_role("button", name="Choose a file for path").click()
    seen.get_by_test_id("run").click()
    expect(seen.get_by_test_id("run-status")).to_have_text("Succeeded")
    seen.get_by_test_id("node-end").click()
    seen.get_by_test_id("tab-parameters").click()
    seen.get_by_role("button", name="Values to use").click()
    expect(seen.get_by_test_id("value-input.ok")).to_be_visible()
    seen.get_by_test_id("field-name").locator("input").focus()
    seen.keyboard.type("{{ input.")
    options = seen.get_by_role("listbox", name="Suggestions").get_by_role("option")
    name = seen.get_by_test_id("field-name").locator("textarea")
    expect(options.first).to_be_visible()
    sound(seen, "the list at the caret and the values")
    name.press("Escape")
    name.fill("{{ text(input.ok) }}")
    expect(seen.get_by_test_id("preview")).to_contain_text("true")
    sound(seen, "a preview")
    seen.get_by_role("button", name="in a larger editor").first.click()
    expect(seen.get_by_test_id("code-area").get_by_role("textbox")).to_be_focused()
    sound(seen, "the larger editor")
