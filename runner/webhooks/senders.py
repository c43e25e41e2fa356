"""Who sent a request, behind the proxies that the operator trusts, and whether it may."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence

from django.conf import settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_NETWORKS = 100


def read_networks(text: str) -> tuple[Network, ...]:
    """Return the networks in a text, a line or a comma apart. Raises ValueError."""
    found: list[Network] = []
    for word in text.replace(",", "\n").split():
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError as error:
            raise ValueError(f"{word[:50]!r} is no network such as 192.0.2.0/24: {error}") from None
    if len(found) > MOST_NETWORKS:
        raise ValueError(f"There are {len(found)} networks; at most {MOST_NETWORKS} may be named.")
    return tuple(found)


def sender_of(client: Sequence[object] | None, headers: Mapping[str, str]) -> str:
    """Return the address that a request comes from.

    Where it comes from a trusted proxy, that is the last address in
    X-Forwarded-For that is no trusted proxy's: whatever stands before it, the
    sender may have written itself.
    """
    here = str(client[0]) if client else ""
    trusted: tuple[Network, ...] = settings.CONDUCTOR_TRUSTED_PROXIES
    if not trusted or not is_within(here, trusted):
        return here
    told = [word.strip() for word in headers.get("x-forwarded-for", "").split(",")]
    for address in reversed(told):
        if _address(address) is None:
            break
        here = address
        if not is_within(address, trusted):
            break
    return here


def is_within(sender: str, networks: Iterable[Network]) -> bool:
    """Say whether an address lies in one of the networks; what is no address lies in none."""
    address = _address(sender)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
