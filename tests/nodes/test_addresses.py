"""Which addresses may be called, and which only when the operator names them."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from runner.engine import NodeError
from runner.nodes.addresses import is_allowed, is_public, resolve

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254",
    "172.16.0.1", "192.0.0.1", "192.0.2.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "100::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1",
    "4000::1", "fc00::1",
    "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.215.14",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700:4700::1111",
        "64:ff9b::101:101",
    ],
)
def test_a_public_address_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
async def test_the_node_refuses_it_for_good_however_it_is_written(once: Any, address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    ended = await once(
        "http.request", {"url": f"http://{host}/"}, None, retry={"attempts": 9, "delay": 9}
    )
    assert ended["error"]["kind"] == "address_refused"


@pytest.mark.parametrize(
    "url",
    ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://localhost/",
     "http://LOCALHOST./", "http://user@127.0.0.1/", "http://①②⑦.0.0.1/", "http://0/"],
)  # fmt: skip
async def test_disguises_of_this_machine_are_refused(once: Any, url: str) -> None:
    ended = await once("http.request", {"url": url})
    # Where the system does not read a disguise as an address, there is no such host.
    assert ended["error"]["kind"] in ("address_refused", "connection", "request")
    assert "answered" not in ended["error"]["message"]


@pytest.mark.parametrize(
    ("allow", "host", "address", "allowed"),
    [
        ("echo.internal", "echo.internal", "10.0.0.1", True),
        ("Echo.Internal:80", "echo.internal", "10.0.0.1", True),
        ("echo.internal:81", "echo.internal", "10.0.0.1", False),
        ("10.0.0.0/8", "echo.internal", "10.0.0.1", True),
        ("10.0.0.0/8", "echo.internal", "11.0.0.1", False),
        ("10.0.0.1", "echo.internal", "10.0.0.1", True),
        ("::1", "::1", "::1", True),
        ("[::1]:80", "::1", "::1", True),
        ("fd00::/8", "10.0.0.1", "10.0.0.1", False),
        ("nonsense/x", "a", "10.0.0.1", False),
    ],
)
def test_the_operator_allows_hosts_ports_and_networks(
    allow: str, host: str, address: str, allowed: bool
) -> None:
    found = is_allowed(host, 80, ipaddress.ip_address(address), frozenset({allow}))
    assert found is allowed


async def test_who_is_refused_is_told_the_address_once() -> None:
    with pytest.raises(NodeError, match=r"^127\.0\.0\.1 is not public; the operator may allow"):
        await resolve("127.0.0.1", 80, frozenset())
    with pytest.raises(NodeError, match=r"^localhost is (127\.0\.0\.1|::1), which is not public;"):
        await resolve("localhost", 80, frozenset())
