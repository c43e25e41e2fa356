"""Kills processes at random moments while runs go on, and then asks whether anything was lost.

`python -m tests.faults.kills --kills 200 --database postgresql --seed 1` does it at length and
prints the figures.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime

from tests.faults.cluster import cluster
from tests.faults.conductor import ENDS, Conductor
from tests.faults.counted import OUTPUTS, Counting, counting, fifty_nodes
from tests.forking import Forked
from tests.patience import PATIENCE, until
from tests.serving import COMMAND, ROOT

EVENTS = 144  # of a run that nothing disturbs


class Started:
    """A process that is killed and started again, whose output goes to a file.

    `through`: the command that starts it, such as one that has it live on another network.
    """

    def __init__(
        self,
        words: Sequence[str],
        environment: dict[str, str],
        log: Path,
        through: Sequence[str] = (),
    ) -> None:
        self._words = [*through, *COMMAND, *words]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0

    def start(self) -> None:
        """Start it; `ready` says when it works."""
        self._from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as output:
            self._process = Forked(
                self._words, cwd=ROOT, env=self._environment, stdout=output, stderr=output
            )

    @property
    def ready(self) -> bool:
        """Whether it has said so since it was started."""
        with self._log.open("rb") as output:
            output.seek(self._from)
            said = output.read()
        assert self._process is not None
        assert self._process.poll() is None, said.decode(errors="replace")
        return b" is ready" in said

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class Figures:
    """What was done, and what came of it."""

    kills: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    """Where the runs stood that were under way at a kill, by the share of their events."""
    runs: int = 0
    unanswered: int = 0
    """Starts of runs whose answer was lost with the server; their runs must end as well."""
    resumed: int = 0
    effects: int = 0
    repeated: int = 0
    """Requests that came again with the key of an earlier one, but for wanted retries."""
    seconds: float = 0


class Campaign:
    """One site whose processes are killed: a web process, and workers where there are several."""

    events = EVENTS
    at_once = 4, 10
    """How many are under way at the same time: on SQLite, on PostgreSQL."""
    runs_each = 1
    """How many runs come of each that is started."""

    def __init__(
        self, home: Path, counts: Counting, seed: int, url: str | None, **environment: str
    ) -> None:
        environment["CONDUCTOR_HTTP_ALLOW"] = f"127.0.0.1:{counts.port}"
        if url is not None:
            environment["CONDUCTOR_DATABASE_URL"] = url
        self.server = Conductor(home, **environment)
        self._random = random.Random(seed)
        self._counts = counts
        home.parent.mkdir(exist_ok=True)
        logs = home.parent
        given = self.server.environment
        self._web = Started(["serve"], given, logs / "web.log")
        workers = 0 if url is None else 2
        self._workers = [
            Started(["worker"], given, logs / f"worker{number}.log") for number in range(workers)
        ]
        self._at_once = self.at_once[url is not None]
        self.figures = Figures()
        self._accepted: list[str] = []
        self._live: dict[str, int] = {}
        self._web.start()
        self._await_web()
        self.blueprint = self._draw()
        for worker in self._workers:
            worker.start()

    def _draw(self) -> str:
        """Make what is run, and return its blueprint's id."""
        drawing, self._effects = fifty_nodes(self._counts.port)
        return self.server.make(drawing)

    def close(self) -> None:
        """End all processes."""
        for process in [self._web, *self._workers]:
            process.kill()

    def log(self) -> str:
        """Return what all processes have said."""
        return "".join(path.read_text() for path in sorted(self.server.home.parent.glob("*.log")))

    # --- killing -----------------------------------------------------------------

    def kill(self, times: int) -> None:
        """Kill at so many random moments, while runs are started, and start again what died."""
        began = time.monotonic()
        for _ in range(times):
            # A tenth of the kills comes while the process still starts.
            if self._random.random() < 0.9:
                self._await_web()
                self.keep_busy()
            time.sleep(self._random.uniform(0, 1.6))  # the moment that this is about
            self._note_moments()
            name, victims = self._choose()
            for victim in victims:
                victim.kill()
            self.figures.kills[name] += 1
            for victim in victims:
                victim.start()
        self._await_web()
        self.figures.seconds += time.monotonic() - began

    def _choose(self) -> tuple[str, list[Started]]:
        if not self._workers:
            return "web and worker in one", [self._web]
        return self._random.choice(
            [
                ("web", [self._web]),
                ("a worker", [self._random.choice(self._workers)]),
                ("all", [self._web, *self._workers]),
            ]
        )

    def _await_web(self) -> None:
        until(lambda: self._web.ready, "the server is ready", 2 * PATIENCE)

    def keep_busy(self) -> None:
        """Start runs until as many as wanted are under way."""
        path = f"/api/blueprints/{self.blueprint}/runs/"
        self._look()
        for _ in range(self._at_once - len(self._live)):
            try:
                answer = self.server.ask("POST", path, {"inputs": {}, "draft": True})
            except (OSError, HTTPException):
                self.figures.unanswered += 1
                return
            assert answer.status == 201, answer
            self._accepted.append(answer.body["id"])

    def _look(self) -> None:
        last = "SELECT max(last_seq) FROM runner_journalchunk WHERE run_id = runner_run.id"
        rows = self._rows(f"SELECT id, ({last}) FROM runner_run WHERE finished IS NULL")
        self._live = {str(key): last or 0 for key, last in rows}

    def _note_moments(self) -> None:
        self._look()
        for last in self._live.values():
            third = min(2, 3 * last // self.events)
            self.figures.moments[("start", "middle", "end")[third]] += 1

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        url = self.server.environment.get("CONDUCTOR_DATABASE_URL")
        if url is None:
            import sqlite3

            with closing(sqlite3.connect(self.server.home / "db.sqlite3", timeout=20)) as database:
                return database.execute(sql).fetchall()
        import psycopg

        with closing(psycopg.connect(url)) as database:
            return database.execute(sql).fetchall()

    # --- what came of it ---------------------------------------------------------

    def check(self, within: float = 2 * PATIENCE) -> None:
        """Wait for all runs, and hold each against its journal and what the server counted."""

        def over() -> bool:
            self._look()
            return not self._live

        until(over, "every run has ended", within)
        # SQLite keeps an id as text without hyphens.
        known = {str(UUID(str(key))) for (key,) in self._rows("SELECT id FROM runner_run")}
        assert set(self._accepted) <= known, "a run was lost"
        runs = sorted(known)
        assert len(runs) <= self.runs_each * (len(self._accepted) + self.figures.unanswered)
        self.figures.runs = len(runs)
        self._check_runs(runs)

    def _check_runs(self, runs: Sequence[str]) -> None:
        for run in runs:
            self._check_run(run)

    def _check_run(self, run: str) -> None:
        shown, events = self._ended_once(run)
        assert shown["outputs"] == OUTPUTS
        succeeded = Counter(it["step"] for it in events if it["type"] == "step.succeeded")
        for address, step in self._effects.items():
            key = f"{shown['id']}:{step}"
            came = self._counts.keys[address.replace("RUN", shown["id"])]
            assert came == {key}, f"{address} came with the keys {came}"
            assert succeeded[step] == 1, f"{step} succeeded {succeeded[step]} times"
            begun, retries = times_begun(events, step)
            arrived = self._counts.arrivals[key]
            assert arrived <= begun, f"{step} began {begun} times and arrived {arrived} times"
            self.figures.effects += 1
            self.figures.repeated += arrived - 1 - retries if arrived > 1 + retries else 0

    def _ended_once(self, run: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return a run, which has succeeded, and its events, of which one says so: the last."""
        shown = self.server.ended(run)
        assert shown["status"] == "succeeded", shown
        events = self.server.events(run)
        assert parse_datetime(shown["finished"])
        types = [event["type"] for event in events]
        assert types[0] == "run.queued"
        assert types[-1] == "run.succeeded"
        assert [kind for kind in types if kind in {f"run.{end}" for end in ENDS}] == types[-1:]
        assert types.count("run.started") == 1
        self.figures.resumed += types.count("run.resumed")
        return shown, events


def times_begun(events: Sequence[dict[str, Any]], step: str) -> tuple[int, int]:
    """Return how often the journal lets a step's code begin, and how many of these are retries.

    It begins when the step does, after each retry, and where the run was taken up while the
    step was under way. Once its end is in the journal it never does.
    """
    begun = retries = 0
    open_ = False
    for event in events:
        kind = event["type"]
        if kind == "run.resumed" and open_:
            begun += 1
        if event["step"] != step:
            continue
        if kind == "step.started":
            begun, open_ = begun + 1, True
        elif kind == "step.retrying":
            begun, retries = begun + 1, retries + 1
        elif kind in {"step.succeeded", "step.failed", "step.cancelled"}:
            open_ = False
    return begun, retries


@contextmanager
def campaign(
    home: Path, database: str, seed: int, of: type[Campaign] = Campaign
) -> Iterator[Campaign]:
    """Start a site on a database of its own, and the server that counts."""
    with ExitStack() as stack:
        url = stack.enter_context(cluster()).url if database == "postgresql" else None
        counts = stack.enter_context(counting())
        made = of(home, counts, seed, url)
        stack.callback(made.close)
        yield made


def main(of: type[Campaign] = Campaign) -> None:
    """Kill at length and print the figures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        campaign(Path(folder) / "home", options.database, options.seed, of) as killing,
    ):
        killing.kill(options.kills)
        killing.check()
    print(options, killing.figures)


if __name__ == "__main__":
    main()
