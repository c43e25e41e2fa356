"""Which ways a credential may take: its hosts hold for proxies, typed Host headers and IDNs too."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from runner.credentials.keeping import check
from runner.models import Credential, Run
from runner.nodes.exchanging import port_of
from runner.nodes.proving import goes_to
from runner.queue import Worker
from tests.credentials.conftest import SECRET, Make, asking
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

JSON = {"Content_Type": "application/json"}


async def run_of(site: Site, document: dict[str, Any]) -> Run:
    run = await rows(lambda: start_run(site.blueprint, document))
    return await until(ended(run))


async def test_a_proxy_that_can_read_the_request_must_be_one_of_its_hosts(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    # What is asked of a proxy by http is read by it, whoever it was meant for.
    url = f"http://127.1:{server.port}/a"
    server.on(url, 200, b"{}", **JSON)
    row = await rows(lambda: make(hosts="127.1"))
    document = asking(url, proxy=server.url)
    run = await run_of(site, document)
    assert SECRET not in str(server.seen)
    assert run.error["code"] == "no_credential"
    assert run.error["message"] == (
        "The credential 'Shop' is for 127.1 alone, and the proxy '127.0.0.1' would read it: "
        "a request by http:// goes through it as it is. Use https://, or another proxy."
    )
    row.hosts += "\n127.0.0.1"
    await rows(row.save)
    await run_of(site, document)
    assert server.seen[-1][2]["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"host": "127.0.0.1@evil.example"},
        {"Host": "127.0.0.1", "HOST": "evil.example"},
        {"Host": ""},
    ],
)
async def test_a_typed_host_header_must_be_one_of_its_hosts(
    site: Site, server: Server, make: Make, worker: Worker, headers: dict[str, str]
) -> None:
    # Servers behind one address, as those of a CDN, go by this header alone.
    await rows(lambda: make(hosts="127.0.0.1"))
    server.on("/a", 200, b"{}", **JSON)
    run = await run_of(site, asking(server.url + "/a", headers=headers))
    assert server.seen == []
    assert run.error["code"] == "no_credential"
    assert run.error["message"].startswith(
        "The credential 'Shop' is for 127.0.0.1 alone, not for the header Host: "
    )
    # One of its hosts may be named.
    run = await run_of(site, asking(server.url + "/a", headers={"Host": "127.0.0.1"}))
    assert run.status == "succeeded", run.error


@pytest.mark.parametrize(
    ("hosts", "url", "goes"),
    [
        ("xn--bcher-kva.de", "https://bücher.de/", True),
        ("xn--bcher-kva.de", "https://xn--bcher-kva.de/", True),
        ("*.xn--bcher-kva.de", "https://www.bücher.de/", True),
        ("api.example.com", "https://API.Example.COM./", True),
        ("api.example.com", "https://api.example.com@evil.com/", False),
        ("api.example.com", "https://evil.com/?@api.example.com", False),
        ("api.example.com", "https://api.example.com.evil.com/", False),
        ("api.example.com", "https://api.example.com%2eevil.com/", False),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://evilexample.com/", False),
        ("api.example.com:8443", "https://api.example.com/", False),
        ("api.example.com:443", "http://api.example.com/", False),
        ("127.0.0.1", "https://127.1/", False),
        ("[::1]", "https://[::1]/", True),
        ("[::1]", "https://[0:0::0001]:8443/", True),
        ("[2001:DB8::00A]:8443", "https://[2001:db8:0:0:0:0:0:a]:8443/", True),
        ("[2001:db8::a]:8443", "https://[2001:db8::a]/", False),
        ("[2001:db8::a]", "https://[2001:db8::b]/", False),
        ("[::ffff:127.0.0.1]", "https://127.0.0.1/", False),
        ("[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]/", True),
        ("127.0.0.1", "https://[::ffff:127.0.0.1]/", False),
        ("*.1]", "https://[::1]/", False),
    ],
)
def test_hosts(hosts: str, url: str, goes: bool) -> None:
    where = httpx.URL(url)
    assert goes_to((hosts,), where.raw_host.decode(), port_of(where)) is goes


@pytest.mark.parametrize(
    ("host", "right"),
    [
        ("[::1]", True),
        ("[::1]:8080", True),
        ("[2001:db8::1]:65535", True),
        ("::1", False),
        ("[::1", False),
        ("[::1]:0", False),
        ("[::1]:65536", False),
        ("[::1]:", False),
        ("[::1%lo]", False),
        ("[::12345]", False),
        ("[1.2.3.4]", False),
        ("*.[::1]", False),
        ("[::1]/x", False),
        ("api.example.com:0", False),
    ],
)
def test_which_hosts_there_are(host: str, right: bool) -> None:
    row = Credential(owner=User(pk=1), name="", kind="bearer", hosts=host)
    with pytest.raises(ValidationError) as wrong:
        check(row)
    assert ("hosts" not in wrong.value.message_dict) is right


class SixthHandler(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.headers["Host"], self.headers.get("Authorization", "")))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Sixth(ThreadingHTTPServer):
    address_family = socket.AF_INET6


@pytest.fixture
def sixth(settings: Any) -> Iterator[str]:
    """A server on ::1: its address without http://."""
    try:
        server = Sixth(("::1", 0), SixthHandler)
    except OSError as error:
        pytest.skip(f"there is no ::1 here: {error}")
    SixthHandler.seen.clear()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    settings.CONDUCTOR_HTTP_ALLOW = frozenset({"::1"})
    yield f"[::1]:{server.server_port}"
    server.shutdown()
    server.server_close()


async def test_an_ipv6_address_may_be_one_of_its_hosts(
    server: Server, sixth: str, site: Site, make: Make, worker: Worker
) -> None:
    port = sixth.rpartition(":")[2]
    row = await rows(lambda: make(hosts=f"[0:0::1]:{port}"))
    run = await run_of(site, asking(f"http://{sixth}/a"))
    assert run.status == "succeeded", run.error
    assert SixthHandler.seen == [(sixth, f"Bearer {SECRET}")]
    # So may the header that names it, however it does, and no other.
    for named, goes in ((f"[::0001]:{port}", True), ("[::2]", False), ("::1", False)):
        run = await run_of(site, asking(f"http://{sixth}/a", headers={"Host": named}))
        assert (run.status == "succeeded") is goes, run.error
    row.hosts = "[::2]"
    await rows(row.save)
    run = await run_of(site, asking(f"http://{sixth}/a"))
    assert run.error["message"] == "The credential 'Shop' is for [::2] alone, not for '::1'."
    assert len(SixthHandler.seen) == 2
