"""HTTP requests: what is sent, what comes back, and what is tried again."""

from __future__ import annotations

import asyncio
import base64
import re
from dataclasses import replace
from typing import Any, Literal

import httpcore
import httpx
import orjson
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from runner.engine.credentials import Credential
from runner.engine.errors import NodeError
from runner.engine.expressions import as_text
from runner.engine.node import Step, node
from runner.graph.literals import is_drawn
from runner.graph.ports import Port, PortType
from runner.graph.spec import Effect, Runs
from runner.graph.titles import titled
from runner.nodes.answers import PACKINGS, failed, read_body, retry_after
from runner.nodes.connections import Pools, pools
from runner.nodes.credentials import FOR_REQUESTS, HEADER_NAME
from runner.nodes.exchanging import accompanied, check, redirected
from runner.nodes.files import read_bytes
from runner.nodes.proving import Proof, check_way, prove

MOST_REDIRECTS = 5
ADDRESS = re.compile(r"\s*https?://[^/\s]", re.IGNORECASE)
CONTENT_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
    "file": "application/octet-stream",
}


class Authentication(BaseModel):
    """How the request says who it is."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["none", "basic", "bearer"] = Field(
        default="none",
        title="Type",
        json_schema_extra=titled(basic="User and password", bearer="Bearer token"),
    )
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
    credential: str = Field(
        default="",
        max_length=100,
        title="Credential",
        description="Who the request comes from. It is kept apart from the blueprint, which has "
        "its name alone.",
        json_schema_extra={"widget": "credential", "kinds": list(FOR_REQUESTS)},
    )
    authentication: Authentication = Field(
        default=Authentication(),
        title="Authentication",
        description="Such as by a token that an earlier node got.",
        json_schema_extra={"instead_of": "credential"},
    )
    body_type: Literal["none", "json", "form", "text", "file"] = Field(
        default="none",
        title="Body",
        description="file: the path of one in the blueprints' folder.",
        json_schema_extra=titled(json="JSON"),
    )
    body: Any = Field(default=None, title="Body's content", json_schema_extra={"widget": "json"})
    response: Literal["auto", "json", "text", "bytes"] = Field(
        default="auto",
        title="Read the answer as",
        description="auto: by its content type.",
        json_schema_extra=titled(json="JSON"),
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

    @model_validator(mode="after")
    def _says_once_who(self) -> RequestParameters:
        if self.credential and self.authentication.type != "none":
            raise ValueError("there is a credential: set the type of the authentication to none")
        return self

    @field_validator("url", "proxy")
    @classmethod
    def _is_an_address(cls, text: str, info: ValidationInfo) -> str:
        if text and is_drawn(info) and not ADDRESS.match(text):
            raise ValueError("must be an address that begins with http:// or https://")
        return text


@node(
    "http.request",
    title="HTTP request",
    category="HTTP",
    icon="globe",
    known_as=("fetch", "API", "REST", "GET", "POST", "curl", "URL", "download"),
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
    # To wait until its rate allows another request is no part of the request.
    credential = await step.credential(wanted.credential) if wanted.credential else None
    try:
        async with asyncio.timeout(wanted.timeout):
            return await exchange(step, wanted, credential)
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


async def exchange(
    step: Step, wanted: RequestParameters, credential: Credential | None
) -> dict[str, Any]:
    """Send the request and follow redirects, each of which is checked like the first address."""
    proxy = read_proxy(wanted.proxy)
    lent = await pools(step.resources.http_allow, proxy)
    url = httpx.URL(wanted.url)
    if wanted.query:
        query = {name: many_as_text(value) for name, value in wanted.query.items()}
        url = url.copy_merge_params(query)
    headers, body = headers_of(step, wanted), body_of(step, wanted)
    if credential:
        check_way(credential, url, headers, proxy)
    proof = await prove(step, credential, url) if credential else Proof()
    while True:
        told = url.copy_merge_params(proof.query) if proof.query else url
        sent = httpx.Headers(headers)
        sent.update(proof.headers)
        request = httpx.Request(wanted.method, told, headers=sent, **body)
        answer, at = await followed(step, wanted, lent, request, proof)
        if answer.status_code == 401 and credential and proof.token:
            # It has ended early, or was taken back: another one is fetched, once.
            refused = proof.token
            proof = await prove(step, credential, url, refused)
            if proof.token != refused:
                proof = replace(proof, token="")
                continue
        return result(answer, wanted, at)


async def followed(
    step: Step, wanted: RequestParameters, lent: Pools, request: httpx.Request, proof: Proof
) -> tuple[httpx.Response, httpx.URL]:
    """Return the answer that redirects lead to, and its address."""
    for _ in range(MOST_REDIRECTS + 1):
        await check(request.url, step.resources.http_allow if wanted.proxy else None)
        answer = await accompanied(step, lent, request)
        location = answer.headers.get("location")
        if not (wanted.follow_redirects and answer.is_redirect and location):
            return answer, request.url
        request = redirected(request, answer.status_code, location, proof.headers)
    raise failed(f"There were more than {MOST_REDIRECTS} redirects.", "redirects", permanent=True)


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
