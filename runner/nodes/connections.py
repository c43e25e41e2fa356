"""Connections of HTTP nodes: kept for the next request, and opened to checked addresses only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import httpcore
import httpx

from runner.nodes.addresses import resolve

MOST = 100
MOST_IDLE = 20
IDLE = 30.0  # seconds that a connection is kept

Key = tuple[frozenset[str], str]
Pool = httpcore.AsyncConnectionPool
_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Key, tuple[Pool, AsyncIterator[None]]]] = (
    WeakKeyDictionary()
)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context; making it costs more than a request."""
    return httpx.create_ssl_context()


async def connections(allow: frozenset[str], proxy: httpx.URL | None) -> Pool:
    """Return this event loop's connections with these rules, through this proxy.

    They are closed when the loop shuts down its asynchronous generators.
    """
    pools = _kept.setdefault(asyncio.get_running_loop(), {})
    key = (allow, str(proxy or ""))
    if key not in pools:
        pool = _pool(allow, proxy)
        closing = _closing(pool)
        pools[key] = pool, closing
        await anext(closing)
    return pools[key][0]


async def _closing(pool: Pool) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await pool.aclose()


def _pool(allow: frozenset[str], proxy: httpx.URL | None) -> Pool:
    through = None
    if proxy is not None:
        who = (proxy.username, proxy.password) if proxy.userinfo else None
        through = httpcore.Proxy(url=str(proxy.copy_with(userinfo=b"")), auth=who)
    return Pool(
        ssl_context=tls_context(),
        proxy=through,
        max_connections=MOST,
        max_keepalive_connections=MOST_IDLE,
        keepalive_expiry=IDLE,
        network_backend=_Checked(allow),
    )


class _Checked(httpcore.AnyIOBackend):
    """Connects to the very addresses that were checked, so that no second look-up can differ."""

    def __init__(self, allow: frozenset[str]) -> None:
        self._allow = allow

    async def connect_tcp(
        self, host: str, port: int, *args: Any, **options: Any
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.ConnectError | None = None
        for address in await resolve(host, port, self._allow):
            try:
                return await super().connect_tcp(address, port, *args, **options)
            except httpcore.ConnectError as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")
