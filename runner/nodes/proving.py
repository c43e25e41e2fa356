"""What a credential adds to one HTTP request, and to which hosts it may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from runner.engine.credentials import Credential, CredentialMissing
from runner.engine.node import Step
from runner.nodes.credentials import KINDS, ClientCredentials, Fields
from runner.nodes.exchanging import port_of
from runner.nodes.oauth import token_of


@dataclass(frozen=True, slots=True)
class Proof:
    """What a request carries to prove who sends it; `token` is one that was fetched for that."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: str = field(default="", repr=False)


async def prove(step: Step, credential: Credential, url: httpx.URL) -> Proof:
    """Return what a credential adds to a request to this address.

    Raises NodeError where the credential is of a kind that requests do not know, is not for this
    host, or no token can be fetched.
    """
    kind = KINDS.get(credential.kind)
    if kind is None or not issubclass(kind, Fields):
        raise CredentialMissing(
            f"The credential {credential.name!r} has named values, which no request knows how to "
            "use; choose one with a password, a token or a key."
        )
    if not goes_to(credential.hosts, url.host, port_of(url)):
        raise CredentialMissing(
            f"The credential {credential.name!r} is for {', '.join(credential.hosts)} alone, not "
            f"for {url.host!r}."
        )
    fields = kind.model_validate(credential.fields)
    if isinstance(fields, ClientCredentials):
        token = await token_of(step, credential, fields)
        return Proof({"Authorization": f"Bearer {token}"}, token=token)
    headers = fields.headers()
    # Also as they are sent, such as a user and password in one.
    step.hide(*(value.rpartition(" ")[2] for value in headers.values()))
    return Proof(headers, fields.query())


def goes_to(hosts: tuple[str, ...], host: str, port: int) -> bool:
    """Say whether a credential with these hosts may go to a host: where it has none, to any.

    `*.example.com` stands for all names below example.com; a port is that one alone.
    """
    name = host.lower().rstrip(".")
    for entry in hosts:
        wanted, _, number = entry.lower().partition(":")
        if number and int(number) != port:
            continue
        if name == wanted or (wanted.startswith("*.") and name.endswith(wanted[1:])):
            return True
    return not hosts
