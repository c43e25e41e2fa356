"""What a start and the commands say to wrong settings, damaged homes and garbage files."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.conductor import Conductor
from tests.forking import finished
from tests.patience import PATIENCE
from tests.serving import COMMAND, ROOT, free_port

pytestmark = pytest.mark.server


def conductor(
    home: Path,
    *arguments: str,
    before: Callable[[], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command that is to end by itself."""
    given = {
        **os.environ,
        "CONDUCTOR_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(free_port()),
        **(environment or {}),
    }
    given.pop("DJANGO_SETTINGS_MODULE", None)
    command = [*COMMAND, *arguments]
    return finished(command, cwd=ROOT, env=given, timeout=PATIENCE, preexec_fn=before)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> bool:
    """Whether it said, in a line and without a traceback, what is wrong."""
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.startswith("conductor "), done.stderr
    for word in words:
        assert word in done.stderr
    return True


def many(tries: dict[str, Callable[[], bool]]) -> None:
    """Try all, two at a time, and name those that fail."""
    with ThreadPoolExecutor(2) as pool:
        asked = {name: pool.submit(attempt) for name, attempt in tries.items()}
        failures = {name: error for name, each in asked.items() if (error := each.exception())}
    assert not failures


WRONG_SETTINGS = {
    "PORT": "eighty",
    "HOST": "no.such.host.invalid",
    "CONDUCTOR_DEBUG": "maybe",
    "CONDUCTOR_TIME_ZONE": "Mars/Base",
    "CONDUCTOR_LOG_LEVEL": "LOUD",
    "CONDUCTOR_DATABASE_TIMEOUT": "0",
    "CONDUCTOR_DATABASE_URL": "postgresql://me:hunter2@host:port/name",
    "CONDUCTOR_CONCURRENT_RUNS": "-1",
    "CONDUCTOR_ORIGINS": "example.org",
    "CONDUCTOR_URL": "nonsense",
    "CONDUCTOR_FILES": "/dev/null/files",
}


def test_a_wrong_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    def start(name: str, value: str) -> bool:
        done = conductor(tmp_path / name, "serve", environment={name: value})
        assert "hunter2" not in done.stderr
        return refused(done, name)

    many({name: partial(start, name, value) for name, value in WRONG_SETTINGS.items()})


def test_a_home_that_cannot_be_used_stops_the_start_with_its_place(tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    homes = {name: tmp_path / name for name in ("empty key", "bad key", "bad database", "full")}
    for home in homes.values():
        home.mkdir()
    (homes["empty key"] / "secret.key").touch()
    (homes["bad key"] / "secret.key").write_bytes(b"\xff" * 100)
    (homes["bad database"] / "db.sqlite3").write_bytes(b"no database" * 1000)
    bad_database = homes["bad database"] / "db.sqlite3"

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    away = "postgresql://me:hunter2@127.0.0.1:1/name"
    many(
        {
            "no folder": lambda: refused(conductor(no_folder, "serve"), str(no_folder)),
            "empty key": lambda: refused(conductor(homes["empty key"], "serve"), "secret.key"),
            "bad key": lambda: refused(conductor(homes["bad key"], "link"), "secret.key"),
            "bad database": lambda: refused(
                conductor(homes["bad database"], "worker"), str(bad_database)
            ),
            "no database": lambda: refused(
                conductor(tmp_path / "away", "serve", environment={"CONDUCTOR_DATABASE_URL": away}),
                "refused",
            ),
            "full disk": lambda: refused(
                conductor(homes["full"], "serve", before=full), "cannot be used"
            ),
        }
    )
    assert bad_database.read_bytes() == b"no database" * 1000
    # The same home starts where there is space again.
    server = Conductor(homes["full"])
    server.start()
    assert server.stop() == 0


def test_garbage_for_conductor_run_is_refused_with_its_place(tmp_path: Path) -> None:
    one = {"format": "conductor/1", "nodes": {"a": {"kind": "trigger.manual"}}}
    needs = {**one, "inputs": {"n": {"type": "integer", "required": True}}}
    files: dict[str, tuple[bytes, str]] = {
        "not-utf8.yaml": (b"\xff\xfe", "UTF-8"),
        "empty.yaml": (b"", "not_an_object"),
        "huge.json": (b" " * 6_000_000, "5,000,000"),
        "deep.json": (b"[" * 100_000, "depth"),
        "deep.yaml": (b"a: " + b"[" * 100_000, "deeper than"),
        "alias.yaml": (b"a: &x [1]\nb: *x\n", "alias"),
        "double.json": (b'{"name": "a", "name": "b"}', "second time"),
        "kind.json": (b'{"nodes": {"a": {"kind": "no.such"}}}', "no.such"),
        "edge.json": (json.dumps({**one, "edges": ["a.out -> b.in"]}).encode(), "b"),
    }
    for name, (content, _) in files.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "one.json").write_text(json.dumps(one))
    (tmp_path / "needs.json").write_text(json.dumps(needs))

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return conductor(tmp_path / "home", "run", *arguments)

    path = {name: str(tmp_path / name) for name in [*files, "one.json", "needs.json", "none"]}

    def refuses(name: str, word: str) -> bool:
        return refused(run(path[name]), name, word)

    tries: dict[str, Callable[[], Any]] = {
        name: partial(refuses, name, word) for name, (_, word) in files.items()
    }
    tries |= {
        "missing": lambda: refused(run(path["none"]), "No such file"),
        "a folder": lambda: refused(run(str(tmp_path)), "directory"),
        "trigger": lambda: refused(run(path["one.json"], "--trigger", "nope"), "'nope'"),
        "input": lambda: refused(run(path["one.json"], "-i", "x"), "KEY=VALUE"),
        "files": lambda: refused(run(path["one.json"], "--files", path["none"]), "no folder"),
        "no input": lambda: refused(run(path["needs.json"]), "'n'", "required"),
        "bad input": lambda: refused(run(path["needs.json"], "-i", "n=x"), "'n'", "a whole number"),
    }
    many(tries)
    assert run(path["needs.json"], "-i", "n=3").returncode == 0
    assert not (tmp_path / "home").exists(), "it needs no home"
