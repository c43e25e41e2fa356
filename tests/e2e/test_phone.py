"""On a phone: a run is looked at with one finger and two, and what waits is approved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.canvas import at_rest, make
from tests.e2e.conftest import own_server as server
from tests.e2e.test_approval import asking, wait_for
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]


@pytest.fixture
def phone(browser: Browser, server: Server, signed_in: Path) -> Iterator[Page]:
    """The owner's page on a phone."""
    context = browser.new_context(
        storage_state=signed_in,
        base_url=server.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    yield page
    context.close()


def touch(page: Page, *ways: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Put down a finger for each way, and move all of them along at once."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, share: float | None) -> None:
        points = [
            {"x": x0 + (x1 - x0) * share, "y": y0 + (y1 - y0) * share, "id": at}
            for at, ((x0, y0), (x1, y1)) in enumerate(ways)
            if share is not None
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0)
    for step in range(1, 9):
        send("touchMove", step / 8)
    send("touchEnd", None)


def view(page: Page) -> tuple[float, float, float]:
    """Where the canvas' corner is, and its zoom."""
    x, y, zoom = page.locator(".react-flow__viewport").evaluate(
        "it => { const m = new DOMMatrix(getComputedStyle(it).transform); return [m.e, m.f, m.a] }"
    )
    return x, y, zoom


def assert_fits(page: Page) -> None:
    """Fail where the page is wider than the phone."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def test_a_run_is_looked_at_and_approved_on_a_phone(server: Server, phone: Page) -> None:
    blueprint = make(server, asking("owner"))
    _, run = server.call("POST", f"/api/blueprints/{blueprint}/runs/", {"draft": True})
    wait_for(server, f"/api/runs/{run['id']}/", "waiting")
    phone.goto(f"/blueprints/{blueprint}/?run={run['id']}")
    node = phone.get_by_test_id("node-ask")
    expect(node.locator(".chip")).to_be_visible()
    expect(phone.get_by_test_id("run")).to_be_in_viewport(ratio=1)
    assert_fits(phone)
    # One finger moves the view, also where it is put down on a node, which stays where it is.
    box = node.bounding_box()
    assert box
    x, y, zoom = view(phone)
    start = (box["x"] + 40, box["y"] + 20)
    touch(phone, (start, (start[0] - 60, start[1] + 50)))
    assert view(phone) == pytest.approx((x - 60, y + 50, zoom), abs=12)
    # Two make it larger.
    touch(phone, ((180, 400), (100, 400)), ((210, 400), (290, 400)))
    assert view(phone)[2] > zoom * 1.5
    phone.get_by_test_id("fit").tap()
    at_rest(phone)
    # A tap opens the node below the canvas, in which it is still seen.
    phone.get_by_test_id("node-start").tap()
    form = phone.get_by_test_id("inspector")
    expect(form).to_contain_text("Manual start")
    expect(form).to_be_in_viewport(ratio=1)
    # The canvas is lower now.
    phone.get_by_test_id("fit").tap()
    at_rest(phone)
    node.tap()
    phone.get_by_test_id("tab-run").tap()
    expect(phone.get_by_test_id("why")).to_contain_text("It waits for an approval")
    expect(node).to_be_in_viewport()
    phone.get_by_test_id("toggle-drawer").tap()
    expect(phone.get_by_test_id("inspector")).to_have_count(0)
    phone.get_by_test_id("timeline-ask").tap()
    expect(form).to_contain_text("It waits for an approval")
    assert_fits(phone)
    # Turned on its side, the form stands beside the canvas.
    phone.set_viewport_size({"width": 844, "height": 390})
    expect(form).to_be_in_viewport(ratio=1)
    phone.get_by_test_id("fit").tap()
    expect(node).to_be_in_viewport(ratio=0.99)
    beside, canvas = form.bounding_box(), phone.get_by_test_id("canvas").bounding_box()
    assert beside
    assert canvas
    assert (canvas["x"] + canvas["width"] <= beside["x"] + 1, canvas["width"] > 300) == (True, True)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 844
    # There is room for the whole name.
    name = phone.get_by_test_id("name")
    assert name.evaluate("it => it.scrollWidth - it.clientWidth") == 0
    phone.set_viewport_size({"width": 390, "height": 844})
    for path in ("/blueprints/", "/runs/", f"/runs/{run['id']}/", "/approvals/", "/credentials/"):
        phone.goto(path)
        assert_fits(phone)
    phone.goto(f"/blueprints/{blueprint}/?run={run['id']}")
    node.tap()
    phone.get_by_test_id("tab-run").tap()
    expect(form.get_by_text("It waits for an approval")).to_have_count(1)
    form.get_by_role("link", name="Open the approvals").tap()
    phone.get_by_role("link", name="Refund 120 EUR to Ada?").tap()
    approve = phone.get_by_role("button", name="Approve")
    expect(approve).to_be_in_viewport(ratio=1)
    phone.wait_for_url("**/approvals/*/")
    assert_fits(phone)
    approve.tap()
    expect(phone.get_by_text("You have approved it.")).to_be_visible()
    wait_for(server, f"/api/runs/{run['id']}/", "succeeded")
    document = server.get(f"/api/blueprints/{blueprint}/")[1]["document"]
    assert document["layout"] == asking("owner")["layout"]


def test_what_is_in_the_middle_stays_seen_when_the_runs_are_opened(
    server: Server, phone: Page
) -> None:
    blueprint = make(server, asking("owner"))
    phone.goto(f"/blueprints/{blueprint}/")
    node = phone.get_by_test_id("node-start")
    expect(node).to_be_in_viewport(ratio=0.9)
    before = view(phone)
    phone.get_by_test_id("toggle-drawer").tap()
    runs = phone.get_by_role("region", name="Runs and tests")
    expect(runs).to_be_visible()
    expect(node).to_be_in_viewport(ratio=0.9)
    box, canvas = node.bounding_box(), phone.get_by_test_id("canvas").bounding_box()
    assert box
    assert canvas
    assert canvas["y"] < box["y"] < canvas["y"] + canvas["height"] - box["height"]
    phone.get_by_test_id("toggle-drawer").tap()
    expect(runs).to_have_count(0)
    assert view(phone) == pytest.approx(before, abs=2)
