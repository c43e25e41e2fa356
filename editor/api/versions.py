"""The versions of a blueprint: list, read, name."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor import shown
from editor.actions import name_version
from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import BlueprintVersion, Right
from editor.veil import veiled_document


class Versions(View):
    """What was published of a blueprint."""

    guests = True

    @extend_schema(
        operation_id="list_versions", responses=shapes.page_of(shapes.VersionListed, "VersionPage")
    )
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """List versions, newest first."""
        rows = self.blueprint(blueprint_id, Right.VIEW).versions.select_related("published_by")
        return self.page(rows, shown.version_listed)


class OneVersion(View):
    """A version with its document."""

    guests = True

    @extend_schema(
        operation_id="read_version",
        responses={200: shapes.VersionDetail, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, blueprint_id: UUID, number: int) -> Response:
        """Read a version."""
        version = self._version(blueprint_id, number, Right.VIEW)
        document = version.drawing.document
        if not self.least.allows(Right.EDIT):
            document = veiled_document(document)
        return Response({**shown.version_listed(version), "document": document})

    @extend_schema(
        operation_id="name_version",
        request=shapes.VersionName,
        responses={200: shapes.VersionListed, 404: shapes.ProblemDetails},
    )
    def patch(self, request: Request, blueprint_id: UUID, number: int) -> Response:
        """Give a version a name, or another one. Nothing else of it ever changes."""
        version = self._version(blueprint_id, number, Right.EDIT)
        given = self.given(shapes.VersionName, request)
        return Response(shown.version_listed(name_version(version, given["name"])))

    def _version(self, blueprint_id: UUID, number: int, right: Right) -> BlueprintVersion:
        blueprint = self.blueprint(blueprint_id, right)
        rows = blueprint.versions.select_related("published_by", "drawing")
        version = rows.filter(number=number).first()
        if version is None:
            raise ApiProblem(404, "not_found", f"This blueprint has no version {number}.")
        return version
