"""The files that blueprints may read and write: chosen, and added, by who may draw one."""

from __future__ import annotations

from dataclasses import asdict

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.documents import WholeBody
from editor.api.view import View
from runner.actions.files import keep_file, list_files


class Files(View):
    """The one folder of all blueprints of the installation."""

    parser_classes = [WholeBody]

    @extend_schema(
        operation_id="list_files",
        parameters=[shapes.FolderQuery],
        responses={200: shapes.Folder, 404: shapes.ProblemDetails, 422: shapes.ProblemDetails},
    )
    def get(self, request: Request) -> Response:
        """List what is in a folder."""
        path = self.asked(shapes.FolderQuery, request)["path"]
        entries, more = list_files(path)
        return Response({"path": path, "entries": list(map(asdict, entries)), "more": more})

    @extend_schema(
        operation_id="upload_file",
        parameters=[shapes.FileQuery],
        request=OpenApiTypes.BINARY,
        responses={
            201: shapes.KeptFile,
            409: shapes.ProblemDetails,
            413: shapes.ProblemDetails,
            422: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request) -> Response:
        """Keep the body as a file."""
        query = self.asked(shapes.FileQuery, request)
        data = request.data
        body: bytes = data.get("content", b"") if isinstance(data, dict) else b""
        keep_file(query["path"], body, over=query["replace"])
        return Response({"path": query["path"], "bytes": len(body)}, status=201)
