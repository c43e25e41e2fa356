"""Long lists in pages, as the pages of the site show them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet

from editor.merged import Merged
from runner.long_lists import Capped, number_of


class Pages(Capped):
    """Pages of rows, which may be merged ones."""

    def __init__(self, rows: QuerySet[Any] | Merged[Any], size: int, wanted: str | None) -> None:
        super().__init__(rows, size, number_of(wanted))
        self._rows = rows

    def shown(self) -> Page[Any]:
        """Return the wanted page; the first where there is no such number, or the last."""
        return self.get_page(self.wanted)

    def counted(self, most: int) -> int:
        """Return how many rows there are; `most` where there are more."""
        return self._rows.count(most) if isinstance(self._rows, Merged) else super().counted(most)
