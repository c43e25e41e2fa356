"""Where a request comes from, and whether requests from there are taken."""

from __future__ import annotations

from typing import Any

import pytest

from runner.webhooks.senders import is_within, read_networks, sender_of
from tests.webhooks.conftest import call


@pytest.mark.parametrize(
    ("client", "told", "sender"),
    [
        ("203.0.113.9", "192.0.2.1", "203.0.113.9"),  # nobody believes a stranger
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "6.6.6.6, 192.0.2.1", "192.0.2.1"),  # the sender wrote the first itself
        ("10.0.0.1", "6.6.6.6, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1, nonsense", "10.0.0.1"),
        ("::ffff:10.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_only_trusted_proxies_say_who_sent(
    settings: Any, client: str, told: str, sender: str
) -> None:
    settings.CONDUCTOR_TRUSTED_PROXIES = read_networks("10.0.0.0/8")
    headers = {"x-forwarded-for": told} if told else {}
    assert sender_of((client, 1), headers) == sender
    settings.CONDUCTOR_TRUSTED_PROXIES = ()
    assert sender_of((client, 1), headers) == client


def test_networks_are_read_and_asked() -> None:
    networks = read_networks("192.0.2.0/24, 2001:db8::/32\n198.51.100.7")
    for address in ("192.0.2.200", "2001:db8::1", "198.51.100.7", "::ffff:192.0.2.1"):
        assert is_within(address, networks)
    for address in ("192.0.3.1", "2001:db9::1", "", "unknown", "198.51.100.8"):
        assert not is_within(address, networks)


async def test_a_sender_from_another_network_is_403(amake: Any) -> None:
    hook = await amake()
    for networks, status in (("10.0.0.0/8", 403), ("10.0.0.0/8 192.0.2.0/29", 202)):
        hook.webhook.networks = networks
        await hook.webhook.asave()
        answer = await call(hook.path)
        assert answer.status == status
        assert b"192.0.2.7" not in answer.body
    rows = [
        it async for it in hook.webhook.deliveries.order_by("id").values_list("verdict", "reason")
    ]
    assert rows[0] == (
        "not_allowed",
        "The sender 192.0.2.7 is in none of the networks that may call.",
    )
