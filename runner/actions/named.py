"""The blueprints that others name: which one is meant, who may, and whether it goes in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import F, QuerySet

from editor.models import Blueprint, BlueprintReference, ReferenceKind, Right
from editor.visible import Who, right_of
from runner.graph import Document, DocumentInvalid, Target, Unresolved, load, references
from runner.graph.references import (
    AmbiguousBlueprint,
    Reference,
    Resolve,
    UnknownBlueprint,
    declared_outputs,
)
from runner.models import Run

# Blueprints that are looked at for a circle.
MOST = 10_000


def find(owner: User, text: str) -> Blueprint:
    """Return the blueprint of this id or name that the owner of another may run.

    Raises Unresolved; what somebody else owns is as unknown as what is not there.
    """
    rows = Blueprint.objects.select_related("published__drawing", "owner")
    if not owner.is_superuser:
        rows = rows.filter(owner=owner)
    try:
        found = list(rows.filter(pk=UUID(text)))
    except ValueError:
        found = list(rows.filter(name=text)[:2])
    if len(found) > 1:
        raise AmbiguousBlueprint(text)
    if not found:
        raise UnknownBlueprint(text)
    return found[0]


def meant(blueprint: Blueprint, version: int | None, kind: str, node: str, text: str) -> Blueprint:
    """Return the blueprint that a version (its primary key; None for a draft) names at a place.

    What a name stood for when the version was published holds, also if it was
    renamed since. Raises Unresolved.
    """
    if version is not None:
        rows = BlueprintReference.objects.filter(version=version, kind=kind, node=node)
        target = rows.values_list("target_id", flat=True).first()
        if target is not None:
            return find(blueprint.owner, str(target))
    return find(blueprint.owner, text)


def meant_by(run: Run, kind: str, node: str, text: str) -> Blueprint:
    """Return the blueprint that the drawing of a run names at a place, and that the run may start.

    It acts with its owner's rights. But whoever may edit a draft and run it is not thereby let
    into the owner's other blueprints: theirs are only those that they may run themselves, and
    those that the owner has published as called. Raises Unresolved.
    """
    found = meant(run.blueprint, run.version_id, kind, node, text)
    by = run.started_by
    if run.version_id is not None or by is None or by.pk == run.blueprint.owner_id:
        return found
    vouched = current_references().filter(version__blueprint=run.blueprint, target=found)
    right = right_of(Who(by), found)
    if found.pk == run.blueprint_id or (right and right.allows(Right.RUN)) or vouched.exists():
        return found
    raise UnknownBlueprint(text)


def declared(blueprint: Blueprint, document: Document | None = None) -> Target:
    """Return what the published version of a blueprint declares, or this document of it."""
    published = blueprint.published
    key = str(blueprint.pk)
    if document is None:
        if published is None:
            return Target(key, blueprint.name)
        try:
            document = load(published.drawing.document)
        except DocumentInvalid:
            return Target(key, blueprint.name, published.number)
    return Target(
        key,
        blueprint.name,
        published.number if published else 0,
        document.inputs,
        declared_outputs(document),
        frozenset(node.kind for node in document.nodes.values() if not node.settings.disabled),
    )


def resolver(blueprint: Blueprint, document: Document) -> Resolve:
    """Return what finds the blueprints that a document of this blueprint names."""

    def resolve(text: str) -> Target:
        found = find(blueprint.owner, text)
        # Whoever names itself means what it is about to become.
        return declared(found, document if found.pk == blueprint.pk else None)

    return resolve


def names_called(blueprint: Blueprint, document: Document) -> dict[str, str]:
    """Return the names of the blueprints that a document of this one names, by its texts."""
    found = {}
    for reference in references(document):
        with suppress(Unresolved):
            found[reference.blueprint] = find(blueprint.owner, reference.blueprint).name
    return found


class Chains:
    """Finds the circles in which blueprints start each other.

    A document takes the place of what is published of its blueprint.
    A blueprint starts what it calls, and what wants to start after it. Calls that
    are marked as recursive, and error blueprints, are passed over: the former end
    at the depth limit, the latter since what handles an error starts no other.
    """

    def __init__(self, blueprint: Blueprint, document: Document, resolve: Resolve) -> None:
        self._own = str(blueprint.pk)
        self._names = {self._own: blueprint.name}
        self._document = document
        self._resolve = resolve
        self._drawn: list[tuple[str, str]] | None = None

    def __call__(self, reference: Reference, target: Target) -> Sequence[str] | None:
        """Return the names along the circle that the reference closes; None without one."""
        if reference.recursive or reference.kind == "error":
            return None
        self._names[target.id] = target.name
        ends = self._own, target.id
        first, then = ends if reference.kind == "call" else ends[::-1]
        way = self._way(then, first)
        return [self._names[key] for key in (first, *way)] if way else None

    def _way(self, begin: str, end: str) -> list[str]:
        """Return the shortest way on which one starts the other, both included."""
        came: dict[str, str] = {begin: ""}
        border = [begin]
        while border and end not in came and len(came) < MOST:
            pairs = [(one, other) for one, other in self._starts(border) if other not in came]
            border = []
            for one, other in pairs:
                if other not in came:
                    came[other] = one
                    border.append(other)
        if end not in came:
            return []
        way = [end]
        while way[-1] != begin:
            way.append(came[way[-1]])
        return way[::-1]

    def _starts(self, keys: Iterable[str]) -> Iterable[tuple[str, str]]:
        """Yield which of these blueprints starts which other."""
        keys = list(keys)
        ids = [UUID(key) for key in keys]
        yield from (pair for pair in self._of_document() if pair[0] in keys)
        rows = current_references().exclude(version__blueprint=UUID(self._own))
        calls = rows.filter(
            kind=ReferenceKind.CALL, recursive=False, version__blueprint__in=ids
        ).values_list("version__blueprint", "target", "target__name")
        followers = rows.filter(kind=ReferenceKind.AFTER, target__in=ids).values_list(
            "target", "version__blueprint", "version__blueprint__name"
        )
        for one, other, name in (*calls, *followers):
            self._names[str(other)] = name
            yield str(one), str(other)

    def _of_document(self) -> list[tuple[str, str]]:
        if self._drawn is None:
            self._drawn = []
            for reference in references(self._document):
                if reference.recursive or reference.kind == "error":
                    continue
                try:
                    target = self._resolve(reference.blueprint)
                except Unresolved:
                    continue
                self._names[target.id] = target.name
                pair = self._own, target.id
                self._drawn.append(pair if reference.kind == "call" else pair[::-1])
        return self._drawn


def current_references() -> QuerySet[BlueprintReference]:
    """Return the references of all published versions that are in force."""
    return BlueprintReference.objects.filter(version=F("version__blueprint__published"))
