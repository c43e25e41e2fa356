"""Which addresses HTTP nodes may call: public ones, and private ones that the operator names."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from runner.engine.errors import NodeError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refused(message: str) -> NodeError:
    """Return the error of an address that may not be called."""
    return NodeError(message, kind="address_refused", permanent=True)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet, also inside IPv6 wrappings."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        # NAT64 (RFC 6052) carries an IPv4 address in its last 32 bits.
        if address in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def is_allowed(host: str, port: int, address: Address, allow: frozenset[str]) -> bool:
    """Say whether the operator's list names this host, host and port, or network."""
    if allow & {host, f"{host}:{port}", str(address), f"{address}:{port}"}:
        return True
    for entry in allow:
        if "/" in entry:
            try:
                network = ipaddress.ip_network(entry, strict=False)
            except ValueError:
                continue
            if address.version == network.version and address in network:
                return True
    return False


async def resolve(host: str, port: int, allow: frozenset[str]) -> str:
    """Return the address to connect to, so that what was checked is what is called.

    Raises NodeError where the name is unknown or any address it has may not
    be called: a name with one public and one private address is a trap.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NodeError(f"The host {host!r} is not known.", kind="connection") from None
    addresses = [ipaddress.ip_address(entry[4][0].split("%")[0]) for entry in found]
    for address in addresses:
        if not is_public(address) and not is_allowed(host, port, address, allow):
            raise refused(
                f"{host} is {address}, which is not public; the operator may allow "
                f"'{host}:{port}' by CONDUCTOR_HTTP_ALLOW."
            )
    return str(addresses[0])
