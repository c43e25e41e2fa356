"""What is wrong with the credentials that a drawing names."""

from __future__ import annotations

from collections.abc import Iterator

from editor.models import Blueprint
from runner.credentials.grants import connection_of
from runner.credentials.usage import named_in
from runner.graph import Document, Problem
from runner.models import Credential
from runner.nodes.credentials import KINDS

COMPUTED = (
    "A credential is chosen by its name, which is neither computed nor an input: so that it is "
    "seen before a run who may use what."
)


def credential_problems(document: Document, blueprint: Blueprint) -> Iterator[Problem]:
    """Yield what keeps nodes of a blueprint's drawing from the credentials that they name."""
    named = list(named_in(document.model_dump(include={"nodes"})))
    if not named:
        return
    rows = Credential.objects.filter(owner=blueprint.owner_id).select_related("grant")
    there = {row.name: row for row in rows}
    for it in named:
        node = document.nodes[it.node]
        if node.settings.disabled:
            continue
        row = there.get(it.name) if isinstance(it.name, str) else None
        kind = row.kind if row else None
        connection = connection_of(row) if row else None
        if it.parameter in node.promoted or (isinstance(it.name, str) and "{{" in it.name):
            yield Problem("computed_credential", COMPUTED, node=it.node, parameter=it.parameter)
        elif kind is None:
            told = (
                f"{blueprint.owner.get_username()} has no credential {str(it.name)[:100]!r}: make "
                "it, or choose another one."
            )
            yield Problem("unknown_credential", told, node=it.node, parameter=it.parameter)
        elif it.kinds and kind not in it.kinds:
            fitting = ", ".join(KINDS[name].title for name in it.kinds if name in KINDS)
            told = (
                f"The credential {it.name!r} is of the kind “{KINDS[kind].title}”, which this node "
                f"cannot use. It takes: {fitting}."
            )
            yield Problem("wrong_credential", told, node=it.node, parameter=it.parameter)
        elif connection is not None and not connection.works:
            told = (
                f"The credential {it.name!r} has to be connected: {connection.why} "
                f"{blueprint.owner.get_username()} connects it where it is changed."
            )
            yield Problem(
                "unconnected_credential",
                told,
                node=it.node,
                parameter=it.parameter,
                severity="warning",
            )
