"""PgQueuer as the queue's engine: which runs begin next, by its jobs; the rows stay the truth.

A job is dequeued, its run's row is claimed, and the job is resolved in one transaction: the
lease of a run is that of its row, which fences, and not PgQueuer's, which does not.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from random import shuffle
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models.expressions import RawSQL

from runner.graph.labels import apart
from runner.graph.queueing import DEFAULT
from runner.journal import jobs
from runner.journal.jobs import Job
from runner.models import Run, RunStatus
from runner.queue import queues
from runner.queue.line import AT_HAND, MOST_OWNERS, Line, Seen, busy, fairly, room, running, seen
from runner.queue.wake import wake_here

logger = logging.getLogger(__name__)

ME = uuid4()  # who dequeues: for as long as a transaction
MOST_MISSING = 1000
KEEP_LOG = timedelta(minutes=10)
SETTLE = 0.02  # seconds: of the notifications that come together, one wakes
LOST = 5.0  # seconds before the database is listened to again
_NEVER = timedelta(days=36_500)


class Jobs:
    """The engine, see `runner.queue.port.Engine`."""

    def __init__(self) -> None:
        # What was dequeued: the jobs by their runs, and those of the runs that may begin still.
        self._found: dict[UUID, int] = {}
        self._open: set[UUID] = set()

    def claiming(self) -> transaction.Atomic:
        """Hold what is dequeued until its runs are claimed."""
        return transaction.atomic()

    def ready(self, most: int, labels: Sequence[str]) -> Line:
        """Dequeue the jobs of runs that could begin now, at most so many."""
        states = queues.known(queues.OLDEST / 2)
        left = room(states.values())
        whole = dict(left)
        if queues.site_limit():
            most = min(most, queues.site_limit() - running().count())
        if most <= 0:
            return Line([])
        waiting: dict[int, list[Seen]] = defaultdict(list)
        mine = _entrypoints(labels)
        for owner, share in _shares(list(mine), most):
            for queue, entrypoints in mine[owner].items():
                state = queues.state_of(queue, states)
                fits = min(share, most - len(self._open), left.get(state.name, most))
                if state.rate is not None:
                    # One more than may begin: it tells when the next may.
                    fits = min(fits, state.burst + int(state.rate) + 1)
                if fits > 0 and not state.paused:
                    got = self._take(entrypoints, fits)
                    waiting[owner] += got
                    if state.name in left:
                        left[state.name] -= len(got)
        return Line(fairly(waiting, whole, most))

    def resolve(self, taken: Collection[UUID]) -> None:
        """Resolve the jobs of the runs that were taken or are over; put the others back."""
        waiting = self._open - set(taken)
        done = [job for run, job in self._found.items() if run not in waiting]
        if done:
            _ask(
                jobs.statements().build_log_job_query(),
                done,
                ["successful"] * len(done),
                [None] * len(done),
            )
        for run in waiting:
            # At once: another worker may have room for it, and this one knows when it looks again.
            _ask(jobs.statements().build_retry_job_query(), self._found[run], timedelta(0), None)

    def _take(self, entrypoints: list[str], most: int) -> list[Seen]:
        """Dequeue jobs until there are so many whose runs may begin, or no more jobs."""
        got: list[Seen] = []
        while (wanted := most - len(got)) > 0:
            keys = self._dequeue(entrypoints, wanted)
            # Of a run that was cancelled meanwhile the job is still there.
            rows = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED, pk__in=keys)
            got += seen(rows)
            if len(keys) < wanted:
                break
        self._open |= {run.id for run in got}
        return got

    def _dequeue(self, entrypoints: list[str], most: int) -> list[UUID]:
        query = jobs.statements().build_dequeue_query(
            batch_size=most,
            entrypoints=entrypoints,  # type: ignore[arg-type]
            concurrency_limits=[0] * len(entrypoints),
            queue_manager_id=ME,  # type: ignore[arg-type]
            global_concurrency_limit=None,
            # What is picked is so within a transaction only, so that nothing is ever stale.
            heartbeat_timeout=_NEVER,
        )
        found = _ask(query.sql, *query.args)
        jobs_of = {UUID(str(row["dedupe_key"])): int(str(row["id"])) for row in found}
        self._found |= jobs_of
        return list(jobs_of)


def enqueue(runs: Iterable[Run]) -> None:
    """Enqueue the jobs of runs that may begin, within the transaction that lets them."""
    if jobs.chosen():
        _enqueue([_job(run) for run in runs if _may_begin(run)])


def enqueue_all(keys: Sequence[UUID]) -> None:
    """Enqueue the jobs of those of these runs that may begin."""
    if jobs.chosen() and keys:
        enqueue(Run.objects.filter(pk__in=keys))


def follow(queue: str) -> None:
    """Have the jobs of a queue's runs say what the rows say since their queue was changed."""
    if not jobs.chosen():
        return
    rows = list(Run.objects.filter(AT_HAND, status=RunStatus.QUEUED, queue=queue))
    told = [_job(run) for run in rows]
    table = jobs.names().qualified.queue_table
    _ask(
        f"UPDATE {table} AS job SET priority = told.priority, entrypoint = told.entrypoint "  # noqa: S608
        "FROM unnest($1::text[], $2::int[], $3::text[]) AS told(run, priority, entrypoint) "
        "WHERE job.dedupe_key = told.run AND job.status = 'queued'",
        [job.run for job in told],
        [job.priority for job in told],
        [job.entrypoint for job in told],
    )


def mend() -> int:
    """Enqueue what has a row and no job, as after a restore; return how many there were.

    Also what became of jobs long ago is forgotten.
    """
    if not jobs.chosen():
        return 0
    named = jobs.names().qualified
    _ask(f"DELETE FROM {named.queue_table_log} WHERE created < now() - $1::interval", KEEP_LOG)  # noqa: S608
    there = RawSQL(f"SELECT dedupe_key::uuid FROM {named.queue_table}", [])  # noqa: S608, S611
    rows = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED).exclude(pk__in=there)
    with transaction.atomic():
        missing = list(rows.order_by("turn")[:MOST_MISSING])
        _enqueue([_job(run) for run in missing])
    return len(missing)


async def listen() -> None:
    """Wake this process' workers when a job is enqueued anywhere, until cancelled."""
    if not jobs.chosen():
        return
    from psycopg import AsyncConnection, Error, sql

    while True:
        try:
            raw = await AsyncConnection.connect(**_parameters(), autocommit=True)
            async with raw:
                await raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(jobs.names().channel)))
                async for note in raw.notifies():
                    if json.loads(note.payload).get("operation") == "insert":
                        wake_here()
                        await asyncio.sleep(SETTLE)
        except (Error, OSError) as error:
            logger.debug("PgQueuer's notifications do not come (%s)", error)
        await asyncio.sleep(LOST)


def prepare() -> None:
    """Make PgQueuer's tables, or bring them up to date. Raises psycopg's errors."""
    if jobs.chosen():
        asyncio.run(_prepare())


async def _prepare() -> None:
    from pgqueuer.adapters.drivers.psycopg import PsycopgDriver
    from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
    from pgqueuer.queries import Queries
    from psycopg import AsyncConnection

    async with await AsyncConnection.connect(**_parameters(), autocommit=True) as raw:
        environment = QueryBuilderEnvironment(jobs.names())
        queries = Queries(PsycopgDriver(raw), environment, jobs.statements())
        # Of several processes that start at once, one makes the tables.
        async with queries.schema_lock():
            if await queries.schema_is_installed():
                await queries.apply_upgrade()
            else:
                await queries.install()


def _parameters() -> dict[str, Any]:
    given = connection.get_connection_params()
    return {
        name: value
        for name, value in given.items()
        if name not in ("cursor_factory", "context", "prepare_threshold")
    }


def _may_begin(run: Run) -> bool:
    return run.status == RunStatus.QUEUED and run.wake_at is None and not run.held


def _job(run: Run) -> Job:
    return Job(str(run.pk), run.queue, run.owner_id, run.labels, run.turn)


def _enqueue(wanted: Sequence[Job]) -> None:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        jobs.enqueue(connection.connection, wanted)


def _ask(query: str, *values: object) -> list[dict[str, object]]:
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return jobs.RawDriver(connection.connection).fetch(query, *values)


def _shares(owners: list[int], most: int) -> list[tuple[int, int]]:
    """Return the owners, those with the fewest runs under way first, and how many each gets.

    What one does not use is for those after it, and at the end for the first again.
    """
    if len(owners) < 2:
        return [(owner, most) for owner in owners]
    shuffle(owners)
    has = busy()
    owners = sorted(owners, key=lambda owner: has[owner])[: min(most, MOST_OWNERS)]
    share = -(-most // len(owners))
    return [(owner, share) for owner in owners] + [(owner, most) for owner in owners]


def _entrypoints(labels: Sequence[str]) -> dict[int, dict[str, list[str]]]:
    """Return the entrypoints that have jobs with one of these texts of labels, by owner and queue.

    Each is one step through PgQueuer's index, however many jobs it has.
    """
    table = jobs.names().qualified.queue_table
    found = _ask(
        f"""WITH RECURSIVE names(name) AS (
            SELECT min(entrypoint) FROM {table} WHERE status = 'queued'
            UNION ALL
            SELECT (SELECT min(entrypoint) FROM {table}
                    WHERE status = 'queued' AND entrypoint > names.name)
            FROM names WHERE names.name IS NOT NULL)
        SELECT name FROM names WHERE name IS NOT NULL LIMIT 10000"""  # noqa: S608
    )
    mine: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = {apart(text) for text in labels}
    for row in found:
        queue, owner, text = str(row["name"]).split(" ", 2)
        if apart(text) in wanted:
            mine[int(owner)][queue or DEFAULT].append(str(row["name"]))
    return mine
