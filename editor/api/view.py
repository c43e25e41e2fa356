"""What all views of the API share: JSON in and out, and only what the user may see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from editor.api.pages import NewestFirst
from editor.api.parsing import BoundedJSONParser
from editor.merged import Merged
from editor.models import Blueprint, Right
from editor.veil import veiled, veiled_text
from editor.visible import Who, blueprints_of, require, runs_of
from runner.models import Run

DOCUMENTS = ("document", "yours", "current")
# Who may edit may also listen, and is given the test address itself.
UNVEILED = (*DOCUMENTS, "listening")


class AccountOrLink(BasePermission):
    """Lets in who is signed in, and to what can be shared also guests who have opened a link."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Say whether somebody gets as far as the question what they may see."""
        if request.user.is_authenticated:
            return True
        guests: bool = getattr(view, "guests", False)
        return guests and request.method in SAFE_METHODS and bool(who_calls(request).links)


def who_calls(request: Request) -> Who:
    """Return who calls: by a session with the links that it has opened, or by a token."""
    return Who.of(request.user, None if request.auth else request.session)


class View(APIView):
    """A view of the API."""

    permission_classes = [AccountOrLink]
    # Whether guests, who have no account but a link, may read here what the link shows.
    guests = False
    # The least right to any blueprint that was asked for; what is answered depends on it.
    least: Right = Right.OWN

    parser_classes = [BoundedJSONParser]
    renderer_classes = [JSONRenderer, BrowsableAPIRenderer]

    @property
    def user(self) -> User:
        """The user who calls, by session or token."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    @property
    def who(self) -> Who:
        """Who calls, also a guest."""
        return who_calls(self.request)

    def blueprint(self, blueprint_id: UUID, right: Right) -> Blueprint:
        """Return a blueprint to which the caller has a right; 404 where they may not even look.

        Raises RightMissing.
        """
        rows = blueprints_of(self.who).select_related("published__drawing", "owner")
        found = get_object_or_404(rows, pk=blueprint_id)
        self._require(found, right)
        return found

    def run(self, run_id: UUID, right: Right) -> Run:
        """Return a run of such a blueprint; 404 where the caller may not even look.

        Raises RightMissing.
        """
        found = get_object_or_404(runs_of(self.who), pk=run_id)
        self._require(found.blueprint, right)
        return found

    def _require(self, blueprint: Blueprint, right: Right) -> None:
        try:
            has = require(self.who, blueprint, right)
        except Blueprint.DoesNotExist as error:
            raise Http404 from error
        if self.least.allows(has):
            self.least = has

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Take out of what others than the owner get what only the owner is shown."""
        if self.least is not Right.OWN:
            if isinstance(response, Response):
                if isinstance(response.data, dict):
                    # Documents were veiled where they had to be; who may edit saves them again.
                    response.data = {
                        key: part if key in UNVEILED else veiled(part)
                        for key, part in response.data.items()
                    }
            elif isinstance(response, HttpResponse):
                response.content = veiled_text(response.content.decode()).encode()
        return super().finalize_response(request, response, *args, **kwargs)

    def given(self, serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return the body as the serializer reads it."""
        return self._checked(serializer(data=request.data))

    def asked(self, serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
        """Return the query as the serializer reads it."""
        return self._checked(serializer(data=request.query_params.dict()))

    def page(self, rows: QuerySet[Any] | Merged[Any], show: Callable[[Any], Any]) -> Response:
        """Answer with one page of the rows."""
        return self.page_of(rows, lambda found: map(show, found))

    def page_of(
        self,
        rows: QuerySet[Any] | Merged[Any],
        show: Callable[[Sequence[Any]], Iterable[Any]],
    ) -> Response:
        """Answer with one page of the rows, which are shown all together."""
        pages = NewestFirst()
        # It orders, filters and cuts the rows, which merged ones can do as well.
        found = pages.paginate_queryset(rows, self.request, view=self) or []  # type: ignore[arg-type]
        return pages.get_paginated_response(list(show(found)))

    @staticmethod
    def _checked(serializer: Serializer[Any]) -> dict[str, Any]:
        serializer.is_valid(raise_exception=True)
        given: dict[str, Any] = serializer.validated_data
        return given
