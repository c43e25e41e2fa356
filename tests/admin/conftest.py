"""The admin as its owner sees it, with a blueprint that a webhook may start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.graph import load
from runner.journal.committer import close_committer
from runner.webhooks.lookup import lookup

HOOKED = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {
        "hook": {"kind": "trigger.webhook", "title": "Incoming"},
        "end": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["hook.out -> end.in"],
}


@pytest.fixture
def admin(transactional_db: None) -> Iterator[Client]:
    lookup.forget()
    client = Client()
    client.force_login(User.objects.create_superuser("owner"))
    yield client
    close_committer()


@pytest.fixture
def blueprint(admin: Client) -> Blueprint:
    owner = User.objects.get(username="owner")
    made = create_blueprint(owner=owner, name="Orders", document=load(HOOKED))
    publish(made, owner, "")
    return made


def page(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())
