"""A thousand runs at once in one worker, each waiting for an answer over HTTP.

A server of its own answers each request after some seconds. Runs arrive evenly, so
that about a thousand wait at the same time. Prints one JSON line: how long a run
took from its acceptance to its first step (median, p95), how many waited at once,
the memory of the process above what it had before the first run, and the CPU a run.
The baseline of the same rounds is the same requests by the same HTTP client alone.

    python benchmarks/many_runs.py [--runs 1500] [--seconds 7.5] [--answer 5]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import blueprint_of, own_home

TARGET_MB, TARGET_MS = 150, 50


async def answer_late(seconds: float) -> tuple[asyncio.Server, int]:
    """Serve HTTP that answers every request after so many seconds."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(seconds)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b'Content-Length: 11\r\n\r\n{"ok":true}'
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2000)
    return server, server.sockets[0].getsockname()[1]


def serve_late(seconds: float, teller: socket.socket) -> None:
    """Serve for ever, and tell the port."""

    async def main() -> None:
        server, port = await answer_late(seconds)
        teller.sendall(str(port).encode())
        await server.serve_forever()

    asyncio.run(main())


def memory_mb() -> float:
    """Return the megabytes that this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def drawing(port: int) -> dict[str, Any]:
    """Return a drawing that asks the late server."""
    return {
        "format": "conductor/1",
        "name": "Asks",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {
                "kind": "http.request",
                "parameters": {"url": f"http://127.0.0.1:{port}/?of={{{{ input.number }}}}"},
            },
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": ["start.out -> ask.in", "ask.out -> out.in"],
    }


async def plain(port: int, runs: int, seconds: float) -> float:
    """Send the same requests with the HTTP client alone; return CPU milliseconds of each."""
    import httpx

    context = httpx.create_ssl_context()
    began = time.process_time()

    async def ask(numbers: range) -> None:
        # A pool's work grows with its connections, so none gets many.
        async with httpx.AsyncClient(timeout=60, trust_env=False, verify=context) as client:

            async def one(number: int) -> None:
                await asyncio.sleep(number * seconds / runs)
                (await client.get(f"http://127.0.0.1:{port}/?of={number}")).raise_for_status()

            await asyncio.gather(*map(one, numbers))

    await asyncio.gather(*(ask(range(first, runs, runs // 50)) for first in range(runs // 50)))
    return (time.process_time() - began) / runs * 1000


async def bench(port: int, runs: int, seconds: float) -> None:
    """Let the runs arrive, and print what came of them."""
    from asgiref.sync import sync_to_async

    from runner.journal.committer import close_committer
    from runner.journal.encoding import decode_events
    from runner.journal.rows import NewRun
    from runner.models import JournalChunk, Run
    from runner.queue import Worker
    from runner.queue.direct import accept
    from runner.queue.plans import plan_of

    def prepare() -> tuple[Any, ...]:
        made = blueprint_of(drawing(port))
        plan_of(made[-1])
        return made

    owner, blueprint, key = await sync_to_async(prepare)()
    worker = Worker(embedded=True, most=2 * runs)
    working = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.01)

    async def start(number: int) -> None:
        await asyncio.sleep(number * seconds / runs)
        new = NewRun(
            blueprint=blueprint,
            drawing=key,
            version=None,
            owner=owner,
            inputs={"number": number},
            trigger="bench",
            created=time.time(),
        )
        assert await accept(new)

    def rows() -> list[list[dict[str, Any]]]:
        found: dict[Any, list[dict[str, Any]]] = {}
        for run, text in JournalChunk.objects.order_by("first_seq").values_list("run_id", "events"):
            found.setdefault(run, []).extend(event.to_json() for event in decode_events(text)[0])
        return list(found.values())

    await start(0)
    while await sync_to_async(Run.objects.exclude(status="succeeded").exists)():
        await asyncio.sleep(0.1)
    gc.collect()
    before, cpu = memory_mb(), time.process_time()
    highest = {"mb": before, "runs": 0}

    async def look() -> None:
        while True:
            waiting = worker.runs
            highest.update(mb=max(highest["mb"], memory_mb()), runs=max(highest["runs"], waiting))
            await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    await asyncio.gather(*(start(number) for number in range(1, runs)))
    while worker.runs:
        await asyncio.sleep(0.05)
    looking.cancel()
    cpu = (time.process_time() - cpu) / (runs - 1) * 1000
    await worker.stop()
    await working
    close_committer()
    statuses = {"succeeded": 0}
    late = []
    for events in await sync_to_async(rows)():
        started = next(event for event in events if event["type"] == "step.started")
        late.append((started["time"] - events[0]["time"]) * 1000)
        status = events[-1]["type"].removeprefix("run.")
        statuses[status] = statuses.get(status, 0) + 1
    late.sort()
    p95 = late[int(len(late) * 0.95)]
    above = highest["mb"] - before
    client = await plain(port, runs, seconds)
    line = {"benchmark": "many_runs", "runs": runs, "at_once": highest["runs"]}
    line |= {"start_median_ms": round(late[len(late) // 2], 2), "start_p95_ms": round(p95, 2)}
    line |= {"mb_above_base": round(above, 1), "cpu_ms": round(cpu, 3)}
    line |= {"client_alone_cpu_ms": round(client, 3), "ratio_cpu": round(cpu / client, 2)}
    line |= {"statuses": statuses, "target_mb": TARGET_MB, "target_p95_ms": TARGET_MS}
    line |= {"reached": False}
    if statuses == {"succeeded": runs} and highest["runs"] >= 1000:
        line["reached"] = above <= TARGET_MB and p95 <= TARGET_MS
    print(json.dumps(line))


def main() -> None:
    """Make a home and a late server, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1500)
    parser.add_argument("--seconds", type=float, default=7.5, help="in which they arrive")
    parser.add_argument("--answer", type=float, default=6, help="seconds until an answer")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    here, there = socket.socketpair()
    server = os.fork()
    if not server:
        serve_late(options.answer, there)
        return
    port = int(here.recv(10))
    try:
        os.environ["CONDUCTOR_HTTP_ALLOW"] = "127.0.0.1"
        with own_home():
            asyncio.run(bench(port, options.runs, options.seconds))
    finally:
        os.kill(server, 9)
        os.waitpid(server, 0)


if __name__ == "__main__":
    main()
