"""What a host lends to nodes that prove to other programs who they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runner.engine.errors import NodeError
from runner.graph.document import Rate


class CredentialMissing(NodeError):
    """The credential cannot be used."""

    code = "no_credential"

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="credential", permanent=True)


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves who a step is: its `fields` are as its `kind` has them.

    `secrets` are those of their values that nobody may see. `hosts` are the only ones that may
    be told of them; where there are none, all may. `state` changes whenever the credential does.
    """

    id: str
    name: str
    kind: str
    fields: Mapping[str, Any] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    hosts: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A credential for one attempt, which may use it after `delay` seconds: so says its `rate`."""

    credential: Credential
    delay: float = 0.0
    rate: Rate | None = None


class Credentials(Protocol):
    """Keeps credentials, and knows who may use them."""

    async def take(self, run: str, name: str) -> Taken:
        """Return a credential for a step of a run, and count that. Raises CredentialMissing."""

    async def look(self, run: str, name: str) -> Credential:
        """Return it as it is by now, to a step that has waited. Raises CredentialMissing."""

    async def granted(self, credential: Credential, refused: str = "") -> str:
        """Return a token that a person has granted to a credential, and that is valid now.

        It is renewed where it has ended, or where a server has `refused` it. Raises NodeError.
        """
