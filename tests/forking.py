"""Processes of Python that are copies of one which has loaded what they would load.

Two of the three seconds of a processor that a process of Conductor needs to start go into loading
libraries, and the tests start hundreds. So each process that tests has one that loads them, once,
and waits; what is started is forked from it, with the environment, folder, arguments and files that
it was given, and is a child of the process that tests. All that knows settings is loaded anew.

`CONDUCTOR_THOROUGH=1`, systems other than Linux, and an environment that Python itself reads get
processes that start by themselves.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import inspect
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, AnyStr

from tests.thorough import THOROUGH

ROOT = Path(__file__).resolve().parent.parent
# What a server loads without knowing its settings, and takes long.
LOADED = """
runner.graph runner.engine runner.nodes runner.timetable
autobahn.twisted.websocket channels.generic.websocket channels.routing channels.security.websocket
conductor_site.environment cronsim cryptography.fernet cryptography.x509
django.contrib.admin.utils django.contrib.postgres.fields django.core.handlers.asgi
django.core.management django.core.management.commands.migrate django.db.backends.sqlite3.base
django.db.migrations.executor django.forms django.template.loader_tags django.test
django.views.debug httpcore httpx jsonschema jwt networkx prometheus_client pycrdt
referencing requests standardwebhooks twisted.internet.endpoints twisted.web.http uritemplate
uvicorn whitenoise.base yaml
"""
READ_BY_PYTHON = ("PYTHON", "LANG", "LC_", "LD_", "TZ")
BECOME_PARENT_OF_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


class Forked(subprocess.Popen[AnyStr]):
    """`python -c CODE …`, begun as a copy where that can be."""

    def _execute_child(self, *given: Any) -> None:
        usual = super()._execute_child  # type: ignore[misc]
        asked = inspect.signature(usual).bind(*given).arguments
        words, environment = asked["args"], asked["env"] or dict(os.environ)
        if asked["preexec_fn"] or not _can_be_forked(words, environment):
            usual(*given)
            return
        files = [
            0 if asked["p2cread"] == -1 else asked["p2cread"],
            1 if asked["c2pwrite"] == -1 else asked["c2pwrite"],
            2 if asked["errwrite"] == -1 else asked["errwrite"],
        ]
        folder = str(asked["cwd"] or Path.cwd())
        self.pid = fork(words[2:], environment, folder, files)
        self._child_created = True
        self._close_pipe_fds(  # type: ignore[attr-defined]
            *(asked[it] for it in ("p2cread", "p2cwrite", "c2pread", "c2pwrite")),
            *(asked[it] for it in ("errread", "errwrite")),
        )


def finished(
    command: list[str], *, timeout: float, **given: Any
) -> subprocess.CompletedProcess[str]:
    """Return what the process printed until its end, as `subprocess.run` does."""
    pipe = subprocess.PIPE
    with Forked(command, stdout=pipe, stderr=pipe, text=True, **given) as process:
        try:
            out, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, errors)


def _can_be_forked(words: Any, environment: dict[str, str]) -> bool:
    def read(among: Any) -> dict[str, str]:
        found = {name: it for name, it in among.items() if name.startswith(READ_BY_PYTHON)}
        found.pop("PYTHONUNBUFFERED", None)
        return found

    return (
        not THOROUGH
        and sys.platform == "linux"
        and list(words[:2]) == [sys.executable, "-c"]
        and read(environment) == read(os.environ)
    )


class _Nursery:
    """The process that is copied, as seen from the one that tests."""

    def __init__(self) -> None:
        # What is forked becomes a child of this process when the one between has ended.
        ctypes.CDLL(None).prctl(BECOME_PARENT_OF_ORPHANS, 1, 0, 0, 0)
        self._line, theirs = socket.socketpair()
        self._asking = threading.Lock()
        words = [sys.executable, "-c", "from tests.forking import nurse; nurse()"]
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=theirs.fileno(), stdout=subprocess.DEVNULL
        )
        theirs.close()
        atexit.register(self._end)

    def _end(self) -> None:
        self._line.close()
        self._process.wait()

    def fork(
        self, words: list[str], environment: dict[str, str], folder: str, files: list[int]
    ) -> int:
        asked = json.dumps([words, environment, folder]).encode()
        with self._asking:
            self._line.sendall(len(asked).to_bytes(4, "big") + asked)
            socket.send_fds(self._line, [b"!"], files)
            pid = int.from_bytes(exactly(self._line, 4), "big")
        assert pid, "the process that is copied has ended"
        return pid


def fork(words: list[str], environment: dict[str, str], folder: str, files: list[int]) -> int:
    """Start `python -c` with these words as a copy, and return the number of this child."""
    return _nursery().fork(words, environment, folder, files)


_made: list[_Nursery] = []
_making = threading.Lock()


def _nursery() -> _Nursery:
    with _making:
        if not _made:
            _made.append(_Nursery())
    return _made[0]


def exactly(line: socket.socket, size: int) -> bytes:
    """Return so many bytes, or none where the other side has ended."""
    got = b""
    while len(got) < size:
        more = line.recv(size - len(got))
        if not more:
            return b""
        got += more
    return got


# --- in the process that is copied ---------------------------------------------------------------


def nurse() -> None:
    """Load what is loaded, and copy this process as often as it is asked to."""
    import gc

    line = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    for name in LOADED.split():
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    while size := exactly(line, 4):
        words, environment, folder = json.loads(exactly(line, int.from_bytes(size, "big")))
        _, files, _, _ = socket.recv_fds(line, 1, 3)
        pid = _copy()
        if pid:
            for file in files:
                os.close(file)
            line.sendall(pid.to_bytes(4, "big"))
            continue
        line.close()
        _become(words, environment, folder, files)
        return


def _copy() -> int:
    """Return the number of a copy, whose parent has ended; 0 in the copy."""
    told, tells = os.pipe()
    between = os.fork()
    if between:
        os.close(tells)
        with open(told, "rb") as numbers:
            pid = int.from_bytes(numbers.read(4), "big")
        os.waitpid(between, 0)
        return pid
    pid = os.fork()
    if pid:
        os.write(tells, pid.to_bytes(4, "big"))
        os._exit(0)
    os.close(told)
    os.close(tells)
    return 0


def _become(words: list[str], environment: dict[str, str], folder: str, files: list[int]) -> None:
    """Be what `python -c` with these words would be."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    for file in files:
        if file > 2:
            os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if environment.get("PYTHONUNBUFFERED"):
        sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    code, *arguments = words
    sys.argv = ["-c", *arguments]
    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not name.startswith("__")]:
        del main[name]
    exec(compile(code, "<string>", "exec"), main)
