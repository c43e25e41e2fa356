"""Looks an address up: who may call it, and what the published version's trigger says it takes.

Nothing of it is copied into another row, so what the editor shows and what
answers cannot drift apart. A process remembers what it read for at most a
second, since reading it costs several times what the rest of the receiving
costs. Changes made in the same process are announced by Django's signals and
act at once; those of other processes act when the second is over. What is
remembered may be thrown away at any time.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.signals import post_delete, post_save
from pydantic import ValidationError

from runner.graph.wording import wrongs
from runner.models import Authentication, Webhook
from runner.nodes import node_types
from runner.webhooks import hmacs, tokens
from runner.webhooks.addresses import secret_header
from runner.webhooks.ending import respond_nodes
from runner.webhooks.secrets import SecretBox, SecretUnreadable
from runner.webhooks.senders import Network, read_networks
from runner.webhooks.signatures import Credentials

KIND = "trigger.webhook"
OLDEST = 1.0  # seconds
MOST_REMEMBERED = 10_000
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What the trigger node in the published version takes, how it answers, and what it starts."""

    methods: tuple[str, ...]
    response: str
    body_limit: int
    version: int
    drawing: str
    responders: frozenset[str]


@dataclass(frozen=True, slots=True)
class Address:
    """A webhook with all that is needed to answer a request to it.

    `webhook` has its blueprint, published version and drawing loaded. Without
    a `trigger`, `missing` says why.
    """

    webhook: Webhook
    credentials: Credentials
    trigger: Trigger | None
    missing: str = ""
    read: float = field(default_factory=time.monotonic)
    networks: tuple[Network, ...] = ()


def find(token: str) -> Address | None:
    """Read an address from the database; None where there is no such webhook."""
    rows = Webhook.objects.select_related("blueprint__published__drawing", "blueprint__owner")
    webhook = rows.filter(token=token).first()
    return None if webhook is None else address_of(webhook)


def address_of(webhook: Webhook) -> Address:
    """Return the address of a webhook as its row and its published version stand now."""
    read = time.monotonic()
    try:
        trigger, missing = _trigger(webhook), ""
    except LookupError as error:
        trigger, missing = None, str(error.args[0])
    networks = read_networks(webhook.networks)
    return Address(webhook, _credentials(webhook), trigger, missing, read, networks)


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


def _trigger(webhook: Webhook) -> Trigger:
    version = webhook.blueprint.published
    if version is None:
        raise LookupError("The blueprint is not published.")
    shown = f"version {version.number} of the blueprint"
    node: Any = version.drawing.document.get("nodes", {}).get(webhook.node)
    if node is None:
        raise LookupError(f"The node {webhook.node!r} is not in {shown}.")
    if node.get("kind") != KIND:
        raise LookupError(f"The node {webhook.node!r} in {shown} is no webhook trigger.")
    if node.get("settings", {}).get("disabled"):
        raise LookupError(f"The node {webhook.node!r} in {shown} is disabled.")
    model = node_types()[KIND].spec.parameters
    try:
        parameters: Any = model.model_validate(node.get("parameters", {}))
    except ValidationError as error:
        wrong = wrongs(error, node.get("parameters", {}))[0]
        raise LookupError(
            f"The parameter {wrong.place!r} of the node {webhook.node!r} in {shown} "
            f"{wrong.sentence}."
        ) from None
    return Trigger(
        methods=tuple(str(method).upper() for method in parameters.methods),
        response=str(parameters.response),
        body_limit=int(parameters.body_limit),
        version=version.pk,
        drawing=version.drawing_id,
        responders=respond_nodes(version.drawing.document),
    )


class Lookup:
    """Finds addresses for one process, and remembers them for a moment."""

    def __init__(self) -> None:
        self._remembered: dict[str, Address] = {}
        self._asked: dict[str, asyncio.Task[Address | None]] = {}
        self._changes = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhook-lookup")

    async def find(self, token: str) -> Address | None:
        """Return the address of a token, at most a second old."""
        known = self._remembered.get(token)
        if known is not None and time.monotonic() - known.read < OLDEST:
            return known
        if _TOKEN.fullmatch(token) is None:
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
        self._remembered.clear()

    async def _read(self, token: str, changes: int) -> Address | None:
        loop = asyncio.get_running_loop()
        address = await loop.run_in_executor(self._thread, _reading, find, token)
        if address is None:
            self._remembered.pop(token, None)
        elif changes == self._changes:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[token] = address
        return address


def _reading(question: Callable[[str], R], token: str) -> R:
    # The thread keeps its connection; a lost one is opened again, once.
    try:
        return question(token)
    except (OperationalError, InterfaceError):
        connection.close()
        return question(token)


lookup = Lookup()


def _changed(**_: Any) -> None:
    # At once for this transaction's own reads, and again when others can see what it wrote.
    lookup.forget()
    transaction.on_commit(lookup.forget)


for _sender in ("runner.Webhook", "editor.Blueprint", "editor.BlueprintVersion"):
    for _signal in (post_save, post_delete):
        _signal.connect(_changed, sender=_sender, dispatch_uid=f"conductor.webhooks.{_sender}")
