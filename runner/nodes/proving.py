"""What a credential adds to one HTTP request, and to which hosts it may go."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from runner.engine.credentials import Credential, CredentialMissing
from runner.engine.node import Step
from runner.nodes.credentials import KINDS, AuthorizationCode, ClientCredentials, Fields
from runner.nodes.exchanging import port_of
from runner.nodes.oauth import granted_to, token_of

# A name or an IPv4 address, or an IPv6 address in brackets (RFC 3986, section 3.2.2); and a port.
HOST = re.compile(r"(?P<host>(\*\.)?[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request carries to prove who sends it; `token` is one that was fetched for that."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)


async def prove(step: Step, credential: Credential, url: httpx.URL, refused: str = "") -> Proof:
    """Return what a credential adds to a request to this address.

    Where a server has `refused` a token, another one is fetched if one can be. Raises NodeError
    where the credential is of a kind that requests do not know, is not for this host, or no token
    can be fetched.
    """
    kind = KINDS.get(credential.kind)
    if kind is None or not issubclass(kind, Fields):
        raise CredentialMissing(
            f"The credential {credential.name!r} has named values, which no request knows how to "
            "use; choose one with a password, a token or a key."
        )
    if not goes_to(credential.hosts, url.raw_host.decode("ascii"), port_of(url)):
        raise CredentialMissing(f"{_is_for(credential)}, not for {url.host!r}.")
    fields = kind.model_validate(credential.fields)
    if isinstance(fields, ClientCredentials | AuthorizationCode):
        token = (
            await token_of(step, credential, fields, refused)
            if isinstance(fields, ClientCredentials)
            else await granted_to(step, credential, refused)
        )
        return Proof({"Authorization": f"Bearer {token}"}, token=token)
    headers = fields.headers()
    # Also as they are sent, such as a user and password in one.
    step.hide(*(value.rpartition(" ")[2] for value in headers.values()))
    return Proof(headers, fields.query())


def check_way(
    credential: Credential, url: httpx.URL, headers: Mapping[str, str], proxy: httpx.URL | None
) -> None:
    """Refuse ways on which others than its hosts would get a credential, though the address is one.

    Raises CredentialMissing.
    """
    # By https:// a proxy is asked for a connection only, and does not see what goes through.
    if (
        proxy is not None
        and url.scheme == "http"
        and not goes_to(credential.hosts, proxy.raw_host.decode("ascii"), port_of(proxy))
    ):
        raise CredentialMissing(
            f"{_is_for(credential)}, and the proxy {proxy.host!r} would read it: a request by "
            "http:// goes through it as it is. Use https://, or another proxy."
        )
    for name, value in headers.items():
        # Who serves many hosts at one address gives the request to the one that is named here.
        if name.lower() == "host" and credential.hosts:
            found = read_host(value)
            if (
                found is None
                or found[0].startswith("*")
                or not goes_to(credential.hosts, found[0], found[1] or port_of(url))
            ):
                raise CredentialMissing(
                    f"{_is_for(credential)}, not for the header Host: {value[:100]!r}."
                )


def _is_for(credential: Credential) -> str:
    return f"The credential {credential.name!r} is for {', '.join(credential.hosts)} alone"


def goes_to(hosts: tuple[str, ...], host: str, port: int) -> bool:
    """Say whether a credential with these hosts may go to a host: where it has none, to any.

    An IPv6 address is that address however it is written. International names are in their form
    of ASCII letters, as they are sent (RFC 5890). `*.example.com` stands for all names below
    example.com; a port is that one alone.
    """
    name = _canonical(host)
    for entry in hosts:
        found = read_host(entry)
        if found is None or found[1] not in (None, port):
            continue
        wanted = found[0]
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return not hosts


def read_host(text: str) -> tuple[str, int | None] | None:
    """Return host and port of one of a credential's hosts, as they are compared; None: it is none.

    IPv6 addresses are without their brackets, and in their one shortest form (RFC 5952).
    """
    found = HOST.fullmatch(text)
    if found is None:
        return None
    host, number = found["host"], found["port"]
    port = int(number) if number else None
    if port is not None and not 0 < port < 65536:
        return None
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1]).compressed, port
        except ValueError:
            return None
    return _canonical(host), port


def _canonical(host: str) -> str:
    try:
        return ipaddress.IPv6Address(host.strip("[]")).compressed
    except ValueError:
        return host.lower().rstrip(".")
