"""A site with a home of its own and a browser that is signed in to it, for one benchmark."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, StorageState, ViewportSize, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.e2e.conftest import CHROMIUM, FLAGS, sign_in
from tests.serving import Server

SIZE: ViewportSize = {"width": 1920, "height": 1080}


@contextmanager
def browsing(benchmark: str) -> Iterator[tuple[Browser, Server, StorageState]]:
    """Start a server and Chromium, headless and without a graphics card; stop both at the end.

    Ends the program, saying so, where there is no Chromium.
    """
    if not CHROMIUM:
        print(json.dumps({"benchmark": benchmark, "skipped": "Chromium is not installed"}))
        raise SystemExit
    with tempfile.TemporaryDirectory(prefix="conductor-benchmark-") as home, sync_playwright() as p:
        server = Server(Path(home))
        server.start()
        browser = p.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        try:
            yield browser, server, sign_in(browser, server)
        finally:
            browser.close()
            server.stop()


def drawn_on(server: Server, name: str, document: dict[str, Any]) -> str:
    """Make a blueprint, and return its key."""
    status, made = server.call("POST", "/api/blueprints/", {"name": name, "document": document})
    assert status == 201, made
    return str(made["id"])
