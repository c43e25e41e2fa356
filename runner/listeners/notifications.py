"""Listens to notifications of a PostgreSQL database, which keeps none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runner.listeners.held import Held
from runner.listeners.reaching import failed, url_of
from runner.nodes.listening import PostgresParameters

if TYPE_CHECKING:
    from psycopg import Notify

MOST_AT_ONCE = 100  # runs that are started in one transaction
LOOK = 1.0  # seconds that the server is waited for until it is looked whether to stop


def listen(held: Held) -> None:
    """Start a run for each notification, until stopped. Raises ListenFailed."""
    import psycopg
    from psycopg import sql

    wanted = PostgresParameters.model_validate(dict(held.parameters))
    url = url_of(wanted.connection)
    try:
        # A server that is gone without a word is noticed within half a minute.
        with psycopg.connect(
            url,
            autocommit=True,
            connect_timeout=5,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        ) as server:
            server.execute(sql.SQL("LISTEN {}").format(sql.Identifier(wanted.channel)))
            held.well()
            if not held.cursor:
                held.take([], {"listened": True})
            while not held.stop.is_set():
                # All of a packet come at once, however many that are.
                come = list(server.notifies(timeout=LOOK, stop_after=1))
                for first in range(0, len(come), MOST_AT_ONCE):
                    batch = come[first : first + MOST_AT_ONCE]
                    held.take([_message(it) for it in batch], held.cursor)
    except psycopg.Error as error:
        raise failed(wanted.connection, error) from None


def _message(notice: Notify) -> dict[str, Any]:
    return {"channel": notice.channel, "payload": notice.payload, "pid": notice.pid}
