"""Redis, MQTT and PostgreSQL start runs: each message once, acknowledged when its run is kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis
from django.db import OperationalError
from paho.mqtt import publish as mqtt

from runner.graph import DocumentInvalid
from runner.listeners.control import pause, resume
from runner.listeners.held import Held
from runner.models import Listener, Run
from tests.listeners.conftest import Site, came, stands
from tests.listeners.servers_here import REDIS, need_mqtt, need_redis
from tests.patience import until


@pytest.fixture
def name() -> str:
    """A stream, channel or topic of its own."""
    return f"conductor-tests-{uuid.uuid4().hex}"


@pytest.fixture
def server(name: str) -> Iterator[redis.Redis]:
    need_redis()
    client = redis.Redis.from_url(REDIS)
    yield client
    client.delete(name)
    client.close()


@pytest.fixture
def broker() -> None:
    need_mqtt()


@pytest.fixture
def shop(settings: Any) -> Iterator[psycopg.Connection[Any]]:
    """Another program's connection to the database that is listened to."""
    try:
        found = psycopg.connect(settings.CONDUCTOR_CONNECTIONS["shop"], autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL server answers: {error}")
    with found:
        yield found


def begun(row: Listener) -> None:
    """Wait until it listens for the first time."""
    until(lambda: Listener.objects.get(pk=row.pk).cursor)


# --- redis -------------------------------------------------------------------


def test_each_entry_of_a_stream_starts_one_run(site: Site, server: redis.Redis, name: str) -> None:
    server.xadd(name, {"n": "before"})
    row = site.listener("trigger.redis", connection="stream", name=name)
    site.work()
    begun(row)
    server.xadd(name, {"n": "1", b"raw": b"\xff"})
    (run,) = until(came(1))
    assert run.inputs == {
        "stream": name,
        "id": run.inputs["id"],
        "fields": {"n": "1", "raw": "/w=="},
        "base64": ["raw"],
    }
    assert run.trigger == "redis"
    site.leave()
    for number in range(2, 250):
        server.xadd(name, {"n": str(number)})
    site.work()
    runs = until(came(249))
    assert [run.inputs["fields"]["n"] for run in runs] == [str(n) for n in range(1, 250)]
    group = f"conductor-{row.pk}"
    until(lambda: server.xpending(name, group)["pending"] == 0)
    # A stream that is made anew is listened to from its beginning.
    server.delete(name)
    server.xadd(name, {"n": "anew"})
    assert until(came(250))[-1].inputs["fields"] == {"n": "anew"}


def test_what_was_kept_but_not_acknowledged_starts_nothing_again(
    site: Site, server: redis.Redis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = site.listener("trigger.redis", connection="stream", name=name, begin="all")
    for number in range(3):
        server.xadd(name, {"n": str(number)})
    # It is killed after the commit, before the acknowledgement.
    with monkeypatch.context() as patched:
        patched.setattr("redis.Redis.xack", lambda *_: (_ for _ in ()).throw(redis.RedisError("x")))
        site.work()
        until(came(3))
        until(stands(row, "trouble"))
        site.leave()
    group = f"conductor-{row.pk}"
    assert server.xpending(name, group)["pending"] == 3
    server.xadd(name, {"n": "3"})
    resume(row)
    site.work()
    assert [run.inputs["fields"]["n"] for run in until(came(4))] == ["0", "1", "2", "3"]
    until(lambda: server.xpending(name, group)["pending"] == 0)


def test_what_could_not_be_kept_is_not_acknowledged(
    site: Site, server: redis.Redis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = site.listener("trigger.redis", connection="stream", name=name, begin="all")
    server.xadd(name, {"n": "0"})
    taken = Held.take

    def full(held: Held, messages: Any, cursor: Any) -> Any:
        if messages:
            raise OperationalError("disk full")
        return taken(held, messages, cursor)

    with monkeypatch.context() as patched:
        patched.setattr(Held, "take", full)
        site.work()
        until(stands(row, "trouble"))
        site.leave()
    assert not Run.objects.exists()
    assert server.xpending(name, f"conductor-{row.pk}")["pending"] == 1
    resume(row)
    site.work()
    until(came(1))


def test_messages_of_a_channel_start_runs(site: Site, server: redis.Redis, name: str) -> None:
    row = site.listener("trigger.redis", connection="stream", source="channel", name=name)
    site.work()
    begun(row)
    until(lambda: server.publish(name, "hello") == 1)
    (run,) = until(came(1))
    assert run.inputs == {"channel": name, "data": "hello", "encoding": "utf-8"}


# --- mqtt --------------------------------------------------------------------


def send(topic: str, payload: str, *, retain: bool = False) -> bool:
    """Send a message; return whether any has started a run."""
    mqtt.single(topic, payload, qos=1, retain=retain, hostname="127.0.0.1")
    return Run.objects.exists()


def test_each_message_of_a_topic_starts_one_run_also_after_a_restart(
    site: Site, broker: None, name: str
) -> None:
    send(f"{name}/old", "retained", retain=True)
    row = site.listener("trigger.mqtt", connection="plant", topic=f"{name}/+")
    site.work()
    until(stands(row, "listening"))
    begun(row)
    until(lambda: send(f"{name}/1", "probe"))
    probes = Run.objects.count()
    send(f"{name}/1", "21.5")
    run = until(lambda: Run.objects.exclude(inputs__payload="probe").first())
    assert run.inputs == {
        "topic": f"{name}/1",
        "payload": "21.5",
        "encoding": "utf-8",
        "qos": 1,
        "retained": False,
    }
    site.leave()
    probes = Run.objects.count()
    # The broker keeps what comes while nobody listens.
    for number in range(3):
        send(f"{name}/{number}", "later")
    site.work()
    until(lambda: Run.objects.count() == probes + 3)
    topics = [run.inputs["topic"] for run in Run.objects.order_by("created", "pk")][probes:]
    assert topics == [f"{name}/{number}" for number in range(3)]
    send(f"{name}/old", "", retain=True)


def test_what_the_broker_sends_again_starts_nothing_again(
    site: Site, broker: None, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = site.listener("trigger.mqtt", connection="plant", topic=name)
    site.work()
    begun(row)
    until(lambda: send(name, "probe"))
    site.leave()
    probes = Run.objects.count()
    with monkeypatch.context() as patched:
        # What is said to the broker is lost: it has to send all of it again.
        patched.setattr("paho.mqtt.client.Client.ack", lambda *_: 0)
        site.work()
        send(name, "once")
        until(lambda: Run.objects.filter(inputs__payload="once").count() == 1)
        probes = Run.objects.count()
        site.leave()
    site.work()
    until(stands(row, "listening"))
    send(name, "twice")
    until(lambda: Run.objects.filter(inputs__payload="twice").exists())
    assert Run.objects.count() == probes + 1


# --- postgresql --------------------------------------------------------------


def test_each_notification_starts_a_run(
    site: Site, shop: psycopg.Connection[Any], name: str
) -> None:
    row = site.listener("trigger.postgres", connection="shop", channel=name)
    site.work()
    begun(row)
    for number in range(5):
        shop.execute("SELECT pg_notify(%s, %s)", [name, f"order {number}"])
    pid = shop.info.backend_pid
    runs = until(came(5))
    assert [run.inputs["payload"] for run in runs] == [f"order {n}" for n in range(5)]
    assert runs[0].inputs == {"channel": name, "payload": "order 0", "pid": pid}
    until(stands(pause(row), "paused"))


# --- all of them -------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("trigger.redis", {"connection": "nowhere", "name": "x"}),
        ("trigger.mqtt", {"connection": "no-broker", "topic": "x"}),
        ("trigger.postgres", {"connection": "no-shop", "channel": "x"}),
    ],
)
def test_a_server_that_is_away_is_told_without_its_password(
    site: Site, kind: str, given: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    row = site.listener(kind, **given)
    site.work()
    until(stands(row, "trouble"))
    assert row.error.startswith(f"The connection {given['connection']!r} cannot be listened to: ")
    assert row.failures >= 1
    assert row.retry_at is not None
    site.leave()
    assert "hunter2" not in row.error + caplog.text


@pytest.mark.parametrize(
    ("kind", "given", "code", "said"),
    [
        ("redis", {"connection": "gone", "name": "x"}, "unknown_connection", "There are: nowhere"),
        ("redis", {"connection": "plant", "name": "x"}, "wrong_connection", "another kind"),
        ("mqtt", {"connection": "plant", "topic": "a/#/b"}, "bad_parameter", "alone at the end"),
        ("postgres", {"connection": "shop"}, "missing_parameter", "channel"),
    ],
)
def test_what_cannot_be_listened_to_is_told_when_it_is_published(
    site: Site, kind: str, given: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(DocumentInvalid) as raised:
        site.publish(f"trigger.{kind}", **given)
    (problem,) = raised.value.problems
    assert (problem.code, problem.node) == (code, "start")
    assert said in problem.message
    assert not Listener.objects.exists()


def test_an_extra_that_is_not_installed_is_told_when_it_is_published(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.actions.listened.installed", lambda module: module != "paho.mqtt")
    with pytest.raises(DocumentInvalid, match=r"conductor-blueprints\[mqtt\]"):
        site.publish("trigger.mqtt", connection="plant", topic="x")


def test_a_connection_that_the_operator_takes_away_is_told(site: Site, settings: Any) -> None:
    row = site.listener("trigger.redis", connection="stream", name="x")
    settings.CONDUCTOR_CONNECTIONS = {}
    site.work()
    until(stands(row, "trouble"))
    assert "There is no connection 'stream' any more" in row.error
