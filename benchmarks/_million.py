"""Fills the tables of a site with as many rows as a benchmark asks for."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from benchmarks._home import own_home

DRAWING: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {"hook": {"kind": "trigger.webhook"}, "out": {"kind": "flow.output"}},
    "edges": ["hook.out -> out.in"],
}
START = datetime(2026, 1, 1, tzinfo=UTC)


@contextmanager
def own_database(about: str | None) -> Iterator[int]:
    """Make an empty database as the command line asks for it; give the number of rows it wants.

    `about` is the text of the program that asks.
    """
    asked = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--postgres", action="store_true")
    options = asked.parse_args()
    with ExitStack() as stack:
        if options.postgres:
            from tests.faults.cluster import cluster

            os.environ["CONDUCTOR_DATABASE_URL"] = stack.enter_context(cluster()).url
        stack.enter_context(own_home())
        yield options.rows


def id_at(moment: datetime, chance: random.Random) -> UUID:
    """Return an id that begins with its moment, as those of the site do."""
    number = int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62
    return UUID(int=number | chance.getrandbits(12) << 64 | chance.getrandbits(62))


class Filling:
    """Rows that differ from one of their model in some columns."""

    def __init__(self, example: Any) -> None:
        from django.db import connection

        fields = example._meta.concrete_fields
        self.table = example._meta.db_table
        self.columns = [field.column for field in fields]
        self._values = [
            field.get_db_prep_save(getattr(example, field.attname), connection) for field in fields
        ]
        self._fields = {field.attname: (place, field) for place, field in enumerate(fields)}
        self._connection = connection

    def row(self, **given: Any) -> list[Any]:
        """Return a row with these values."""
        values = list(self._values)
        for name, value in given.items():
            place, field = self._fields[name]
            values[place] = field.get_db_prep_save(value, self._connection)
        return values

    def write(self, rows: Iterator[list[Any]]) -> None:
        """Write the rows as quickly as the database takes them."""
        columns = ", ".join(f'"{name}"' for name in self.columns)
        if self._connection.vendor == "sqlite":
            marks = ", ".join("?" * len(self.columns))
            sql = f"INSERT INTO {self.table} ({columns}) VALUES ({marks})"
            self._connection.ensure_connection()
            raw = self._connection.connection
            raw.execute("BEGIN")
            while part := list(itertools.islice(rows, 20_000)):
                raw.executemany(sql, part)
            raw.commit()
            return
        with self._connection.cursor() as cursor:
            copied = cursor.cursor.copy(f"COPY {self.table} ({columns}) FROM STDIN")
            with copied as copy:
                for row in rows:
                    copy.write_row(row)


def fill(count: int, *, every: int = 5, begin: datetime = START) -> dict[str, Any]:
    """Make a site with so many runs in 60 days, of which `every` how manieth has a message.

    Return some of what is there.
    """
    from django.contrib.auth.models import User
    from django.db import connection

    from editor.actions import create_blueprint, publish, store_drawing
    from runner.graph import load
    from runner.models import (
        Endpoint,
        JournalChunk,
        OutgoingMessage,
        Run,
        SendAttempt,
        Webhook,
        WebhookDelivery,
    )
    from runner.models.journal import checksum_of

    chance = random.Random(1)
    document = load(DRAWING)
    drawing = store_drawing(document)
    owners = [User.objects.create_user(f"owner{n}", is_staff=True) for n in range(10)]
    owners.append(User.objects.create_superuser("root"))
    blueprints = [
        create_blueprint(owner=owners[n % 10], name=f"Orders {n}", document=document)
        for n in range(100)
    ]
    publish(blueprints[0], owners[0])
    hooks = [
        Webhook.objects.create(
            blueprint=blueprint, node="hook", token=f"{n:043}", authentication="none"
        )
        for n, blueprint in enumerate(blueprints)
    ]
    endpoints = [
        Endpoint.objects.create(owner=owner, name="Shop", url="https://shop.example/")
        for owner in (owners[0], owners[1], owners[-1])
    ]
    step = timedelta(days=60) / count
    # Half of all is the first blueprint's: one busy hook and many that are not.
    places = [0 if chance.random() < 0.5 else chance.randrange(100) for _ in range(count)]
    keys = [id_at(begin + step * n, chance) for n in range(count)]
    some_live = min(1000, count // 100)
    ended = ("succeeded",) * 9 + ("failed",)

    example = Run(drawing=drawing, inputs={"n": 1}, trigger="webhook", trigger_node="hook")
    example.noted_seq, example.epoch = 5, 1
    runs = Filling(example)

    def run_rows() -> Iterator[list[Any]]:
        for n, key in enumerate(keys):
            place, created = places[n], begin + step * n
            blueprint = blueprints[place]
            given = {
                "id": key, "blueprint_id": blueprint.pk, "owner_id": blueprint.owner_id,
                "created": created, "started": created, "turn": created,
            }  # fmt: skip
            if n >= count - 2 * some_live:
                given |= {"status": "queued", "started": None, "epoch": 0}
            elif n >= count - 2 * some_live - some_live // 10:
                given |= {"status": "running", "worker": "w"}
            elif n >= count - 3 * some_live:
                given |= {"status": "waiting", "wake_at": begin + timedelta(days=900)}
            else:
                end = created + timedelta(seconds=1)
                given |= {"status": chance.choice(ended), "finished": end}
                given["pruned"] = end if n < count // 5 else None
                given["dead"] = given["status"] == "failed" and n % 7 == 0
            if n % 20 == 19:
                given |= {"parent_id": keys[n - n % 20], "parent_step": "call"}
            if n % 50 == 49:
                given["rerun_of_id"] = keys[n - 1]
            yield runs.row(**given)

    text = json.dumps([{"seq": n, "type": "step.succeeded", "data": {}} for n in range(1, 6)])
    chunk = JournalChunk(first_seq=1, last_seq=5, epoch=1, events=text, checksum=checksum_of(text))
    chunks = Filling(chunk)
    delivery = WebhookDelivery(
        method="POST", headers={"host": "x"}, body=b'{"n": 1}', sender="203.0.113.9"
    )
    deliveries = Filling(delivery)
    verdicts = ("accepted",) * 19 + ("bad_signature",)

    def delivery_rows() -> Iterator[list[Any]]:
        for n, key in enumerate(keys):
            moment = begin + step * n
            verdict = chance.choice(verdicts)
            given = {"id": id_at(moment, chance), "webhook_id": hooks[places[n]].pk}
            run = key if verdict == "accepted" else None
            yield deliveries.row(**given, received=moment, verdict=verdict, run_id=run)

    message = OutgoingMessage(type="run.failed", body=b"{}", status="delivered")
    messages = Filling(message)
    some = [(n, id_at(begin + step * n, chance)) for n in range(0, count, every)]

    def message_rows() -> Iterator[list[Any]]:
        for n, key in some:
            moment = begin + step * n
            given = {"id": key, "key": f"end:{n}", "run_id": keys[n], "due": moment}
            given["endpoint_id"] = endpoints[0 if n % 10 else n % 3].pk
            if n >= count - some_live:
                given["status"] = "waiting"
            else:
                given["ended"] = moment
                given["status"] = "delivered" if n % 100 else "failed"
            yield messages.row(**given, created=moment, tries=1)

    attempt = SendAttempt(milliseconds=20, status=200, answer=b"")
    attempts = Filling(attempt)
    runs.write(run_rows())
    chunks.write(chunks.row(id=n + 1, run_id=key) for n, key in enumerate(keys) if n >= count // 5)
    deliveries.write(delivery_rows())
    messages.write(message_rows())
    attempts.write(
        attempts.row(id=at + 1, message_id=key, started=begin + step * n)
        for at, (n, key) in enumerate(some)
    )
    if connection.vendor == "postgresql":
        # As its autovacuum does; SQLite of a site plans without.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {
        "now": begin + step * count,
        "blueprint": blueprints[0],
        "small": blueprints[7],
        "hook": hooks[0],
        "endpoints": [endpoint.pk for endpoint in endpoints],
        "root": owners[-1],
        "owner": owners[0],
        "parent": keys[-20 - count % 20 if count % 20 else -20],
        "ended": keys[count // 2],
        "count": count,
    }
