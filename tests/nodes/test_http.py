"""HTTP requests, sent to a real server of this machine."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import time
import zlib
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from runner.engine import HostResources, run
from runner.graph import DocumentInvalid, compile, load
from runner.nodes import node_types
from runner.nodes.answers import retry_after
from tests.patience import PATIENCE

JSON = {"Content_Type": "application/json"}


async def test_a_request_carries_query_headers_and_who_we_are(once: Any, site: Any) -> None:
    site.on("/a", body=b'{"ok": true}', **JSON)
    ended = await once(
        "http.request",
        {
            "url": site.url + "/a?x=1",
            "query": {"y": "{{ input.y }}", "z": True},
            "headers": {"X-Id": 7},
            "authentication": {"type": "basic", "username": "ada", "password": "s3cret"},
        },
        {"y": "ü&"},
        site.allow,
    )
    assert ended["outputs"]["out"]["body"] == {"ok": True}
    method, path, headers, body = site.seen[0]
    assert (method, path, body) == ("GET", "/a?x=1&y=%C3%BC%26&z=true", b"")
    assert headers["x-id"] == "7"
    assert headers["authorization"] == "Basic " + base64.b64encode(b"ada:s3cret").decode()
    assert headers["host"] == f"127.0.0.1:{site.port}"
    assert "idempotency-key" not in headers


@pytest.mark.parametrize(
    ("parameters", "value", "body", "kind"),
    [
        ({"body_type": "json", "body": {"n": "{{ input }}"}}, 3, b'{"n":3}', "application/json"),
        ({"body_type": "json"}, [1], b"[1]", "application/json"),
        (
            {"body_type": "form", "body": {"a": "x y", "b": [1, 2], "c": None}},
            None,
            b"a=x+y&b=1&b=2&c=",
            "application/x-www-form-urlencoded",
        ),
        ({"body_type": "text", "body": "grün"}, None, "grün".encode(), "text/plain; charset=utf-8"),
        (
            {"body_type": "text", "body": "<a/>", "headers": {"content-type": "text/xml"}},
            None,
            b"<a/>",
            "text/xml",
        ),
    ],
)
async def test_a_body_is_sent_in_its_form(
    once: Any, site: Any, parameters: dict[str, Any], value: Any, body: bytes, kind: str
) -> None:
    site.on("/a")
    wanted = {"method": "POST", "url": site.url + "/a", **parameters}
    ended = await once("http.request", wanted, value, site.allow)
    assert ended["outputs"]["out"]["status"] == 200
    _, _, headers, sent = site.seen[0]
    assert sent == body
    assert headers["content-type"] == kind
    assert headers["idempotency-key"] == "r1:it"


async def test_a_file_is_sent_from_the_folder(once: Any, site: Any, tmp_path: Any) -> None:
    (tmp_path / "files" / "a.bin").write_bytes(b"\x00\xff")
    site.on("/a")
    wanted = {"method": "PUT", "url": site.url + "/a", "body_type": "file", "body": "a.bin"}
    assert "outputs" in await once("http.request", wanted, None, site.allow)
    assert site.seen[0][3] == b"\x00\xff"
    failed = await once("http.request", {**wanted, "body": "../x"}, None, site.allow)
    assert failed["error"]["kind"] == "file"


@pytest.mark.parametrize(
    ("kind", "raw", "form", "body"),
    [
        ("application/problem+json", b'{"a": 1}', "auto", {"a": 1}),
        ("text/plain; charset=latin-1", b"\xfc", "auto", "ü"),
        ("text/plain; charset=nonsense", b"a", "auto", "a"),
        ("image/png", b"\x89P", "auto", base64.b64encode(b"\x89P").decode()),
        ("image/png", b"[1]", "json", [1]),
        ("application/json", b'{"a": 1}', "text", '{"a": 1}'),
        ("application/json", b"", "auto", None),
    ],
)
async def test_an_answer_is_read_by_its_content_type_or_as_asked(
    once: Any, site: Any, kind: str, raw: bytes, form: str, body: Any
) -> None:
    site.on("/a", body=raw, Content_Type=kind)
    wanted = {"url": site.url + "/a", "response": form}
    ended = await once("http.request", wanted, None, site.allow)
    assert ended["outputs"]["out"]["body"] == body


@pytest.mark.parametrize(
    ("status", "kind", "attempts"),
    [(404, "http_4xx", 1), (429, "http_429", 2), (503, "http_5xx", 2), (500, "http_5xx", 2)],
)
async def test_a_status_fails_with_its_kind_and_is_tried_again_where_that_may_help(
    once: Any, site: Any, status: int, kind: str, attempts: int
) -> None:
    site.on("/a", status, b'{"why": "x"}', **JSON)
    ended = await once(
        "http.request",
        {"url": site.url + "/a"},
        None,
        site.allow,
        retry={"attempts": 2, "delay": 0.01},
    )
    assert ended["error"]["kind"] == kind
    assert ended["error"]["data"] == {"status": status, "body": {"why": "x"}}
    assert len(site.seen) == attempts


async def test_a_status_is_passed_on_where_it_does_not_count_as_failure(
    once: Any, site: Any
) -> None:
    site.on("/a", 404)
    wanted = {"url": site.url + "/a", "fail_on_status": False}
    assert (await once("http.request", wanted, None, site.allow))["outputs"]["out"]["status"] == 404


async def test_a_retry_waits_as_long_as_the_server_asks(once: Any, site: Any) -> None:
    site.on("/a", 429, Retry_After="1")
    began = time.monotonic()
    await once(
        "http.request",
        {"url": site.url + "/a"},
        None,
        site.allow,
        retry={"attempts": 2, "delay": 0.001},
    )
    assert time.monotonic() - began >= 0.99
    assert len(site.seen) == 2


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after("120") == 120
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") is None
    assert retry_after(None) is None


@pytest.mark.parametrize(
    ("status", "method", "after"),
    [(301, "POST", "GET"), (302, "PUT", "PUT"), (303, "PUT", "GET"), (307, "POST", "POST")],
)
async def test_a_redirect_is_followed_with_the_right_method(
    once: Any, site: Any, status: int, method: str, after: str
) -> None:
    site.on("/a", status, Location="/b")
    site.on("/b", body=b"end", Content_Type="text/plain")
    wanted = {"method": method, "url": site.url + "/a", "body_type": "text", "body": "x"}
    ended = await once("http.request", wanted, None, site.allow)
    assert ended["outputs"]["out"]["url"] == site.url + "/b"
    assert site.seen[1][0] == after
    assert site.seen[1][3] == (b"" if after == "GET" else b"x")


async def test_redirects_end_after_five_and_are_not_followed_where_unwanted(
    once: Any, site: Any
) -> None:
    site.on("/a", 302, Location="/a")
    ended = await once("http.request", {"url": site.url + "/a"}, None, site.allow)
    assert ended["error"]["kind"] == "redirects"
    assert len(site.seen) == 6
    wanted = {"url": site.url + "/a", "follow_redirects": False}
    assert (await once("http.request", wanted, None, site.allow))["outputs"]["out"]["status"] == 302


async def test_a_redirect_to_a_private_address_is_refused(
    once: Any, site: Any, closed_port: int
) -> None:
    for target in (f"http://127.0.0.1:{closed_port}/", "http://[::1]/", "file:///etc/passwd"):
        site.on("/a", 302, Location=target)
        ended = await once("http.request", {"url": site.url + "/a"}, None, site.allow)
        assert ended["error"]["kind"] == "address_refused", target


async def test_who_we_are_is_not_told_to_another_host(once: Any, site: Any) -> None:
    site.on("/a", 302, Location=f"http://localhost:{site.port}/b")
    site.on("/b")
    wanted = {"url": site.url + "/a", "authentication": {"type": "bearer", "password": "t"}}
    await once("http.request", wanted, None, site.allow | {"localhost"})
    assert site.seen[0][2]["authorization"] == "Bearer t"
    assert "authorization" not in site.seen[1][2]


async def test_a_token_that_is_missing_is_told_before_a_run(once: Any, site: Any) -> None:
    """A file that is read in comes without its tokens."""
    wanted = {"url": site.url + "/a", "authentication": {"type": "bearer", "password": ""}}
    with pytest.raises(DocumentInvalid, match="a token is missing"):
        await once("http.request", wanted, None, site.allow)


async def test_a_name_is_tried_at_each_of_its_addresses(once: Any, site: Any) -> None:
    # localhost may be ::1 first, where nothing listens.
    site.on("/a")
    wanted = {"url": f"http://localhost:{site.port}/a"}
    ended = await once("http.request", wanted, None, frozenset({f"localhost:{site.port}"}))
    assert ended["outputs"]["out"]["status"] == 200
    assert site.seen[0][2]["host"] == f"localhost:{site.port}"


async def test_a_name_that_changes_its_address_after_the_check_does_not_help(
    once: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server lies: first a public address, then a private one."""
    loop = asyncio.get_running_loop()
    asked: list[str] = []

    async def lying(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) > 1 else "127.0.0.1"
        return [(2, 1, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", lying)
    site.on("/a")
    ended = await once(
        "http.request", {"url": f"http://rebind.example:{site.port}/a"}, None, site.allow
    )
    # What was checked is what was called: one look-up, and the server saw the name.
    assert ended["outputs"]["out"]["status"] == 200
    assert asked == ["rebind.example"]
    assert site.seen[0][2]["host"] == f"rebind.example:{site.port}"


async def test_connections_are_kept_for_the_next_request(once: Any, site: Any) -> None:
    site.on("/a", body=b"x")
    for _ in range(3):
        await once("http.request", {"url": site.url + "/a"}, None, site.allow)
    assert len(site.connections) == 1


async def test_cookies_of_one_request_are_not_sent_with_another(once: Any, site: Any) -> None:
    site.on("/a", Set_Cookie="session=1")
    for _ in range(2):
        await once("http.request", {"url": site.url + "/a"}, None, site.allow)
    assert "cookie" not in site.seen[1][2]


async def test_a_slow_answer_ends_in_a_timeout_also_when_it_trickles(once: Any, site: Any) -> None:
    def trickle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        try:
            for _ in range(400):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.02)
        except OSError:
            handler.close_connection = True

    site.answers["/a"] = trickle
    began = time.monotonic()
    wanted = {"url": site.url + "/a", "timeout": 0.2}
    ended = await once("http.request", wanted, None, site.allow)
    assert ended["error"]["kind"] == "timeout"
    assert time.monotonic() - began < 5


async def test_nothing_listening_is_a_connection_error(once: Any, closed_port: int) -> None:
    wanted = {"url": f"http://127.0.0.1:{closed_port}/"}
    ended = await once("http.request", wanted, None, frozenset({"127.0.0.0/8"}))
    assert ended["error"]["kind"] == "connection"


async def test_a_server_that_speaks_something_else_is_a_connection_error(once: Any) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 smtp.example\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wanted = {"url": f"http://127.0.0.1:{port}/"}
    ended = await once("http.request", wanted, None, frozenset({f"127.0.0.1:{port}"}))
    server.close()
    await server.wait_closed()
    assert ended["error"]["kind"] == "connection"


async def test_an_answer_over_ten_megabytes_is_refused(once: Any, site: Any) -> None:
    site.on("/a", body=b"x" * (10 * 1024 * 1024 + 1))
    ended = await once("http.request", {"url": site.url + "/a"}, None, site.allow)
    assert ended["error"]["kind"] == "size"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packed_answer_is_unpacked_but_not_without_bound(
    once: Any, site: Any, encoding: str
) -> None:
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    for body, kind in ((b'{"a":1}', None), (b"\x00" * 200_000_000, "size")):
        site.on("/a", body=pack(body), Content_Encoding=encoding, **JSON)
        ended = await once("http.request", {"url": site.url + "/a"}, None, site.allow)
        if kind:
            assert ended["error"]["kind"] == kind
        else:
            assert ended["outputs"]["out"]["body"] == {"a": 1}


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br"])
async def test_an_answer_packed_in_another_way_is_refused(
    once: Any, site: Any, encoding: str
) -> None:
    site.on("/a", body=b"x", Content_Encoding=encoding)
    ended = await once("http.request", {"url": site.url + "/a"}, None, site.allow)
    assert ended["error"]["kind"] == "answer"


@pytest.mark.parametrize(
    "parameters",
    [
        {"url": "http://"},
        {"url": "http://127.0.0.1:99999/"},
        {"url": "/relative"},
        {"url": "ftp://example.com/"},
        {"url": "http://127.0.0.1/", "headers": {"X-A": "1\r\nX-B: 2"}},
        {"url": "http://127.0.0.1/", "headers": {"X A": "1"}},
        {"url": "http://127.0.0.1/", "body_type": "form", "body": [1]},
        {"url": "http://127.0.0.1/", "proxy": "socks5://127.0.0.1:1"},
        {"url": "http://127.0.0.1/", "proxy": "nonsense"},
    ],
)
async def test_a_request_that_cannot_be_made_fails_for_good(
    once: Any, parameters: dict[str, Any], closed_port: int
) -> None:
    # Computed: what stands in the drawing itself is refused before a run.
    given = {key: parameters[key] for key in ("url", "proxy") if key in parameters}
    given["url"] = given["url"].replace("127.0.0.1/", f"127.0.0.1:{closed_port}/")
    ended = await once(
        "http.request",
        {**parameters, **{key: f"{{{{ input.{key} }}}}" for key in given}},
        given,
        frozenset({"127.0.0.1"}),
        retry={"attempts": 5, "delay": 5},
    )
    assert ended["error"]["kind"] in ("request", "address_refused")


async def test_a_proxy_is_asked_and_is_bound_by_the_same_rules(
    once: Any, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def proxied(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        site.on("/plain")
        site.answers["/plain"](handler, body)

    site.answers["http://93.184.215.14/x"] = proxied
    wanted = {"url": "http://93.184.215.14/x", "proxy": f"http://u:p@127.0.0.1:{site.port}"}
    refused = await once("http.request", wanted)
    assert refused["error"]["kind"] == "address_refused"
    assert not site.seen
    ended = await once("http.request", wanted, None, site.allow)
    assert ended["outputs"]["out"]["status"] == 200
    assert site.seen[0][1] == "http://93.184.215.14/x"
    assert site.seen[0][2]["proxy-authorization"].startswith("Basic ")
    inside = await once("http.request", {**wanted, "url": "http://10.0.0.1/x"}, None, site.allow)
    assert inside["error"]["kind"] == "address_refused"


async def test_many_requests_at_once_share_the_connections(site: Any) -> None:
    site.on("/a", body=json.dumps("x").encode(), **JSON)
    nodes: dict[str, Any] = {"start": {"kind": "trigger.manual"}}
    for number in range(50):
        nodes[f"n{number}"] = {"kind": "http.request", "parameters": {"url": site.url + "/a"}}
    document = {"nodes": nodes, "edges": [f"start.out -> n{number}.in" for number in range(50)]}
    result = await run(
        compile(load(document), node_types()), resources=HostResources(http_allow=site.allow)
    )
    assert result.status == "succeeded"
    assert len(result.outputs) == 50


async def test_hundreds_of_requests_wait_for_their_answers_at_the_same_time() -> None:
    count, there = 260, asyncio.Event()
    arrived: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readuntil(b"\r\n\r\n"))
        if len(arrived) == count:
            there.set()
        await there.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=count)
    port = server.sockets[0].getsockname()[1]
    asks = {"kind": "http.request", "parameters": {"url": f"http://127.0.0.1:{port}/"}}
    plan = compile(load({"nodes": {f"n{number}": asks for number in range(count)}}), node_types())
    resources = HostResources(http_allow=frozenset({"127.0.0.1"}))
    try:
        async with asyncio.timeout(PATIENCE):
            result = await run(plan, resources=resources)
    finally:
        there.set()
        server.close()
    assert result.status == "succeeded", result.error
    assert {output["status"] for output in result.outputs.values()} == {204}


def test_each_event_loop_has_its_own_connections_and_closes_them(site: Any) -> None:
    site.on("/a", body=b"x")
    document = {"nodes": {"it": {"kind": "http.request", "parameters": {"url": site.url + "/a"}}}}
    plan = compile(load(document), node_types())
    for _ in range(2):
        result = asyncio.run(run(plan, resources=HostResources(http_allow=site.allow)))
        assert result.status == "succeeded"
    assert len(site.connections) == 2
