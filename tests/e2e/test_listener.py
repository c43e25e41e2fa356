"""A watched folder drawn in the editor: where it stands, its runs, a pause, and a replay."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import drawing, open_new
from tests.e2e.conftest import own_server as server
from tests.serving import Server

pytestmark = [pytest.mark.e2e, pytest.mark.server]

__all__ = ["server"]

DOCUMENT = drawing(
    {
        "arrives": {
            "kind": "trigger.file",
            "parameters": {"folder": "listener-e2e", "settle": 0, "existing": True},
        },
        "end": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    ["arrives.out -> end.in"],
    {"arrives": [0, 0], "end": [300, 0]},
)


def test_a_watched_folder_is_published_listens_and_is_paused(server: Server, page: Page) -> None:
    open_new(server, page, DOCUMENT)
    page.get_by_test_id("node-arrives").click()
    expect(page.get_by_text("It listens once the blueprint is published.")).to_be_visible()
    # Nothing of a listener is computed.
    expect(page.get_by_test_id("fx-folder")).to_have_count(0)
    folder = Path(server.environment["CONDUCTOR_HOME"]) / "files" / "listener-e2e"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("x")
    page.get_by_test_id("publish").click()
    page.get_by_test_id("publish-confirm").click()
    stands = page.get_by_test_id("published-listener")
    expect(stands).to_contain_text(
        re.compile(r"Version 1 listens\. 1 run, the last "), timeout=20_000
    )
    page.get_by_test_id("pause-listener").click()
    expect(stands).to_have_attribute("data-state", "paused")
    expect(stands).to_contain_text("is paused and starts nothing")
    page.get_by_test_id("pause-listener").click()
    expect(stands).to_have_attribute("data-state", "listening")
    # As what came is kept when it cannot become a run.
    server.inside(
        "from runner.models import Listener, MessageAside\n"
        "row = Listener.objects.get(parameters__folder='listener-e2e')\n"
        "of = {'blueprint': row.blueprint, 'node': row.node, 'kind': row.kind}\n"
        'content = \'{"path": "b.csv"}\'\n'
        "MessageAside.objects.create(content=content, reason='More than 64 bits.', **of)"
    )
    aside = page.get_by_test_id("aside")
    expect(aside).to_contain_text("1 message could not be accepted.")
    aside.get_by_test_id("aside-message").locator("summary").click()
    expect(aside.locator("pre")).to_contain_text('"path": "b.csv"')
    aside.get_by_role("button", name="Replay").click()
    expect(aside).to_have_count(0)
    expect(page.get_by_test_id("run-status")).to_have_text("Succeeded")
