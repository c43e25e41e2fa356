"""Listens to a Redis stream, by a consumer group of its own, or to a channel (pub/sub)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runner.listeners.held import Held
from runner.listeners.reaching import failed, text_of, url_of
from runner.nodes.listening import RedisParameters

MOST_AT_ONCE = 100  # runs that are started in one transaction
LOOK = 1.0  # seconds that the server is waited for until it is looked whether to stop
PENDING, NEW = "0", ">"


def listen(held: Held) -> None:
    """Start a run for each entry or message, until stopped. Raises ListenFailed."""
    import redis

    wanted = RedisParameters.model_validate(dict(held.parameters))
    client = redis.Redis.from_url(
        url_of(wanted.connection),
        protocol=2,
        socket_connect_timeout=5,
        socket_timeout=10,
        health_check_interval=10,
    )
    try:
        (_stream if wanted.source == "stream" else _channel)(held, wanted, client)
    except (redis.RedisError, OSError) as error:
        raise failed(wanted.connection, error) from None
    finally:
        client.close()


def _stream(held: Held, wanted: RedisParameters, client: Any) -> None:
    group = f"conductor-{held.key}"
    _group(held, wanted, client, group)
    held.well()
    # What was read and not acknowledged comes first: whoever read it may have started its runs.
    after = PENDING
    while not held.stop.is_set():
        block = int(LOOK * 1000) if after == NEW else None
        names = {wanted.name: after}
        answer = client.xreadgroup(group, "conductor", names, count=MOST_AT_ONCE, block=block)
        entries = answer[0][1] if answer else []
        if not entries:
            after = NEW
            continue
        ids = [key.decode() for key, _ in entries]
        taken = set(held.cursor["taken"])
        # An entry without fields was removed from the stream before anybody took it.
        fresh = [
            _entry(wanted.name, key, fields)
            for key, (_, fields) in zip(ids, entries, strict=True)
            if key not in taken and fields
        ]
        if fresh:
            # Each batch is acknowledged before the next is read, so its ids are enough.
            held.take(fresh, {"taken": ids})
        client.xack(wanted.name, group, *ids)


def _group(held: Held, wanted: RedisParameters, client: Any, group: str) -> None:
    """Make the group; of a stream that was made anew since, all is new."""
    from redis import ResponseError

    first = "$" if wanted.begin == "new" and not held.cursor else "0"
    try:
        client.xgroup_create(wanted.name, group, id=first, mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    if not held.cursor:
        held.take([], {"taken": []})


def _entry(stream: str, key: str, fields: Mapping[bytes, bytes]) -> dict[str, Any]:
    shown, coded = {}, []
    for name, raw in fields.items():
        label = name.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
        shown[label], encoding = text_of(raw)
        if encoding == "base64":
            coded.append(label)
    return {"stream": stream, "id": key, "fields": shown, "base64": coded}


def _channel(held: Held, wanted: RedisParameters, client: Any) -> None:
    channel = client.pubsub()
    channel.subscribe(wanted.name)
    while not held.stop.is_set():
        messages: list[dict[str, Any]] = []
        found = channel.get_message(timeout=LOOK)
        while found is not None:
            if found["type"] == "subscribe":
                held.well()
                if not held.cursor:
                    held.take([], {"subscribed": True})
            elif found["type"] == "message":
                data, encoding = text_of(found["data"])
                messages.append({"channel": wanted.name, "data": data, "encoding": encoding})
            if len(messages) >= MOST_AT_ONCE:
                break
            found = channel.get_message(timeout=0)
        if messages:
            held.take(messages, held.cursor)
