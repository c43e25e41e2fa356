"""One running server for all tests that leave it as it was; others start their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.faults.conductor import Conductor
from tests.patience import until

_ENDS_TRACEBACK = re.compile(r"[A-Za-z_.]+(Error|Exception|Warning|Timeout)\b")


@pytest.fixture(scope="package")
def conductor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conductor]:
    """A server that many tests share; it waits two seconds for its database."""
    server = Conductor.installed(
        tmp_path_factory.mktemp("shared") / "home", CONDUCTOR_DATABASE_TIMEOUT="2"
    )
    server.start()
    try:
        yield server
        until(server.healthy, "the server is healthy")
    finally:
        server.stop()


@pytest.fixture
def live(conductor: Conductor) -> Iterator[Conductor]:
    """The shared server; the test fails where it has failed inside or does not go on."""
    before = len(conductor.output)
    yield conductor
    assert conductor.alive
    until(conductor.healthy, "the server is healthy")
    said = conductor.output[before:]
    # A fault of ours ends in a traceback; that of a locked database may, too.
    ours = [line for line in said if _ENDS_TRACEBACK.match(line) and "OperationalError" not in line]
    assert not ours, "".join(said)
