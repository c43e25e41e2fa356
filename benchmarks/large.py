"""What lists of 100,000 items take on their way through ten nodes of a journaled run.

Each case is a run in a process and a home of its own, with a worker on SQLite: nodes
that pass the list on, nodes that make another list each, and the same for a text of
20 MB. Prints one JSON line for each: seconds, the MiB that the process took above what
it had before the run, the bytes of its journal, and those of its files of values.
The baseline is the same run with a list of one item.

    python benchmarks/large.py [--items 100000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import own_home

NODES = 10
MOST = 150  # MiB above the base
PASS: dict[str, Any] = {"kind": "log.message", "parameters": {"message": "on"}}
ROWS = {"fields": {"n": "{{ index }}", "name": "{{ item }}"}, "keep": False}
MAP: dict[str, Any] = {"kind": "data.map", "parameters": {"fields": {"n": "{{ item.n + 1 }}"}}}


def chain(node: dict[str, Any]) -> dict[str, Any]:
    """Return a drawing of a trigger and ten such nodes, the last of which gives the result."""
    drawn: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    if node["kind"] == MAP["kind"]:
        drawn["text"] = {"kind": "text.template", "parameters": {"template": "{{ input.text }}"}}
        drawn["lines"] = {"kind": "data.split"}
        drawn["rows"] = {"kind": "data.map", "parameters": ROWS}
    drawn |= {f"node{number}": node for number in range(NODES)}
    names = list(drawn)
    edges = [f"{a}.out -> {b}.in" for a, b in pairwise(names)]
    return {"format": "conductor/1", "name": "Large", "nodes": drawn, "edges": edges}


def peak() -> float:
    """Return the most memory that this process has had, in MiB."""
    told = Path("/proc/self/status").read_text().splitlines()
    (line,) = [it for it in told if it.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def measured(node: dict[str, Any], value: str, items: int) -> dict[str, Any]:
    """Run it in this process, and say what it took."""
    with own_home() as home:
        return asyncio.run(_run(node, value, items, home))


def _inputs(value: str, amount: int) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "text": {"text": "x" * amount * 200},
        "lines": {"text": "\n".join(f"row {n}" for n in range(amount))},
        "list": {"rows": [{"n": n, "name": f"row {n}"} for n in range(amount)]},
    }
    return shapes[value]


async def _run(node: dict[str, Any], value: str, items: int, home: Path) -> dict[str, Any]:
    from asgiref.sync import sync_to_async
    from django.contrib.auth.models import User

    from editor.actions import create_blueprint, store_drawing
    from runner.actions import start
    from runner.graph import load
    from runner.journal.committer import close_committer
    from runner.journal.reader import read_events
    from runner.models import JournalChunk, Run
    from runner.queue import Worker

    owner = await sync_to_async(User.objects.create_user)("bench")
    worker = Worker(embedded=True)
    working = asyncio.create_task(worker.run())

    async def once(amount: int) -> tuple[Run, float]:
        document = load(chain(node))
        blueprint = await sync_to_async(create_blueprint)(owner=owner, name="L", document=document)
        inputs = _inputs(value, amount)
        began = time.perf_counter()
        accepted = await sync_to_async(start)(
            blueprint=blueprint,
            drawing=await sync_to_async(store_drawing)(document),
            version=None,
            inputs=inputs,
            trigger="bench",
            by=owner,
        )
        run = accepted.run
        del accepted, inputs
        while run.finished is None:
            await asyncio.sleep(0.01)
            await sync_to_async(run.refresh_from_db)()
        assert run.status == "succeeded", run.error
        return run, time.perf_counter() - began

    _, baseline = await once(1)
    before = peak()
    run, took = await once(items)
    above = peak() - before
    texts = await sync_to_async(
        lambda: list(JournalChunk.objects.filter(run=run).values_list("events", flat=True))
    )()
    events = await sync_to_async(read_events)(run.pk)
    await worker.stop()
    await working
    close_committer()
    # A worker that is at work comes and goes among them.
    files = [path for path in (home / "values").rglob("*") if path.is_file()]
    return {
        "seconds": round(took, 3),
        "times_one_item": round(took / baseline, 1),
        "mib_above_base": round(above),
        "reached": above <= MOST,
        "events": len(events),
        "journal_bytes": sum(map(len, texts)),
        "files": len(files),
        "file_bytes": sum(path.stat().st_size for path in files),
    }


def main() -> None:
    """Measure each case in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    items = parser.parse_args().items
    fresh = multiprocessing.get_context("spawn")
    cases = (
        ("a list passed on", PASS, "list"),
        ("a list mapped ten times", MAP, "lines"),
        ("a text passed on", PASS, "text"),
    )
    for name, node, value in cases:
        with fresh.Pool(1) as pool:
            line = pool.apply(measured, (node, value, items))
        print(json.dumps({"benchmark": "large", "case": name, "items": items, **line}))


if __name__ == "__main__":
    main()
