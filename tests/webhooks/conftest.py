"""Blueprints with webhooks in a real database, and requests straight to the ASGI application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.graph import load
from runner.journal.committer import close_committer
from runner.models import Webhook
from runner.queue import Worker
from runner.webhooks import receive
from runner.webhooks.addresses import create_webhook
from runner.webhooks.lookup import lookup
from runner.webhooks.request import WHOLE


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    taken: int = 0  # messages of the body that were read

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def drawing(response: str = "at_once", **parameters: Any) -> dict[str, Any]:
    """A webhook trigger whose value is the run's output, and the answer where one is asked for."""
    hook = {"kind": "trigger.webhook", "parameters": {"response": response, **parameters}}
    nodes: dict[str, Any] = {"hook": hook}
    if response == "respond_node":
        nodes["end"] = {"kind": "webhook.respond", "parameters": {"body": "{{ input.body }}"}}
    else:
        nodes["end"] = {"kind": "flow.output", "parameters": {"name": "got"}}
    return {"format": "conductor/1", "name": "T", "nodes": nodes, "edges": ["hook.out -> end.in"]}


@dataclass
class Hook:
    """A webhook of a published blueprint."""

    owner: User
    blueprint: Blueprint
    webhook: Webhook
    secret: str

    @property
    def path(self) -> str:
        return f"/hooks/{self.webhook.token}"

    def publish(self, document: dict[str, Any]) -> None:
        """Publish another drawing."""
        Blueprint.objects.filter(pk=self.blueprint.pk).update(draft=document)
        self.blueprint.refresh_from_db()
        publish(self.blueprint, self.owner, "")


@pytest.fixture
def make(transactional_db: None) -> Iterator[Callable[..., Hook]]:
    """Make a webhook: `make(drawing, authentication=…, header=…, username=…, published=True)`."""
    lookup.forget()

    def make_hook(
        document: dict[str, Any] | None = None,
        authentication: str = "none",
        header: str = "",
        username: str = "",
        published: bool = True,
    ) -> Hook:
        owner, _ = User.objects.get_or_create(username="owner", is_staff=True, is_superuser=True)
        blueprint = create_blueprint(owner=owner, name="T", document=load(document or drawing()))
        if published:
            publish(blueprint, owner, "")
        webhook, secret = create_webhook(blueprint, "hook", authentication, header, username)
        return Hook(owner, blueprint, webhook, secret)

    yield make_hook
    close_committer()


@pytest.fixture
def amake(make: Callable[..., Hook]) -> Callable[..., Any]:
    """The same, to be awaited."""
    return sync_to_async(make)


async def call(
    path: str,
    body: bytes | Iterable[bytes] = b"",
    method: str = "POST",
    *,
    headers: dict[str, str] | None = None,
    query: str = "",
    stall: bool = False,
    hang_up: bool = False,
    late: bool = False,
) -> Answer:
    """Make a request to the ASGI application, with the body in one part or several.

    Where it is `late`, the server itself says that its body has taken too long.
    """
    parts = [body] if isinstance(body, bytes) else list(body)
    answer = Answer()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in (headers or {}).items()],
        "client": ("192.0.2.7", 4711),
        "extensions": {WHOLE: {}} if late else {},
    }

    async def take() -> dict[str, Any]:
        if late:
            raise TimeoutError
        if stall:
            await asyncio.Event().wait()
        if hang_up and answer.taken:
            return {"type": "http.disconnect"}
        if answer.taken >= len(parts):
            await asyncio.Event().wait()  # the sender waits for the answer
        answer.taken += 1
        more = bool(hang_up or answer.taken < len(parts))
        return {"type": "http.request", "body": parts[answer.taken - 1], "more_body": more}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {k.decode(): v.decode("latin-1") for k, v in message["headers"]}
        else:
            answer.body += message["body"]

    await receive.application(scope, take, send)
    return answer


@pytest_asyncio.fixture
async def worker(make: Callable[..., Hook]) -> AsyncIterator[Worker]:
    """The embedded worker, in the test's own loop."""
    worker = Worker(embedded=True)
    running = asyncio.create_task(worker.run())
    yield worker
    await worker.stop()
    await running
