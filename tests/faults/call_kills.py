"""Kills processes at random moments while runs call others, and then asks what became of all.

`python -m tests.faults.call_kills --kills 100 --database postgresql --seed 1` does it at length
and prints the figures.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tests.faults.kills import Campaign, main

ITEMS = [0, 1, 2]


def chain(*names: str) -> list[str]:
    return [f"{one}.out -> {other}.in" for one, other in itertools.pairwise(names)]


def child(port: int) -> dict[str, Any]:
    """A blueprint with an effect outside, which gives what it was given, ten times."""
    url = f"http://127.0.0.1:{port}/" + "{{ run.id }}/{{ input.n }}"
    post = {"method": "POST", "url": url, "body_type": "json", "body": {"n": "{{ input.n }}"}}
    return {
        "format": "conductor/1",
        "name": "Child",
        "inputs": {"n": {"type": "integer", "required": True}},
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "wait": {"kind": "flow.wait", "parameters": {"seconds": 0.3}},
            "post": {"kind": "http.request", "parameters": post},
            "ten": {"kind": "data.set", "parameters": {"fields": {"n": "{{ input.body.n * 10 }}"}}},
            "out": {"kind": "flow.output", "parameters": {"name": "ten"}},
        },
        "edges": chain("start", "wait", "post", "ten", "out"),
    }


def caller() -> dict[str, Any]:
    """A blueprint that calls it for each of three items, then once more without waiting for it."""
    each = {"each": {"list": str(ITEMS).join(("{{ ", " }}")), "concurrency": 2}}
    many = {"blueprint": "Child", "inputs": {"n": "{{ item }}"}}
    one = {"blueprint": "Child", "inputs": {"n": 7}, "wait": False}
    told = {"ten": "{{ [it.ten.n for it in nodes['many']] }}", "run": "{{ nodes['one'].run }}"}
    return {
        "format": "conductor/1",
        "name": "Caller",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "many": {"kind": "blueprint.call", "parameters": many, "settings": each},
            "one": {"kind": "blueprint.call", "parameters": one},
            "tell": {"kind": "data.set", "parameters": {"fields": told, "keep": False}},
            "out": {"kind": "flow.output", "parameters": {"name": "told"}},
        },
        "edges": chain("start", "many", "one", "tell", "out"),
    }


class Calls(Campaign):
    """A site on which runs call others."""

    events = 30
    at_once = 2, 4
    runs_each = 2 + len(ITEMS)

    def _draw(self) -> str:
        self.server.make(child(self._counts.port), publish=True)
        return self.server.make(caller())

    def _check_runs(self, runs: Sequence[str]) -> None:
        """Every caller has its four children and no other, and each has ended once."""
        children: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        callers = []
        for run in runs:
            shown, events = self._ended_once(run)
            if shown["parent"] is None:
                callers.append((shown, events))
                continue
            children[shown["parent"]].append(shown)
            given = shown["inputs"]["n"]
            assert shown["outputs"]["ten"]["n"] == given * 10
            assert self._counts.keys[f"/{run}/{given}"] == {f"{run}:post"}
            self.figures.effects += 1
        assert set(children) == {shown["id"] for shown, _ in callers}
        for shown, events in callers:
            own = children[shown["id"]]
            places = Counter((it["parent_step"], it["inputs"]["n"]) for it in own)
            assert places == Counter([*((f"many[{n}]", n) for n in ITEMS), ("one", 7)])
            (other,) = [it["id"] for it in own if it["parent_step"] == "one"]
            assert shown["outputs"]["told"] == {"ten": [n * 10 for n in ITEMS], "run": other}
            steps = Counter(it["step"] for it in events if it["type"] == "step.succeeded")
            assert set(steps.values()) == {1}


if __name__ == "__main__":
    main(Calls)
