"""The disk is full: nothing more is accepted, nothing that was accepted is lost."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from tests.faults.conductor import Conductor, append, document, wait
from tests.patience import until

pytestmark = pytest.mark.server


class Disk(Protocol):
    """What can be filled under a running server."""

    home: Path
    code: str

    def fill(self, server: Conductor) -> None: ...

    def free(self, server: Conductor) -> None: ...


class SmallDisk:
    """A file system of four megabytes."""

    code = "storage_full"

    def __init__(self, home: Path) -> None:
        self.home = home
        self._filler = home / "filler"

    def fill(self, server: Conductor) -> None:
        with self._filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(1024))
        assert shutil.disk_usage(self.home).free == 0

    def free(self, server: Conductor) -> None:
        self._filler.unlink()


class FileLimit:
    """A process whose files may not grow: the same to it as a full disk, on any machine."""

    code = "database_unavailable"  # the system says "file too large", SQLite "disk I/O error"

    def __init__(self, home: Path) -> None:
        self.home = home

    def fill(self, server: Conductor) -> None:
        self._limit(server, 1024)

    def free(self, server: Conductor) -> None:
        self._limit(server, resource.RLIM_INFINITY)

    def _limit(self, server: Conductor, size: int) -> None:
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def mount(folder: Path) -> bool:
    """Put a small file system there."""
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    return subprocess.run(command, check=False).returncode == 0


# Only root may mount; the limit on files shows the same to everybody else.
@pytest.fixture(params=["file limit", *(["small disk"] if os.geteuid() == 0 else [])])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "file limit":
        yield FileLimit(tmp_path / "home")
        return
    home = tmp_path / "home"
    home.mkdir()
    if not mount(home):
        pytest.skip("a small file system may not be mounted here")
    try:
        yield SmallDisk(home)
    finally:
        subprocess.run(["umount", str(home)], check=True)


def test_a_full_disk_refuses_what_is_new_and_runs_go_on_when_there_is_space(disk: Disk) -> None:
    server = Conductor(disk.home, CONDUCTOR_DATABASE_TIMEOUT="2")
    server.start()
    try:
        hook = server.webhook(append("hook\n"))
        # The disk is full before they have waited, however busy the machine.
        slow = document("Slow", wait(3), append("run\n"), wait(0.1), append("end\n"))
        blueprint = server.make(slow)
        runs_path = f"/api/blueprints/{blueprint}/runs/"
        accepted = [server.start_run(blueprint) for _ in range(3)]
        names = {row["name"] for row in server.ask("GET", "/api/blueprints/").body["results"]}
        disk.fill(server)
        used, began = server.cpu(), time.monotonic()
        with ThreadPoolExecutor(8) as callers:
            posted = [callers.submit(server.ask, "POST", hook, {}) for _ in range(4)]
            for _ in range(3):
                refused = server.ask("POST", runs_path, {"draft": True})
                assert (refused.status, refused.body["code"]) in {
                    (503, "database_unavailable"),
                    (507, disk.code),
                }
                assert refused.is_problem
                refused = server.ask("POST", "/api/blueprints/", {"name": "Not made"})
                assert refused.status in {503, 507}
                assert server.ask("GET", f"/api/runs/{accepted[0]}/").status == 200
            if isinstance(disk, FileLimit):  # a full home leaves space for what is on its way
                large = server.ask("POST", "/api/blueprints/", bytes(4_000_000))
                assert (large.status, large.body["code"]) == (507, "storage_full")
            for each in posted:
                answer = each.result()
                assert (answer.status, answer.body["code"]) == (503, "not_stored")
                assert answer.is_problem
        until(lambda: not server.healthy(), "health says that nothing can be written")
        time.sleep(1)
        assert (server.cpu() - used) / (time.monotonic() - began) < 0.5, "it must not spin"
        assert {server.run_of(run)["status"] for run in accepted} <= {"running", "queued"}
        assert server.alive

        disk.free(server)
        for run in accepted:
            assert server.ended(run)["status"] == "succeeded"
        until(server.healthy, "health is back")
        lines = (server.home / "files" / "lines.txt").read_text().split()
        assert sorted(lines) == ["end"] * 3 + ["run"] * 3
        rows = server.ask("GET", "/api/blueprints/").body["results"]
        assert {row["name"] for row in rows} == names
        runs = server.ask("GET", "/api/runs/").body["results"]
        assert {run["id"] for run in runs} == set(accepted)
        assert server.ask("POST", hook, {}).status == 202
        check = server.inside(
            "from django.db import connection\n"
            "print(connection.cursor().execute('PRAGMA integrity_check').fetchone()[0])"
        )
        assert check == "ok"
    finally:
        server.stop()


def test_a_kill_on_a_full_disk_loses_no_run(tmp_path: Path) -> None:
    disk = FileLimit(tmp_path / "home")
    server = Conductor(disk.home, CONDUCTOR_DATABASE_TIMEOUT="2")
    server.start()
    try:
        blueprint = server.make(document("Slow", wait(0.3), append("x\n"), wait(0.1)))
        run = server.start_run(blueprint)
        disk.fill(server)
        until(lambda: not server.healthy(), "nothing can be written")
        server.kill()
        server.start()
        assert server.ended(run)["status"] == "succeeded"
        assert (server.home / "files" / "lines.txt").read_text() == "x\n"
    finally:
        server.stop()
