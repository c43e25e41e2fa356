"""Sockets on real rows: runs whose journal the tests write."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from editor.models import Blueprint, Drawing
from runner.engine.events import Event
from runner.journal.announcements import Committed, announce
from runner.journal.encoding import encode_events
from runner.live.consumer import LiveConsumer
from runner.models import JournalChunk, Run, RunStatus
from tests.patience import PATIENCE
from tests.wire import Wire


class Journal:
    """A run and those who write its events."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.id = str(run.pk)
        self.seq = 0

    def write(self, count: int = 1, *, said: bool = True, data: Any = None) -> Committed:
        """Commit events; `said` announces them as a worker in this process would."""
        first = self.seq + 1
        self.seq += count
        events = encode_events(
            Event(seq, 1000.0 + seq, "step.logged", "node", data or {"message": f"{seq}"})
            for seq in range(first, self.seq + 1)
        )
        JournalChunk.objects.create(
            run=self.run, first_seq=first, last_seq=self.seq, epoch=1, events=events
        )
        Run.objects.filter(pk=self.run.pk).update(noted_seq=self.seq)
        news = Committed(self.id, str(self.run.blueprint_id), first, self.seq, events)
        if said:
            announce([news])
        return news

    awrite = sync_to_async(write)

    def set_status(self, status: RunStatus, *, said: bool = True) -> None:
        Run.objects.filter(pk=self.run.pk).update(status=status)
        if said:
            blueprint = str(self.run.blueprint_id)
            announce([Committed(self.id, blueprint, self.seq, self.seq, "[]", status_changed=True)])


class Page:
    """A browser's end of the socket."""

    def __init__(self, user: User, session: SessionStore) -> None:
        self.session = session
        self.wire = Wire(LiveConsumer.as_asgi(), "/ws/")
        self.wire.scope["user"] = user
        self.wire.scope["session"] = session

    async def open(self) -> Page:
        connected, _ = await self.wire.connect()
        assert connected
        return self

    async def say(self, **message: Any) -> None:
        await self.wire.send_to(text_data=json.dumps(message))

    async def hear(self, timeout: float = PATIENCE) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await self.wire.receive_from(timeout))
        return message

    async def numbers(self, last: int) -> list[int]:
        """Return the numbers of the events that come, up to the one numbered `last`."""
        got: list[int] = []
        while not got or got[-1] < last:
            message = await self.hear()
            if message["type"] == "events":
                got += [event["seq"] for event in message["events"]]
        return got


def make_run(owner: User, name: str = "B") -> Journal:
    document = {"format": "conductor/1", "name": name, "nodes": {}, "edges": []}
    blueprint = Blueprint.objects.create(owner=owner, name=name, draft=document)
    drawing, _ = Drawing.objects.get_or_create(hash=name.ljust(64, "0"), document=document)
    run = Run.objects.create(
        blueprint=blueprint,
        drawing=drawing,
        owner=owner,
        status=RunStatus.RUNNING,
        trigger="manual",
        created=timezone.now(),
    )
    return Journal(run)


@sync_to_async
def sign_in(user: User) -> SessionStore:
    """Return a new session of the user's, as the sign-in page would begin one."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def journal(user: User) -> Journal:
    return make_run(user)


@pytest.fixture
async def open_page(
    transactional_db: None,
) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    pages: list[Page] = []

    async def opened(user: User) -> Page:
        page = Page(user, await sign_in(user))
        pages.append(page)
        return await page.open()

    yield opened
    for page in pages:
        await page.wire.leave()
