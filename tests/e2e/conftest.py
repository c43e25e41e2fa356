"""A real browser on the real server; without Chromium the tests are skipped with that reason."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    StorageState,
    expect,
    sync_playwright,
)

from tests.serving import Server

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
# The same engine without the windows of the desktop, which cost more than most tests do.
HEADLESS = shutil.which("chromium-headless-shell") or CHROMIUM
# A page on a busy machine takes far longer than the five seconds that are waited by default.
expect.set_options(timeout=45_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless: one for all browser tests of a process, which run last.

    While it is open, Playwright's own event loop runs in this thread, and asynchronous tests
    could not run theirs.
    """
    if not HEADLESS:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=HEADLESS, headless=True, args=FLAGS)
        yield chromium
        chromium.close()


def _installation(home: Path, **environment: str) -> Iterator[Server]:
    running = Server.installed(home, **environment)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh installation for all modules that do not mind what others have made on it."""
    yield from _installation(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def server(shared_server: Server) -> Server:
    """Where the tests of a module work; one that needs another imports it under this name."""
    return shared_server


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh installation for one module: it kills it, or looks at all that is there."""
    yield from _installation(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def calling_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A fresh installation for one module, whose nodes may call this machine."""
    yield from _installation(tmp_path_factory.mktemp("home"), CONDUCTOR_HTTP_ALLOW="127.0.0.1")


def sign_in(browser: Browser, server: Server) -> StorageState:
    """Come in by the one-time link as the owner, set a password, and return the cookies."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.wait_for_link())
    page.fill("[name=new_password1]", "draw-it-live-7")
    page.fill("[name=new_password2]", "draw-it-live-7")
    page.press("[name=new_password2]", "Enter")
    page.wait_for_url("**/blueprints/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(scope="session")
def sign_ins() -> dict[Server, StorageState]:
    """The cookies of the owners of servers: a link to sign in works once."""
    return {}


@pytest.fixture(scope="module")
def signed_in(
    browser: Browser, server: Server, sign_ins: dict[Server, StorageState]
) -> StorageState:
    """The cookies of the owner."""
    if server not in sign_ins:
        sign_ins[server] = sign_in(browser, server)
    return sign_ins[server]


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """Open a page; any error that a script raises fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(30_000)
    yield page
    for opened in context.pages:
        opened.close()
    assert errors == []


@pytest.fixture(scope="session")
def desks(browser: Browser) -> dict[Server, BrowserContext]:
    """Where the pages of owners open, by their servers, with the scripts that are loaded.

    To load them anew for each test takes longer than most of the tests.
    """
    return {}


@pytest.fixture
def page(
    browser: Browser, server: Server, signed_in: StorageState, desks: dict[Server, BrowserContext]
) -> Iterator[Page]:
    """A page of the owner's, to whom nothing is left of the tests before."""
    if server not in desks:
        desks[server] = browser.new_context(
            base_url=server.url,
            viewport={"width": 1280, "height": 800},
            permissions=["clipboard-read", "clipboard-write"],
            # A node that is aimed at stands still: the view is at its place at once.
            reduced_motion="reduce",
        )
    desk = desks[server]
    with watched(desk) as page:
        desk.set_offline(False)
        desk.clear_cookies()
        desk.add_cookies(signed_in["cookies"])  # type: ignore[arg-type]
        stored = {"origin": server.url, "storageTypes": "local_storage,indexeddb,cache_storage"}
        desk.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
        yield page
