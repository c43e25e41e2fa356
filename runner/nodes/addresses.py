"""Which addresses HTTP nodes may call: public ones, and private ones that the operator names."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

from runner.engine.errors import NodeError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


# Python's own `is_global` differs between its releases, so the special-purpose registries of IANA
# (RFC 6890 and its successors) are written out.
_SPECIAL_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
# Of IPv6 only this part is handed out (RFC 4291, section 2.4), and these parts of it are not.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_V6 = [
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20")
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def refused(message: str) -> NodeError:
    """Return the error of an address that may not be called."""
    return NodeError(message, kind="address_refused", permanent=True)


def is_public(address: Address) -> bool:
    """Say whether an address is one of the public internet, also inside IPv6 wrappings."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _SPECIAL_V4)
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return is_public(inner)
    # NAT64 (RFC 6052) carries an IPv4 address in its last 32 bits.
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_V6 and not any(address in network for network in _SPECIAL_V6)


def is_allowed(host: str, port: int, address: Address, allow: frozenset[str]) -> bool:
    """Say whether the operator's list names this host, host and port, or network."""
    names = {host.lower(), str(address)}
    if address.version == 6:
        names.add(f"[{address}]")
    names |= {f"{name}:{port}" for name in names}
    return any(entry.lower() in names or _has(entry, address) for entry in allow)


def _has(entry: str, address: Address) -> bool:
    if "/" not in entry:
        return False
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


async def resolve(host: str, port: int, allow: frozenset[str]) -> list[str]:
    """Return the addresses to connect to, so that what was checked is what is called.

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
            which = "" if host.strip("[]") == str(address) else f" is {address}, which"
            raise refused(
                f"{host}{which} is not public; the operator may allow "
                f"'{host}:{port}' by CONDUCTOR_HTTP_ALLOW."
            )
    return [str(address) for address in addresses]
