"""A published blueprint that listens, and workers that do."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.graph import load
from runner.journal.committer import close_committer
from runner.listeners import listening
from runner.models import Listener, Run
from tests.listeners.servers_here import MQTT, REDIS

# With SQLite's one writer no rows wait.
collect_ignore = ["test_rows_that_wait.py"] if connection.vendor == "sqlite" else []


class Site:
    """A person who publishes blueprints that listen, and the workers that listen to them."""

    def __init__(self, files: Path) -> None:
        self.files = files
        self.owner = User.objects.create_user("ada")
        self._workers: list[tuple[threading.Thread, threading.Event]] = []

    def publish(self, kind: str, blueprint: Blueprint | None = None, **given: Any) -> Blueprint:
        """Publish a blueprint with one listener; `disabled` is a setting of its node."""
        disabled = given.pop("disabled", False)
        node = {"kind": kind, "parameters": given, "settings": {"disabled": disabled}}
        document = {
            "format": "conductor/1",
            "name": "Listens",
            "nodes": {"start": node},
            "edges": [],
        }
        if blueprint is None:
            blueprint = create_blueprint(owner=self.owner, name="Listens", document=load(document))
        else:
            blueprint.draft = document
            blueprint.save()
        publish(blueprint, self.owner)
        return blueprint

    def listener(self, kind: str, **given: Any) -> Listener:
        """Return the listener of a new blueprint."""
        return Listener.objects.get(blueprint=self.publish(kind, **given))

    def work(self) -> threading.Event:
        """Have a worker listen; return what stops it."""
        stop = threading.Event()

        def work() -> None:
            try:
                listening.listen(stop)
            finally:
                connections.close_all()

        thread = threading.Thread(target=work)
        thread.start()
        self._workers.append((thread, stop))
        return stop

    def leave(self) -> None:
        """Stop all workers."""
        for thread, stop in self._workers:
            stop.set()
            thread.join()
        self._workers.clear()


@pytest.fixture
def site(
    transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    settings.CONDUCTOR_FILES = tmp_path
    monkeypatch.setattr(listening, "LOOK", 0.05)
    monkeypatch.setattr("runner.listeners.folder.LOOK", 0.05)
    settings.CONDUCTOR_CONNECTIONS = {
        "stream": REDIS,
        "plant": MQTT,
        "shop": os.environ.get("CONDUCTOR_TEST_SHOP_URL", "postgresql:///postgres"),
        "nowhere": "redis://:hunter2@127.0.0.1:1/0",
        "no-broker": "mqtt://ada:hunter2@127.0.0.1:1",
        "no-shop": "postgresql://ada:hunter2@127.0.0.1:1/shop",
    }
    made = Site(tmp_path)
    yield made
    made.leave()
    close_committer()


def stands(row: Listener, state: str) -> Callable[[], bool]:
    """Return what asks whether a listener stands so."""

    def ask() -> bool:
        row.refresh_from_db()
        return row.state == state

    return ask


def came(count: int) -> Callable[[], list[Run] | None]:
    """Return what gives all runs, in order, as soon as there are so many."""

    def ask() -> list[Run] | None:
        runs = list(Run.objects.order_by("created", "pk"))
        assert len(runs) <= count
        return runs if len(runs) == count else None

    return ask
