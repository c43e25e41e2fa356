"""HTTP requests: what is sent, what comes back, and what is tried again."""

from __future__ import annotations

import asyncio
import base64
import re
import time
from typing import Any, Literal
from urllib.parse import urljoin

import httpcore
import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from runner.engine.errors import NodeError
from runner.engine.expressions import as_text
from runner.engine.node import Step, node
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs
from runner.nodes.addresses import refused, resolve
from runner.nodes.answers import PACKINGS, failed, read_all, read_body, retry_after
from runner.nodes.connections import Pools, pools
from runner.nodes.files import read_bytes

MOST_REDIRECTS = 5
SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
CONTENT_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "file": "application/octet-stream",
}


class Authentication(BaseModel):
    """How the request says who it is."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["none", "basic", "bearer"] = Field(default="none", title="Type")
    username: str = Field(default="", title="User")
    password: str = Field(
        default="", title="Password or token", json_schema_extra={"widget": "secret"}
    )

    @model_validator(mode="after")
    def _bears_a_token(self) -> Authentication:
        # Files come without secrets: that one is missing is seen before a run is refused for it.
        if self.type == "bearer" and not self.password:
            raise ValueError("a token is missing; files are without theirs")
        return self


class RequestParameters(BaseModel):
    """The request."""

    model_config = ConfigDict(extra="forbid")

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] = Field(
        default="GET", title="Method"
    )
    url: str = Field(title="Address", max_length=8000, description="http:// or https://")
    query: dict[str, Any] = Field(
        default_factory=dict, title="Query", json_schema_extra={"widget": "key-value"}
    )
    headers: dict[str, Any] = Field(
        default_factory=dict, title="Headers", json_schema_extra={"widget": "key-value"}
    )
    authentication: Authentication = Field(default=Authentication(), title="Authentication")
    body_type: Literal["none", "json", "form", "text", "file"] = Field(
        default="none", title="Body", description="file: the path of one in the blueprints' folder."
    )
    body: Any = Field(default=None, title="Body's content", json_schema_extra={"widget": "json"})
    response: Literal["auto", "json", "text", "bytes"] = Field(
        default="auto", title="Read the answer as", description="auto: by its content type."
    )
    timeout: float = Field(
        default=30,
        gt=0,
        le=600,
        title="Time limit",
        description="Seconds.",
        json_schema_extra={"widget": "duration"},
    )
    follow_redirects: bool = Field(default=True, title="Follow redirects")
    fail_on_status: bool = Field(
        default=True, title="Fail on 4xx and 5xx", description="Off: pass them on like any other."
    )
    proxy: str = Field(default="", title="Proxy", description="http://host:port")


@node(
    "http.request",
    title="HTTP request",
    category="HTTP",
    icon="globe",
    parameters=RequestParameters,
    outputs=(Port("out", PortType.OBJECT, description="status, headers, body, url"),),
    runs=Runs.ASYNC,
    effect=Effect.EXTERNAL,
    examples=(
        {
            "title": "Post JSON",
            "parameters": {
                "method": "POST",
                "url": "{{ vars.site }}/echo",
                "body_type": "json",
                "body": {"n": "{{ input }}"},
            },
            "inputs": {"in": 3},
            "outputs_include": {"out": {"status": 200, "body": {"n": 3}}},
        },
        {
            "title": "A private address is refused",
            "parameters": {"url": "http://169.254.169.254/latest/meta-data/"},
            "error": "node_failed",
        },
    ),
)
async def request(step: Step) -> dict[str, Any]:
    """Call an HTTP address and pass on its answer: status, headers and body.

    A POST carries an Idempotency-Key that stays the same when the step is
    tried again, and a Retry-After in the answer is honoured.
    """
    wanted: RequestParameters = step.parameters
    try:
        async with asyncio.timeout(wanted.timeout):
            return await exchange(step, wanted)
    except (TimeoutError, httpcore.TimeoutException):
        raise failed(f"No answer within {wanted.timeout:g} seconds.", "timeout") from None
    except (
        httpx.InvalidURL,
        httpcore.UnsupportedProtocol,
        httpcore.LocalProtocolError,
        ValueError,
        TypeError,
    ) as error:
        raise failed(f"The request cannot be made: {error}.", "request", permanent=True) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise failed(f"The connection failed: {reason}.", "connection") from None


def read_proxy(proxy: str) -> httpx.URL | None:
    """Return the proxy's address. Raises NodeError where it is none."""
    if not proxy:
        return None
    url = httpx.URL(proxy)
    if url.scheme not in ("http", "https") or not url.host:
        raise failed("The proxy is no http:// or https:// address.", "request", permanent=True)
    return url


async def exchange(step: Step, wanted: RequestParameters) -> dict[str, Any]:
    """Send the request and follow redirects, each of which is checked like the first address."""
    proxy = read_proxy(wanted.proxy)
    lent = await pools(step.resources.http_allow, proxy)
    url = httpx.URL(wanted.url)
    if wanted.query:
        query = {name: many_as_text(value) for name, value in wanted.query.items()}
        url = url.copy_merge_params(query)
    headers = headers_of(step, wanted)
    request = httpx.Request(wanted.method, url, headers=headers, **body_of(step, wanted))
    for _ in range(MOST_REDIRECTS + 1):
        await check(request.url, step.resources.http_allow if proxy else None)
        answer = await accompanied(step, lent, request)
        location = answer.headers.get("location")
        if not (wanted.follow_redirects and answer.is_redirect and location):
            return result(answer, wanted, request.url)
        request = redirected(request, answer.status_code, location)
    raise failed(f"There were more than {MOST_REDIRECTS} redirects.", "redirects", permanent=True)


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


def redirected(request: httpx.Request, status: int, location: str) -> httpx.Request:
    """Return the next request (RFC 9110, section 15.4)."""
    url = httpx.URL(urljoin(str(request.url), location))
    headers = request.headers.copy()
    del headers["host"]
    if (url.scheme, url.host, port_of(url)) != (
        request.url.scheme,
        request.url.host,
        port_of(request.url),
    ):
        # What proves who we are is for the first host alone.
        for name in SECRET_HEADERS:
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


def headers_of(step: Step, wanted: RequestParameters) -> dict[str, str]:
    """Return the headers, with who we are and the key that makes repeating harmless."""
    headers = {name: as_text(value) for name, value in wanted.headers.items()}
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or any(sign in value for sign in "\r\n\0"):
            message = f"{name[:60]!r} is no header: a name is letters, digits and hyphens, "
            raise failed(message + "a value is one line.", "request", permanent=True)
    given = {name.lower() for name in headers}
    who = wanted.authentication
    if who.type == "bearer":
        headers["Authorization"] = f"Bearer {who.password}"
    elif who.type == "basic":
        pair = base64.b64encode(f"{who.username}:{who.password}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    if "idempotency-key" not in given and wanted.method not in ("GET", "HEAD", "OPTIONS"):
        headers["Idempotency-Key"] = step.idempotency_key
    if "user-agent" not in given:
        headers["User-Agent"] = "Conductor"
    if "accept-encoding" not in given:
        headers["Accept-Encoding"] = PACKINGS
    if "content-type" not in given and (kind := CONTENT_TYPES.get(wanted.body_type)):
        headers["Content-Type"] = kind
    return headers


def body_of(step: Step, wanted: RequestParameters) -> dict[str, Any]:
    """Return the body as httpx takes it."""
    body = step.input if wanted.body is None and wanted.body_type != "none" else wanted.body
    if wanted.body_type == "json":
        return {"content": orjson.dumps(body)}
    if wanted.body_type == "form":
        if not isinstance(body, dict):
            raise failed("A form body is an object of fields.", "request", permanent=True)
        return {"data": {name: many_as_text(value) for name, value in body.items()}}
    if wanted.body_type == "text":
        return {"content": as_text(body).encode()}
    if wanted.body_type == "file":
        return {"content": read_bytes(step, str(body))}
    return {}


def many_as_text(value: Any) -> str | list[str]:
    """Return a field's value as text; a list is the same field several times."""
    return [as_text(item) for item in value] if isinstance(value, list) else as_text(value)


def result(answer: httpx.Response, wanted: RequestParameters, url: httpx.URL) -> dict[str, Any]:
    """Return what the node emits. Raises NodeError for a status that counts as failure."""
    status = answer.status_code
    body = read_body(answer.content, answer.headers, wanted.response)
    if wanted.fail_on_status and status >= 400:
        kind = "http_429" if status == 429 else f"http_{status // 100}xx"
        raise NodeError(
            f"{url.host} answered {status} {answer.reason_phrase}".rstrip() + ".",
            kind=kind,
            permanent=400 <= status < 500 and status not in (408, 425, 429),
            retry_after=retry_after(answer.headers.get("retry-after")),
            data={"status": status, "body": body},
        )
    headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
    return {"status": status, "headers": headers, "body": body, "url": str(url)}
