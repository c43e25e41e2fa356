"""Long lists in pages, of which no more rows are counted than a page needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
MOST_PAGE = 1_000_000
SEARCHED = 100_000  # newest rows that a search in the admin looks through

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    RowPaginator = Paginator[Any]

    class _Admin(admin.ModelAdmin[M]):
        pass
else:
    RowPaginator = Paginator

    class _Admin(Generic[M]):
        pass


def number_of(wanted: str | None) -> int:
    """Return the number of the page that an address asks for; 1 where it names none."""
    number = int(wanted) if wanted and wanted.isdecimal() and len(wanted) < 9 else 1
    return max(1, min(number, MOST_PAGE))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


class Capped(RowPaginator):
    """Pages of rows that are counted up to `MOST_COUNTED`, or to the end of the wanted page.

    To count hundred thousands of rows takes far longer than to show fifty of them.
    """

    def __init__(self, rows: Any, size: int, wanted: int, **more: Any) -> None:
        super().__init__(rows, size, **more)
        self.wanted = wanted
        self.most = max(MOST_COUNTED, wanted * size)

    @cached_property
    def count(self) -> int:
        """How many rows there are; where there are more than `most`, one more than that."""
        return self.counted(self.most + 1)

    def counted(self, most: int) -> int:
        """Return how many rows there are; `most` where there are more."""
        rows: Any = self.object_list
        # The order would be made before it is cut.
        count: int = rows.order_by()[:most].count()
        return count

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > self.most

    @property
    def most_told(self) -> str:
        """How many were counted, as people write it."""
        return f"{self.most:,}"


class LongList(_Admin[M]):
    """A list of the admin with so many rows that nobody counts them all."""

    show_full_result_count = False
    # To say how many each choice of each filter has is to count them all.
    show_facets = admin.ShowFacets.NEVER

    search_help_text = f"Of very many, the newest {SEARCHED:,} are looked through."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Look through the newest rows alone; one whose whole id is given is found among all."""
        fields = {str(name).lstrip("=") for name in self.get_search_fields(request)}
        if "id" in fields and (key := _id(search_term)):
            return queryset.filter(pk=key), False
        found, may_double = super().get_search_results(request, queryset, search_term)
        if search_term and self.ordering:
            # No index has parts of words: whoever looked through a million would wait.
            (order,) = self.ordering
            rows = self.get_queryset(request).order_by(order)
            name = str(order).lstrip("-")
            for oldest in rows.values_list(name, flat=True)[SEARCHED - 1 : SEARCHED]:
                found = found.filter(**{f"{name}__gte": oldest})
        return found, may_double

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Capped:
        """Count no further than to the page that is shown."""
        wanted = number_of(request.GET.get("p"))
        return Capped(
            queryset,
            per_page,
            wanted,
            orphans=orphans,
            allow_empty_first_page=allow_empty_first_page,
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say no number of those that were not counted where all are selected."""
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if (shown := context.get("cl")) and getattr(shown.paginator, "capped", False):
            context["selection_note_all"] = "All selected"
        return response
