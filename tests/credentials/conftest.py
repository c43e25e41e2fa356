"""A person with credentials and blueprints, somebody who may edit them, and a server to call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User

from editor.actions import create_blueprint
from editor.actions.sharing import share_with
from editor.models import Blueprint, Right
from runner.credentials.keeping import keep
from runner.graph import load
from runner.models import Credential
from tests.credentials.provider import SITE, Provider
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, worker

__all__ = ["worker"]

SECRET = "sk-live-0123456789"
Make = Callable[..., Credential]


def asking(url: str, credential: str = "Shop", **parameters: Any) -> dict[str, Any]:
    """Return a drawing that calls an address with a credential."""
    asks = {"url": url, "credential": credential, **parameters}
    return {
        "format": "conductor/1",
        "name": "Asks",
        "nodes": {
            "start": {"kind": "trigger.manual"},
            "ask": {"kind": "http.request", "parameters": asks},
            "out": {"kind": "flow.output", "parameters": {"name": "got"}},
        },
        "edges": ["start.out -> ask.in", "ask.out -> out.in"],
    }


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    """A provider of tokens, and the address at which it knows the site."""
    found = Provider()
    settings.CONDUCTOR_HTTP_ALLOW = found.allow
    settings.CONDUCTOR_URL = SITE
    settings.ALLOWED_HOSTS = ["conductor.example", "other.example"]
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    found = Server()
    settings.CONDUCTOR_HTTP_ALLOW = found.allow
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def site(server: Server, transactional_db: None) -> Iterator[Site]:
    """The server is there before a worker reads what may be called."""
    from runner.journal.committer import close_committer

    yield Site()
    close_committer()


@pytest.fixture
def make(site: Site) -> Make:
    """Make a credential of the owner: `make(kind=…, hosts=…, token=…)`."""

    def made(name: str = "Shop", kind: str = "bearer", **given: Any) -> Credential:
        names = ("hosts", "for_editors", "per_second", "burst")
        settings = {key: given.pop(key) for key in names if key in given}
        row = Credential(owner=site.owner, name=name, kind=kind, **settings)
        keep(row, given or {"token": SECRET})
        return row

    return made


@pytest.fixture
def editor(site: Site) -> User:
    """Somebody else, who may edit what is shared with them."""
    return User.objects.create_user("eve")


def shared(site: Site, editor: User, document: dict[str, Any]) -> Blueprint:
    """Return a blueprint of the owner's that the editor may edit."""
    blueprint = create_blueprint(owner=site.owner, name="Asks", document=load(document))
    share_with(blueprint, editor.get_username(), Right.EDIT)
    return blueprint
