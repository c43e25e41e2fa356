"""Rows that somebody sees in several ways, as one list of which only the shown rows are read.

By one condition with OR, SQLite finds all the rows of all ways and sorts them for the first fifty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Merged(Generic[M]):
    """Two or more queries that have no row in common, as one in their common order.

    Where each has an index in that order, SQLite merges them and reads no more than is asked for.
    """

    parts: tuple[QuerySet[M], ...]

    def filter(self, *conditions: Q, **values: Any) -> Merged[M]:
        """Return those of the rows that fulfil these conditions."""
        return self._each(lambda part: part.filter(*conditions, **values))

    def order_by(self, *names: str) -> Merged[M]:
        """Return the rows in another order."""
        return self._each(lambda part: part.order_by(*names))

    def defer(self, *names: str) -> Merged[M]:
        """Return the rows without some of their columns."""
        return self._each(lambda part: part.defer(*names))

    def count(self, most: int) -> int:
        """Return how many there are; `most` where there are more."""
        found = 0
        for part in self.parts:
            found += part[: most - found].count()
        return found

    def __getitem__(self, wanted: slice) -> list[M]:
        rows = self.parts[0]
        order = [str(name) for name in rows.query.order_by or rows.model._meta.ordering or ()]
        names = ["pk", *(name.removeprefix("-") for name in order)]
        # Their keys alone: what is merged is compared row by row, and rows are long.
        first, *others = (part.order_by().values(*names) for part in self.parts)
        found = first.union(*others, all=True).order_by(*order)[wanted]
        keys = {row["pk"]: place for place, row in enumerate(found)}
        whole = rows.model._default_manager.filter(pk__in=keys)
        whole.query.select_related = rows.query.select_related
        whole.query.deferred_loading = rows.query.deferred_loading
        return sorted(whole, key=lambda row: keys[row.pk])

    def _each(self, change: Callable[[QuerySet[M]], QuerySet[M]]) -> Merged[M]:
        return Merged(tuple(map(change, self.parts)))
