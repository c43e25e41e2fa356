"""Long lists in pages, of which no more rows are counted than a page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

from editor.merged import Merged

MOST_COUNTED = 10_000
MOST_PAGE = 1_000_000


if TYPE_CHECKING:
    RowPaginator = Paginator[Any]
else:
    RowPaginator = Paginator


class Pages(RowPaginator):
    """Pages of rows that are counted up to `MOST_COUNTED`, or to the end of the wanted page.

    To count hundred thousands of rows takes far longer than to show fifty of them.
    """

    def __init__(self, rows: QuerySet[Any] | Merged[Any], size: int, wanted: str | None) -> None:
        # It cuts them, no more.
        super().__init__(rows, size)  # type: ignore[arg-type]
        number = int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 9 else 1
        self._rows = rows
        self._wanted = max(1, min(number, MOST_PAGE))
        self.most = max(MOST_COUNTED, self._wanted * size)

    def shown(self) -> Page[Any]:
        """Return the wanted page; the first where there is no such number, or the last."""
        return self.get_page(self._wanted)

    @cached_property
    def count(self) -> int:
        """How many rows there are; where there are more than `most`, one more than that."""
        if isinstance(self._rows, Merged):
            return self._rows.count(self.most + 1)
        return self._rows[: self.most + 1].count()

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > self.most
