"""Documents as files: any form that Conductor reads in, JSON or YAML out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from editor.actions.hooks import draw_hooks, holds_hooks
from editor.api import shapes
from editor.api.parsing import read_bounded
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.nul import place_of_nul
from editor.veil import document_to_give, veiled_document
from runner.graph import Document, dump, load, to_json
from runner.graph.pictures import load_file


class WholeBody(BaseParser):
    """Takes the body as it is, whatever its type is said to be; its content tells what it is."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the bytes of the body, bounded, as `content`."""
        return {"content": read_bounded(stream, "file")}


class DocumentRenderer(BaseRenderer):
    """Writes a document; an error is problem details in JSON, whatever was asked for."""

    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the document's text."""
        if isinstance(data, Document):
            return dump(data, "yaml" if self.format == "yaml" else "json").encode()
        return orjson.dumps(data)


class DocumentAsJSON(DocumentRenderer):
    """A document as JSON."""

    media_type = "application/json"
    format = "json"


class DocumentAsYAML(DocumentRenderer):
    """A document as YAML."""

    media_type = "application/yaml"
    format = "yaml"


class Documents(View):
    """Reading and rewriting documents, without keeping them."""

    parser_classes = [WholeBody]
    renderer_classes = [DocumentAsJSON, DocumentAsYAML]

    @extend_schema(
        operation_id="read_document",
        parameters=[shapes.DocumentForm],
        request={"*/*": OpenApiTypes.BINARY},
        responses={200: OpenApiTypes.OBJECT, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Read a file (JSON, YAML, an exported picture, or OpenAPI), and answer with its document.

        Kinds of node that this server does not know are kept. Of an OpenAPI file all operations
        are in one document.
        """
        self.asked(shapes.DocumentForm, request)
        data = request.data
        body: bytes = data.get("content", b"") if isinstance(data, dict) else b""
        if not body.strip():
            raise ApiProblem(400, "empty", "The file is empty.")
        document = draw_hooks(body, "one")[0][0] if holds_hooks(body) else load_file(body)
        if place := place_of_nul(to_json(document)):
            detail = f"{place} has a NUL character, which cannot be stored."
            raise ApiProblem(400, "nul_character", detail)
        return Response(document)


class BlueprintDocument(View):
    """A blueprint as a file."""

    guests = True

    renderer_classes = [DocumentAsJSON, DocumentAsYAML]

    @extend_schema(
        operation_id="export_blueprint",
        parameters=[shapes.ExportQuery],
        responses={200: OpenApiTypes.OBJECT, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """Export the draft or a version: the document alone, without any secret."""
        query = self.asked(shapes.ExportQuery, request)
        blueprint = self.blueprint(blueprint_id, Right.VIEW)
        held = blueprint.draft
        if "version" in query:
            version = blueprint.versions.filter(number=query["version"]).first()
            if version is None:
                detail = f"This blueprint has no version {query['version']}."
                raise ApiProblem(404, "not_found", detail)
            held = version.drawing.document
        held = document_to_give(held)
        if not self.least.allows(Right.EDIT):
            held = veiled_document(held)
        form = getattr(request.accepted_renderer, "format", "json")
        name = quote(re.sub(r"[^\w.-]+", "-", blueprint.name).strip("-") or "blueprint")
        disposition = f"attachment; filename*=UTF-8''{name}.{form}"
        return Response(load(held), headers={"Content-Disposition": disposition})
