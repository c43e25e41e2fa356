"""Restarts every process of a site, one after the other, under load: nothing may be lost.

Two servers, two workers, PostgreSQL and Redis, all of the program's own. Callers place orders at a
steady rate by webhook and API. Each process is asked to stop (SIGTERM), as a supervisor does at an
upgrade, and started again when it has ended; with `--drain`, `conductor drain` has its worker hand
its runs on before. Prints one JSON line: `reached` says that every request was answered, every
accepted run succeeded, and no effect came under a second key.

    python benchmarks/rolling.py [--rate 10] [--rounds 2] [--drain] [--queue pgqueuer]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._fleet import Fleet, Process, fleet
from benchmarks._orders import Orders, sound
from tests.faults.counted import counting
from tests.serving import COMMAND, ROOT


def drained(site: Fleet, process: Process) -> None:
    """Have a process' worker hand its runs on. Raises AssertionError where it still has some."""
    machine = socket.gethostname().split(".")[0]
    done = subprocess.run(
        [*COMMAND, "drain", f"{machine}-{process.pid}-"],
        cwd=ROOT,
        env=site.site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def roll(
    site: Fleet, orders: Orders, rate: float, rounds: int, *, drain: bool
) -> dict[str, Any]:
    """Restart all processes so many times while orders come; return what became of these."""
    stop = asyncio.Event()
    placing = asyncio.create_task(orders.keep_placing(rate, stop))
    ended: list[float] = []
    for _ in range(rounds):
        for process in site.processes:
            await asyncio.sleep(2)
            if drain:
                await asyncio.to_thread(drained, site, process)
            ended.append(await asyncio.to_thread(process.stop))
            process.start()
            await asyncio.to_thread(process.await_ready)
    await asyncio.sleep(2)
    stop.set()
    await placing
    await orders.ended(60)
    said = site.log()
    return {
        **orders.verdict(),
        "restarts": len(ended),
        "slowest_end_s": round(max(ended), 2),
        "cut_off": said.count("did not end within"),
        "tracebacks": said.count("Traceback"),
    }


def rolled(
    rate: float,
    rounds: int,
    *,
    webs: int = 2,
    workers: int = 2,
    drain: bool = False,
    queue: str = "rows",
) -> dict[str, Any]:
    """Start a site, restart all of it under load, and return the figures."""
    with tempfile.TemporaryDirectory() as folder, counting() as counts:
        given = {"CONDUCTOR_HTTP_ALLOW": f"127.0.0.1:{counts.port}", "CONDUCTOR_QUEUE": queue}
        with fleet(Path(folder), webs=webs, workers=workers, **given) as site:
            orders = Orders(site, counts)
            orders.publish()
            figures = asyncio.run(roll(site, orders, rate, rounds, drain=drain))
    whole = sound(figures) and not figures["tracebacks"] and not figures["requests_repeated"]
    return {**figures, "reached": whole}


def main() -> None:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rate", type=float, default=10, help="orders a second")
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--drain", action="store_true", help="drain each by the command before")
    asked.add_argument("--queue", choices=["rows", "pgqueuer"], default="rows")
    options = asked.parse_args()
    figures = rolled(options.rate, options.rounds, drain=options.drain, queue=options.queue)
    print(json.dumps(figures))
    sys.exit(not figures["reached"])


if __name__ == "__main__":
    main()
