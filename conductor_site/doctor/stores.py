"""What the site keeps its data in, and who works on it: database, workers, queue, Redis."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import Error, connection

from conductor_site.doctor.finding import Finding, fail, ok, warn
from conductor_site.doctor.sealed import secrets
from conductor_site.health import STUCK, unapplied, unknown
from editor.models import Blueprint
from runner.graph.labelled import asked_for
from runner.queue.claim import EMBEDDED, host_name, version
from runner.queue.depth import depths, workers_alive
from runner.queue.labels import lacking, unserved
from runner.queue.shared_folder import SHARED, not_shared, unseen_marks
from runner.queue.worker import SILENT

SKEW = 1.0  # seconds by which clocks may differ
LOCKED = 2.0  # seconds for which nobody should hold SQLite's lock


def _one(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def database() -> Iterator[Finding]:
    """Look whether the database answers, and how soon."""
    name = settings.DATABASES["default"]["NAME"]
    began = time.perf_counter()
    try:
        connection.ensure_connection()
        connected = time.perf_counter()
        _one("SELECT 1")
    # A damaged file of SQLite may hold anything, and so may what is raised.
    except (Error, UnicodeDecodeError) as error:
        sqlite = connection.vendor == "sqlite"
        mend = (
            "Put the file back from a backup, with what lies beside it (-wal, -shm) taken away."
            if sqlite
            else "Start it, or mend CONDUCTOR_DATABASE_URL; the message says which."
        )
        does = "cannot be read" if sqlite else "does not answer"
        yield fail("database", f"{name} {does}: {str(error).strip()}", mend)
        return
    answered = time.perf_counter() - connected
    sqlite = connection.vendor == "sqlite"
    release = _one("SELECT sqlite_version()" if sqlite else "SHOW server_version")
    told = f"{'SQLite' if sqlite else 'PostgreSQL'} {release}, {name}, answers in "
    told += f"{answered * 1000:.1f} ms ({(connected - began) * 1000:.0f} to connect)."
    if not sqlite and answered > 0.02:
        mend = "Bring them nearer to each other: each commit of a run waits for this."
        yield warn("database", told, mend)
    else:
        yield ok("database", told)


def migrations() -> Iterator[Finding]:
    """Look whether the tables are those of this version."""
    if missing := unapplied():
        names = ", ".join(".".join(it) for it in missing[:3]) + (", …" if len(missing) > 3 else "")
        says = f"{len(missing)} are not applied: {names}."
        yield fail("migrations", says, "Start `conductor serve`: it brings the tables up to date.")
    elif newer := unknown():
        names = ", ".join(".".join(it) for it in newer[:3]) + (", …" if len(newer) > 3 else "")
        says = f"The tables are of a newer version, which has made {names}."
        mend = "Bring this process to that version, or put the older one's backup back."
        yield warn("migrations", says, mend)
    else:
        yield ok("migrations", "All are applied.")


def durability() -> Iterator[Finding]:
    """Look whether what is committed is on the disk."""
    if connection.vendor == "sqlite":
        mode, synchronous = _one("PRAGMA journal_mode"), _one("PRAGMA synchronous")
        told = f"journal_mode={mode}, synchronous={synchronous}."
        if mode != "wal" or synchronous < 2:
            mend = "Put the file on a local disk that knows shared memory; WAL needs it."
            yield fail("durability", told, mend)
        else:
            yield ok("durability", f"{told} What was answered is on the disk.")
        return
    asked = {
        name: _one(f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")
    }
    told = ", ".join(f"{name}={value}" for name, value in asked.items()) + "."
    if off := [name for name, value in asked.items() if value == "off"]:
        mend = f"Set {' and '.join(off)} to on: a crash would lose what was answered."
        yield fail("durability", told, mend)
    else:
        yield ok("durability", told)


def writes() -> Iterator[Finding]:
    """Look whether the database takes writes; nothing is written."""
    name = settings.DATABASES["default"]["NAME"]
    if connection.vendor == "postgresql":
        if _one("SELECT pg_is_in_recovery()"):
            mend = "Have CONDUCTOR_DATABASE_URL name the primary."
            yield fail("writes", f"{name} is a standby, which takes none.", mend)
        elif _one("SHOW default_transaction_read_only") == "on":
            mend = "Set default_transaction_read_only to off for this database and user."
            yield fail("writes", f"{name} takes none: transactions are read-only.", mend)
        else:
            yield ok("writes", "It takes them.")
        return
    patience = _one("PRAGMA busy_timeout")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {LOCKED * 1000:.0f}")
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    except Error as error:
        says = f"For {LOCKED:.0f} s it took none: {str(error).strip()}."
        mend = f"End what holds it: `fuser {name}` tells the processes that have the file open. "
        yield fail("writes", says, mend + "All of Conductor waits for it, and looks dead.")
    else:
        yield ok("writes", "It takes them.")
    finally:
        _one(f"PRAGMA busy_timeout = {patience}")


def room_for_connections() -> Iterator[Finding]:
    """Look whether PostgreSQL takes more connections."""
    if connection.vendor != "postgresql":
        return
    most = int(_one("SHOW max_connections"))
    used = int(_one("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    told = f"{used} of {most} are used."
    if used > 0.8 * most:
        mend = "Raise max_connections: a process of Conductor takes up to about 20."
        yield warn("connections", told, mend)
    else:
        yield ok("connections", told)


def clock() -> Iterator[Finding]:
    """Look whether this machine's clock and the database's agree."""
    if connection.vendor != "postgresql":
        yield ok("clock", "The database is on this machine.")
        return
    before = time.time()
    theirs = float(_one("SELECT extract(epoch FROM clock_timestamp())"))
    skew = theirs - (before + time.time()) / 2
    told = f"The database's clock is {abs(skew):.2f} s {'ahead' if skew > 0 else 'behind'}."
    if abs(skew) > SKEW:
        mend = "Have both set by NTP: waits end, and tokens expire, by this machine's clock."
        yield warn("clock", told, mend)
    else:
        yield ok("clock", told)


def workers() -> Iterator[Finding]:
    """Look whether somebody takes runs, and whether all have the same version."""
    alive = workers_alive()
    if not alive:
        mend = "Start `conductor serve` or `conductor worker` on this database."
        yield fail("workers", "None lives: runs wait.", mend)
        return
    for worker in alive:
        if worker.looked is None and worker.version:
            # It has signed on within these seconds and is yet to beat.
            continue
        if worker.looked is not None and worker.looked > SILENT + 3:
            says = f"{worker.name} lives, and has not looked for runs for {worker.looked:.0f} s."
            mend = "Its log says why; a node that blocks the event loop does this. Restart it."
            yield fail("workers", says, mend)
    others = sorted({it.version or "older" for it in alive if it.version != version()})
    if others:
        says = f"This is {version()}, and workers have {', '.join(others)}."
        yield warn(
            "workers", says, "Bring all to one version, and restart them one after the other."
        )
    draining = [it.name for it in alive if it.draining]
    if draining:
        all_ = len(draining) == len(alive)
        says = (
            f"{', '.join(draining)} take{'' if len(draining) > 1 else 's'} no more runs: somebody "
        )
        says += "asked for it" + (", and nobody else does: runs wait." if all_ else ".")
        mend = f"Restart, or have them take runs again: conductor drain --undo {draining[0]}"
        yield (fail if all_ else warn)("workers", says, mend)
    elif not others:
        yield ok("workers", f"{len(alive)} of version {version()}.")
    servers = sum(it.name.startswith(EMBEDDED) for it in alive)
    if servers > 1 and not _redis_url():
        says = f"{servers} servers have no Redis: people at one do not see those at the others."
        yield warn("workers", says, "Set CONDUCTOR_REDIS_URL, the same for all.")
    elsewhere = sorted({host for it in alive if (host := _host_of(it.name)) != host_name()})
    if elsewhere and connection.vendor == "sqlite":
        says = f"Workers of other machines ({', '.join(elsewhere)}) have this file."
        yield fail("workers", says, "Use PostgreSQL: SQLite's locks hold on one machine alone.")


def _host_of(worker: str) -> str:
    return worker.removeprefix(EMBEDDED).rsplit("-", 2)[0]


def queue() -> Iterator[Finding]:
    """Look whether runs wait for long."""
    for depth in depths(served=True):
        told = f"{depth.queue}: {depth.waiting} wait, the first for {depth.oldest:.0f} s."
        if depth.free and depth.oldest > STUCK:
            mend = "Start more workers, or raise CONDUCTOR_CONCURRENT_RUNS."
            yield warn("queue", told, mend)
        else:
            yield ok("queue", told)
    for text, count in unserved().items():
        says = f"{count} wait for a worker with the labels {text}, and none lives."
        yield fail("queue", says, f"Start one: conductor worker --labels {text}")


def labels() -> Iterator[Finding]:
    """Look whether a worker has what published blueprints ask for."""
    asking: defaultdict[str, list[str]] = defaultdict(list)
    published = Blueprint.objects.filter(published__isnull=False).order_by("name")
    rows = published.values_list("name", "published__drawing__document")
    for name, document in rows.iterator(chunk_size=50):
        for text in asked_for(document):
            asking[text].append(name)
    lonely = {text: names for text, names in sorted(asking.items()) if lacking(text)}
    for text, names in lonely.items():
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        asks = f"{', '.join(names[:3])}{more} ask{'s' if len(names) == 1 else ''}"
        says = f"{asks} for workers with {text}, and none that takes runs has it."
        yield warn("labels", says, f"Start one: conductor worker --labels {text}")
    if not lonely:
        told = f"Workers have what is asked for: {'; '.join(sorted(asking))}."
        yield ok("labels", told if asking else "No published blueprint asks for any.")


def folder() -> Iterator[Finding]:
    """Look whether all workers, and this machine, have the same folder of large values."""
    trouble = False
    for worker in workers_alive():
        if worker.store not in ("", SHARED):
            trouble = True
            yield fail("values", f"{worker.name} says: {worker.store}", SAME_FOLDER)
    if says := not_shared(row.name for row in unseen_marks()):
        trouble = True
        yield fail("values", f"On this machine {says}", SAME_FOLDER)
    if not trouble:
        yield ok("values", f"All see what the others keep in {settings.CONDUCTOR_VALUES}.")


SAME_FOLDER = "Mount one folder for all, writable, name it in CONDUCTOR_VALUES, and restart."
CORE_LAYER = "channels_redis.core.RedisChannelLayer"


def _redis_url() -> str:
    layer: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    return str(layer.get("CONFIG", {}).get("hosts", [""])[0])


def redis() -> Iterator[Finding]:
    """Look whether Redis answers, and whether it is wanted."""
    if settings.CHANNEL_LAYERS["default"]["BACKEND"] == CORE_LAYER:
        says = "The core layer of channels_redis loses messages, and fails while it waits for one."
        yield fail("redis", says, "Leave CHANNEL_LAYERS to CONDUCTOR_REDIS_URL.")
        return
    if not (url := _redis_url()):
        yield ok("redis", "None, and none is needed for one server.")
        return
    from redis import Redis, RedisError

    client = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
    began = time.perf_counter()
    try:
        client.ping()
    except (RedisError, OSError) as error:
        mend = "Start it, or mend CONDUCTOR_REDIS_URL. Until then others are seen every 2 seconds."
        # Its own words name host and port, and no password.
        yield fail("redis", f"It does not answer: {str(error)[:200]}", mend)
    else:
        yield ok("redis", f"It answers in {(time.perf_counter() - began) * 1000:.1f} ms.")
    finally:
        client.close()


STORES = (
    database,
    durability,
    writes,
    room_for_connections,
    clock,
    redis,
    migrations,
    workers,
    queue,
    labels,
    folder,
    secrets,
)
NEEDED = (database, migrations)
