"""Endpoints in real rows, a receiver, and attempts one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from runner.models import Endpoint, MessageStatus, OutgoingMessage
from runner.outgoing.claiming import Claimed, Outcome, claim, note
from runner.outgoing.endpoints import create_endpoint
from runner.outgoing.posting import post
from tests.outgoing.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset({"127.0.0.1"})
    with receiving() as found:
        yield found


Make = Callable[..., tuple[Endpoint, str]]


@pytest.fixture
def make(receiver: Receiver) -> Make:
    """Make an endpoint at the receiver: `make(name=…, url=…, on_failed=…)`, and its secret."""

    def made(**given: object) -> tuple[Endpoint, str]:
        owner, _ = User.objects.get_or_create(username="ada")
        endpoint = Endpoint(**{"owner": owner, "name": "Shop", "url": receiver.url, **given})
        return endpoint, create_endpoint(endpoint)

    return made


def posted(*claimed: Claimed) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        return [await post(it) for it in claimed]

    return asyncio.run(all_of_them())


def attempt(token: str = "me") -> list[Outcome]:
    """Make the next attempt of all that waits, as if its time had come."""
    OutgoingMessage.objects.filter(status=MessageStatus.WAITING, claim="").update(
        due=timezone.now()
    )
    found = claim(token, 50)
    outcomes = posted(*found)
    for claimed, outcome in zip(found, outcomes, strict=True):
        note(claimed, outcome)
    return outcomes
