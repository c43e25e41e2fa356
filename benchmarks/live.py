"""Events a second from a run to the sockets of pages that watch it, as they are committed.

Starts a real server in a home of its own and a bare ASGI application on the same
server software that pours out the same frames from memory. A loop of 3,000 rounds
runs while no, one and a hundred sockets watch; every socket must get each event
once and in order. Prints one JSON line for each, with the events a second that all
sockets got together, the time that the watched run takes against the unwatched
one, and the ratio to the bare application.

    python benchmarks/live.py [--rounds 3] [--server daphne] [--sockets 0,1,100]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.serving import Server, free_port  # noqa: E402

HERE = Path(__file__).resolve()
TURNS = 3000
DOCUMENT = {
    "format": "conductor/1",
    "name": "Count",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "count": {"kind": "data.set", "parameters": {"fields": {"n": "{{ input.n + 1 }}"}}},
        "more": {"kind": "flow.if", "parameters": {"condition": f"{{{{ input.n < {TURNS} }}}}"}},
        "end": {"kind": "flow.output", "parameters": {"name": "n"}},
    },
    "edges": [
        "start.out -> count.in",
        "count.out -> more.in",
        "more.true -> count.in",
        "more.false -> end.in",
    ],
}
END = b'"type":"run.succeeded"'


# --- the bare application --------------------------------------------------------


async def pour(scope: Any, receive: Any, send: Any) -> None:
    """Send the frames of a file to whoever asks, as fast as the socket takes them."""
    if scope["type"] != "websocket":
        return
    frames = Path(os.environ["FRAMES"]).read_text().splitlines()
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] == "websocket.receive":
        for frame in frames:
            await send({"type": "websocket.send", "text": frame})


def serve_pour(server: str, port: int) -> None:
    """Serve it as `conductor serve` serves the site."""
    if server == "uvicorn":
        import uvicorn

        uvicorn.run(pour, port=port, lifespan="off", log_level="warning")
        return
    from daphne.endpoints import build_endpoint_description_strings
    from daphne.server import Server as Daphne

    endpoints = build_endpoint_description_strings(host="127.0.0.1", port=port)
    Daphne(pour, endpoints=endpoints, verbosity=0).run()


# --- the pages -------------------------------------------------------------------


async def watch(url: str, cookie: str, count: int, frames: Path | None) -> None:
    """Open sockets, follow the run named on standard input, and say when each had all events."""
    from websockets.asyncio.client import ClientConnection, connect

    origin = url.replace("ws://", "http://").removesuffix("/ws/")
    headers = {"Cookie": cookie, "Origin": origin}
    sockets = await asyncio.gather(
        *(
            connect(url, additional_headers=headers, max_size=None, compression=None)
            for _ in range(count)
        )
    )
    print("open", flush=True)
    loop = asyncio.get_running_loop()
    run = (await loop.run_in_executor(None, sys.stdin.readline)).strip()

    async def follow(socket: ClientConnection) -> tuple[float, int, int]:
        last, got, kept = 0, 0, []
        await socket.send(json.dumps({"type": "subscribe", "run": run, "after": 0}))
        async for message in socket:
            raw = message.encode() if isinstance(message, str) else message
            if raw.startswith(b'{"type":"resync"'):
                await socket.send(json.dumps({"type": "subscribe", "run": run, "after": last}))
                continue
            got += raw.count(b'"seq":')
            first = int(raw.partition(b'"seq":')[2].partition(b",")[0])
            assert first == last + 1, "an event is missing or came twice"
            last = int(raw.rpartition(b'"seq":')[2].partition(b",")[0])
            kept.append(raw)
            if END in raw[-400:]:
                break
        if frames is not None:
            frames.write_bytes(b"\n".join(kept))
        return time.time(), got, last

    done = await asyncio.gather(*map(follow, sockets))
    assert len({(got, last) for _, got, last in done}) == 1
    assert done[0][1] == done[0][2], "an event came twice"
    print(json.dumps({"at": max(at for at, _, _ in done), "events": done[0][1]}), flush=True)
    await asyncio.gather(*(socket.close() for socket in sockets))


class Pages:
    """The process of the sockets."""

    def __init__(self, url: str, cookie: str, count: int, frames: Path | None = None) -> None:
        arguments = [url, cookie, str(count), str(frames or "")]
        self.process = subprocess.Popen(
            [sys.executable, str(HERE), "--watch", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "open\n"

    def follow(self, run: str) -> None:
        """Have all sockets subscribe."""
        assert self.process.stdin is not None
        self.process.stdin.write(run + "\n")
        self.process.stdin.flush()

    def ended(self) -> dict[str, Any]:
        """Return when the last socket had all events, and how many."""
        out, _ = self.process.communicate(timeout=120)
        found: dict[str, Any] = json.loads(out)
        return found


# --- the comparison --------------------------------------------------------------


def measure(server: Server, blueprint: str, cookie: str, count: int, frames: Path) -> Any:
    """Run the loop once while so many sockets watch; return seconds and events."""
    watched = server.url.replace("http", "ws") + "/ws/"
    pages = Pages(watched, cookie, count, frames) if count else None
    path = f"/api/blueprints/{blueprint}/runs/"
    began = time.time()
    status, run = server.call("POST", path, {"inputs": {"n": 0}, "draft": True})
    assert status == 201, run
    if pages is not None:
        pages.follow(run["id"])
    seen = pages.ended() if pages is not None else {"events": 0, "at": began}
    while True:
        _, shown = server.get(f"/api/runs/{run['id']}/")
        if shown["status"] == "succeeded":
            break
        assert shown["status"] in ("queued", "running"), shown
        time.sleep(0.02)
    took = seconds(shown["finished"]) - seconds(shown["started"])
    return {"run": took, "seen": seen["at"] - began, "events": seen["events"]}


def seconds(moment: str) -> float:
    """Return a moment's seconds since 1970."""
    from datetime import datetime

    return datetime.fromisoformat(moment).timestamp()


def bare(server: str, frames: Path, count: int) -> float:
    """Return the seconds in which the bare application pours the same frames out."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(HERE), "--serve-pour", server, str(port)],
        env={**os.environ, "FRAMES": str(frames)},
    )
    try:
        wait_for(port)
        pages = Pages(f"ws://127.0.0.1:{port}/ws/", "none=1", count)
        began = time.time()
        pages.follow("any")
        return float(pages.ended()["at"]) - began
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    """Return when somebody listens."""
    import socket

    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def compare(software: str, counts: list[int], rounds: int) -> None:
    """Measure with each number of sockets, and print the medians."""
    with tempfile.TemporaryDirectory(prefix="conductor-benchmark-") as folder:
        home, frames = Path(folder) / "home", Path(folder) / "frames"
        server = Server(home)
        server.start("--server", software)
        try:
            status, blueprint = server.call(
                "POST", "/api/blueprints/", {"name": "Count", "document": DOCUMENT}
            )
            assert status == 201, blueprint
            cookie = server.session()
            unwatched = 0.0
            for count in counts:
                got = [
                    measure(server, blueprint["id"], cookie, count, frames) for _ in range(rounds)
                ]
                run = statistics.median(each["run"] for each in got)
                unwatched = unwatched or run
                line = {"server": software, "sockets": count, "run_ms": round(run * 1000)}
                if count:
                    took = statistics.median(each["seen"] for each in got)
                    poured = statistics.median(bare(software, frames, count) for _ in range(rounds))
                    events = got[0]["events"]
                    line |= {
                        "events": events,
                        "events_per_second": round(events * count / took),
                        "bare_events_per_second": round(events * count / poured),
                        "ratio_to_bare": round(poured / took, 3),
                        "run_against_unwatched": round(run / unwatched, 2),
                    }
                print(json.dumps(line), flush=True)
        finally:
            server.stop()


def main() -> None:
    """Read the arguments and measure; also the entry of the processes started here."""
    if sys.argv[1:2] == ["--serve-pour"]:
        serve_pour(sys.argv[2], int(sys.argv[3]))
        return
    if sys.argv[1:2] == ["--watch"]:
        url, cookie, count, frames = sys.argv[2:6]
        asyncio.run(watch(url, cookie, int(count), Path(frames) if frames else None))
        return
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default="daphne")
    parser.add_argument("--sockets", default="0,1,100")
    options = parser.parse_args()
    compare(options.server, [int(count) for count in options.sockets.split(",")], options.rounds)


if __name__ == "__main__":
    main()
