"""Takes the pictures of the docs: a fresh installation, driven in a real browser.

Run it with `make screenshots`; it needs Debian's Chromium.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.serving import Server

PICTURES = Path(__file__).resolve().parent / "pictures"
SIZE = {"width": 1280, "height": 800}


def sign_in(page: Page, server: Server) -> None:
    """Come in by the one-time link and set a password."""
    page.goto(server.wait_for_link())
    page.fill("[name=new_password1]", "draw-it-live-7")
    page.fill("[name=new_password2]", "draw-it-live-7")
    page.screenshot(path=PICTURES / "welcome.png")
    page.press("[name=new_password2]", "Enter")
    page.wait_for_url("**/blueprints/")


def take(page: Page, server: Server, theme: str) -> None:
    """Take the pictures in one theme, light or dark."""
    blueprints = {row["name"]: row["id"] for row in server.get("/api/blueprints/")[1]["results"]}
    page.goto(f"{server.url}/blueprints/")
    page.screenshot(path=PICTURES / f"list-{theme}.png")
    page.goto(f"{server.url}/blueprints/{blueprints['Seattle weather']}/")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_contain_text("ucceeded", timeout=20_000)
    page.locator('[data-testid^="node-"]').nth(3).click()
    page.wait_for_timeout(800)
    page.screenshot(path=PICTURES / f"editor-{theme}.png")
    page.goto(f"{server.url}/blueprints/{blueprints['Order intake']}/")
    page.locator('[data-testid^="node-"]').nth(1).click()
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"order-{theme}.png")
    page.goto(f"{server.url}/blueprints/{blueprints['Seattle year by year']}/")
    page.get_by_test_id("run").click()
    expect(page.get_by_test_id("run-status")).to_contain_text("ucceeded")
    page.get_by_test_id("timeline-years[1]/report").click()
    for key in (".", "-", "-"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    expect(page.get_by_test_id("iterations-years")).to_have_text("4/4")
    page.wait_for_timeout(800)
    page.screenshot(path=PICTURES / f"frame-{theme}.png")
    run = server.get("/api/runs/")[1]["results"][0]["id"]
    page.goto(f"{server.url}/runs/{run}/")
    page.screenshot(path=PICTURES / f"run-{theme}.png")
    page.goto(f"{server.url}/admin/runner/webhook/add/")
    page.screenshot(path=PICTURES / f"webhook-{theme}.png")


def main() -> None:
    """Start a server in a home of its own and take all pictures."""
    PICTURES.mkdir(exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("Chromium is needed for the pictures; install it with your system's packages.")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = Server(Path(home))
        server.start()
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            state = None
            for theme in ("light", "dark"):
                context = browser.new_context(
                    viewport=SIZE,
                    color_scheme="dark" if theme == "dark" else "light",
                    storage_state=state,
                )
                page = context.new_page()
                if state is None:
                    sign_in(page, server)
                take(page, server, theme)
                state = context.storage_state()
                context.close()
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
