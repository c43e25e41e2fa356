"""What the journal takes for an event, against bare inserts of the same rows in the same commits.

A hundred runs append events, a few each at a time, and wait until these are durable:
encoded, put together with those of the others, committed, and told to the runs. Then
the chunks that this made are inserted once more into a table of the same columns and
indexes, by one statement a commit, as the driver does it quickest. In turns, best of
several rounds; one JSON line for each number of events at a time. Where the disk is slow,
seconds compare disks: the processor's seconds, which leave out waiting for it and, with
PostgreSQL, its own work, say what the code costs.

    python benchmarks/journal.py [--windows 60] [--rounds 3]

SQLite in a home of its own, with synchronous=FULL; with CONDUCTOR_DATABASE_URL the
database that it names, which must be empty.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._home import blueprint_of, own_home

RUNS = 100
EACH = (1, 10, 100)
BARE = "bench_chunk"
MOST = 60.0  # microseconds an event
LEAST = 0.5  # of what bare inserts reach
COLUMNS = "id run_id first_seq last_seq epoch events checksum"
DATA = {"outputs": {"out": {"customer": "Anna", "total": 129.5, "n": 7}}, "duration": 0.0001}


async def bench(windows: int, rounds: int) -> None:
    """Measure and print."""
    from asgiref.sync import sync_to_async
    from django.db import connection

    from runner.engine.events import Event
    from runner.journal.committer import close_committer, committer
    from runner.journal.rows import NewRun
    from runner.journal.run_journal import RunJournal
    from runner.models import JournalChunk

    def prepare() -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {BARE} AS SELECT * FROM runner_journalchunk")
            cursor.execute(f"CREATE UNIQUE INDEX {BARE}_id ON {BARE} (id)")
            cursor.execute(f"CREATE UNIQUE INDEX {BARE}_run ON {BARE} (run_id, first_seq)")
        return blueprint_of({"nodes": {"start": {"kind": "trigger.manual"}}, "edges": []})

    names = COLUMNS.split()
    owner, blueprint, drawing = await sync_to_async(prepare)()

    async def journaled(each: int) -> tuple[float, float, int]:
        """Return the seconds and processor seconds an event, and the commits."""
        journals = []
        for _ in range(RUNS):
            new = NewRun(
                blueprint=blueprint,
                drawing=drawing,
                version=None,
                owner=owner,
                inputs={},
                trigger="bench",
                created=time.time(),
            )
            journal = RunJournal(
                committer(), run=new.id, blueprint=blueprint, epoch=1, worker="bench", new=new
            )
            await journal.durable()
            journals.append(journal)
        # What makes events is the engine, whose cost is measured elsewhere.
        events = [
            Event(seq, 1764000000.123, "step.succeeded", f"step#{seq}", DATA)
            for seq in range(1, windows * each + 1)
        ]
        before = committer().commits

        async def run(journal: RunJournal) -> None:
            for window in range(windows):
                for event in events[window * each : window * each + each]:
                    journal.append(event)
                await journal.durable()

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*map(run, journals))
        count = RUNS * windows * each
        took = time.perf_counter() - wall, time.process_time() - cpu
        return took[0] / count, took[1] / count, committer().commits - before

    def bare(each: int, commits: int) -> tuple[float, float]:
        """Return the seconds and processor seconds an event to insert the newest chunks again."""
        count = RUNS * windows
        rows = list(JournalChunk.objects.order_by("-pk").values_list(*names)[:count])
        rows.reverse()
        run = JournalChunk._meta.get_field("run")
        keyed = [(row[0], run.get_db_prep_value(row[1], connection), *row[2:]) for row in rows]
        size = -(-len(keyed) // commits)
        into = f"INSERT INTO {BARE} ({', '.join(names)})"
        marks = f"VALUES ({', '.join(['%s'] * len(names))})"

        def quickest(rows: int) -> str:
            texts = ", ".join(f"${number}" for number in range(7, rows + 7))
            return f"""{into} SELECT id, run, first, last, epoch, events, checksum FROM unnest(
                $1::bigint[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::bigint[],
                ARRAY[{texts}]::text[]) AS given (id, run, first, last, epoch, checksum, events)"""

        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {BARE}")
            raw: Any = None
            if connection.vendor == "postgresql":
                from psycopg import RawCursor

                raw = RawCursor(connection.connection)
            began = time.perf_counter(), time.process_time()
            for start in range(0, len(keyed), size):
                part = keyed[start : start + size]
                cursor.execute("BEGIN")
                if connection.vendor == "sqlite":
                    cursor.executemany(f"{into} {marks}", part)
                else:
                    # A statement for each row would be sent and answered for each, and values
                    # that the driver writes into one take it three times as long.
                    *columns, texts, checksums = zip(*part, strict=True)
                    arrays = ["{" + ",".join(map(str, it)) + "}" for it in (*columns, checksums)]
                    raw.execute(quickest(len(part)), [*arrays, *texts])
                cursor.execute("COMMIT")
            took = time.perf_counter() - began[0], time.process_time() - began[1]
            return took[0] / (count * each), took[1] / (count * each)

    for each in EACH:
        found = []
        for _ in range(rounds):
            wall, cpu, commits = await journaled(each)
            found.append((wall, cpu, *await sync_to_async(bare)(each, commits), commits))
        wall, cpu, bare_wall, bare_cpu = [min(it[place] for it in found) for place in range(4)]
        line = {
            "benchmark": "journal",
            "database": connection.vendor,
            "events_at_once": each,
            "us_per_event": round(wall * 1e6, 2),
            "cpu_us_per_event": round(cpu * 1e6, 2),
            "events_per_commit": round(RUNS * windows * each / found[-1][4]),
            "of_bare_inserts": round(bare_wall / wall, 2),
            "of_bare_inserts_by_cpu": round(bare_cpu / cpu, 2),
            "reached": wall * 1e6 <= MOST and bare_wall / wall >= LEAST,
        }
        print(json.dumps(line))
    close_committer()


def main() -> None:
    """Make a home, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--windows", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with own_home():
        asyncio.run(bench(options.windows, options.rounds))


if __name__ == "__main__":
    main()
