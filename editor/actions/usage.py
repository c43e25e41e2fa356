"""Who uses a blueprint: the published versions of others that name it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, F

from editor.models import Blueprint
from runner.actions.named import current_references


@dataclass(frozen=True, slots=True)
class Using:
    """A blueprint whose published version names another one, and at which nodes."""

    blueprint: UUID
    name: str
    version: int
    kind: str
    nodes: list[str]

    def to_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {**asdict(self), "blueprint": str(self.blueprint)}


def used_by(blueprint: Blueprint, by: User) -> tuple[list[Using], int]:
    """Return who uses the blueprint, as far as this user may see, and how many others do."""
    rows = current_references().filter(target=blueprint)
    rows = rows.exclude(version__blueprint=blueprint).select_related("version__blueprint")
    seen = rows if by.is_superuser else rows.filter(version__blueprint__owner=by)
    ordered = seen.order_by("version__blueprint__name", "version__blueprint", "kind", "node")
    found = []
    for (version, kind), same in groupby(ordered, key=lambda row: (row.version, row.kind)):
        nodes = [row.node for row in same if row.node]
        user = version.blueprint
        found.append(Using(user.pk, user.name, version.number, kind, nodes))
    everybody = rows.values("version__blueprint").distinct().count()
    return found, everybody - len({user.blueprint for user in found})


def count_users(blueprints: Iterable[Blueprint]) -> dict[UUID, int]:
    """Return how many others use each of these blueprints, those without any left out."""
    rows = current_references().filter(target__in=[blueprint.pk for blueprint in blueprints])
    rows = rows.exclude(version__blueprint=F("target"))
    counted = rows.values("target").annotate(users=Count("version__blueprint", distinct=True))
    return {row["target"]: row["users"] for row in counted}
