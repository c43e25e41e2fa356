"""One HTTP request and its answer: where it may go, and what is told of it."""

from __future__ import annotations

import time
from collections.abc import Collection
from urllib.parse import urljoin

import httpcore
import httpx

from runner.engine.node import Step
from runner.nodes.addresses import refused, resolve
from runner.nodes.answers import failed, read_all
from runner.nodes.connections import Pools

SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")


async def check(url: httpx.URL, proxied: frozenset[str] | None) -> None:
    """Refuse what no connection can be made to, and what a proxy must not be asked for.

    Addresses that are called without a proxy are checked when they are
    connected to. Raises NodeError.
    """
    if url.scheme not in ("http", "https") or not url.host:
        raise refused(f"{str(url)[:200]!r} is no http:// or https:// address.")
    if url.port is not None and not 0 < url.port < 65536:
        raise failed(f"There is no port {url.port}.", "request", permanent=True)
    if proxied is not None:
        await resolve(url.host, port_of(url), proxied)


def port_of(url: httpx.URL) -> int:
    """Return the port that an address means."""
    return url.port or (443 if url.scheme == "https" else 80)


def redirected(
    request: httpx.Request, status: int, location: str, secret: Collection[str] = ()
) -> httpx.Request:
    """Return the next request (RFC 9110, section 15.4).

    To another host it goes without the headers that say who sends it, and the `secret` ones.
    """
    url = httpx.URL(urljoin(str(request.url), location))
    headers = request.headers.copy()
    del headers["host"]
    if (url.scheme, url.host, port_of(url)) != (
        request.url.scheme,
        request.url.host,
        port_of(request.url),
    ):
        # What proves who we are is for the first host alone.
        for name in (*SECRET_HEADERS, *secret):
            headers.pop(name, None)
    if status == 303 or (status in (301, 302) and request.method == "POST"):
        for name in ("content-length", "content-type", "transfer-encoding"):
            headers.pop(name, None)
        method = "HEAD" if request.method == "HEAD" else "GET"
        return httpx.Request(method, url, headers=headers)
    return httpx.Request(request.method, url, headers=headers, content=request.content)


async def accompanied(step: Step, lent: Pools, request: httpx.Request) -> httpx.Response:
    """Send one request, and tell whoever accompanies it how it went."""
    outgoing = step.resources.outgoing
    if outgoing is None:
        return await send(lent, request)
    for name, value in outgoing.headers(step.run_id, step.path).items():
        request.headers.setdefault(name, value)
    began, status = time.perf_counter(), None
    try:
        answer = await send(lent, request)
        status = answer.status_code
    finally:
        outgoing.answered(request.method, status, time.perf_counter() - began)
    return answer


async def send(lent: Pools, request: httpx.Request) -> httpx.Response:
    """Send one request and read its bounded answer."""
    wanted = httpcore.Request(
        request.method,
        httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        ),
        headers=request.headers.raw,
        content=request.read(),
    )
    async with lent.room() as pool:
        answer = await pool.handle_async_request(wanted)
        try:
            headers = httpx.Headers(answer.headers)
            body = b""
            if request.method != "HEAD":
                body = await read_all(answer.aiter_stream(), headers.get("content-encoding", ""))
        finally:
            await answer.aclose()
    # Unpacked as it is, it must not be unpacked again.
    headers.pop("content-encoding", None)
    return httpx.Response(
        answer.status, headers=headers, content=body, extensions=answer.extensions
    )
