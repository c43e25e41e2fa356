"""Lists in pages, newest first; a cursor keeps its place while new rows come."""

from __future__ import annotations

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    """Pages of 50 (`?limit=` up to 200) with the addresses of their neighbours."""

    ordering = "-created"
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
