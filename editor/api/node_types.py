"""The node types: what palette and forms are made of."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor import shown
from editor.api import shapes
from editor.api.view import View


class NodeTypes(View):
    """All node types that this installation has."""

    @extend_schema(operation_id="list_node_types", responses=shapes.NodeTypeShape(many=True))
    def get(self, request: Request) -> Response:
        """List the declarations, sorted by kind."""
        return Response(shown.node_types_shown())
