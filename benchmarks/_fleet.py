"""Conductor on several processes: servers, workers, PostgreSQL and Redis of its own, and callers.

Nothing of the machine's own services is touched: the database and Redis are started here, on ports
of their own, and may be stopped and killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.cluster import Cluster, cluster
from tests.faults.conductor import Conductor
from tests.faults.kills import Started
from tests.serving import free_port

READY = 120.0  # seconds that a process may take to say that it is ready


class Process(Started):
    """A process of the site, which can also be asked to stop, and tells its memory."""

    def __init__(
        self,
        name: str,
        words: list[str],
        environment: dict[str, str],
        log: Path,
        through: Sequence[str] = (),
    ) -> None:
        super().__init__(words, environment, log, through)
        self.name = name
        self.port = int(environment["PORT"])
        self.since = 0.0

    def start(self) -> None:
        """Start it; `await_ready` returns when it works."""
        super().start()
        self.since = time.monotonic()

    def await_ready(self) -> None:
        """Return when it has said that it is ready. Raises AssertionError."""
        until = time.monotonic() + READY
        while not self.ready:
            assert time.monotonic() < until, f"{self.name} is not ready"
            time.sleep(0.05)

    def stop(self) -> float:
        """Ask it to stop, as a supervisor would; returns the seconds until it had ended."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0, f"{self.name} ended with {self._process.returncode}"
        return time.monotonic() - began

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself, as one does that cannot start."""
        return self._process is not None and self._process.poll() is not None

    @property
    def pid(self) -> int:
        """Its number, which is a part of its worker's name."""
        assert self._process is not None
        return self._process.pid

    @property
    def memory(self) -> float:
        """The MiB that it holds; 0 where it does not live."""
        assert self._process is not None
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Redis:
    """A Redis of the program's own, on memory alone."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server")
        assert self._program, "redis-server is not installed"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it."""
        words = ["--port", str(self._port), "--save", "", "--appendonly", "no"]
        words += ["--bind", "127.0.0.1"]
        assert self._program is not None
        self._process = subprocess.Popen([self._program, *words], stdout=subprocess.DEVNULL)

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@dataclass
class Fleet:
    """What runs: all processes share one database, one Redis, one home and one key."""

    site: Conductor
    database: Cluster
    redis: Redis
    webs: list[Process] = field(default_factory=list)
    workers: list[Process] = field(default_factory=list)

    @property
    def processes(self) -> list[Process]:
        """Servers, then workers."""
        return [*self.webs, *self.workers]

    def log(self) -> str:
        """Return what all processes have said, in no order."""
        return "".join(path.read_text() for path in sorted(self.site.home.parent.glob("*.log")))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        import psycopg

        with psycopg.connect(self.database.url, connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()


@contextmanager
def fleet(folder: Path, *, webs: int = 2, workers: int = 2, **environment: str) -> Iterator[Fleet]:
    """Start everything, and end it afterwards, also where the program is asked to stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    redis = Redis()
    with cluster() as database:
        redis.start()
        given = {
            "CONDUCTOR_DATABASE_URL": database.url,
            "CONDUCTOR_REDIS_URL": redis.url,
            "CONDUCTOR_DATABASE_TIMEOUT": "4",
            **environment,
        }
        home = folder / "home"
        site = Conductor(home, **given)
        made = Fleet(site, database, redis)
        for number in range(webs):
            port = site.port if number == 0 else free_port()
            words = ["serve", "--server", "uvicorn"]
            own = {**site.environment, "PORT": str(port)}
            made.webs.append(Process(f"web{number}", words, own, folder / f"web{number}.log"))
        for number in range(workers):
            log = folder / f"worker{number}.log"
            made.workers.append(Process(f"worker{number}", ["worker"], dict(site.environment), log))
        try:
            for process in made.processes:
                process.start()
                process.await_ready()
            yield made
        finally:
            for process in made.processes:
                process.kill()
            redis.stop()
