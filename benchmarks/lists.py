"""Whether every list that people and scripts look at opens soon with a million of everything.

Fills a database of its own with runs, deliveries, messages to endpoints and attempts to send them,
as many of each. Then opens each list of the admin with each filter, order, search and page that it
has a link to, and each list of the pages and of the API as an owner, as somebody with whom
something is shared, and as a superuser. Prints a JSON line for each that takes a processor for
longer than a second, the database's own share included, with its slowest statement and the plan,
and one at the end; `reached`: there was none.

    python benchmarks/lists.py [--rows 1000000] [--postgres]
"""

from __future__ import annotations

import html
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks._million import fill, own_database
from benchmarks.indexes import Notes, plan_of, say

LIMIT_MS = 1000.0
ALIKE = 7  # links of a filter that are followed; each blueprint is one
WORDS = ("Orders 7", "nobody has this")
STATUSES = ("queued", "running", "waiting", "paused", "succeeded", "failed", "cancelled")
LAST = "cursor=cj0x"  # how the API's pages are told from their end: r=1


def spent() -> float:
    """Return the milliseconds of a processor that this process and its database have taken.

    Others on the machine do not change them, and SQLite works in this process.
    """
    from django.db import connection

    own = time.process_time()
    if connection.vendor == "postgresql":
        pid = connection.connection.info.backend_pid
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        own += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 1000 * own


class Looking:
    """Somebody who opens addresses, and notes what takes long."""

    def __init__(self, name: str, user: Any, notes: Notes) -> None:
        from django.test import Client

        self._client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        self._client.force_login(user)
        self._name = name
        self._notes = notes
        self.opened = 0
        self.late: list[str] = []

    def open(self, address: str) -> Any:
        """Open an address; of one that takes long the second time counts."""
        for _ in range(2):
            self._notes.now = []
            began = spent()
            answer = self._client.get(address)
            took = spent() - began
            if took < LIMIT_MS:
                break
        self.opened += 1
        if answer.status_code >= 500:
            say(who=self._name, address=address, status=answer.status_code)
            self.late.append(address)
        elif took >= LIMIT_MS:
            worst, sql = max(self._notes.now, default=(0.0, ""))
            plan = plan_of(sql, self._notes.slowest[sql][1]) if sql in self._notes.slowest else ""
            self.late.append(address)
            say(
                who=self._name,
                address=address,
                ms=round(took),
                slowest_ms=round(worst),
                sql=sql[:1500],
                plan=plan[:700],
            )
        return answer


def links(page: str, address: str) -> Iterator[str]:
    """Yield the addresses to which a list of the admin has links: a few of each kind."""
    base = address.partition("?")[0]
    seen: Counter[tuple[str, ...]] = Counter()
    known = set()
    for found in re.findall(r'href="(\?[^"]*)"', page):
        query = html.unescape(found)[1:]
        # Each order is one of its own.
        kind = tuple(f"{k}={v}" if k == "o" else k for k, v in parse_qsl(query))
        if not query or query in known or seen[kind] >= ALIKE:
            continue
        known.add(query)
        seen[kind] += 1
        yield f"{base}?{query}"


def admin(who: Looking) -> None:
    """Open each list of the admin, all that it has links to, and the first of its rows."""
    from django.contrib import admin as site

    for model, shown in sorted(site.site._registry.items(), key=lambda it: str(it[0])):
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        page = who.open(base).content.decode()
        for address in links(page, base):
            who.open(address)
        if shown.search_fields:
            for words in WORDS:
                who.open(f"{base}?{urlencode({'q': words})}")
        for number in (2, 200):
            who.open(f"{base}?p={number}")
        if row := re.search(rf'href="({base}[^"/]+/change/[^"]*)"', page):
            who.open(html.unescape(row[1]))


def lists(who: Looking, there: dict[str, Any]) -> None:
    """Open each list of the pages and of the API."""
    blueprint, small, hook = there["blueprint"], there["small"], there["hook"]
    run, parent = there["ended"], there["parent"]
    for one in ("", f"blueprint={blueprint}&", f"blueprint={small}&"):
        for status in ("", *STATUSES):
            given = f"{one}status={status}" if status else one.rstrip("&")
            who.open(f"/api/runs/?{given}")
            who.open(f"/api/runs/?{given}&limit=200")
            who.open(f"/api/runs/?{given}&{LAST}")
            for page in ("", "2", "50", "2000", "999999"):
                who.open(f"/runs/?{given}&page={page}" if page else f"/runs/?{given}")
        for more in ("dead=true", "dead=false", "queue=default", "queue=none", "step=call"):
            who.open(f"/api/runs/?{one}{more}")
            who.open(f"/api/runs/?{one}{more}&{LAST}")
        who.open(f"/api/runs/?{one}status=failed&status=cancelled")
        who.open(f"/api/runs/?{one}dead=true&queue=default&status=failed")
    for given in (f"parent={parent}", f"parent={parent}&step=call"):
        who.open(f"/api/runs/?{given}")
    for given in ("", f"run={run}", "status=waiting", "status=failed", "status=delivered"):
        who.open(f"/api/messages/?{given}")
        who.open(f"/api/messages/?{given}&{LAST}")
        for endpoint in there["endpoints"]:
            who.open(f"/api/messages/?{given}&endpoint={endpoint}")
            who.open(f"/api/messages/?{given}&endpoint={endpoint}&{LAST}")
    who.open(f"/api/webhooks/{hook}/")
    for name in ("runs", "approvals"):
        who.open(f"/{name}/")
    for name in (
        "blueprints", "queues", "approvals", "webhooks", "listeners", "listeners/aside",
        "endpoints", "schedules", "files", "hooks/openapi.json",
    ):  # fmt: skip
        who.open(f"/api/{name}/" if "." not in name else f"/api/{name}")
    for page in ("", "2", "999"):
        for words in ("", "7", "nobody has this"):
            who.open(f"/blueprints/?q={words}&page={page}")
    for one in (blueprint, small):
        who.open(f"/blueprints/{one}/")
        for name in ("", "calls/?node=hook", "versions/", "used-by/", "shares/", "links/"):
            who.open(f"/api/blueprints/{one}/{name}")
    for one in (run, parent):
        for name in ("", "events/", "explain/", "values/"):
            who.open(f"/api/runs/{one}/{name}")
        who.open(f"/runs/{one}/")


def look(there: dict[str, Any]) -> bool:
    """Open everything and print; return whether nothing took too long."""
    from django.contrib.auth.models import User
    from django.db import connection

    from editor.actions.sharing import share_with
    from editor.models import Blueprint, Right

    friend, _ = User.objects.get_or_create(username="friend")
    for key in (there["blueprint"], there["small"]):
        share_with(Blueprint.objects.get(pk=key), "friend", Right("view"))
    notes = Notes()
    people = {
        "root": User.objects.get(pk=there["root"]),
        "owner": User.objects.get(pk=there["owner"]),
        "friend": friend,
    }
    if connection.vendor == "postgresql":
        # What others do for a statement is not counted.
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
    opened, late = 0, 0
    with connection.execute_wrapper(notes):
        for name, user in people.items():
            who = Looking(name, user, notes)
            if name == "root":
                admin(who)
            lists(who, there)
            opened += who.opened
            late += len(who.late)
    say(database=connection.vendor, opened=opened, late=late, reached=not late)
    return not late


def main() -> None:
    """Look at a database of the program's own."""
    with own_database(__doc__) as rows:
        # What the admin filters by "the past seven days" has rows.
        there = fill(rows, every=1, begin=datetime.now(UTC) - timedelta(days=60))
        reached = look({key: getattr(it, "pk", it) for key, it in there.items()})
    sys.exit(not reached)


if __name__ == "__main__":
    main()
