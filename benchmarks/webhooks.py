"""Webhook round trip (webhook -> set -> respond) against a bare ASGI hello on the same server.

Starts both servers itself, with a home of their own and on free ports, and loads
them in turn from a third process. Prints one JSON line for each measurement:
requests a second, CPU milliseconds of the server a request, latency, and the ratio
to the hello of the same round. At the end it counts the runs in the database: each
answered request must have its run there.

    python benchmarks/webhooks.py [--seconds 2] [--rounds 2] [--servers daphne,uvicorn]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
ROOT = HERE.parent.parent
COMMAND = [sys.executable, "-c", "import sys; from conductor_site.command import main; main()"]
BODY = b'{"order": 17, "customer": "Anna", "total": 129.5, "items": ["a", "b", "c"]}'
DOCUMENT = {
    "format": "conductor/1",
    "name": "Benchmark",
    "nodes": {
        "hook": {"kind": "trigger.webhook", "parameters": {"response": "respond_node"}},
        "set": {
            "kind": "data.set",
            "parameters": {"fields": {"total": "{{ input.body.total }}", "ok": True}},
        },
        "respond": {"kind": "webhook.respond", "parameters": {"body": "{{ input }}"}},
    },
    "edges": ["hook.out -> set.in", "set.out -> respond.in"],
}
TICK = os.sysconf("SC_CLK_TCK")


# --- the bare hello --------------------------------------------------------------


async def hello(scope: Any, receive: Any, send: Any) -> None:
    """Read the body and answer 200 with a line of JSON."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"17")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"hello":"world"}'})


def serve_hello(server: str, port: int) -> None:
    """Serve the hello with the same settings as `conductor serve` uses."""
    if server == "uvicorn":
        import uvicorn

        uvicorn.run(
            hello,
            port=port,
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=False,
        )
        return
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server

    Server(
        hello,
        endpoints=build_endpoint_description_strings(host="127.0.0.1", port=port),
        server_name="conductor",
        http_timeout=120,
        verbosity=0,
    ).run()


# --- the load --------------------------------------------------------------------


class Caller(asyncio.Protocol):
    """One keep-alive connection that sends its next request when it has the last answer."""

    def __init__(self, request: bytes, until: float) -> None:
        self.request = request
        self.until = until
        self.times: list[float] = []
        self.wrong = 0
        self.buffer = b""
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._send()

    def _send(self) -> None:
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        place = head.lower().index(b"content-length:") + 15
        length = int(head[place:].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.buffer = b""
        now = time.perf_counter()
        self.times.append(now - self.began)
        self.wrong += not head.startswith(b"HTTP/1.1 200")
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, path: str, concurrency: int, seconds: float) -> dict[str, Any]:
    """Load an address for some seconds and say how it went."""
    loop = asyncio.get_running_loop()
    request = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(BODY)}\r\n\r\n"
    ).encode() + BODY
    began = time.perf_counter()
    callers = []
    for _ in range(concurrency):
        _, caller = await loop.create_connection(
            lambda: Caller(request, began + seconds), "127.0.0.1", port
        )
        callers.append(caller)
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), seconds + 30)
    took = time.perf_counter() - began
    times = sorted(value for caller in callers for value in caller.times)
    return {
        "requests": len(times),
        "wrong": sum(caller.wrong for caller in callers),
        "per_second": len(times) / took,
        "median_ms": times[len(times) // 2] * 1000,
        "p95_ms": times[int(len(times) * 0.95)] * 1000,
    }


# --- the servers -----------------------------------------------------------------


class Target:
    """A server process under load."""

    def __init__(self, command: list[str], port: int, path: str, environment: dict[str, str]):
        self.port = port
        self.path = path
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT)

    def wait(self) -> None:
        """Return when it accepts connections."""
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def cpu(self) -> float:
        """CPU seconds that it has used so far, with all its threads."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def measure(self, concurrency: int, seconds: float) -> dict[str, Any]:
        """Load it from a process of its own."""
        before = self.cpu()
        arguments = [str(self.port), self.path, str(concurrency), str(seconds)]
        out = subprocess.run(
            [sys.executable, str(HERE), "--load", *arguments],
            capture_output=True,
            check=True,
            timeout=seconds + 60,
        )
        result: dict[str, Any] = json.loads(out.stdout)
        result["cpu_ms"] = (self.cpu() - before) * 1000 / result["requests"]
        return result

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_hello(server: str) -> Target:
    """Start the hello."""
    port = free_port()
    command = [sys.executable, str(HERE), "--serve-hello", server, str(port)]
    return Target(command, port, "/", dict(os.environ))


def start_conductor(server: str, home: Path) -> Target:
    """Start Conductor in a home of its own, with a published blueprint and its webhook."""
    port = free_port()
    environment = {
        **os.environ,
        "CONDUCTOR_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        # So that every answered request can be found; `retention.py` measures what pruning costs.
        "CONDUCTOR_KEEP_DELIVERIES": "0",
        "CONDUCTOR_KEEP_JOURNALS": "0",
        "CONDUCTOR_KEEP_RUNS": "0",
    }
    target = Target([*COMMAND, "serve", "--server", server], port, "", environment)
    target.wait()
    created = subprocess.run(
        [*COMMAND, "token", "create", "benchmark"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    call = caller(port, created.stdout.strip())
    blueprint = call("/api/blueprints/", {"name": "Benchmark", "document": DOCUMENT})["id"]
    call(f"/api/blueprints/{blueprint}/publish/", {})
    webhook = call(
        "/api/webhooks/", {"blueprint": blueprint, "node": "hook", "authentication": "none"}
    )
    target.path = "/hooks/" + webhook["url"].rpartition("/hooks/")[2]
    return target


def caller(port: int, token: str) -> Callable[[str, Any], Any]:
    """Return a function that posts to the API."""

    def call(path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{port}{path}"
        request = urllib.request.Request(url, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    return call


def count_runs(home: Path) -> dict[str, int]:
    """Return how many runs the database has, by status, and how many deliveries."""
    with sqlite3.connect(home / "db.sqlite3") as connection:
        rows = connection.execute("SELECT status, COUNT(*) FROM runner_run GROUP BY status")
        counts = dict(rows.fetchall())
        row = connection.execute("SELECT COUNT(*) FROM runner_webhookdelivery").fetchone()
    return {**counts, "deliveries": row[0]}


# --- the comparison --------------------------------------------------------------


def compare(server: str, levels: list[int], seconds: float, rounds: int) -> None:
    """Measure hello and Conductor in turn at each concurrency, and print the medians."""
    with tempfile.TemporaryDirectory(prefix="conductor-benchmark-") as folder:
        home = Path(folder)
        targets = {"hello": start_hello(server)}
        try:
            targets["conductor"] = start_conductor(server, home)
            targets["hello"].wait()
            total = 0
            for target in targets.values():
                warm = target.measure(10, 1)
                total += warm["requests"] if target is targets["conductor"] else 0
            for level in levels:
                measured: dict[str, list[dict[str, Any]]] = {name: [] for name in targets}
                for _ in range(rounds):
                    for name, target in targets.items():
                        measured[name].append(target.measure(level, seconds))
                total += sum(result["requests"] for result in measured["conductor"])
                show(server, level, measured)
            shown = {"server": server, "answered": total, "rows": count_runs(home)}
            print(json.dumps(shown), flush=True)
        finally:
            for target in targets.values():
                target.stop()


def show(server: str, level: int, measured: dict[str, list[dict[str, Any]]]) -> None:
    """Print a line for each target and one for the comparison."""
    middle: dict[str, dict[str, float]] = {}
    for name, results in measured.items():
        middle[name] = {
            key: round(statistics.median(result[key] for result in results), 3)
            for key in ("per_second", "cpu_ms", "median_ms", "p95_ms")
        }
        wrong = sum(result["wrong"] for result in results)
        line = {"server": server, "target": name, "concurrency": level, **middle[name]}
        print(json.dumps({**line, "wrong": wrong}), flush=True)
    hello_, conductor = middle["hello"], middle["conductor"]
    comparison = {
        "server": server,
        "concurrency": level,
        "ratio_per_second": round(conductor["per_second"] / hello_["per_second"], 3),
        "cpu_ms_above_hello": round(conductor["cpu_ms"] - hello_["cpu_ms"], 3),
    }
    print(json.dumps(comparison), flush=True)


def main() -> None:
    """Read the arguments and measure; also the entry of the processes started here."""
    if sys.argv[1:2] == ["--serve-hello"]:
        serve_hello(sys.argv[2], int(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--load"]:
        port, path, concurrency, seconds = sys.argv[2:6]
        result = asyncio.run(load(int(port), path, int(concurrency), float(seconds)))
        print(json.dumps(result))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--servers", default="daphne,uvicorn")
    parser.add_argument("--concurrency", default="1,10,50")
    options = parser.parse_args()
    levels = [int(level) for level in options.concurrency.split(",")]
    for server in options.servers.split(","):
        compare(server, levels, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
