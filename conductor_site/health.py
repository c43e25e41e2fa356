"""Whether the site can do its work, and its figures: for load balancers, monitoring and scripts.

An ASGI application of its own in front of Django: it answers within a second also where pages
wait for the database, and says what is wrong without saying anything secret.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from prometheus_client import CollectorRegistry, Info, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from runner import stopping
from runner.journal.committer import committer
from runner.queue.claim import version
from runner.queue.depth import QueueFigures, depths, workers_alive
from runner.queue.worker import SILENT, trouble_here, workers_here
from runner.telemetry.figures import REGISTRY

logger = logging.getLogger(__name__)

ADDRESSES = frozenset({"/healthz", "/readyz", "/metrics"})
PATIENCE = 1.0  # seconds that the database has to answer
STUCK = 60.0  # seconds after which a run that nobody takes, though somebody has room, is a fault
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")
FIGURES = "text/plain; version=0.0.4; charset=utf-8"
TROUBLE = (DatabaseError, InterfaceError)
SLOW = f"The database does not answer within {PATIENCE:g} s."


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: tuple[tuple[bytes, bytes], ...] = ()


Question = Callable[[], Answer]


async def application(scope: Mapping[str, Any], receive: Any, send: Any) -> None:
    """Answer one request (ASGI 3)."""
    question = question_of(
        scope["method"], scope["path"], (scope.get("client") or ("",))[0], scope["headers"]
    )
    if isinstance(question, Answer):
        answer = question
    else:
        asked, left = begin(question)
        try:
            # Others may wait for the same answer.
            waiting = asyncio.shield(asyncio.wrap_future(asked))
            answer = await asyncio.wait_for(waiting, left)
        except TimeoutError:
            answer = given_up(question)
        if question is site_figures:
            answer = await asyncio.to_thread(with_own, answer)
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body})


def question_of(
    method: str, path: str, sender: str, headers: Iterable[tuple[bytes, bytes]]
) -> Answer | Question:
    """Return what is asked, which takes as long as the database; or why it is not answered."""
    if method not in ("GET", "HEAD"):
        return _json(405, {"detail": "Only GET and HEAD."}, ((b"allow", b"GET, HEAD"),))
    if path == "/healthz":
        return healthz
    if path == "/readyz":
        return readyz
    return _refusal(sender, dict(headers)) or site_figures


# --- who may read the figures ----------------------------------------------------


def _refusal(sender: str, headers: Mapping[bytes, bytes]) -> Answer | None:
    token = settings.CONDUCTOR_METRICS_TOKEN
    given = headers.get(b"authorization", b"")
    if given:
        if token and hmac.compare_digest(given, b"Bearer " + token.encode()):
            return None
        detail = {"detail": "The token is not that of CONDUCTOR_METRICS_TOKEN."}
        return _json(401, detail, ((b"www-authenticate", b"Bearer"),))
    # Behind a proxy, the sender is the proxy: whoever calls it would be let in.
    if not any(name in headers for name in FORWARDED) and _is_near(sender, headers):
        return None
    detail = {
        "detail": "The figures are for callers with the token of CONDUCTOR_METRICS_TOKEN or from "
        "the networks of CONDUCTOR_METRICS_ALLOW, and through a proxy for the token alone."
    }
    return _json(
        401 if token else 403, detail, ((b"www-authenticate", b"Bearer"),) if token else ()
    )


def _is_near(sender: str, headers: Mapping[bytes, bytes]) -> bool:
    try:
        address = ip_address(sender)
        asked = urlsplit("//" + headers.get(b"host", b"").decode("latin-1")).hostname
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    if settings.CONDUCTOR_METRICS_ALLOW:
        return any(address in network for network in settings.CONDUCTOR_METRICS_ALLOW)
    # A site with another name than this machine's own is behind a proxy, which may say nothing.
    # And a page of elsewhere may have had its own name lead a browser of this machine here.
    site = urlsplit(settings.CONDUCTOR_URL).hostname
    here = {"127.0.0.1", "localhost", "::1", settings.HOST}
    return address.is_loopback and site in here and asked in here


# --- asking with patience ----------------------------------------------------------

_asking = ThreadPoolExecutor(3, thread_name_prefix="conductor-health")
_lock = threading.Lock()
_under_way: dict[Question, tuple[float, Future[Answer]]] = {}


def begin(question: Question) -> tuple[Future[Answer], float]:
    """Return the future answer to a question, and the seconds until it is to be given up.

    Who asks while the same question is under way gets the same answer: a database that hangs
    holds one thread, and not one for each question.
    """
    with _lock:
        known = _under_way.get(question)
        if known is None or known[1].done():
            known = time.monotonic(), _asking.submit(_asked, question)
            _under_way[question] = known
    return known[1], max(0.0, known[0] + PATIENCE - time.monotonic())


def _asked(question: Question) -> Answer:
    try:
        return question()
    except TROUBLE as error:
        # The error may tell names and addresses; the log may have them.
        logger.debug("The database does not answer a question about health (%s)", error)
        return given_up(question, "The database does not answer.")
    except Exception:
        logger.exception("A question about health was not answered")
        return given_up(question, "The check itself failed; the log says why.")
    finally:
        # A connection that was kept would be a stale one after an outage.
        connections.close_all()


def given_up(question: Question, why: str = SLOW) -> Answer:
    """Return the answer where the database gives none."""
    if question is site_figures:
        return Answer(200, b"", FIGURES)
    if question is healthz:
        return _json(503, {"status": "unavailable", "database": why})
    return _json(503, {"status": "unready", "checks": {"database": why}})


# --- questions ---------------------------------------------------------------------


def healthz() -> Answer:
    """Say whether the database answers and takes what runs write.

    Nothing is written for it: those who write all the time say whether they can.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if committer().trouble or trouble_here():
        return _json(503, {"status": "unavailable", "database": "The database takes no writes."})
    return _json(200, {"status": "ok"})


def readyz() -> Answer:
    """Say whether requests should come here, with one sentence for each thing that is wrong."""
    checks = {
        "process": "The process is about to end." if stopping.begun() else "",
        "database": _database(),
        "migrations": _migrations(),
        "worker": _worker(),
        "folder": next((why for it in workers_here() if (why := it.folder.trouble)), ""),
    }
    checks["queue"] = "" if checks["migrations"] else _queue()
    ready = not any(checks.values())
    shown = {name: problem or "ok" for name, problem in checks.items()}
    return _json(
        200 if ready else 503, {"status": "ready" if ready else "unready", "checks": shown}
    )


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "The database takes no writes." if committer().trouble else ""


def _migrations() -> str:
    missing = unapplied()
    if not missing:
        return ""
    first = ".".join(missing[0])
    return f"{len(missing)} migrations are not applied, such as {first}: start the site once."


def unapplied() -> list[tuple[str, str]]:
    """Return the migrations that the database lacks, each as its app and its name."""
    return sorted(_migrations_of_code() - _applied())


def unknown() -> list[tuple[str, str]]:
    """Return the migrations of the database that this version does not know, but a newer one."""
    apps = {app for app, _ in _migrations_of_code()}
    known = _migrations_of_code() | _replaced()
    return sorted(it for it in _applied() - known if it[0] in apps)


def _applied() -> set[tuple[str, str]]:
    recorder = MigrationRecorder(connection)
    return set(recorder.applied_migrations()) if recorder.has_table() else set()


@cache
def _migrations_of_code() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


@cache
def _replaced() -> frozenset[tuple[str, str]]:
    migrations = MigrationLoader(None).disk_migrations.values()
    return frozenset(it for migration in migrations for it in migration.replaces)


def _worker() -> str:
    workers = workers_here()
    if workers:
        return next((why for worker in workers if (why := worker.silent)), "")
    alive = workers_alive()
    if any(it.looked is not None and it.looked < SILENT and not it.draining for it in alive):
        return ""
    return "No worker of the site has said of late that it looks for runs."


def _queue() -> str:
    # Where all have their hands full, the queue is long and nothing is wrong.
    workers = workers_here()
    if workers and not any(worker.has_room for worker in workers):
        return ""
    for depth in depths(served=True):
        # A queue that is paused or limited waits since somebody wants that.
        if depth.free and depth.oldest > STUCK:
            return f"The first run of the queue {depth.queue} waits for {depth.oldest:.0f} s."
    return ""


class SiteState:
    """Figures of this process that are looked up rather than counted."""

    def collect(self) -> Iterator[Metric]:
        """Give the figures."""
        runs = sum(worker.runs for worker in workers_here())
        yield GaugeMetricFamily("conductor_process_runs", "Runs that this process has.", value=runs)
        yield GaugeMetricFamily(
            "conductor_journal_trouble",
            "1 while the database takes no writes of this process.",
            value=int(bool(committer().trouble)),
        )


REGISTRY.register(SiteState())
Info("conductor_build", "The version of Conductor.", registry=REGISTRY).info({"version": version()})
_site = CollectorRegistry(auto_describe=False)
_site.register(QueueFigures())


def site_figures() -> Answer:
    """Return the figures that are the same in each process of the site."""
    return Answer(200, generate_latest(_site), FIGURES)


def with_own(answer: Answer) -> Answer:
    """Return the figures of the site together with those of this process."""
    return replace(answer, body=generate_latest(REGISTRY) + answer.body)


def _json(
    status: int, told: Mapping[str, Any], headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    return Answer(status, json.dumps(told).encode(), headers=headers)
