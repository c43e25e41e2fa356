"""Where a document names other blueprints, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from runner.graph.document import Document
from runner.graph.problems import Problem

CALL = "blueprint.call"
AFTER = "trigger.blueprint"
ERROR = "trigger.error"
COMPUTED = "A blueprint is named, not computed: else nobody could say what calls what."


@dataclass(frozen=True, slots=True)
class Reference:
    """A place that names another blueprint, by its id or its name.

    `kind` is `call`, `error` or `after`. A `recursive` call may lead back to
    where it comes from.
    """

    kind: Literal["call", "error", "after"]
    blueprint: str
    node: str = ""
    parameter: str = ""
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A blueprint that is named, as its published version declares it.

    `outputs` are the names of its outputs. What was never published has no
    `version` and declares nothing.
    """

    id: str
    name: str
    version: int | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Sequence[str] = ()
    kinds: frozenset[str] = frozenset()


def _is_id(text: str) -> bool:
    """Say whether a text is the id of a blueprint, which tells a reader nothing."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class Unresolved(LookupError):
    """A blueprint that cannot be named like this."""

    code = "unknown_blueprint"


class UnknownBlueprint(Unresolved):
    """There is none that the owner of the one that names it may run."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "The blueprint that was chosen here is gone: it was deleted, or the owner of this one "
            "may not run it any more. Choose another."
            if _is_id(text)
            else f"There is no blueprint {text!r} that the owner of this one may run."
        )


class AmbiguousBlueprint(Unresolved):
    """There are several of that name."""

    code = "ambiguous_blueprint"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"Several blueprints are called {text!r}; choose one, or rename the others."
        )


Resolve = Callable[[str], Target]
Chain = Callable[[Reference, Target], Sequence[str] | None]


def references(document: Document) -> Iterator[Reference]:
    """Yield the places that name other blueprints; those of nodes that are not run do nothing."""
    if named := document.settings.error_blueprint:
        yield Reference("error", named)
    for name, node in document.nodes.items():
        if node.settings.idle:
            continue
        if node.kind == CALL:
            called = node.parameters.get("blueprint")
            if isinstance(called, str) and called:
                recursive = node.parameters.get("recursive") is True
                yield Reference("call", called, name, "blueprint", recursive)
        elif node.kind == AFTER:
            listed = node.parameters.get("blueprints")
            for called in dict.fromkeys(listed if isinstance(listed, list) else ()):
                if isinstance(called, str) and called:
                    yield Reference("after", called, name, "blueprints")


def declared_outputs(document: Document) -> list[str]:
    """Return the names of the outputs that a run of the document can give."""
    names = [
        node.parameters.get("name") or name
        for name, node in document.nodes.items()
        if node.kind == "flow.output" and not node.settings.idle
    ]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def reference_problems(document: Document, resolve: Resolve, chain: Chain) -> Iterator[Problem]:
    """Yield what is wrong with the places that name other blueprints.

    `resolve` gives what a name stands for, or raises Unresolved; `chain` the
    names of the blueprints through which a reference leads back to this one.
    """
    for name, node_ in document.nodes.items():
        for named in {CALL: ["blueprint"], AFTER: ["blueprints"]}.get(node_.kind, []):
            if named in node_.promoted:
                yield Problem("computed_blueprint", COMPUTED, node=name, parameter=named)
    for reference in references(document):
        node, parameter = reference.node or None, reference.parameter or None
        if "{{" in reference.blueprint:
            yield Problem(
                "computed_blueprint",
                COMPUTED,
                node=node,
                parameter=parameter,
            )
            continue
        try:
            target = resolve(reference.blueprint)
        except Unresolved as error:
            yield Problem(error.code, str(error), node=node, parameter=parameter)
            continue
        if names := chain(reference, target):
            alone = len(names) == 2 and reference.kind != "call"
            mend = (
                "Take it out."
                if alone
                else "Take one of these out, or mark a call as recursive: it then goes round until "
                "the depth limit."
            )
            yield Problem(
                "blueprint_circle",
                f"This leads back to where it comes from: {' → '.join(names)}. {mend}",
                node=node,
                parameter=parameter,
            )
        if target.version is None:
            yield Problem(
                "unpublished_blueprint",
                f"{target.name!r} was never published, so that it cannot run yet.",
                severity="warning",
                node=node,
                parameter=parameter,
            )
        elif reference.kind == "error" and ERROR not in target.kinds:
            yield Problem(
                "no_error_trigger",
                f"The published version of {target.name!r} has no trigger for errors "
                f"({ERROR}) at which it could start.",
                node=node,
                parameter=parameter,
            )
        elif reference.kind == "call":
            yield from _call(document, reference, target)


def _call(document: Document, reference: Reference, target: Target) -> Iterator[Problem]:
    """Yield how a call differs from what the called blueprint declares."""
    node = document.nodes[reference.node]
    inputs = node.parameters.get("inputs")
    if isinstance(inputs, Mapping) and "inputs" not in node.promoted:
        known = ", ".join(target.inputs) or "none"
        for name in inputs:
            if name not in target.inputs:
                yield Problem(
                    "call_input",
                    f"{target.name!r} declares no input {name!r}. It has: {known}.",
                    node=reference.node,
                    parameter="inputs",
                )
        for name, schema in target.inputs.items():
            if schema.get("required") is True and "default" not in schema and name not in inputs:
                yield Problem(
                    "call_input",
                    f"{target.name!r} wants the input {name!r}, which is not given.",
                    node=reference.node,
                    parameter="inputs",
                )
    outputs = node.parameters.get("outputs")
    for name in outputs if isinstance(outputs, list) else ():
        if name not in target.outputs:
            known = ", ".join(target.outputs) or "none"
            yield Problem(
                "call_output",
                f"{target.name!r} has no output {name!r}. It has: {known}.",
                node=reference.node,
                parameter="outputs",
            )
