"""What all views of the API share: JSON in and out, and only what the user may see."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from editor.api.pages import NewestFirst
from editor.api.parsing import BoundedJSONParser
from editor.models import Blueprint
from editor.visible import blueprints_of, runs_of
from runner.models import Run


class View(APIView):
    """A view of the API."""

    parser_classes = [BoundedJSONParser]
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]

    @property
    def user(self) -> User:
        """The user who calls, by session or token."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def blueprint(self, blueprint_id: UUID) -> Blueprint:
        """Return a blueprint of the user's; 404 for any other."""
        return get_object_or_404(
            blueprints_of(self.user).select_related("published__drawing"), pk=blueprint_id
        )

    def run(self, run_id: UUID) -> Run:
        """Return a run of the user's; 404 for any other."""
        return get_object_or_404(runs_of(self.user), pk=run_id)

    def given(self, serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return the body as the serializer reads it."""
        return self._checked(serializer(data=request.data))

    def asked(self, serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return the query as the serializer reads it."""
        return self._checked(serializer(data=request.query_params.dict()))

    def page(self, rows: QuerySet[Any], show: Any) -> Response:
        """Answer with one page of the rows."""
        pages = NewestFirst()
        found = pages.paginate_queryset(rows, self.request, view=self) or []
        return pages.get_paginated_response([show(row) for row in found])

    @staticmethod
    def _checked(serializer: Serializer[Any]) -> dict[str, Any]:
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = serializer.validated_data
        return given
