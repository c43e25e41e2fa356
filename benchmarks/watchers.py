"""Measures when the last of a thousand sockets that watch one run sees its end.

Servers (uvicorn), PostgreSQL and, for two servers, Redis are the program's own. All sockets follow
the same run, which waits, and is cancelled when all have its first events; each notes when it is
told of the end, against the time that the event in the journal has. Half of them are at a server
that did not execute the run where there are two. Prints one JSON line for one server and one for
two; `reached`: all within 500 ms.

    python benchmarks/watchers.py [--sockets 1000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Fleet, fleet

LIMIT = 0.5
DOCUMENT = {
    "format": "conductor/1",
    "name": "Watched",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "rest": {"kind": "flow.wait", "parameters": {"seconds": 3600}},
    },
    "edges": ["start.out -> rest.in"],
}


async def open_all(site: Fleet, cookie: str, sockets: int) -> list[ClientConnection]:
    """Open so many sockets, in turns at the servers."""
    some = asyncio.Semaphore(20)

    async def opened(number: int) -> ClientConnection:
        port = site.webs[number % len(site.webs)].port
        url = f"http://127.0.0.1:{port}"
        async with some:
            return await connect(
                f"{url.replace('http', 'ws')}/ws/",
                additional_headers={"Cookie": cookie, "Origin": url},
                open_timeout=60,
                ping_interval=None,
            )

    return await asyncio.gather(*(opened(number) for number in range(sockets)))


async def seen(socket: ClientConnection, run: str, begun: asyncio.Semaphore) -> float:
    """Follow a run to its end; return how many seconds after it this was told.

    Releases `begun` when the first events are there.
    """
    first = True
    await socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
    async for text in socket:
        come = time.time()
        message = json.loads(text)
        assert message["type"] != "error", message
        if message.get("run") != run:
            continue
        if first:
            begun.release()
            first = False
        for event in message.get("events", []):
            if event["type"] == "run.cancelled":
                return come - float(event["time"])
    raise AssertionError("the socket was closed")


async def watch(
    site: Fleet, blueprint: str, sockets: int, rounds: int
) -> tuple[list[list[float]], list[float]]:
    """Return the seconds of all sockets that saw the end within a minute, of each round.

    And how many it took until all followed.
    """
    cookie = await asyncio.to_thread(site.site.session)
    open_ = await open_all(site, cookie, sockets)
    found, subscribed = [], []
    for _ in range(rounds):
        run = await asyncio.to_thread(site.site.start_run, blueprint)
        began, begun = time.monotonic(), asyncio.Semaphore(0)
        following = [asyncio.create_task(seen(socket, run, begun)) for socket in open_]
        for _ in open_:
            await begun.acquire()
        subscribed.append(time.monotonic() - began)
        await asyncio.sleep(1)
        await asyncio.to_thread(site.site.ask, "POST", f"/api/runs/{run}/cancel/")
        done, late = await asyncio.wait(following, timeout=60)
        for task in late:
            task.cancel()
        found.append([task.result() for task in done])
    await asyncio.gather(*(socket.close() for socket in open_))
    return found, subscribed


def measured(webs: int, sockets: int, rounds: int) -> dict[str, Any]:
    """Start so many servers, and return the figures."""
    with tempfile.TemporaryDirectory() as folder, fleet(Path(folder), webs=webs, workers=0) as site:
        blueprint = site.site.make(DOCUMENT)
        found, subscribed = asyncio.run(watch(site, blueprint, sockets, rounds))
    last = [max(seconds, default=60.0) for seconds in found]
    unseen = sum(sockets - len(seconds) for seconds in found)
    return {
        "servers": webs,
        "sockets": sockets,
        "all_follow_after_ms": [round(1000 * it) for it in subscribed],
        "median_ms": round(1000 * statistics.median(it for row in found for it in row)),
        "last_ms": [round(1000 * it) for it in last],
        "unseen": unseen,
        "reached": max(last) <= LIMIT and not unseen,
    }


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sockets", type=int, default=1000)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    reached = True
    for webs in (1, 2):
        figures = measured(webs, options.sockets, options.rounds)
        print(json.dumps(figures), flush=True)
        reached = reached and figures["reached"]
    sys.exit(not reached)


if __name__ == "__main__":
    main()
