"""Server processes for `webhooks.py`, the load on them, and what a durable commit costs alone."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BODY = b'{"order": 17, "customer": "Anna", "total": 129.5, "items": ["a", "b", "c"]}'
TICK = os.sysconf("SC_CLK_TCK")
# What Node-RED is asked to do: the same as our blueprint, without JSONata, which is slow.
FLOW = [
    {"id": "t", "type": "tab", "label": "Benchmark"},
    {"id": "in", "z": "t", "type": "http in", "url": "/hook", "method": "post", "wires": [["set"]]},
    {
        "id": "set",
        "z": "t",
        "type": "change",
        "rules": [
            {"t": "set", "p": "total", "pt": "msg", "to": "payload.total", "tot": "msg"},
            {"t": "set", "p": "payload", "pt": "msg", "to": '{"ok": true}', "tot": "json"},
            {"t": "set", "p": "payload.total", "pt": "msg", "to": "total", "tot": "msg"},
        ],
        "wires": [["out"]],
    },
    {"id": "out", "z": "t", "type": "http response", "statusCode": "200", "wires": []},
]
WRK = """
wrk.method = "POST"
wrk.body = '%s'
wrk.headers["Content-Type"] = "application/json"
function done(summary, latency, requests)
  io.write(string.format('{"requests": %%d, "seconds": %%f, "wrong": %%d, "median_ms": %%f, ' ..
    '"p99_ms": %%f}\\n', summary.requests, summary.duration / 1e6,
    summary.errors.status + summary.errors.read + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


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
        if len(body) < int(head[place:].split(b"\r\n", 1)[0]):
            return
        self.buffer = b""
        now = time.perf_counter()
        self.times.append(now - self.began)
        self.wrong += not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202"))
        if now < self.until:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(port: int, path: str, concurrency: int, seconds: float) -> dict[str, Any]:
    """Load an address for some seconds and say how it went; where wrk is not installed."""
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
    times = sorted(value for caller in callers for value in caller.times)
    return {
        "requests": len(times),
        "seconds": time.perf_counter() - began,
        "wrong": sum(caller.wrong for caller in callers),
        "median_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
    }


class Target:
    """A server process under load."""

    def __init__(
        self, command: list[str], port: int, path: str, environment: dict[str, str] | None = None
    ) -> None:
        self.port = port
        self.path = path
        self.process = subprocess.Popen(command, env=environment or dict(os.environ), cwd=ROOT)

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
        """CPU seconds that it and its children have used so far, with all their threads."""
        total, open_ = 0.0, [self.process.pid]
        while open_:
            process = Path(f"/proc/{open_.pop()}")
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
            for children in process.glob("task/*/children"):
                open_ += map(int, children.read_text().split())
        return total

    def measure(self, concurrency: int, seconds: int, path: str = "") -> dict[str, Any]:
        """Load it from a process of its own."""
        before = self.cpu()
        result = _loaded(self.port, path or self.path, concurrency, seconds)
        result["cpu_ms"] = (self.cpu() - before) * 1000 / result["requests"]
        result["per_second"] = result["requests"] / result.pop("seconds")
        return result

    def stop(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _loaded(port: int, path: str, concurrency: int, seconds: int) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}{path}"
    if wrk := shutil.which("wrk"):
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(WRK % BODY.decode())
            script.flush()
            asked = ("-t1", f"-c{concurrency}", f"-d{seconds}s", "-s", script.name, url)
            done = subprocess.run([wrk, *asked], capture_output=True, check=True, text=True)
        found = re.search(r"^\{.*\}$", done.stdout, re.MULTILINE)
        assert found is not None, done.stdout + done.stderr
        wrk_said: dict[str, Any] = json.loads(found[0])
        return wrk_said
    arguments = [str(port), path, str(concurrency), str(seconds)]
    own = subprocess.run(
        [sys.executable, __file__, "--load", *arguments], capture_output=True, check=True
    )
    said: dict[str, Any] = json.loads(own.stdout)
    return said


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_node_red(folder: Path, installed: str) -> Target:
    """Start Node-RED in a folder; it is installed there, if it is not `installed` in another."""
    if not installed:
        command = ["npm", "install", "--no-audit", "--no-fund", "--silent", "node-red@4"]
        (folder / "package.json").write_text("{}")
        subprocess.run(command, cwd=folder, check=True)
    program = Path(installed or folder) / "node_modules/node-red/red.js"
    flows, settings, port = folder / "flows.json", folder / "settings.js", free_port()
    flows.write_text(json.dumps(FLOW))
    settings.write_text(
        "module.exports = {uiHost: '127.0.0.1', httpAdminRoot: false, credentialSecret: false,"
        " logging: {console: {level: 'error'}}}"
    )
    asked = ["--userDir", str(folder), "-s", str(settings), "-p", str(port), str(flows)]
    target = Target(["node", str(program), *asked], port, "/hook")
    target.wait()
    return target


def bare_commit(folder: Path, count: int = 300) -> dict[str, float]:
    """Return the microseconds that a durable commit of one small row takes on this disk."""
    with sqlite3.connect(folder / "bare.sqlite3", isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, value TEXT)")
        walls, cpu = [], time.process_time()
        for _ in range(count):
            began = time.perf_counter()
            connection.execute("INSERT INTO bare (value) VALUES ('x')")
            walls.append(time.perf_counter() - began)
        cpu = (time.process_time() - cpu) / count
    return {
        "wall_us": round(sorted(walls)[count // 2] * 1e6, 1),
        "cpu_us": round(cpu * 1e6, 1),
    }


if __name__ == "__main__":
    _, _, given_port, given_path, given_level, given_seconds = sys.argv
    print(
        json.dumps(
            asyncio.run(load(int(given_port), given_path, int(given_level), float(given_seconds)))
        )
    )
