"""Looks an address up: who may call it, and what the published version's trigger says it takes.

Nothing of it is copied into another row, so what the editor shows and what
answers cannot drift apart. A process remembers what it read for at most a
second, since reading it costs several times what the rest of the receiving
costs. Changes made in the same process are announced by Django's signals and
act at once; those of other processes act when the second is over. What is
remembered may be thrown away at any time.

Which addresses there are is remembered as well, for as long: whoever tries
addresses that there are not, however many a second, asks the database once a
second, and leaves nothing in memory.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.utils import timezone
from pydantic import ValidationError

from editor.actions.drawings import store_drawing
from runner.actions import problems_of
from runner.engine.stand_ins import StandIn, pins_of
from runner.graph import DocumentInvalid, load
from runner.graph.labelled import labels_of
from runner.graph.labels import together
from runner.graph.queueing import QueueSettings
from runner.graph.wording import wrongs
from runner.models import Authentication, Webhook
from runner.nodes import node_types
from runner.nodes.paths import KIND, PathPattern, read_path
from runner.queue.asking import Asking
from runner.queue.places import PLAIN, settings_of
from runner.queue.queues import QueueState, known, state_of
from runner.sealing import SecretBox, SecretUnreadable
from runner.webhooks import hmacs, tokens
from runner.webhooks.addresses import secret_header
from runner.webhooks.ending import respond_nodes
from runner.webhooks.senders import Network, read_networks
from runner.webhooks.signatures import Credentials

OLDEST = 1.0  # seconds
MOST_REMEMBERED = 10_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a trigger node in a version takes, how it answers, and what it starts.

    `version` is None where it is the draft's.
    """

    node: str
    methods: tuple[str, ...]
    path: PathPattern
    response: str
    body_limit: int
    once: str
    once_header: str  # lower case
    once_for: float  # seconds
    origins: frozenset[str]
    version: int | None
    drawing: str
    responders: frozenset[str]
    queue: QueueSettings
    state: QueueState
    labels: str = ""
    body_schema: dict[str, Any] = field(default_factory=dict)
    pins: Mapping[str, StandIn] = field(default_factory=dict)

    @property
    def starts_alone(self) -> bool:
        """Whether no other run has a say in whether one starts."""
        return self.queue.simple and not (self.state.draining or self.state.picks)


@dataclass(frozen=True, slots=True)
class Address:
    """A webhook with all that is needed to answer a request to it.

    `webhook` has its blueprint, published version and drawing loaded. Without
    `triggers`, of which those with the most definite path come first, `missing`
    says why.
    """

    webhook: Webhook
    credentials: Credentials
    triggers: tuple[Trigger, ...]
    missing: str = ""
    read: float = field(default_factory=time.monotonic)
    networks: tuple[Network, ...] = ()

    @property
    def trigger(self) -> Trigger | None:
        """The first trigger, if there is any."""
        return self.triggers[0] if self.triggers else None

    @property
    def methods(self) -> list[str]:
        """The methods that any of the triggers takes."""
        return list(dict.fromkeys(it for trigger in self.triggers for it in trigger.methods))


def find(token: str) -> Address | None:
    """Read an address from the database; None where there is no such webhook."""
    rows = Webhook.objects.select_related(
        "blueprint__published__drawing", "blueprint__owner", "opened_by"
    )
    webhook = rows.filter(token=token).first()
    return None if webhook is None else address_of(webhook)


def address_of(webhook: Webhook, *, draft: bool | None = None) -> Address:
    """Return the address of a webhook as its row and its published version stand now.

    A test address goes by the draft, until it expires; `draft` says whether to go
    by it whatever the webhook is.
    """
    read = time.monotonic()
    triggers: tuple[Trigger, ...] = ()
    missing = ""
    try:
        if draft is None and webhook.expires and webhook.expires <= timezone.now():
            raise LookupError("The test address has expired; listen again in the editor.")
        of_draft = webhook.draft if draft is None else draft
        triggers = _triggers_of_draft(webhook) if of_draft else _triggers(webhook)
    except LookupError as error:
        missing = str(error.args[0])
    networks = read_networks(webhook.networks)
    return Address(webhook, _credentials(webhook), triggers, missing, read, networks)


def _credentials(webhook: Webhook) -> Credentials:
    scheme = Authentication(webhook.authentication)
    jwt = None
    if scheme is Authentication.JWT:
        algorithm = webhook.algorithm or tokens.DEFAULT
        source = webhook.keys.strip() if algorithm not in tokens.HMAC else ""
        jwt = tokens.Rules(algorithm, webhook.issuer, webhook.audience, source)
    return Credentials(
        scheme,
        secret_header(webhook).lower(),
        webhook.username,
        _opened(webhook.secret),
        _opened(webhook.old_secret),
        webhook.old_until.timestamp() if webhook.old_until else 0.0,
        _hmac(webhook, scheme),
        jwt,
    )


def _opened(sealed: str) -> str:
    try:
        return SecretBox.of_site().open(sealed) if sealed else ""
    except SecretUnreadable:
        return ""


def _hmac(webhook: Webhook, scheme: Authentication) -> hmacs.Scheme:
    if scheme is not Authentication.HMAC:
        preset = hmacs.PRESETS.get(scheme, hmacs.GENERIC)
        return replace(preset, tolerance=webhook.tolerance)
    return hmacs.Scheme(
        algorithm=webhook.algorithm or hmacs.GENERIC.algorithm,
        prefix=webhook.prefix,
        lenient=not webhook.prefix,
        encoding=cast(Any, webhook.encoding),
        signed=webhook.signed or hmacs.GENERIC.signed,
        timestamp=webhook.timestamp_header.lower(),
        tolerance=webhook.tolerance,
    )


def _triggers(webhook: Webhook) -> tuple[Trigger, ...]:
    version = webhook.blueprint.published
    if version is None:
        raise LookupError("The blueprint is not published.")
    drawing, shown = version.drawing, f"version {version.number} of the blueprint"
    return triggers_in(drawing.document, webhook.node, shown, version.pk, drawing.pk)


def _triggers_of_draft(webhook: Webhook) -> tuple[Trigger, ...]:
    blueprint = webhook.blueprint
    try:
        document = load(blueprint.draft)
    except DocumentInvalid as error:
        raise LookupError(f"The draft cannot be read. {error}") from None
    for problem in problems_of(document, blueprint):
        if problem.severity == "error":
            raise LookupError(f"The draft cannot run. {problem.message}")
    drawing = store_drawing(document)
    pins = pins_of(document)
    return triggers_in(drawing.document, webhook.node, "the draft", None, drawing.pk, pins)


def triggers_in(
    document: Mapping[str, Any],
    node: str,
    shown: str,
    version: int | None,
    drawing: str,
    pins: Mapping[str, StandIn] | None = None,
) -> tuple[Trigger, ...]:
    """Return the trigger of this name in a drawing, or without a name all that there are.

    Raises LookupError with what is wrong, in words; `shown` names the drawing.
    """
    nodes: Mapping[str, Any] = document.get("nodes", {})
    found = [node] if node else [name for name, it in nodes.items() if _is_open(it)]
    if not found:
        raise LookupError(f"There is no webhook trigger in {shown}.")
    responders = respond_nodes(document)
    # Runs of a draft are trials, which no other run has a say in.
    queue = settings_of(document) if version is not None else PLAIN
    triggers = [_trigger(nodes, name, shown, version, drawing, responders, queue) for name in found]
    if (labels := together(labels_of(document))) or pins:
        triggers = [replace(it, labels=labels, pins=pins or {}) for it in triggers]
    return tuple(sorted(triggers, key=lambda it: it.path.rank))


def _is_open(node: Mapping[str, Any]) -> bool:
    return node.get("kind") == KIND and not node.get("settings", {}).get("disabled")


def _trigger(
    nodes: Mapping[str, Any],
    name: str,
    shown: str,
    version: int | None,
    drawing: str,
    responders: frozenset[str],
    queue: QueueSettings,
) -> Trigger:
    node: Any = nodes.get(name)
    if node is None:
        raise LookupError(f"The node {name!r} is not in {shown}.")
    if node.get("kind") != KIND:
        raise LookupError(f"The node {name!r} in {shown} is no webhook trigger.")
    if not _is_open(node):
        raise LookupError(f"The node {name!r} in {shown} is disabled.")
    model = node_types()[KIND].spec.parameters
    try:
        parameters: Any = model.model_validate(node.get("parameters", {}))
    except ValidationError as error:
        wrong = wrongs(error, node.get("parameters", {}))[0]
        raise LookupError(
            f"The parameter {wrong.place!r} of the node {name!r} in {shown} {wrong.sentence}."
        ) from None
    return Trigger(
        node=name,
        methods=tuple(str(method).upper() for method in parameters.methods),
        path=read_path(parameters.path),
        response=str(parameters.response),
        body_limit=int(parameters.body_limit),
        once=str(parameters.once),
        once_header=str(parameters.once_header).lower(),
        once_for=float(parameters.once_for),
        origins=frozenset(parameters.origins),
        version=version,
        drawing=drawing,
        responders=responders,
        queue=queue,
        state=state_of(queue.name, known()),
        body_schema=parameters.body_schema,
    )


class Lookup:
    """Finds addresses for one process, and remembers them for a moment."""

    def __init__(self) -> None:
        self._remembered: dict[str, Address] = {}
        self._asked: dict[str, asyncio.Task[Address | None]] = {}
        self._changes = 0
        self._tokens: frozenset[str] = frozenset()
        self._listed = -math.inf
        self._listing: asyncio.Task[None] | None = None
        self._asking = Asking("webhook-lookup")

    async def find(self, token: str) -> Address | None:
        """Return the address of a token, at most a second old."""
        known = self._remembered.get(token)
        if known is not None and time.monotonic() - known.read < OLDEST:
            return known
        if known is None and not await self._exists(token):
            return None
        # Requests that arrive together wait for one look into the database.
        key = f"{token}{self._changes}"
        task = self._asked.get(key)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.create_task(self._read(token, self._changes))
            self._asked[key] = task
            task.add_done_callback(lambda _: self._asked.pop(key, None))
        # Shielded, since a caller who hangs up must not take the answer from the others.
        return await asyncio.shield(task)

    def forget(self) -> None:
        """Throw away what is remembered, also what is being read just now."""
        self._changes += 1
        self._listed = -math.inf
        self._remembered.clear()

    async def _exists(self, token: str) -> bool:
        """Say whether there is such an address, as of a second ago at most."""
        if _TOKEN.fullmatch(token) is None:
            return False
        if time.monotonic() - self._listed >= OLDEST:
            task = self._listing
            if task is None or task.done() or task.get_loop() is not asyncio.get_running_loop():
                task = self._listing = asyncio.create_task(self._list(self._changes))
            await asyncio.shield(task)
        # What was changed while the list was read may be missing in it; then the row is asked.
        return token in self._tokens or self._listed < 0

    async def _list(self, changes: int) -> None:
        began = time.monotonic()
        self._tokens = await self._asking.ask_twice(_every_token)
        self._listed = began if changes == self._changes else -math.inf

    async def _read(self, token: str, changes: int) -> Address | None:
        address = await self._asking.ask_twice(find, token)
        if address is None:
            self._remembered.pop(token, None)
        elif changes == self._changes:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = address
        return address


def _every_token() -> frozenset[str]:
    return frozenset(Webhook.objects.values_list("token", flat=True))


lookup = Lookup()


def _changed(**_: Any) -> None:
    # At once for this transaction's own reads, and again when others can see what it wrote.
    lookup.forget()
    transaction.on_commit(lookup.forget)


for _sender in ("runner.Webhook", "runner.Queue", "editor.Blueprint", "editor.BlueprintVersion"):
    for _signal in (post_save, post_delete):
        _signal.connect(_changed, sender=_sender, dispatch_uid=f"conductor.webhooks.{_sender}")
