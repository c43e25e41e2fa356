"""The servers here that tests of listeners talk to; where one is away, they are skipped."""

from __future__ import annotations

import socket

import pytest

REDIS = "redis://127.0.0.1:6379/9"
MQTT = "mqtt://127.0.0.1:1883"


def need(name: str, port: int) -> None:
    """Skip the test where nothing answers at a port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError as error:
        pytest.skip(f"no {name} server answers at 127.0.0.1:{port}: {error}")


def need_redis() -> None:
    """Skip the test where there is no Redis."""
    need("Redis", 6379)


def need_mqtt() -> None:
    """Skip the test where there is no MQTT broker."""
    need("MQTT", 1883)
