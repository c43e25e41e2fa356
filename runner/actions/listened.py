"""What listeners name that only this installation knows: connections, and what speaks to them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings

from runner.graph import Document, Problem
from runner.nodes.listening import EXTRAS, SCHEMES


def listener_problems(document: Document) -> Iterator[Problem]:
    """Yield what keeps the listeners of a drawing from listening here."""
    for name, node in document.nodes.items():
        if node.kind not in SCHEMES or node.settings.disabled:
            continue
        module, extra = EXTRAS[node.kind]
        if not installed(module):
            yield Problem(
                "extra_missing",
                f"What {name} needs to listen is not installed here. Whoever runs this site "
                f"installs it: pip install 'conductor-blueprints[{extra}]'.",
                node=name,
            )
        wanted = node.parameters.get("connection")
        if not isinstance(wanted, str) or not wanted or "{{" in wanted:
            continue  # told by the validation of parameters
        url = settings.CONDUCTOR_CONNECTIONS.get(wanted)
        known = _known(node.kind)
        if url is None:
            told = f"There is no connection {wanted!r}. {known}"
            yield Problem("unknown_connection", told, node=name, parameter="connection")
        elif urlsplit(url).scheme not in SCHEMES[node.kind]:
            told = f"The connection {wanted!r} leads to another kind of server. {known}"
            yield Problem("wrong_connection", told, node=name, parameter="connection")


def _known(kind: str) -> str:
    every = settings.CONDUCTOR_CONNECTIONS.items()
    fitting = sorted(key for key, url in every if urlsplit(url).scheme in SCHEMES[kind])
    known = f"There are: {', '.join(fitting[:20])}." if fitting else "There is none of its kind."
    return f"{known} Whoever runs this site names them in CONDUCTOR_CONNECTIONS."


def installed(module: str) -> bool:
    """Say whether a module can be imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
