"""Whether what is asked all the time stays quick with a million runs, and which indexes serve.

Fills a database of its own with runs, a journal chunk and a delivery for each, and outgoing
messages; then does what workers, pages and the pruning do, and notes each statement. Prints a JSON
line for each thing done: its milliseconds (the median of three), and the slowest statement; a line
for each statement that goes through a whole large table, with its plan; and a line with the indexes
of the large tables that none of it used. `reached`: no statement took more than 100 ms.

    python benchmarks/indexes.py [--rows 1000000] [--postgres]
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._million import fill, own_database

LIMIT_MS = 100.0
TABLES = (
    "runner_run",
    "runner_journalchunk",
    "runner_webhookdelivery",
    "runner_outgoingmessage",
    "runner_sendattempt",
)


def say(**line: Any) -> None:
    """Print a line."""
    print(json.dumps(line), flush=True)


# --- what is done ----------------------------------------------------------------


def doings(there: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """Return what workers, pages and the pruning do, by name."""
    import threading

    from django.test import Client

    from editor.actions.sharing import share_with
    from editor.models import Right
    from runner.calls import settling
    from runner.live import rows as live
    from runner.models import Run, WebhookDelivery
    from runner.outgoing import claiming
    from runner.outgoing import statistics as sent
    from runner.queue import claim, depth, figures, labels, line, signals, slots, upkeep
    from runner.retention import candidates
    from runner.retention.holding import Hold
    from runner.retention.limits import Limits
    from runner.retention.removal import Removal
    from runner.webhooks import statistics as came

    share_with(there["small"], "owner0", Right("view"))
    root, owner = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost")
    root.force_login(there["root"])
    owner.force_login(there["owner"])
    now, blueprint, hook = there["now"], there["blueprint"], there["hook"]
    run, parent = there["ended"], there["parent"]

    def get(client: Client, address: str) -> Callable[[], None]:
        def ask() -> None:
            answer = client.get(address, follow=True)
            assert answer.status_code == 200, (address, answer.status_code, answer.content[:300])

        return ask

    def page_at(found: Iterator[Any]) -> None:
        next(found, None)

    half = Limits(journals=there["count"] // 4, runs=there["count"] // 3)
    admin, list_of = "/admin/runner", f"/api/runs/?blueprint={blueprint.pk}"
    return {
        "worker: line": lambda: line.line(10),
        "worker: claim": lambda: claim.claim("nobody", 10),
        "worker: cancels": lambda: claim.cancels("w"),
        "worker: signals": lambda: signals.unreached("w"),
        "worker: labels": labels.wanted,
        "worker: unserved labels": labels.unserved,
        "worker: consequences": settling.settle,
        "worker: keys": upkeep.forget_keys,
        "worker: slots": slots.sweep,
        "figures: depths": depth.depths,
        "figures: open runs": depth.open_runs,
        "figures: queues": figures.figures,
        "sender: claim": lambda: claiming.claim("nobody", 10),
        "live: newest": lambda: list(live._statuses(str(blueprint.pk))),
        "api: runs of root": get(root, "/api/runs/"),
        "api: runs of an owner": get(owner, "/api/runs/"),
        "api: failed runs of an owner": get(owner, "/api/runs/?status=failed"),
        "api: queued runs of an owner": get(owner, "/api/runs/?status=queued"),
        "api: runs of a blueprint": get(owner, list_of),
        "api: failed runs of a blueprint": get(owner, f"{list_of}&status=failed"),
        "api: queued runs of a blueprint": get(owner, f"{list_of}&status=queued"),
        "api: waiting runs of a blueprint": get(owner, f"{list_of}&status=waiting"),
        "api: cancelled runs of a blueprint": get(owner, f"{list_of}&status=cancelled"),
        "api: runs of a queue": get(owner, "/api/runs/?queue=default&status=queued"),
        "api: dead runs": get(owner, "/api/runs/?dead=true"),
        "api: children": get(root, f"/api/runs/?parent={parent}"),
        "api: a run": get(root, f"/api/runs/{run}/"),
        "api: messages": get(owner, "/api/messages/"),
        "api: messages of a run": get(owner, f"/api/messages/?run={run}"),
        "api: waiting messages": get(owner, "/api/messages/?status=waiting"),
        "page: runs of an owner": get(owner, "/runs/"),
        "page: blueprints": get(owner, "/blueprints/"),
        "page: a run": get(root, f"/runs/{run}/"),
        "admin: runs": get(root, f"{admin}/run/"),
        "admin: failed runs": get(root, f"{admin}/run/?status__exact=failed"),
        "admin: runs of a blueprint": get(
            root, f"{admin}/run/?blueprint__id__exact={blueprint.pk}"
        ),
        "admin: a run": get(root, f"{admin}/run/{run}/change/"),
        "admin: deliveries": get(root, f"{admin}/webhookdelivery/"),
        "admin: refused deliveries": get(
            root, f"{admin}/webhookdelivery/?verdict__exact=bad_signature"
        ),
        "admin: too large deliveries": get(
            root, f"{admin}/webhookdelivery/?verdict__exact=too_large"
        ),
        "admin: deliveries of a hook": get(
            root, f"{admin}/webhookdelivery/?webhook__id__exact={hook.pk}"
        ),
        "admin: webhooks": get(root, f"{admin}/webhook/"),
        "admin: messages": get(root, f"{admin}/outgoingmessage/"),
        "admin: endpoints": get(root, f"{admin}/endpoint/"),
        "statistics: hooks": lambda: came.last_day([hook.pk], now),
        "statistics: endpoints": lambda: sent.chart([it.pk for it in _endpoints()], now),
        "prune: journals": lambda: page_at(candidates.journals_over(half, now)),
        "prune: rows": lambda: page_at(candidates.rows_over(half, now)),
        "prune: deliveries": lambda: page_at(candidates.deliveries_over(half, now)),
        "prune: the oldest": lambda: page_at(candidates.oldest_journals(lambda: True)),
        "prune: remove rows": lambda: _remove_rows(Removal(Hold(), threading.Event().wait)),
        "prune: remove deliveries": lambda: _remove_deliveries(
            Removal(Hold(), threading.Event().wait)
        ),
        "runs: that a run has started": lambda: list(Run.objects.filter(parent=parent)[:20]),
        "deliveries: of a run": lambda: list(WebhookDelivery.objects.filter(run=run)),
    }


def _endpoints() -> Any:
    from runner.models import Endpoint

    return Endpoint.objects.all()


def _remove_rows(removal: Any) -> None:
    from runner.retention import candidates

    removal.runs(list(candidates.rows().order_by("finished").values_list("pk", flat=True)[:20]))


def _remove_deliveries(removal: Any) -> None:
    from runner.models import WebhookDelivery

    oldest = WebhookDelivery.objects.order_by("received").values_list("pk", flat=True)
    removal.deliveries(list(oldest.filter(webhook__token=f"{7:043}")[:20]))


# --- the measurement -------------------------------------------------------------


class Notes:
    """Every statement, with the longest that it took."""

    def __init__(self) -> None:
        self.slowest: dict[str, tuple[float, Any]] = {}
        self.now: list[tuple[float, str]] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = 1000 * (time.perf_counter() - began)
            self.now.append((took, sql))
            if not many and took > self.slowest.get(sql, (0.0, None))[0]:
                self.slowest[sql] = took, params


@contextmanager
def undone() -> Iterator[None]:
    """Do something in a transaction that is rolled back."""
    from django.db import transaction

    class Back(Exception):
        pass

    try:
        with transaction.atomic():
            yield
            raise Back
    except Back:
        pass


def plan_of(sql: str, params: Any) -> str:
    """Return the plan of a statement, without running it."""
    from django.db import connection

    word = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{word} {sql}", params)
        return "; ".join(str(row[-1]).strip() for row in cursor.fetchall())


def scans(plan: str) -> bool:
    """Say whether a plan goes through a whole large table."""
    tables = "|".join(TABLES)
    # SQLite may go through an index from its end for the first rows of a list: its name is told.
    return bool(
        re.search(rf"SCAN \S*({tables})\S*(?! USING)(;|$)", plan)
        or re.search(rf"Seq Scan on ({tables})", plan)
    )


def indexes() -> set[str]:
    """Return the names of all indexes of the large tables."""
    from django.db import connection

    found = set()
    with connection.cursor() as cursor:
        for table in TABLES:
            constraints = connection.introspection.get_constraints(cursor, table)
            found |= {name for name, it in constraints.items() if it["index"] or it["unique"]}
    return {name for name in found if not name.startswith(("__", "sqlite_"))}


def measure(count: int) -> bool:
    """Fill, do everything, and print; return whether nothing took too long."""
    from django.db import connection

    began = time.monotonic()
    there = fill(count)
    say(database=connection.vendor, rows=count, filled_in_s=round(time.monotonic() - began))
    notes = Notes()
    late = []
    with connection.execute_wrapper(notes):
        for name, do in doings(there).items():
            took, notes.now = [], []
            for _ in range(3):
                start = time.perf_counter()
                with undone():
                    do()
                took.append(1000 * (time.perf_counter() - start))
            worst, sql = max(notes.now, default=(0.0, ""))
            middle = statistics.median(took)
            say(does=name, ms=round(middle, 1), slowest_ms=round(worst, 1), of=sql[:60])
            if worst > LIMIT_MS:
                late.append(name)
    used: set[str] = set()
    names = indexes()
    for sql, (took_ms, params) in sorted(notes.slowest.items(), key=lambda it: -it[1][0]):
        if not re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", sql):
            continue
        plan = plan_of(sql, params)
        used |= {name for name in names if name in plan}
        if scans(plan) or took_ms > LIMIT_MS:
            say(takes_ms=round(took_ms, 1), plan=plan[:700], sql=sql[:1500])
    say(not_used=sorted(names - used))
    say(late=late, reached=not late)
    return not late


def main() -> None:
    """Measure on a database of the program's own."""
    with own_database(__doc__) as rows:
        reached = measure(rows)
    sys.exit(not reached)


if __name__ == "__main__":
    main()
