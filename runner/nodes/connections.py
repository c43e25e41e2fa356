"""Connections of HTTP nodes: kept for the next request, and opened to checked addresses only."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import httpcore
import httpx

from runner.nodes.addresses import resolve

MOST = 2000
"""Requests at once of one event loop with the same rules; more of them wait."""
TOGETHER = 50
IDLE = 30.0  # seconds that a connection is kept

Pool = httpcore.AsyncConnectionPool
_kept: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Key, tuple[Pools, AsyncIterator[None]]]]
_kept = WeakKeyDictionary()
Key = tuple[frozenset[str], str]


class Pools:
    """Many small pools that are filled one after the other.

    A pool looks at all of its connections for each request and for each answer: with
    a thousand in one, a request costs nine times the processor time that it costs
    with twenty times fifty (benchmarks/many_runs.py).
    """

    def __init__(self, make: Callable[[bool], Pool]) -> None:
        self._make = make
        self._pools: list[Pool] = []
        self._used: list[int] = []
        self._room = asyncio.Semaphore(MOST)

    @asynccontextmanager
    async def room(self) -> AsyncIterator[Pool]:
        """Lend a pool that has room for one more request; waits while none has."""
        async with self._room:
            place = next(
                (place for place, used in enumerate(self._used) if used < TOGETHER),
                len(self._pools),
            )
            if place == len(self._pools):
                # Only the first keeps connections: an idle one is closed by the next request.
                self._pools.append(self._make(place == 0))
                self._used.append(0)
            self._used[place] += 1
            try:
                yield self._pools[place]
            finally:
                self._used[place] -= 1

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context; making it costs more than a request."""
    return httpx.create_ssl_context()


async def pools(allow: frozenset[str], proxy: httpx.URL | None) -> Pools:
    """Return this event loop's connections with these rules, through this proxy.

    They are closed when the loop shuts down its asynchronous generators.
    """
    kept = _kept.setdefault(asyncio.get_running_loop(), {})
    key = (allow, str(proxy or ""))
    if key not in kept:
        made = Pools(partial(_pool, allow, proxy))
        closing = _closing(made)
        kept[key] = made, closing
        await anext(closing)
    return kept[key][0]


async def _closing(made: Pools) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await made.close()


def _pool(allow: frozenset[str], proxy: httpx.URL | None, keep: bool) -> Pool:
    through = None
    if proxy is not None:
        who = (proxy.username, proxy.password) if proxy.userinfo else None
        through = httpcore.Proxy(url=str(proxy.copy_with(userinfo=b"")), auth=who)
    return Pool(
        ssl_context=tls_context(),
        proxy=through,
        max_connections=TOGETHER,
        max_keepalive_connections=TOGETHER if keep else 0,
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
