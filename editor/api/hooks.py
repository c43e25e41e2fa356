"""Webhooks as an OpenAPI document, and webhooks out of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import yaml
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from editor.actions.hooks import import_hooks
from editor.api import shapes
from editor.api.documents import WholeBody
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.visible import webhooks_of
from runner.openapi.describing import describe


class OpenApiAsJSON(BaseRenderer):
    """An OpenAPI document as JSON."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the document's text."""
        return orjson.dumps(data, option=orjson.OPT_INDENT_2)


class OpenApiAsYAML(OpenApiAsJSON):
    """An OpenAPI document as YAML; an error is problem details in JSON."""

    media_type = "application/yaml"
    format = "yaml"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the document's text."""
        if "openapi" not in data:
            return orjson.dumps(data)
        return yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()


class AsJSON(View):
    """All webhooks of the user's blueprints, or of one, as OpenAPI 3.1."""

    renderer_classes = [OpenApiAsJSON]

    @extend_schema(
        operation_id="describe_hooks",
        parameters=[shapes.HooksQuery],
        responses={200: OpenApiTypes.OBJECT, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request) -> Response:
        """Describe the webhooks that answer. Only owners read it: it tells the addresses."""
        query = self.asked(shapes.HooksQuery, request)
        rows = webhooks_of(self.user).select_related("blueprint__published__drawing")
        if key := query.get("blueprint"):
            rows = rows.filter(blueprint=self.blueprint(key, Right.OWN))
        return Response(describe(rows.order_by("created", "pk"), request.build_absolute_uri("/")))


class AsYAML(AsJSON):
    """The same as YAML."""

    renderer_classes = [OpenApiAsYAML]

    @extend_schema(
        operation_id="describe_hooks_as_yaml",
        parameters=[shapes.HooksQuery],
        responses={(200, "application/yaml"): OpenApiTypes.STR, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request) -> Response:
        """Describe the webhooks that answer. Only owners read it: it tells the addresses."""
        return super().get(request)


class Import(View):
    """Blueprints out of an OpenAPI file."""

    parser_classes = [WholeBody]
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="import_hooks",
        parameters=[shapes.HookImport],
        request={"*/*": OpenApiTypes.BINARY},
        responses={201: shapes.ImportedHooks, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make drafts with webhook triggers of a file (OpenAPI 3.0 to 3.2, JSON or YAML)."""
        query = self.asked(shapes.HookImport, request)
        data = request.data
        body: bytes = data.get("content", b"") if isinstance(data, dict) else b""
        if not body.strip():
            raise ApiProblem(400, "empty", "The file is empty.")
        made = import_hooks(self.user, body, query["into"], query["only"])
        listed = [
            {
                "id": str(blueprint.pk),
                "name": blueprint.name,
                "operations": [f"{it.method} {it.path}" for it in operations],
            }
            for blueprint, operations in made
        ]
        return Response({"blueprints": listed}, 201)
