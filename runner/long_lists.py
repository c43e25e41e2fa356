"""Long lists in pages, of which no more rows are counted than a page needs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.text import smart_split, unescape_string_literal

MOST_COUNTED = 10_000
MOST_PAGE = 1_000_000
MOST_KEYS = 1000  # rows that are asked for by their keys; a list of more takes longer than they do
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


def _has(model: type[Model], fields: Iterable[str], word: str) -> Q:
    """Return the condition of rows of which one of the fields has a word.

    What a row only refers to is looked through by itself, once for all of the rows: such are few.
    """
    found = Q()
    others: dict[str, Q] = {}
    for field in fields:
        relation, _, name = field.partition("__")
        if name:
            others[relation] = others.get(relation, Q()) | Q(**{f"{name}__icontains": word})
        else:
            found |= Q(**{f"{field}__icontains": word})
    for relation, wanted in others.items():
        other: Any = model._meta.get_field(relation).related_model
        found |= Q(**{f"{relation}__in": other._base_manager.filter(wanted).values("pk")})
    return found


class Capped(RowPaginator):
    """Pages of rows that are counted up to `MOST_COUNTED`, or to the end of the `wanted` page.

    To count hundred thousands of rows takes far longer than to show fifty of them, and so does it
    to pass them by for a page behind them. Without a `wanted` page there are none beyond those that
    are counted: a list that goes on does so from its last row.
    """

    def __init__(self, rows: Any, size: int, wanted: int = 0, **more: Any) -> None:
        super().__init__(rows, size, **more)
        self.wanted = wanted
        self.most = max(MOST_COUNTED, wanted * size)

    def validate_number(self, number: Any) -> int:
        """Take the last page for what lies beyond."""
        if isinstance(number, int | str) and str(number).isdecimal():
            number = max(1, min(int(number), self.num_pages))
        return super().validate_number(number)

    @cached_property
    def count(self) -> int:
        """How many rows there are, or `most`."""
        return min(self._found, self.most)

    @cached_property
    def _found(self) -> int:
        return self.counted(self.most + 1)

    def counted(self, most: int) -> int:
        """Return how many rows there are; `most` where there are more."""
        rows: Any = self.object_list
        # The order would be made before it is cut.
        count: int = rows.order_by()[:most].count()
        return count

    def page(self, number: Any) -> Page[Any]:
        """Return a page; of one that is far behind, only its own rows are read whole and joined."""
        number = self.validate_number(number)
        begin = (number - 1) * self.per_page
        rows: Any = self.object_list
        if self.wanted or begin < MOST_KEYS or not isinstance(rows, QuerySet):
            return super().page(number)
        keys = rows.select_related(None).values_list("pk", flat=True)
        wanted = list(keys[begin : min(begin + self.per_page, self.count)])
        # By nothing but their keys: SQLite would go through all that fulfil another condition.
        found: Any = rows.model._base_manager.filter(pk__in=wanted)
        found.query.select_related = rows.query.select_related
        found.query.deferred_loading = rows.query.deferred_loading
        order = rows.query.order_by or rows.model._meta.ordering or ()
        return Page(found.order_by(*order), number, self)

    @property
    def capped(self) -> bool:
        """Whether there are more rows than were counted."""
        return self._found > self.most

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
        fields = [str(name).lstrip("=") for name in self.get_search_fields(request)]
        if "id" in fields and (key := _id(search_term)):
            return queryset.filter(pk=key), False
        words = [
            unescape_string_literal(it) if it[0] in "\"'" and it[0] == it[-1] and it[1:] else it
            for it in smart_split(search_term)
        ]
        if not words:
            return queryset, False
        found = queryset
        for word in words:
            found = found.filter(_has(self.model, fields, word))
        if self.ordering:
            # No index has parts of words: whoever looked through a million would wait.
            (order,) = self.ordering
            rows = self.get_queryset(request).order_by(order)
            name = str(order).lstrip("-")
            for oldest in rows.values_list(name, flat=True)[SEARCHED - 1 : SEARCHED]:
                found = found.filter(**{f"{name}__gte": oldest})
        # What has few is looked through once, and not again for the page that is shown.
        keys = list(found.select_related(None).values_list("pk", flat=True)[: MOST_KEYS + 1])
        return (queryset.filter(pk__in=keys) if len(keys) <= MOST_KEYS else found), False

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Capped:
        """Count no further than is told."""
        return Capped(
            queryset, per_page, orphans=orphans, allow_empty_first_page=allow_empty_first_page
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say no number of those that were not counted where all are selected."""
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if (shown := context.get("cl")) and getattr(shown.paginator, "capped", False):
            context["selection_note_all"] = "All selected"
        if isinstance(shown, ChangeList):
            shown.begin, shown.further = _ways_on(request, shown)  # type: ignore[attr-defined]
        return response


def _ways_on(request: HttpRequest, shown: ChangeList) -> tuple[str, str]:
    """Return the addresses of a list's beginning and of what follows its last page; else empty."""
    (order, *_) = (str(it) for it in shown.queryset.query.order_by)
    name = order.lstrip("-")
    beyond = f"{name}__lte" if order.startswith("-") else f"{name}__gte"
    begin = shown.get_query_string(remove=[beyond, "p"]) if beyond in request.GET else ""
    rows = list(shown.result_list)
    last = shown.page_num >= shown.paginator.num_pages
    if not (rows and last and getattr(shown.paginator, "capped", False)):
        return begin, ""
    # The last row is shown once more: none of the same moment is lost.
    value = getattr(rows[-1], name)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return begin, shown.get_query_string({beyond: text}, remove=["p"])
