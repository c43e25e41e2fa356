"""Which ways a credential may take: its hosts hold for proxies, typed Host headers and IDNs too."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from runner.models import Run
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
    ],
)
def test_hosts(hosts: str, url: str, goes: bool) -> None:
    where = httpx.URL(url)
    assert goes_to((hosts,), where.raw_host.decode(), port_of(where)) is goes
