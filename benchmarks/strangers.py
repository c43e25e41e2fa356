"""What a flood of requests to addresses that there are not does to a webhook beside it.

Starts a server of each kind in a home of its own. One caller asks a webhook twenty times a second,
each run durable before its answer, while wrk asks for addresses that nobody has, in turn: not at
all; with as many requests a second as asked, at another process (so it shows what the machine
alone costs); at the server itself; and, at it, with a new connection for each request. Prints a
JSON line for each: the caller's latencies, and how many strangers were answered at what processor
time each. `reached` says that the flood on kept connections left the caller's median within 10 ms
of what it was with the flood at another process.

    python benchmarks/strangers.py [--rate 10000] [--seconds 8] [--servers uvicorn,daphne]
"""

from __future__ import annotations

import argparse
import http.client
import re
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._servers import BODY, Target
from benchmarks.webhooks import say, start_conductor, start_hello

CONNECTIONS = 100
CALLS = 20  # a second
MARGIN_MS = 10.0
WRK = """
local letters = "abcdefghijklmnopqrstuvwxyz0123456789"
function request()
  local token = {}
  for place = 1, 43 do
    local one = math.random(#letters)
    token[place] = letters:sub(one, one)
  end
  return wrk.format("POST", "/hooks/" .. table.concat(token), {%s}, '{"order": 17}')
end
function delay() return %d end
function done(summary)
  io.write(string.format('answered=%%d failed=%%d\\n', summary.requests,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
"""


def flood(port: int, rate: int, seconds: float, script: Path, header: str) -> Any:
    """Start wrk with so many requests a second, if they are answered as fast."""
    script.write_text(WRK % (header, 1000 * CONNECTIONS // rate))
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "--timeout", "30s"]
    words += ["-s", str(script), f"http://127.0.0.1:{port}"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def call(target: Target, seconds: float) -> list[float]:
    """Ask the webhook at a steady pace; return how long each answer took from when it was due."""
    taken, began = [], time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)) as line:
        for number in range(int(seconds * CALLS)):
            due = began + number / CALLS
            time.sleep(max(0.0, due - time.perf_counter()))
            line.request("POST", target.path, BODY, {"Content-Type": "application/json"})
            answer = line.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            taken.append(time.perf_counter() - due)
    return sorted(taken)


def measured(
    target: Target, flooded: Target | None, rate: int, seconds: float, header: str = ""
) -> dict[str, Any]:
    """Return the caller's latencies, with the flood at a target or without any."""
    with tempfile.NamedTemporaryFile(suffix=".lua") as script:
        before = flooded.cpu() if flooded else 0.0
        wrk = flood(flooded.port, rate, seconds, Path(script.name), header) if flooded else None
        time.sleep(0.5)
        taken = call(target, seconds - 1)
        figures = {
            "calls": len(taken),
            "median_ms": 1000 * taken[len(taken) // 2],
            "p99_ms": 1000 * taken[int(len(taken) * 0.99)],
        }
        if wrk is None or flooded is None:
            return figures
        told = wrk.communicate()[0]
    found = re.search(r"answered=(\d+) failed=(\d+)", told)
    assert found, told
    answered = int(found[1])
    cost = 1000 * (flooded.cpu() - before) / max(1, answered)
    return {
        **figures,
        "strangers_a_second": answered / seconds,
        "failed": int(found[2]),
        "cpu_ms": cost,
    }


def compare(server: str, rate: int, seconds: float) -> bool:
    """Measure one server; return whether the aim was reached."""
    with tempfile.TemporaryDirectory(prefix="conductor-benchmark-") as folder:
        target, _ = start_conductor(server, Path(folder))
        other = start_hello(server)
        try:
            call(target, 2)
            close = '["Connection"] = "close"'
            cases: list[tuple[str, Target | None, str]] = [
                ("nobody", None, ""),
                ("another process", other, ""),
                ("the server", target, ""),
                ("the server, new connections", target, close),
                ("nobody again", None, ""),
            ]
            medians: dict[str, float] = {}
            for name, flooded, header in cases:
                figures = measured(target, flooded, rate, seconds, header)
                medians[name] = figures["median_ms"]
                say(server=server, flood_at=name, **figures)
        finally:
            target.stop()
            other.stop()
    reached = medians["the server"] <= medians["another process"] + MARGIN_MS
    say(server=server, reached=reached)
    return reached


def main() -> None:
    """Measure each server."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--rate", type=int, default=10_000, help="requests of strangers a second")
    asked.add_argument("--seconds", type=float, default=8)
    asked.add_argument("--servers", default="uvicorn,daphne")
    options = asked.parse_args()
    servers = options.servers.split(",")
    reached = [compare(server, options.rate, options.seconds) for server in servers]
    sys.exit(not all(reached))


if __name__ == "__main__":
    main()
