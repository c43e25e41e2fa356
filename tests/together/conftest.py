"""People in one draft, at the level of the socket."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore

from editor.actions import create_blueprint
from editor.models import Blueprint
from editor.together.routing import websocket_urlpatterns
from runner.graph import load
from tests.live.conftest import sign_in
from tests.patience import PATIENCE
from tests.together.clients import Client
from tests.wire import Wire

DOCUMENT = {
    "format": "conductor/1",
    "name": "Shared",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "set": {"kind": "data.set", "parameters": {"fields": {"b": 1, "a": 2}}},
    },
    "edges": ["start.out -> set.in"],
    "layout": {"start": [0, 0], "set": [300, 0]},
}


class Person:
    """Somebody's editor: a document, and the socket that it is shared by."""

    def __init__(self, user: User, session: SessionStore, blueprint: object) -> None:
        self.client = Client()
        self.session = session
        self.sequence = 0
        self.revision = 0
        self.people: dict[str, Any] = {}
        self.answers: list[dict[str, Any]] = []
        self.wire = Wire(URLRouter(websocket_urlpatterns), f"/ws/blueprints/{blueprint}/")
        self.wire.scope["user"] = user
        self.wire.scope["session"] = session

    async def join(self, after: int | None = None) -> Person:
        assert (await self.wire.connect())[0]
        await self.say(type="join", after=self.sequence if after is None else after)
        joined = await self.hear()
        assert joined["type"] == "joined"
        while self.sequence < joined["sequence"]:
            await self.hear()
        return self

    async def say(self, **message: Any) -> None:
        await self.wire.send_to(text_data=json.dumps(message))

    async def hear(self, timeout: float = PATIENCE) -> dict[str, Any]:
        """Return the next message, having done what an editor does with it."""
        message: dict[str, Any] = json.loads(await self.wire.receive_from(timeout))
        if message["type"] == "news":
            for update in message.get("updates", []):
                self.client.take(b64decode(update))
            self.sequence = message.get("sequence", self.sequence)
            self.revision = message.get("revision", self.revision)
            self.people |= message.get("people", {})
            await self.say(type="seen")
        return message

    async def push(self, update: bytes, number: int = 1) -> dict[str, Any]:
        """Send an update and return how it was answered."""
        await self.say(type="update", number=number, update=b64encode(update).decode())
        while (message := await self.hear())["type"] == "news":
            pass
        return message

    async def do(self, work: Callable[[Client], object]) -> dict[str, Any]:
        return await self.push(self.client.change(work))

    async def until(self, met: Callable[[], bool]) -> None:
        while not met():
            await self.hear()


Join = Callable[..., Awaitable[Person]]


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def boss(transactional_db: None) -> User:
    return User.objects.create_superuser("boss", first_name="Grace", last_name="Hopper")


@pytest.fixture
def blueprint(user: User) -> Blueprint:
    return create_blueprint(owner=user, name="Shared", document=load(DOCUMENT))


@pytest.fixture
async def join(transactional_db: None, blueprint: Blueprint) -> AsyncIterator[Join]:
    people: list[Person] = []

    async def joined(user: User, *, open: bool = True) -> Person:
        person = Person(user, await sign_in(user), blueprint.pk)
        people.append(person)
        return await person.join() if open else person

    yield joined
    for person in people:
        await person.wire.leave()


@sync_to_async
def saved(blueprint: Blueprint) -> Blueprint:
    """Return the blueprint as its row is now."""
    return Blueprint.objects.get(pk=blueprint.pk)
