"""Orders that callers place at several servers, and what must have become of them.

A caller does what a balancer does: where a server is away, or goes before it has answered, the
same request goes to the next one, under the same idempotency key, until somebody has taken it.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks._fleet import Fleet
from tests.faults.counted import Counting

CALLERS = 60
PATIENCE = 90.0  # seconds after which a request that nobody takes is given up
STEPS = ("first", "second")


def drawing(counts: Counting) -> dict[str, Any]:
    """Return ten nodes with two effects outside, started by hand or by a webhook."""

    def effect(name: str) -> dict[str, Any]:
        url = f"http://127.0.0.1:{counts.port}/{{{{ run.id }}}}/{name}"
        body = {"order": "{{ nodes['order'].order }}"}
        parameters = {"method": "POST", "url": url, "body_type": "json", "body": body}
        retry = {"attempts": 5, "backoff": "fixed", "delay": 0.2}
        return {"kind": "http.request", "parameters": parameters, "settings": {"retry": retry}}

    def sets(**fields: Any) -> dict[str, Any]:
        return {"kind": "data.set", "parameters": {"fields": fields}}

    nodes = {
        "start": {"kind": "trigger.manual"},
        "hook": {"kind": "trigger.webhook", "parameters": {"once": "idempotency_key"}},
        "of_hook": sets(order="{{ input.body.order }}"),
        "order": sets(order="{{ input.order }}"),
        "first": effect("first"),
        "between": sets(n=1),
        "rest": {"kind": "flow.wait", "parameters": {"seconds": 0.2}},
        "second": effect("second"),
        "last": sets(order="{{ nodes['order'].order }}"),
        "end": {"kind": "flow.output", "parameters": {"name": "got"}},
    }
    chain = ["order", "first", "between", "rest", "second", "last", "end"]
    edges = ["start.out -> order.in", "hook.out -> of_hook.in", "of_hook.out -> order.in"]
    edges += [f"{one}.out -> {next_}.in" for one, next_ in itertools.pairwise(chain)]
    return {"format": "conductor/1", "name": "Orders", "nodes": nodes, "edges": edges}


@dataclass
class Orders:
    """What was asked for, and what was answered."""

    fleet: Fleet
    counts: Counting
    hook: str = ""
    blueprint: str = ""
    accepted: dict[int, str] = field(default_factory=dict)
    """The run of each order that was taken."""
    told_again: Counter[str] = field(default_factory=Counter)
    """Why requests were made once more, by what went wrong."""
    given_up: list[int] = field(default_factory=list)
    slowest: float = 0.0
    behind: int = 0
    """The most orders that waited for a caller, as while the database was away."""
    _number: int = 0

    def publish(self) -> None:
        """Make the blueprint and its webhook."""
        site = self.fleet.site
        self.blueprint = site.make(drawing(self.counts), publish=True)
        asked = {"blueprint": self.blueprint, "node": "hook", "authentication": "none"}
        made = site.ask("POST", "/api/webhooks/", asked)
        assert made.status == 201, made
        self.hook = "/hooks/" + str(made.body["url"]).split("/hooks/")[1]

    async def place(self, client: httpx.AsyncClient) -> None:
        """Place one order: the even ones by the webhook, the odd ones by the API."""
        number = self._number
        self._number += 1
        began = time.monotonic()
        for turn in itertools.count(number):
            if time.monotonic() - began > PATIENCE:
                self.given_up.append(number)
                return
            port = self.fleet.webs[turn % len(self.fleet.webs)].port
            try:
                answer = await self._ask(client, f"http://127.0.0.1:{port}", number)
            except httpx.TransportError as error:
                self.told_again[type(error).__name__] += 1
            else:
                if answer.status_code in (201, 202, 200):
                    body = answer.json()
                    self.accepted[number] = body["run"] if number % 2 == 0 else body["id"]
                    self.slowest = max(self.slowest, time.monotonic() - began)
                    return
                self.told_again[f"{answer.status_code} {answer.text[:200]}"] += 1
            await asyncio.sleep(0.2)

    async def _ask(self, client: httpx.AsyncClient, url: str, number: int) -> httpx.Response:
        if number % 2 == 0:
            headers = {"Idempotency-Key": f"order-{number}"}
            return await client.post(url + self.hook, json={"order": number}, headers=headers)
        body: dict[str, Any] = {"inputs": {"order": number}, "trigger": "start"}
        body |= {"unique": f"order-{number}", "unique_for": 3600}
        headers = {"Authorization": f"Bearer {self.fleet.site.token}"}
        path = f"/api/blueprints/{self.blueprint}/runs/"
        return await client.post(url + path, json=body, headers=headers)

    async def most(self, seconds: float, at_once: int = 40) -> float:
        """Return how many runs a second end while callers place one order after the other."""
        async with caller() as client:
            began = time.monotonic()

            async def go_on() -> None:
                while time.monotonic() - began < seconds:
                    await self.place(client)

            await asyncio.gather(*(go_on() for _ in range(at_once)))
        await self.ended(180)
        return len(self.accepted) / (time.monotonic() - began)

    async def keep_placing(self, rate: float, stop: asyncio.Event) -> None:
        """Place so many orders a second until `stop`; what is late is not left out.

        While nobody answers, orders wait for one of the callers, as they would before a balancer:
        with a request under way for each of them, the client itself would come to a standstill.
        """
        due: asyncio.Queue[bool] = asyncio.Queue()

        async def call(client: httpx.AsyncClient) -> None:
            while await due.get():
                await self.place(client)

        async with caller() as client, asyncio.TaskGroup() as calling:
            for _ in range(CALLERS):
                calling.create_task(call(client))
            began, placed = time.monotonic(), 0
            while not stop.is_set():
                while placed < (time.monotonic() - began) * rate:
                    due.put_nowait(True)
                    placed += 1
                self.behind = max(self.behind, due.qsize())
                await asyncio.sleep(0.02)
            for _ in range(CALLERS):
                due.put_nowait(False)

    async def ended(self, within: float) -> None:
        """Return when no run is under way. Raises AssertionError."""
        until = time.monotonic() + within
        while left := await asyncio.to_thread(self._left):
            assert time.monotonic() < until, f"{left} runs have not ended in {within:.0f} s"
            await asyncio.sleep(0.3)

    def _left(self) -> int:
        sql = "SELECT count(*) FROM runner_run WHERE finished IS NULL"
        return int(self.fleet.rows(sql)[0][0])

    def verdict(self) -> dict[str, Any]:
        """Hold what was accepted against the rows, and what arrived outside against its keys."""
        found = self.fleet.rows("SELECT id::text, status, epoch, trigger FROM runner_run")
        rows = {key: (status, epoch) for key, status, epoch, _ in found}
        taken = set(self.accepted.values())
        keys = self.counts.keys
        wrong = [
            run for run in rows for step in STEPS if keys[f"/{run}/{step}"] != {f"{run}:{step}"}
        ]
        return {
            "orders": self._number,
            "accepted": len(taken),
            "given_up": len(self.given_up),
            "runs": len(rows),
            "lost": len(taken - set(rows)),
            "not_succeeded": sum(status != "succeeded" for status, _ in rows.values()),
            "doubled_orders": len(self.accepted) - len(taken),
            # Nobody was told of these. Where an answer is lost with its server, the caller asks
            # again, and is told the same run.
            "unanswered_runs": dict(Counter(by for key, *_, by in found if key not in taken)),
            "effects_under_other_keys": len(wrong),
            "requests_repeated": sum(self.counts.arrivals.values()) - len(STEPS) * len(rows),
            "taken_over": sum(epoch > 1 for _, epoch in rows.values()),
            "told_again": dict(self.told_again),
            "slowest_answer_s": round(self.slowest, 2),
            "most_behind": self.behind,
        }


def sound(verdict: dict[str, Any]) -> bool:
    """Say whether nothing was lost, doubled or left."""
    keys = ["given_up", "lost", "not_succeeded", "doubled_orders", "effects_under_other_keys"]
    wrong = any(verdict[key] for key in [*keys, "unanswered_runs"])
    return not wrong and bool(verdict["accepted"] == verdict["orders"])


def caller() -> httpx.AsyncClient:
    """Return a client with connections that stay open, as a balancer has them."""
    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    return httpx.AsyncClient(timeout=30, limits=limits)
