"""A PostgreSQL server of a test's own, which can be stopped and started without hurting others."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.serving import free_port

OPTIONS = "-c max_connections=200"
HERE = "127.0.0.1"


class Cluster:
    """A server with a data folder and a port of its own; `postgres` is its database.

    It listens at `host`, and trusts whoever comes from this machine or from that address' /24.
    """

    def __init__(
        self, programs: Path, folder: Path, *, durable: bool = False, host: str = HERE
    ) -> None:
        self._programs = programs
        self._folder = folder
        self._host = host
        self._options = f"{OPTIONS} -c listen_addresses={host}"
        self._options += f" -c fsync={'on' if durable else 'off'}"
        self._port = free_port()
        self.url = f"postgresql://postgres@{host}:{self._port}/postgres"
        # PostgreSQL refuses to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
            self._as = {"user": "postgres", "group": "postgres", "extra_groups": []}

    def make(self) -> None:
        """Make the data folder."""
        self._do("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--no-instructions")
        if self._host != HERE:
            with (self._folder / "data" / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {self._host}/24 trust\n")

    def start(self) -> None:
        """Start the server and return when it takes connections."""
        options = f"{self._options} -p {self._port} -k {self._folder}"
        log = str(self._folder / "server.log")
        self._do("pg_ctl", "start", "--wait", "--silent", "--log", log, "--options", options)

    def stop(self) -> None:
        """Stop the server at once, as a crash would: connections break, nothing is finished."""
        self._do("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")

    def log(self) -> str:
        """Return what the server has said."""
        return (self._folder / "server.log").read_text()

    @property
    def pid(self) -> int:
        """The process of the server, whose children serve the connections."""
        return int((self._folder / "data" / "postmaster.pid").read_text().split()[0])

    def _do(self, program: str, *words: str) -> None:
        data = str(self._folder / "data")
        done = subprocess.run(
            [str(self._programs / program), "-D", data, *words],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
            **self._as,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def cluster(*, durable: bool = False, host: str = HERE) -> Iterator[Cluster]:
    """Run a server of its own; skip the test where PostgreSQL's programs are not installed.

    `durable`: a crash of the machine loses nothing, as in use; it takes its time.
    """
    pytest.importorskip("psycopg")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.skip("PostgreSQL's programs are not installed")
    programs = (found[-1] if found else Path(str(on_path))).parent
    # A folder of pytest's may not be entered by another user.
    with tempfile.TemporaryDirectory(prefix="conductor-pg-") as folder:
        server = Cluster(programs, Path(folder), durable=durable, host=host)
        server.make()
        server.start()
        try:
            yield server
        finally:
            if (Path(folder) / "data" / "postmaster.pid").exists():
                server.stop()
