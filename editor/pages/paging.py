"""Long lists in pages, as the pages of the site show them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet

from editor.merged import Merged
from runner.long_lists import Capped, number_of


class Pages(Capped):
    """Pages of rows, which may be merged ones."""

    def __init__(
        self,
        rows: QuerySet[Any] | Merged[Any],
        size: int,
        wanted: str | None,
        *,
        goes_on: bool = False,
    ) -> None:
        """`goes_on`: beyond what is counted, the list is asked for from its last row on."""
        number = number_of(wanted)
        super().__init__(rows, size, 0 if goes_on else number)
        self._rows = rows
        self._number = number

    def shown(self) -> Page[Any]:
        """Return the wanted page; the first where there is no such number, or the last."""
        return self.get_page(self._number)

    def counted(self, most: int) -> int:
        """Return how many rows there are; `most` where there are more."""
        return self._rows.count(most) if isinstance(self._rows, Merged) else super().counted(most)
