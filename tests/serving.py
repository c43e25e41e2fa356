"""The real server as a process, for tests that start, kill and restart it."""

from __future__ import annotations

import fcntl
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any, Self

from tests.forking import Forked, finished
from tests.patience import PATIENCE, until

ROOT = Path(__file__).resolve().parent.parent
MAIN = "import sys; from conductor_site.command import main; sys.exit(main())"
COMMAND = [sys.executable, "-c", MAIN]


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answer_to(request: urllib.request.Request) -> tuple[int, bytes]:
    """Make the request, and return the status and the body, also of a refusal."""
    try:
        with urllib.request.urlopen(request, timeout=90) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


class Server:
    """`conductor serve` with a home of its own."""

    begins: type[subprocess.Popen[str]] = Forked
    """What starts its process: `subprocess.Popen` where the start itself is what is tested."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.port = free_port()
        self.host = environment.get("HOST", "127.0.0.1")
        self.url = f"http://{self.host}:{self.port}"
        self.environment = {
            **os.environ,
            "CONDUCTOR_HOME": str(home),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process: subprocess.Popen[str] | None = None
        self.output: list[str] = []
        self.link = ""
        self._token = ""

    @classmethod
    def installed(cls, home: Path, **environment: str) -> Self:
        """Return a server whose home is as its first start leaves it, and a token known.

        The first start and the token take five seconds of a processor: once for all tests, in
        whichever process they run.
        """
        template, token = _installation()
        shutil.copytree(template, home, dirs_exist_ok=True)
        server = cls(home, **environment)
        server._token = token
        return server

    def start(self, *arguments: str, within: float = 3 * PATIENCE) -> None:
        """Start and return when the ready line was printed and /healthz answers."""
        self.process = self.begins(
            [*COMMAND, "serve", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        first_line = len(self.output)
        told: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self.process, told), daemon=True)
        self._reader.start()
        try:
            ready = told.get(timeout=within)
        except queue.Empty:
            ready = False
        if not ready:
            self.kill()
            raise AssertionError("no ready line:\n" + "".join(self.output[first_line:]))
        assert self.get("/healthz")[0] == 200

    def _read(self, process: subprocess.Popen[str], told: queue.SimpleQueue[bool]) -> None:
        """Keep what it prints; tell whether it is ready, or has ended without being so."""
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if found := re.search(r"http://\S+/welcome/\S+", line):
                self.link = found[0]
            if line.startswith("Conductor is ready at http://"):
                told.put(True)
        told.put(False)

    def wait_for_link(self) -> str:
        """Return the owner's one-time link, which is printed after the ready line."""
        return until(lambda: self.link, "the link was printed")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self._reap(PATIENCE)

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self._reap(PATIENCE)

    def _reap(self, within: float) -> int:
        assert self.process is not None
        status = self.process.wait(within)
        self.stop_reading()
        return status

    def stop_reading(self) -> None:
        """Take the last of what a process that has ended printed."""
        assert self.process is not None
        self._reader.join(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def command(self, *arguments: str) -> str:
        """Run another conductor command on the same home and return what it printed."""
        return self._printed([*COMMAND, *arguments])

    @property
    def token(self) -> str:
        """An API token of the owner."""
        if not self._token:
            self._token = self.command("token", "create", "tests")
        return self._token

    def get(self, path: str) -> tuple[int, Any]:
        """GET a path with the token where it is below /api/; returns status and JSON or text."""
        return self.call("GET", path)

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Make a request with a JSON (or bytes) body; returns status and JSON or text."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        if path.startswith("/api/"):
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        status, text = answer_to(request)
        try:
            return status, json.loads(text) if text else None
        except ValueError:
            return status, text.decode(errors="replace")

    def inside(self, program: str) -> str:
        """Run Python lines in the site's settings, on the same home; return what they print."""
        return self._printed(
            [sys.executable, "-c", f"import django; django.setup()\n{program}"],
            DJANGO_SETTINGS_MODULE="conductor_site.settings",
        )

    def _printed(self, command: list[str], **environment: str) -> str:
        given = {**self.environment, **environment}
        done = finished(command, cwd=ROOT, env=given, timeout=2 * PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def session(self, name: str = "owner") -> str:
        """Return the Cookie header of a new session of this user."""
        return self.inside(
            "from django.conf import settings\n"
            "from django.contrib.auth.models import User\n"
            "from django.test import Client\n"
            f"client = Client(); client.force_login(User.objects.get(username={name!r}))\n"
            "cookie = settings.SESSION_COOKIE_NAME\n"
            "print(f'{cookie}={client.cookies[cookie].value}')"
        )


@cache
def _installation() -> tuple[Path, str]:
    """Return what the first process that asked has made, whichever of those that test it is."""
    folder = Path(os.environ["PYTEST_SHARED_FOLDER"])
    home, token = folder / "installed", folder / "token"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not token.exists():
            shutil.rmtree(home, ignore_errors=True)
            server = Server(home)
            server.start()
            made = server.token
            assert server.stop() == 0, "".join(server.output)
            token.write_text(made)
    return home, token.read_text()
