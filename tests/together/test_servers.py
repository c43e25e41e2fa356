"""Several editors and real servers: connections cut, a server killed, two on one database."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pycrdt import merge_updates
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.faults.cluster import cluster
from tests.patience import PATIENCE
from tests.serving import Server, free_port
from tests.together.clients import Client
from tests.together.conftest import DOCUMENT

pytestmark = pytest.mark.server
# The issue's own bar is 60 seconds, which CONDUCTOR_TEST_TOGETHER_SECONDS asks for.
SECONDS = float(os.environ.get("CONDUCTOR_TEST_TOGETHER_SECONDS", "4"))


class Editor:
    """What a page does: changes at once, sends one after the other, joins again when it is cut."""

    def __init__(self, number: int, servers: list[Server], blueprint: str, cookie: str) -> None:
        self.client = Client()
        self.servers = servers
        self.random = random.Random(number)
        self.number = number
        self.pending: list[bytes] = []
        self.sequence = 0
        self.acknowledged = 0
        self.people: dict[str, Any] = {}
        self.refused: list[str] = []
        self._path = f"/ws/blueprints/{blueprint}/"
        self._cookie = cookie
        self._socket: ClientConnection | None = None
        self._sent = 0

    async def run(self) -> None:
        """Be connected, to any of the servers, whenever one answers."""
        while True:
            server = self.random.choice(self.servers)
            headers = {"Cookie": self._cookie, "Origin": server.url}
            url = server.url.replace("http://", "ws://") + self._path
            with suppress(OSError, ConnectionClosed, InvalidHandshake, EOFError):
                async with connect(url, additional_headers=headers, max_size=None) as socket:
                    await self._talk(socket)
            self._socket, self._sent = None, 0
            await asyncio.sleep(0.05)

    async def _talk(self, socket: ClientConnection) -> None:
        await socket.send(json.dumps({"type": "join", "after": self.sequence}))
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "joined":
                self._socket = socket
                state = {"cursor": [self.number, 0], "selection": [], "colour": 0}
                await socket.send(json.dumps({"type": "presence", **state}))
            elif message["type"] == "news":
                for update in message.get("updates", []):
                    self.client.take(b64decode(update))
                self.sequence = message.get("sequence", self.sequence)
                self.people |= message.get("people", {})
                await socket.send(json.dumps({"type": "seen"}))
            elif message["type"] == "saved":
                del self.pending[: self._sent]
                self.acknowledged += 1
                self._sent = 0
            else:
                self.refused.append(text if isinstance(text, str) else text.decode())
            await self._push()

    async def _push(self) -> None:
        if self._socket is not None and self.pending and not self._sent:
            # As a page does: what has gathered while the last one was answered goes as one.
            self._sent = len(self.pending)
            update = b64encode(merge_updates(*self.pending)).decode()
            with suppress(ConnectionClosed):
                await self._socket.send(
                    json.dumps({"type": "update", "number": 1, "update": update})
                )

    async def edit(self, until: float) -> None:
        """Change something every few moments, whether connected or not, and be cut off at times."""
        made = 0
        # Enough is done for the end to mean something, however slow the machine is.
        while time.monotonic() < until or self.acknowledged <= 5:
            assert time.monotonic() < until + 60
            made += 1
            if update := self.client.change(partial(self._something, made)):
                self.pending.append(update)
            await self._push()
            if self.random.random() < 0.04 and self._socket is not None:
                self._socket.transport.abort()
            await asyncio.sleep(self.random.uniform(0, 0.12))

    def _something(self, made: int, it: Client) -> None:
        names = list(it.maps["nodes"].keys())
        some = self.random.choice(names or ["start"])
        match self.random.randrange(6):
            case 0 | 1:
                it.add(f"n{self.number}_{made}", "data.set", float(made), by=str(self.number))
            case 2:
                it.set_parameter(some, "value", float(made))
            case 3:
                it.place(some, float(made), 0)
            case 4:
                it.join(f"{some}.out -> {self.random.choice(names or ['start'])}.in")
            case 5 if len(names) > 4:
                it.remove(some)
            case _:
                it.set_name(f"Name {self.number}.{made}")


async def settle(editors: list[Editor], within: float = 2 * PATIENCE) -> None:
    """Wait until all has been sent and told, and all copies say the same."""
    deadline = time.monotonic() + within
    while True:
        idle = not any(editor.pending for editor in editors)
        if idle and len({editor.sequence for editor in editors}) == 1:
            said = [editor.client.said() for editor in editors]
            if all(one == said[0] for one in said):
                return
        assert time.monotonic() < deadline, [
            (len(editor.pending), editor.sequence) for editor in editors
        ]
        await asyncio.sleep(0.1)


async def together(servers: list[Server], blueprint: str, *, kill: bool) -> list[Editor]:
    cookie = servers[0].session()
    editors = [Editor(number, servers, blueprint, cookie) for number in range(4)]
    running = [asyncio.create_task(editor.run()) for editor in editors]
    until = time.monotonic() + SECONDS
    editing = [asyncio.create_task(editor.edit(until)) for editor in editors]
    if kill:
        await asyncio.sleep(SECONDS / 2)
        await asyncio.to_thread(servers[-1].kill)
        await asyncio.to_thread(servers[-1].start)
    await asyncio.gather(*editing)
    await settle(editors)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    return editors


def made(server: Server) -> str:
    body = {"name": "Shared", "document": DOCUMENT}
    return str(server.call("POST", "/api/blueprints/", body)[1]["id"])


def agree(server: Server, blueprint: str, editors: list[Editor]) -> None:
    """The saved draft is what all copies say; and enough was done for that to mean something."""
    draft = server.get(f"/api/blueprints/{blueprint}/")[1]["document"]
    said = editors[0].client.said()
    assert set(draft["nodes"]) == set(said["nodes"])
    assert set(draft["edges"]) == set(said["edges"])
    assert draft["name"] == said["blueprint"]["name"]
    for name, node in draft["nodes"].items():
        assert node.get("parameters", {}).get("value") == said["nodes"][name]["parameters"].get(
            "value"
        )
    assert {tuple(place) for place in draft["layout"].values()} == {
        tuple(place) for place in said["layout"].values()
    }
    assert min(editor.acknowledged for editor in editors) > 5
    assert [editor.refused for editor in editors] == [[], [], [], []]


def test_four_editors_agree_though_they_are_cut_off_and_the_server_is_killed(
    tmp_path: Path,
) -> None:
    server = Server.installed(tmp_path / "home")
    server.start()
    try:
        blueprint = made(server)
        editors = asyncio.run(together([server], blueprint, kill=True))
        agree(server, blueprint, editors)
    finally:
        server.stop()


@contextmanager
def redis() -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = free_port()
    words = ["--port", str(port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
    running = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        running.terminate()
        running.wait(PATIENCE)


@pytest.fixture
def database() -> Iterator[str]:
    with cluster() as running:
        yield running.url


def pair(tmp_path: Path, **environment: str) -> list[Server]:
    """Two servers with one home's secrets and one database."""
    return [Server(tmp_path / "home", **environment) for _ in range(2)]


@pytest.mark.postgres
@pytest.mark.redis
def test_any_server_serves_any_blueprint_and_people_see_each_other_across_them(
    tmp_path: Path, database: str
) -> None:
    with redis() as url:
        servers = pair(tmp_path, CONDUCTOR_DATABASE_URL=database, CONDUCTOR_REDIS_URL=url)
        for server in servers:
            server.start()
        try:
            blueprint = made(servers[0])
            asyncio.run(seen_across(servers, blueprint))
            editors = asyncio.run(together(servers, blueprint, kill=True))
            agree(servers[0], blueprint, editors)
        finally:
            for server in servers:
                server.stop()


async def seen_across(servers: list[Server], blueprint: str) -> None:
    """One on each server: the other is seen, and what the other does comes at once."""
    cookie = servers[0].session()
    ada, grace = (
        Editor(number, [server], blueprint, cookie) for number, server in enumerate(servers)
    )
    running = [asyncio.create_task(editor.run()) for editor in (ada, grace)]
    async with asyncio.timeout(PATIENCE):
        while not (ada.people and grace.people and grace.sequence):
            await asyncio.sleep(0.02)
        ada.pending.append(ada.client.change(lambda it: it.set_title("start", "Seen")))
        begun = time.monotonic()
        await ada._push()
        while grace.client.maps["nodes"]["start"].get("title") != "Seen":
            await asyncio.sleep(0.01)
    # Sooner than the look at the rows, which comes without any message.
    assert time.monotonic() - begun < 1.5
    assert [state["cursor"] for state in grace.people.values()] == [[0, 0]]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.mark.postgres
def test_two_servers_without_a_shared_layer_agree_all_the_same(
    tmp_path: Path, database: str
) -> None:
    servers = pair(tmp_path, CONDUCTOR_DATABASE_URL=database)
    for server in servers:
        server.start()
    try:
        blueprint = made(servers[0])
        editors = asyncio.run(together(servers, blueprint, kill=False))
        agree(servers[0], blueprint, editors)
    finally:
        for server in servers:
            server.stop()
