"""Reruns by a real worker: what was done outside, at a real server, is not done again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from runner.actions import Start, rerun
from runner.journal.reader import read_events
from runner.models import Run
from runner.queue import Worker
from tests.running.conftest import Site, ended, rows, until


class Shop:
    """Counts what it is asked; `/ship` is broken until it is mended."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.mended = False
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                shop.asked[self.path] += 1
                broken = self.path == "/ship" and not shop.mended
                body = b'{"count": %d}' % shop.asked[self.path]
                self.send_response(500 if broken else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture(autouse=True)
def shop(settings: Any) -> Iterator[Shop]:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset({"127.0.0.1"})
    shop = Shop()
    thread = threading.Thread(target=shop.server.serve_forever)
    thread.start()
    yield shop
    shop.server.shutdown()
    thread.join()
    shop.server.server_close()


async def test_what_was_done_outside_is_not_done_again(
    shop: Shop, site: Site, worker: Worker
) -> None:
    def post(path: str) -> dict[str, Any]:
        return {
            "kind": "http.request",
            "parameters": {"method": "POST", "url": f"{shop.url}/{path}"},
        }

    document = {
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "charge": post("charge"),
            "ship": post("ship"),
            "out": {"kind": "flow.output", "parameters": {"name": "shipped"}},
        },
        "edges": ["start.out -> charge.in", "charge.out -> ship.in", "ship.out -> out.in"],
    }
    run = await rows(lambda: site.start(document))
    origin = await until(ended(run))
    assert origin.status == "failed", origin.error
    assert shop.asked == {"/charge": 1, "/ship": 1}
    shop.mended = True

    def again() -> Run:
        row = Run.objects.select_related("drawing", "blueprint").get(pk=run.pk)
        made = rerun(
            row,
            Start("failed"),
            drawing=row.drawing,
            version=None,
            trigger="manual",
            by=site.owner,
        )
        assert made.run is not None
        return made.run

    second = await rows(again)
    done = await until(ended(second))
    assert (done.status, done.rerun_of_id) == ("succeeded", run.pk)
    assert shop.asked == {"/charge": 1, "/ship": 2}
    events = await rows(lambda: read_events(second.pk))
    assert [event["seq"] for event in events] == list(range(1, done.last_seq + 1))
    reused = [event["step"] for event in events if "reused" in event["data"]]
    assert reused == ["start", "charge"]
