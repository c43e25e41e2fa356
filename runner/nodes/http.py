"""HTTP requests: what is sent, what comes back, and what is tried again."""

from __future__ import annotations

import base64
import email.utils
import ssl
import time
from functools import cache
from typing import Any, Literal
from urllib.parse import urljoin

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, Field

from runner.engine.errors import NodeError
from runner.engine.node import Step, node
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs
from runner.nodes.addresses import refused, resolve
from runner.nodes.files import read_bytes

LARGEST = 10 * 1024 * 1024
MOST_REDIRECTS = 5
SECRET_HEADERS = ("authorization", "cookie", "proxy-authorization")


class Authentication(BaseModel):
    """How the request says who it is."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["none", "basic", "bearer"] = Field(default="none", title="Type")
    username: str = Field(default="", title="User")
    password: str = Field(
        default="", title="Password or token", json_schema_extra={"widget": "secret"}
    )


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
    timeout: float = Field(default=30, gt=0, le=600, title="Time limit", description="Seconds.")
    follow_redirects: bool = Field(default=True, title="Follow redirects")
    fail_on_status: bool = Field(
        default=True, title="Fail on 4xx and 5xx", description="Off: pass them on like any other."
    )
    proxy: str = Field(default="", title="Proxy", description="http://host:port")


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context; making it costs more than a request."""
    return httpx.create_ssl_context()


def failed(message: str, kind: str, *, permanent: bool = False) -> NodeError:
    """Return the error of a request that got no usable answer."""
    return NodeError(message, kind=kind, permanent=permanent)


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
        async with httpx.AsyncClient(
            verify=tls_context(),
            timeout=wanted.timeout,
            trust_env=False,
            proxy=await checked_proxy(wanted.proxy, step.resources.http_allow),
        ) as client:
            return await exchange(client, step, wanted)
    except httpx.TimeoutException:
        raise failed(f"No answer within {wanted.timeout:g} seconds.", "timeout") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError, ValueError) as error:
        raise failed(f"The request cannot be made: {error}", "request", permanent=True) from None
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise failed(f"The connection failed: {reason}", "connection") from None


async def checked_proxy(proxy: str, allow: frozenset[str]) -> str | None:
    """Return the proxy's address, which is bound by the same rules as any other."""
    if not proxy:
        return None
    url = httpx.URL(proxy)
    if url.scheme not in ("http", "https") or not url.host:
        raise failed("The proxy is no http:// or https:// address.", "request", permanent=True)
    await resolve(url.host, url.port or 3128, allow)
    return proxy


async def exchange(
    client: httpx.AsyncClient, step: Step, wanted: RequestParameters
) -> dict[str, Any]:
    """Send the request and follow redirects, each of which is checked like the first address."""
    method, content = wanted.method, body_of(step, wanted)
    headers = headers_of(step, wanted)
    if (kind := content.pop("headers_type", None)) and "content-type" not in map(
        str.lower, headers
    ):
        headers["Content-Type"] = kind
    url = httpx.URL(wanted.url)
    if wanted.query:
        url = url.copy_merge_params({key: str(value) for key, value in wanted.query.items()})
    for _ in range(MOST_REDIRECTS + 1):
        answer = await send(client, step, method, url, headers, content)
        location = answer.headers.get("location")
        if not (wanted.follow_redirects and answer.is_redirect and location):
            return result(answer, wanted, url)
        before, url = url, httpx.URL(urljoin(str(url), location))
        if (before.scheme, before.host, before.port) != (url.scheme, url.host, url.port):
            # What proves who we are is for the first host alone.
            headers = {k: v for k, v in headers.items() if k.lower() not in SECRET_HEADERS}
        if answer.status_code == 303 or (answer.status_code in (301, 302) and method == "POST"):
            method, content = "GET", {}
    raise failed(f"There were more than {MOST_REDIRECTS} redirects.", "redirects", permanent=True)


async def send(
    client: httpx.AsyncClient,
    step: Step,
    method: str,
    url: httpx.URL,
    headers: dict[str, str],
    content: dict[str, Any],
) -> httpx.Response:
    """Send one request to the very address that was checked, and read its bounded answer."""
    if url.scheme not in ("http", "https") or not url.host:
        raise refused(f"{str(url)[:200]!r} is no http:// or https:// address.")
    port = url.port or (443 if url.scheme == "https" else 80)
    address = await resolve(url.host, port, step.resources.http_allow)
    proxied = bool(step.parameters.proxy)
    host = url.netloc.decode("ascii")
    message = client.build_request(
        method,
        url if proxied else url.copy_with(host=address),
        headers={**headers, "Host": host.rpartition("@")[2]},
        extensions={} if proxied else {"sni_hostname": url.host},
        **content,
    )
    answer = await client.send(message, stream=True)
    try:
        parts: list[bytes] = []
        size = 0
        async for part in answer.aiter_bytes():
            size += len(part)
            if size > LARGEST:
                raise failed(
                    f"The answer is larger than {LARGEST:,} bytes.", "size", permanent=True
                )
            parts.append(part)
    finally:
        await answer.aclose()
    answer.extensions["body"] = b"".join(parts)
    return answer


def headers_of(step: Step, wanted: RequestParameters) -> dict[str, str]:
    """Return the headers, with who we are and the key that makes repeating harmless."""
    headers = {name: str(value) for name, value in wanted.headers.items()}
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
    return headers


def body_of(step: Step, wanted: RequestParameters) -> dict[str, Any]:
    """Return the body as httpx takes it."""
    body = step.input if wanted.body is None and wanted.body_type != "none" else wanted.body
    if wanted.body_type == "json":
        return {"content": orjson.dumps(body), "headers_type": "application/json"}
    if wanted.body_type == "form":
        if not isinstance(body, dict):
            raise failed("A form body is an object of fields.", "request", permanent=True)
        return {"data": {key: "" if value is None else value for key, value in body.items()}}
    if wanted.body_type == "text":
        return {"content": str(body).encode(), "headers_type": "text/plain; charset=utf-8"}
    if wanted.body_type == "file":
        return {
            "content": read_bytes(step, str(body)),
            "headers_type": "application/octet-stream",
        }
    return {}


def result(answer: httpx.Response, wanted: RequestParameters, url: httpx.URL) -> dict[str, Any]:
    """Return what the node emits. Raises NodeError for a status that counts as failure."""
    status = answer.status_code
    body = read_body(answer.extensions["body"], answer, wanted.response)
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


def read_body(raw: bytes, answer: httpx.Response, form: str) -> Any:
    """Return the body as JSON, text or base64, as asked for or as its content type says."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if form == "auto":
        is_json = kind == "application/json" or kind.endswith("+json")
        is_text = kind.startswith("text/") or kind.endswith(("xml", "javascript", "urlencoded"))
        form = "json" if is_json else "text" if is_text or not raw else "bytes"
        if form == "json" and not raw:
            return None
    if form == "json":
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise failed(f"The answer is not JSON: {error}.", "answer", permanent=True) from None
    if form == "text":
        try:
            return raw.decode(answer.charset_encoding or "utf-8", errors="replace")
        except LookupError:
            return raw.decode("utf-8", errors="replace")
    return base64.b64encode(raw).decode()


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for (RFC 9110, section 10.2.3)."""
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
