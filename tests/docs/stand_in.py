"""A `conductor` for readers whose processes are copies of one that has loaded the libraries.

The pages start some hundred commands. What stands in for the script hands its words, environment,
folder and files to the process that tests, and ends as what was started there ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import sys
import threading
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.forking import exactly, fork
from tests.serving import ROOT

SCRIPT = """#!{python} -IS
import json, os, signal, socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect({door!r})
asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
line.sendall(len(asked).to_bytes(4, "big") + asked)
socket.send_fds(line, [b"!"], [0, 1, 2])
pid = int.from_bytes(line.recv(4), "big")
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: os.kill(pid, number))
sys.exit(line.recv(1)[0])
"""
CODE = f"""
import sys
sys.path[0], sys.argv[0] = {str(ROOT)!r}, "conductor"
from conductor_site.command import main
sys.exit(main())
"""


def write_script(path: Path) -> None:
    """Write the script that stands in for `conductor`."""
    path.write_text(SCRIPT.format(python=sys.executable, door=_door()))
    path.chmod(0o755)


@cache
def _door() -> str:
    """Return where this process takes what is to be started."""
    at = str(Path(mkdtemp(prefix="conductor-door-", dir=os.environ["PYTEST_SHARED_FOLDER"])) / "it")
    door = socket.socket(socket.AF_UNIX)
    door.bind(at)
    door.listen()

    def open_to_all() -> None:
        while True:
            line, _ = door.accept()
            threading.Thread(target=_stand_in, args=(line,), daemon=True).start()

    threading.Thread(target=open_to_all, daemon=True).start()
    return at


def _stand_in(line: socket.socket) -> None:
    with line:
        asked = exactly(line, int.from_bytes(exactly(line, 4), "big"))
        words, environment, folder = json.loads(asked)
        _, files, _, _ = socket.recv_fds(line, 1, 3)
        pid = fork([CODE, *words], environment, folder, files)
        for file in files:
            os.close(file)
        line.sendall(pid.to_bytes(4, "big"))
        over = os.pidfd_open(pid)
        if over not in select.select([line, over], [], [])[0]:
            os.kill(pid, signal.SIGKILL)  # as what stands in for it was
        os.close(over)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(BrokenPipeError):
            line.sendall(bytes([status if status >= 0 else 128 - status]))
