"""Webhook round trips against what else answers HTTP here: Node-RED, and a bare ASGI hello.

Starts all servers itself, in homes of their own and on free ports, and loads them in turn from
a third process (wrk where it is installed). In one run, on one machine:

- webhook -> set -> respond, each run durable before its answer, on each of our servers;
- the same flow in Node-RED, which stores nothing (`--with-node-red`, which installs it);
- webhooks that are answered 202 at once, as durable;
- a hello on the same servers, and on granian where that is installed;
- what a durable commit of one row costs on this disk, and how quick the machine is just now.

Prints a JSON line for each measurement: requests a second, CPU milliseconds a request of the
whole server process, latencies; and a line for each aim with whether it is `reached`. At the end
it counts the rows: each answered request must have its run and its delivery.

    python benchmarks/webhooks.py [--with-node-red [FOLDER]] [--seconds 2] [--rounds 2]
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import timeit
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._servers import ROOT, Target, bare_commit, free_port, start_node_red

HERE = Path(__file__).resolve()
COMMAND = [sys.executable, "-c", "import sys; from conductor_site.command import main; main()"]
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


# --- the servers -----------------------------------------------------------------


def start_hello(server: str) -> Target:
    """Start the hello."""
    port = free_port()
    command = [sys.executable, str(HERE), "--serve-hello", server, str(port)]
    if server == "granian":
        asked = ("--interface", "asgi", "--port", str(port), "--loop", "uvloop", "--no-ws")
        command = [sys.executable, "-m", "granian", *asked, "benchmarks.webhooks:hello"]
    target = Target(command, port, "/")
    target.wait()
    return target


def start_conductor(server: str, home: Path) -> tuple[Target, str]:
    """Start Conductor in a home of its own; return it, and the path of a hook that answers 202."""
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
    target.path = make_hook(call, "respond_node")
    return target, make_hook(call, "at_once")


def make_hook(call: Callable[[str, Any], Any], response: str) -> str:
    """Publish the blueprint with a webhook that answers so; return the webhook's path."""
    document = json.loads(json.dumps(DOCUMENT))
    document["nodes"]["hook"]["parameters"]["response"] = response
    blueprint = call("/api/blueprints/", {"name": response, "document": document})["id"]
    call(f"/api/blueprints/{blueprint}/publish/", {})
    asked = {"blueprint": blueprint, "node": "hook", "authentication": "none"}
    return "/hooks/" + str(call("/api/webhooks/", asked)["url"]).rpartition("/hooks/")[2]


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


Figures = dict[str, float]


def say(**line: Any) -> None:
    """Print a line."""
    shown = {key: round(it, 3) if isinstance(it, float) else it for key, it in line.items()}
    print(json.dumps(shown), flush=True)


def middle(rounds: list[dict[str, Any]]) -> Figures:
    """Return the median of each figure, but all that was answered wrongly."""
    figures = {key: float(statistics.median(it[key] for it in rounds)) for key in rounds[0]}
    return {**figures, "wrong": sum(it["wrong"] for it in rounds)}


def compare(
    targets: dict[str, tuple[Target, str]], levels: list[int], seconds: int, rounds: int
) -> dict[tuple[str, int], Figures]:
    """Measure all in turn at each concurrency, and print the medians; return them."""
    found: dict[tuple[str, int], Figures] = {}
    for target, path in targets.values():
        target.measure(10, 1, path)
    for level in levels:
        measured: dict[str, list[dict[str, Any]]] = {name: [] for name in targets}
        for _ in range(rounds):
            for name, (target, path) in targets.items():
                measured[name].append(target.measure(level, seconds, path))
        for name, results in measured.items():
            found[name, level] = middle(results)
            say(target=name, concurrency=level, **found[name, level])
    return found


@contextmanager
def running(
    servers: list[str], node_red: str | None, homes: dict[str, Path]
) -> Iterator[dict[str, tuple[Target, str]]]:
    """Start all servers, and end them."""
    with ExitStack() as stack:
        targets: dict[str, tuple[Target, str]] = {}

        def add(name: str, target: Target, path: str = "") -> None:
            if target not in (it for it, _ in targets.values()):
                stack.callback(target.stop)
            targets[name] = (target, path)

        if node_red is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="node-red-"))
            add("node-red", start_node_red(Path(folder), node_red))
        for server in [*servers, *(["granian"] if find_spec("granian") else [])]:
            add(f"hello {server}", start_hello(server))
        for server in servers:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="conductor-benchmark-"))
            homes[server] = Path(folder)
            target, at_once = start_conductor(server, homes[server])
            add(f"conductor {server}", target)
            add(f"conductor {server} 202", target, at_once)
        yield targets


def judge(found: dict[tuple[str, int], Figures], servers: list[str], levels: list[int]) -> None:
    """Print how near each aim is."""
    for level in levels:
        for server in servers:
            ours, hello_ = found[f"conductor {server}", level], found[f"hello {server}", level]
            ratio = ours["per_second"] / hello_["per_second"]
            shown: dict[str, Any] = {"server": server, "concurrency": level}
            if server == "daphne":
                say(aim="0.75 of the hello", **shown, ratio=ratio, reached=ratio >= 0.75)
            elif ("node-red", level) in found:
                theirs = found["node-red", level]
                rate = ours["per_second"] / theirs["per_second"]
                cpu = ours["cpu_ms"] / theirs["cpu_ms"]
                reached = rate >= 1 and cpu <= 1
                say(aim="Node-RED", **shown, per_second=rate, cpu=cpu, reached=reached)
            if level == 50:
                at_once = found[f"conductor {server} 202", level]
                reached = at_once["per_second"] >= 3000 and at_once["p99_ms"] < 50
                kept = {key: at_once[key] for key in ("per_second", "p99_ms")}
                say(aim="202: 3,000/s, p99 below 50 ms", **shown, **kept, reached=reached)


def main() -> None:
    """Read the arguments and measure; also the entry of the processes started here."""
    if sys.argv[1:2] == ["--serve-hello"]:
        serve_hello(sys.argv[2], int(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--servers", default="daphne,uvicorn")
    parser.add_argument("--concurrency", default="1,10,50")
    parser.add_argument("--with-node-red", nargs="?", const="", metavar="FOLDER")
    options = parser.parse_args()
    levels = [int(level) for level in options.concurrency.split(",")]
    servers, homes = options.servers.split(","), dict[str, Path]()
    with running(servers, options.with_node_red, homes) as targets:
        quick = min(timeit.repeat("sum(i*i for i in range(200000))", number=5, repeat=5)) / 5
        with tempfile.TemporaryDirectory() as folder:
            say(reference_loop_ms=quick * 1000, **bare_commit(Path(folder)))
        found = compare(targets, levels, options.seconds, options.rounds)
        judge(found, servers, levels)
        for server, home in homes.items():
            say(server=server, rows=count_runs(home))


if __name__ == "__main__":
    main()
