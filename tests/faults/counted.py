"""A run of fifty nodes with effects outside, and the server outside that counts them."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OUTPUTS = {"done": {"rounds": 3, "items": [0, 10, 20, 30]}}


class Counting:
    """What reached the server: which keys each effect came with, and how often each key came."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.keys: defaultdict[str, set[str]] = defaultdict(set)
        self.arrivals: Counter[str] = Counter()
        self.under_way: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.port = 0
        self.slowness = 0.06
        self._lock = threading.Lock()

    def arrived(self, effect: str, key: str) -> bool:
        """Count a request; say whether it is the first with its key."""
        with self._lock:
            self.keys[effect].add(key)
            self.arrivals[key] += 1
            self.under_way[key] += 1
            self.most_at_once[key] = max(self.most_at_once[key], self.under_way[key])
            return self.arrivals[key] == 1

    def answered(self, key: str) -> None:
        """Note that a request is over, or that its sender has hung up."""
        with self._lock:
            self.under_way[key] -= 1


@contextmanager
def counting(host: str = "127.0.0.1") -> Iterator[Counting]:
    """Run the server at an address of this machine.

    A request takes up to `slowness` seconds, one for `/slow/` just as many. `/flaky/` answers
    503 to the first request of each key.
    """
    counts = Counting(host)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            key = self.headers.get("Idempotency-Key", "")
            first = counts.arrived(self.path, key)
            try:
                slow = self.path.startswith("/slow/")
                self._work(counts.slowness if slow else random.uniform(0, counts.slowness))
            finally:
                counts.answered(key)
            status = 503 if first and self.path.startswith("/flaky/") else 200
            # Whoever asked may have been killed meanwhile.
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def _work(self, seconds: float) -> None:
            """Take a while, but not longer than somebody waits for the answer."""
            until = time.monotonic() + seconds
            self.connection.setblocking(False)
            try:
                while (left := until - time.monotonic()) > 0:
                    time.sleep(min(left, 0.02))
                    with suppress(BlockingIOError):
                        if not self.connection.recv(1):
                            return
            except ConnectionError:
                return
            finally:
                self.connection.settimeout(None)

        def log_message(self, format: str, *values: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 100

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Clients are killed here all the time."""

    server = Quiet((host, 0), Handler)
    counts.port = server.server_address[1]
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield counts
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def fifty_nodes(port: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the drawing, and for each effect (the address it calls) the step that has it."""
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    edges: list[str] = []
    effects: dict[str, str] = {}

    def node(
        name: str, kind: str, /, *, settings: Any = None, frame: str = "", **words: Any
    ) -> str:
        nodes[name] = {"kind": kind, "parameters": words}
        if settings:
            nodes[name]["settings"] = settings
        if frame:
            nodes[name]["frame"] = frame
        return name

    def post(name: str, at: str, body: Any = None, **more: Any) -> str:
        url = f"http://127.0.0.1:{port}{at}".replace("RUN", "{{ run.id }}")
        words: dict[str, Any] = {
            "method": "POST",
            "url": url,
            "body_type": "json",
            "body": body or {},
        }
        return node(name, "http.request", **words, **more)

    def chain(first: str, *names: str) -> str:
        for name in names:
            edges.append(f"{first}.{'out' if first != 'rounds' else 'true'} -> {name}.in")
            first = name
        return first

    def wait(name: str, seconds: float, **more: Any) -> str:
        return node(name, "flow.wait", seconds=seconds, **more)

    node("join", "flow.join")
    # A chain of effects and pure nodes.
    row = []
    for number in range(6):
        effects[f"/RUN/a{number}"] = f"a{number}"
        row += [post(f"a{number}", f"/RUN/a{number}")]
        row += [node(f"set{number}", "data.set", fields={"n": number})]
    chain("start", *row, "join")
    # A loop of three rounds.
    node("begin", "data.set", fields={"n": 0})
    node("rounds", "flow.if", condition="{{ input.n < 3 }}")
    post("b", "/RUN/b{{ input.n }}", {"n": "{{ input.n }}"})
    node("next", "data.set", fields={"n": "{{ nodes['b'].body.n + 1 }}"})
    node("left", "data.set", fields={"n": "{{ input.n }}"})
    chain("start", "begin", "rounds")
    chain("rounds", "b", "next")
    edges.extend(["next.out -> rounds.in", "rounds.false -> left.in", "left.out -> join.in"])
    effects |= {f"/RUN/b{n}": "b" if n == 0 else f"b#{n + 1}" for n in range(3)}
    # One node for each of five items.
    each = {"each": {"list": "{{ [0, 1, 2, 3, 4] }}", "concurrency": 2}}
    post("c", "/RUN/c{{ index }}", settings=each)
    node("after_c", "data.set", fields={"n": 1}, keep=False)
    chain("start", "c", wait("wait_c", 0.2), "after_c", "join")
    effects |= {f"/RUN/c{n}": f"c[{n}]" for n in range(5)}
    # A frame for each of four items.
    node("d", "frame.each", list="{{ [0, 1, 2, 3] }}", concurrency=2)
    post("d_post", "/RUN/d{{ item }}", frame="d")
    wait("d_wait", 0.1, frame="d")
    node("d_set", "data.set", frame="d", fields={"n": "{{ item * 10 }}"})
    edges.extend(["start.out -> d.in", "d.item -> d_post.in", "d_post.out -> d_wait.in"])
    edges.extend(["d_wait.out -> d_set.in", "d_set.out -> d.result", "d.out -> join.in"])
    effects |= {f"/RUN/d{n}": f"d[{n}]/d_post" for n in range(4)}
    # Effects that need a second attempt.
    row = []
    for number in range(4):
        retry = {"retry": {"attempts": 4, "backoff": "fixed", "delay": 0.1}}
        effects[f"/flaky/RUN/e{number}"] = f"e{number}"
        row += [post(f"e{number}", f"/flaky/RUN/e{number}", settings=retry)]
        row += [wait(f"wait_e{number}", 0.15)]
    chain("start", *row, "join")
    # Waits before effects.
    row = []
    for number in range(3):
        effects[f"/RUN/f{number}"] = f"f{number}"
        row += [wait(f"wait_f{number}", 0.3), post(f"f{number}", f"/RUN/f{number}")]
    chain("start", *row, "join")
    # What follows the join.
    row = []
    for number in range(4):
        effects[f"/RUN/t{number}"] = f"t{number}"
        row += [post(f"t{number}", f"/RUN/t{number}"), wait(f"wait_t{number}", 0.1)]
    items = "{{ [it.n for it in nodes['d']] }}"
    node("sum", "data.set", fields={"rounds": "{{ nodes['left'].n }}", "items": items}, keep=False)
    node("end", "flow.output", name="done")
    chain("join", *row, "sum", "end")
    drawing = {"format": "conductor/1", "name": "Fifty nodes", "nodes": nodes, "edges": edges}
    return json.loads(json.dumps(drawing)), effects
