"""A site in which everything is that an address can be about, and people with each right to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.test import Client

from editor.actions import create_blueprint, publish, store_drawing
from editor.actions.sharing import make_link, share_with
from editor.models import Right
from runner.credentials.keeping import keep
from runner.engine.events import Event
from runner.graph import load
from runner.journal.encoding import encode_events
from runner.models import (
    Credential,
    Endpoint,
    JournalChunk,
    Listener,
    MessageAside,
    OutgoingMessage,
    Run,
    RunStatus,
    Schedule,
    WebhookDelivery,
)
from runner.outgoing.endpoints import create_endpoint
from runner.outgoing.messages import keep_test
from runner.webhooks.addresses import create_webhook

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


B, R = "blueprints/<uuid:blueprint_id>/", "runs/<uuid:run_id>/"
S = "schedules/<uuid:schedule_id>/"
L = "listeners/<uuid:listener_id>/"
PASSWORD = "hunter2-of-ada"
TOKEN = "token-of-ada-at-the-shop"
RESUME = "eyJydW4iOiJvbmUifQ:signed-by-the-site"
DOCUMENT: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {
        "hook": {"kind": "trigger.webhook"},
        "daily": {"kind": "trigger.schedule", "parameters": {"cron": "@daily"}},
        "inbox": {"kind": "trigger.file", "parameters": {"folder": "inbox"}},
        "ask": {
            "kind": "http.request",
            "parameters": {
                "url": "https://example.com/",
                "authentication": {"type": "bearer", "username": "", "password": PASSWORD},
            },
        },
    },
    "edges": ["hook.out -> ask.in", "daily.out -> ask.in", "inbox.out -> ask.in"],
}


class Site:
    """A blueprint of ada's, shared with some, and everything that belongs to it."""

    def __init__(self) -> None:
        self.owner = User.objects.create_user("ada")
        self.blueprint = create_blueprint(owner=self.owner, name="Orders", document=load(DOCUMENT))
        self.version = publish(self.blueprint, self.owner)
        self.other = create_blueprint(owner=self.owner, name="Payroll")
        self.webhook, self.secret = create_webhook(self.blueprint, "hook", "hmac", "", "")
        self.endpoint = Endpoint(owner=self.owner, name="Shop", url="https://example.com/")
        self.signing = create_endpoint(self.endpoint)
        self.credential = Credential(owner=self.owner, name="Account", kind="bearer")
        keep(self.credential, {"token": TOKEN})
        self.message = keep_test(self.endpoint)
        OutgoingMessage.objects.update(status="delivered")
        self.delivery = WebhookDelivery.objects.create(
            webhook=self.webhook, received=datetime.now(UTC), method="POST", headers={}, body=b"",
            verdict="accepted",
        )  # fmt: skip
        self.schedule = Schedule.objects.get(blueprint=self.blueprint)
        self.listener = Listener.objects.get(blueprint=self.blueprint)
        self.aside = MessageAside.objects.create(
            blueprint=self.blueprint, node="inbox", kind="trigger.file", content="{}", reason="No.",
        )  # fmt: skip
        self.run = self._run()
        self.people = {right: User.objects.create_user(f"{right}er") for right in Right.values[:3]}
        self.shares = {
            right: share_with(self.blueprint, user.username, Right(right))
            for right, user in self.people.items()
        }
        self.link, self.token = make_link(self.blueprint, Right.VIEW, open_to_all=True)
        self.stranger = User.objects.create_user("eve")

    def _run(self) -> Run:
        document = load(DOCUMENT)
        address = f"http://site/hooks/resume/{RESUME}"
        run = Run.objects.create(
            blueprint=self.blueprint, drawing=store_drawing(document), owner=self.owner,
            started_by=self.owner, status=RunStatus.WAITING, trigger="manual", noted_seq=3,
            inputs={"at": address}, created=datetime.now(UTC), started=datetime.now(UTC),
        )  # fmt: skip
        events = encode_events(
            [
                Event(1, 1000.0, "run.queued", None, {"inputs": {}, "trigger": None, "by": "api"}),
                Event(2, 1001.0, "run.started", None, {}),
                Event(3, 1002.0, "step.emitted", "ask", {"port": "out", "value": address}),
            ]
        )
        JournalChunk.objects.create(run=run, first_seq=1, last_seq=3, epoch=0, events=events)
        return run

    def client(self, who: str) -> Client:
        client = Client()
        if who == "guest":
            opened = client.post("/share/", {"token": self.token})
            assert opened["Location"] == f"/blueprints/{self.blueprint.pk}/"
        elif who == "owner":
            client.force_login(self.owner)
        elif who == "stranger":
            client.force_login(self.stranger)
        elif who in self.people:
            client.force_login(self.people[who])
        return client

    def ask(self, client: Client, key: str) -> Response:
        method, _, route = key.partition(" ")
        path = "/" + route
        for name, value in {
            "<uuid:blueprint_id>": self.blueprint.pk,
            "<uuid:run_id>": self.run.pk,
            "<uuid:webhook_id>": self.webhook.pk,
            "<uuid:credential_id>": self.credential.pk,
            "<uuid:endpoint_id>": self.endpoint.pk,
            "<uuid:message_id>": self.message.pk,
            "<uuid:schedule_id>": self.schedule.pk,
            "<uuid:listener_id>": self.listener.pk,
            "<uuid:aside_id>": self.aside.pk,
            "<uuid:share_id>": self.shares["view"].pk,
            "<uuid:link_id>": self.link.pk,
            "<int:number>": 1,
            "<uuid:delivery_id>": self.delivery.pk,
        }.items():
            path = path.replace(name, str(value))
        query = "?seq=3&whole=true" if path.endswith("/values/") else ""
        query = "?node=hook" if path.endswith("/calls/") else query
        body = json.dumps(BODIES.get(key, {}))
        return client.generic(method, path + query, body, "application/json")

    @property
    def secrets(self) -> list[str]:
        return [
            self.webhook.token,
            self.secret,
            self.signing,
            TOKEN,
            RESUME,
            str(self.other.pk),
            self.link.hash,
        ]


BODIES: dict[str, Any] = {
    f"POST api/{B}updates/": {"after": 0},
    f"POST api/{B}evaluate/": {"node": "ask", "text": "x"},
    f"PATCH api/{B}versions/<int:number>/": {"name": "x"},
    f"POST api/{B}shares/": {"user": "eve", "right": "view"},
    f"PATCH api/{B}shares/<uuid:share_id>/": {"right": "run"},
    f"POST api/{B}links/": {"right": "view"},
    f"POST api/{R}rerun/": {"dry": True},
    f"POST api/{B}calls/": {"node": "hook"},
    "POST api/calls/<uuid:delivery_id>/replay/": {"to": "nowhere"},
    f"POST api/{S}backfill/": {"begin": "2026-01-01T00:00Z", "end": "2026-01-02T00:00Z"},
    f"PUT api/{R}tokens/": {"token": "1", "value": 1},
    f"PUT api/{R}breakpoints/": {"breakpoints": []},
}
