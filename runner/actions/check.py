"""Check a document against the node types of this installation."""

from __future__ import annotations

from editor.models import Blueprint
from runner.actions.listened import listener_problems
from runner.actions.named import Chains, resolver
from runner.actions.timetables import schedule_problems
from runner.credentials.problems import credential_problems
from runner.engine.expressions import check
from runner.engine.fields import field_problems
from runner.graph import Document, Problem, reference_problems, validate
from runner.nodes import node_types
from runner.nodes.paths import KIND, conflicts
from runner.queue.queues import known


def problems_of(document: Document, blueprint: Blueprint | None = None) -> list[Problem]:
    """Return every problem of the document, errors first.

    Of a document of a `blueprint`, what it wants of other ones is checked too.
    """
    found = [*validate(document, node_types(), check), *field_problems(document, node_types())]
    found += schedule_problems(document)
    found += listener_problems(document)
    if blueprint is not None:
        resolve = resolver(blueprint, document)
        if sum(node.kind == KIND for node in document.nodes.values()) > 1 and (
            blueprint.webhooks.filter(node="", draft=False).exists()
        ):
            found += conflicts(document.model_dump())
        found += reference_problems(document, resolve, Chains(blueprint, document, resolve))
        found += credential_problems(document, blueprint)
        found += _queue(document.settings.queue.name)
    return sorted(found, key=lambda problem: problem.severity != "error")


def _queue(name: str) -> list[Problem]:
    there = known()
    if name in there:
        return []
    sentence = (
        f"There is no queue {name!r} here, so its runs go to 'default'. "
        f"There are: {', '.join(sorted(there)[:20])}."
    )
    return [Problem("unknown_queue", sentence, severity="warning")]
