"""The `conductor` command: what it cannot do, it says in one line."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.forking import Forked, finished
from tests.patience import PATIENCE
from tests.serving import COMMAND, ROOT, Server, free_port


def conductor(*arguments: str, **environment: str) -> tuple[int, str]:
    """Run the command as a process and return its exit status and what it said of errors."""
    given = {**os.environ, **environment}
    done = finished([*COMMAND, *arguments], cwd=ROOT, env=given, timeout=60)
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["token", "create", "x"], ["link"]])
def test_a_database_that_cannot_be_reached_is_said(command: list[str], tmp_path: Path) -> None:
    url = f"postgresql://me:hunter2@127.0.0.1:{free_port()}/conductor"
    status, said = conductor(*command, CONDUCTOR_DATABASE_URL=url, CONDUCTOR_HOME=str(tmp_path))
    assert status == 2
    assert said.startswith(f"conductor {command[0]}: The database cannot be reached: ")
    assert "Traceback" not in said
    assert "hunter2" not in said


def test_a_wrong_setting_is_said(tmp_path: Path) -> None:
    status, said = conductor("link", CONDUCTOR_TIME_ZONE="Mars", CONDUCTOR_HOME=str(tmp_path))
    assert status == 2
    assert said.startswith("conductor link: The environment variable CONDUCTOR_TIME_ZONE is")


@pytest.mark.parametrize("port", ["0", "65536", "http", "80.5", "-1", ""])
def test_a_wrong_port_is_said(port: str) -> None:
    status, said = conductor("serve", f"--port={port}")
    assert status == 2
    assert said.endswith(f"argument --port: {port!r} is no whole number from 1 to 65535\n")


def test_a_trigger_that_is_not_there_is_said() -> None:
    status, said = conductor("run", "examples/fan-out.yaml", "--trigger", "nope")
    assert (status, said) == (2, "conductor run: There is no node 'nope' to start at.\n")


@pytest.mark.server
@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_site_that_has_just_said_it_is_ready_can_be_stopped(
    tmp_path: Path, server: str, asked: signal.Signals
) -> None:
    home = Server.installed(tmp_path).environment
    for _ in range(3):
        process = Forked(
            [*COMMAND, "serve", "--port", str(port := free_port()), "--server", server],
            cwd=ROOT,
            env={**home, "PORT": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        with process.stdout as lines:
            assert lines.readline() == f"Conductor is ready at http://127.0.0.1:{port}\n"
            process.send_signal(asked)
            try:
                assert process.wait(PATIENCE) == 0
            finally:
                process.kill()
                process.wait()


def test_a_field_that_cannot_be_there_is_said_before_the_run(tmp_path: Path) -> None:
    drawing = tmp_path / "sum.yaml"
    drawing.write_text(
        """
format: conductor/1
nodes:
  start: {kind: trigger.manual}
  sum: {kind: data.set, parameters: {fields: {sum: 1}, keep: false}}
  say: {kind: log.message, parameters: {message: "{{ input.total }}"}}
edges: [start.out -> sum.in, sum.out -> say.in]
"""
    )
    ended = subprocess.run([*COMMAND, "run", str(drawing)], capture_output=True, text=True)
    assert "say: input has no field 'total' (it has sum)." in ended.stderr
