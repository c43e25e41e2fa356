"""Listens to topics of an MQTT broker, in a session that the broker keeps.

With quality of service 1 the broker sends again what was not acknowledged, marked as such and under
the same number. Of quality 2 a client would have to keep what comes before it may be told of it.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from runner.listeners.held import Held
from runner.listeners.reaching import failed, text_of, url_of
from runner.nodes.listening import MqttParameters

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

LOOK = 1.0  # seconds that the broker is waited for until it is looked whether to stop
KEEPALIVE = 20  # seconds without a word after which the broker or the network is taken for gone
ANSWERS = 10.0  # seconds that the broker has to answer a connection and a subscription
REMEMBERED = 500  # messages of which it is known that they were taken: more than can be under way


def listen(held: Held) -> None:
    """Start a run for each message, until stopped. Raises ListenFailed."""
    wanted = MqttParameters.model_validate(dict(held.parameters))
    if not held.cursor:
        # A session of other topics would go on with them.
        _Session(held, wanted, clean=True).close()
        held.take([], {"taken": []})
    session = _Session(held, wanted, clean=False)
    try:
        session.subscribe()
        held.well()
        while not held.stop.is_set():
            session.turn()
            session.take()
    finally:
        session.close()


class _Session:
    """A connection to the broker, driven by the thread that listens."""

    def __init__(self, held: Held, wanted: MqttParameters, *, clean: bool) -> None:
        from paho.mqtt import client as paho
        from paho.mqtt.enums import CallbackAPIVersion

        self._held, self._wanted = held, wanted
        self._come: list[MQTTMessage] = []
        self._present: bool | None = None
        self._subscribed = False
        url = urlsplit(url_of(wanted.connection))
        # Longer names need not be taken by a broker.
        name = f"conductor-{held.key.hex[:13]}"
        self._client: Client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=clean,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if url.username:
            self._client.username_pw_set(unquote(url.username), unquote(url.password or ""))
        if url.scheme == "mqtts":
            self._client.tls_set()
        self._client.connect_timeout = 5.0
        self._client.on_connect = self._connected
        self._client.on_subscribe = self._granted
        self._client.on_message = lambda *given: self._come.append(given[2])
        self._refused = ""
        try:
            port = url.port or (8883 if url.scheme == "mqtts" else 1883)
            self._client.connect(url.hostname or "", port, KEEPALIVE)
        except (OSError, ValueError) as error:
            raise failed(wanted.connection, error) from None
        self._until(lambda: self._present is not None)

    def subscribe(self) -> None:
        """Subscribe, unless the broker has kept that: it would send what it retains anew."""
        if not self._present:
            self._client.subscribe(self._wanted.topic, self._wanted.qos)
            self._until(lambda: self._subscribed)

    def turn(self) -> None:
        """Let what comes come, and what goes go."""
        code = self._client.loop(LOOK)
        if self._refused or code:
            from paho.mqtt.client import error_string

            raise failed(self._wanted.connection, self._refused or error_string(code))

    def take(self) -> None:
        """Start the runs of what has come, then acknowledge it."""
        come, self._come = self._come, []
        if not come:
            return
        taken: list[str] = list(self._held.cursor["taken"])
        messages = []
        for message in come:
            mark = f"{message.mid}:{hashlib.sha256(message.payload).hexdigest()[:16]}"
            again = message.dup and mark in taken
            if again or (message.retain and not self._wanted.retained):
                continue
            messages.append(_message(message))
            if message.qos:
                taken.append(mark)
        if messages:
            self._held.take(messages, {"taken": taken[-REMEMBERED:]})
        for message in come:
            self._client.ack(message.mid, message.qos)

    def close(self) -> None:
        """Say goodbye, so that the broker does not wait for more."""
        self._client.disconnect()
        self._client.loop(0.1)

    def _until(self, come: Any) -> None:
        deadline = time.monotonic() + ANSWERS
        while not come() and not self._held.stop.is_set():
            self.turn()
            if time.monotonic() > deadline:
                raise failed(self._wanted.connection, "the broker does not answer")

    def _connected(self, _: Any, __: Any, flags: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            self._refused = f"the broker refuses it ({reason})"
        self._present = flags.session_present

    def _granted(self, _: Any, __: Any, ___: Any, reasons: Any, ____: Any) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refused = f"the broker refuses the topic {self._wanted.topic!r}"
        self._subscribed = True


def _message(message: MQTTMessage) -> dict[str, Any]:
    payload, encoding = text_of(bytes(message.payload))
    return {
        "topic": message.topic,
        "payload": payload,
        "encoding": encoding,
        "qos": message.qos,
        "retained": message.retain,
    }
