"""The door of the API: where its parts are."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api.view import View

PARTS = ("blueprints", "runs", "approvals", "webhooks", "files", "node-types", "schema", "docs")


class Conductor(View):
    """The parts of the API."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Say where the parts are."""
        return Response({part: request.build_absolute_uri(f"/api/{part}/") for part in PARTS})
