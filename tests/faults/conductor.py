"""A running server and what its callers do, for tests of what bad conditions get."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from tests.patience import PATIENCE, until
from tests.serving import Server

ENDS = {"succeeded", "failed", "cancelled"}


def document(name: str, *nodes: dict[str, Any], trigger: str = "trigger.manual") -> dict[str, Any]:
    """Return a drawing of these nodes one after the other, behind a trigger `start`."""
    drawn = {"start": {"kind": trigger}}
    drawn |= {f"node{number}": node for number, node in enumerate(nodes)}
    names = list(drawn)
    edges = [f"{one}.out -> {next_}.in" for one, next_ in itertools.pairwise(names)]
    return {"format": "conductor/1", "name": name, "nodes": drawn, "edges": edges}


def wait(seconds: float) -> dict[str, Any]:
    return {"kind": "flow.wait", "parameters": {"seconds": seconds}}


def append(text: str, path: str = "lines.txt") -> dict[str, Any]:
    parameters = {"path": path, "content": text, "mode": "append"}
    return {"kind": "file.write", "parameters": parameters}


class Answer(NamedTuple):
    """What came back: a problem's members are in `body`."""

    status: int
    headers: dict[str, str]
    body: Any
    seconds: float

    @property
    def is_problem(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/problem+json")


class Conductor(Server):
    """A server with the callers that the tests of faults need."""

    def __init__(self, home: Path, **environment: str) -> None:
        super().__init__(home, **environment)
        self.home = home

    # --- asking ------------------------------------------------------------------

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        *,
        token: str | None = None,
        patience: float = PATIENCE,
    ) -> Answer:
        """Make one request of its own connection. A body that is no bytes is sent as JSON."""
        given = {"Content-Type": "application/json"} if body is not None else {}
        if path.startswith("/api/") and token != "":
            given["Authorization"] = f"Bearer {token or self.token}"
        given |= headers or {}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        began = time.monotonic()
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=patience)) as line:
            line.request(method, path, data, given)
            response = line.getresponse()
            text = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        try:
            shown = json.loads(text) if text else None
        except ValueError:
            shown = text.decode(errors="replace")
        return Answer(response.status, names, shown, time.monotonic() - began)

    def make(self, drawing: dict[str, Any], *, publish: bool = False) -> str:
        """Make a blueprint and return its id."""
        made = self.ask("POST", "/api/blueprints/", {"name": drawing["name"], "document": drawing})
        assert made.status == 201, made
        if publish:
            published = self.ask("POST", f"/api/blueprints/{made.body['id']}/publish/", {})
            assert published.status == 201, published
        return str(made.body["id"])

    def webhook(self, *nodes: dict[str, Any], **parameters: Any) -> str:
        """Return the path of an open webhook that starts these nodes."""
        drawing = document("Hook", *nodes, trigger="trigger.webhook")
        drawing["nodes"]["start"]["parameters"] = parameters
        blueprint = self.make(drawing, publish=True)
        made = self.ask(
            "POST",
            "/api/webhooks/",
            {"blueprint": blueprint, "node": "start", "authentication": "none"},
        )
        assert made.status == 201, made
        return "/hooks/" + str(made.body["url"]).split("/hooks/")[1]

    def start_run(self, blueprint: str, **inputs: Any) -> str:
        """Start a run of the draft and return its id."""
        path = f"/api/blueprints/{blueprint}/runs/"
        answer = self.ask("POST", path, {"inputs": inputs, "draft": True})
        assert answer.status == 201, answer
        return str(answer.body["id"])

    def run_of(self, run: str) -> dict[str, Any]:
        answer = self.ask("GET", f"/api/runs/{run}/")
        assert answer.status == 200, answer
        shown: dict[str, Any] = answer.body
        return shown

    def events(self, run: str) -> list[dict[str, Any]]:
        answer = self.ask("GET", f"/api/runs/{run}/events/?limit=10000")
        assert answer.status == 200, answer
        found: list[dict[str, Any]] = answer.body["events"]
        return found

    def ended(self, run: str, within: float = PATIENCE) -> dict[str, Any]:
        """Return the run when it is over; its events have no gap."""
        until(lambda: self.run_of(run)["status"] in ENDS, f"run {run} ended", within)
        events = self.events(run)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        return self.run_of(run)

    def healthy(self) -> bool:
        return self.ask("GET", "/healthz").status == 200

    # --- signed-in people --------------------------------------------------------

    def person(self, name: str) -> tuple[str, str]:
        """Make a user without rights; return an API token and the cookie of a session."""
        answer = self.inside(
            "from django.contrib.auth import get_user_model\n"
            "from editor.actions.tokens import create_token\n"
            f"user, _ = get_user_model().objects.get_or_create(username={name!r})\n"
            "print(create_token(user, 'tests'))"
        )
        return answer, self.session(name)

    def socket(self, cookie: str, **options: Any) -> Connection:
        """Open the live socket."""
        headers = {"Cookie": cookie}
        return connect(
            f"ws://{self.host}:{self.port}/ws/",
            additional_headers=headers,
            origin=self.url,  # type: ignore[arg-type]
            open_timeout=PATIENCE,
            max_size=None,
            **options,
        )

    # --- the process -------------------------------------------------------------

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def memory(self) -> int:
        """Return the bytes that the process holds."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def cpu(self) -> float:
        """Return the seconds of CPU that the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def log(self) -> str:
        return "".join(self.output)

    @contextmanager
    def locked(self, how: str = "IMMEDIATE") -> Iterator[None]:
        """Hold the database as another program would."""
        with closing(sqlite3.connect(self.home / "db.sqlite3", timeout=20)) as database:
            database.isolation_level = None
            database.execute(f"BEGIN {how}")
            try:
                yield
            finally:
                database.execute("ROLLBACK")
