"""Changes of the shared document by plain requests, for pages that cannot open a websocket."""

from __future__ import annotations

from base64 import b64decode, b64encode
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.together import rooms
from editor.together.refusals import Gone, UpdateRefused


class Updates(View):
    """The draft as a Yjs document."""

    @extend_schema(
        operation_id="exchange_updates",
        request=shapes.DraftChange,
        responses={
            200: shapes.DraftNews,
            400: shapes.ProblemDetails,
            404: shapes.ProblemDetails,
        },
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Merge a change into the draft, and answer with what others have changed.

        The editor does this by its websocket; here is what it does where none can be opened.
        """
        self.blueprint(blueprint_id, Right.EDIT)
        given = self.given(shapes.DraftChange, request)
        try:
            if given["change"]:
                rooms.take_update(self.who, blueprint_id, _bytes(given["change"]))
            last, revision, _ = rooms.standing(self.who, blueprint_id)
        except UpdateRefused as refusal:
            raise ApiProblem(400, refusal.code, str(refusal)) from refusal
        except Gone:
            raise Http404 from None
        after = given["after"] if given["after"] <= last else 0
        news = rooms.updates_after(blueprint_id, after)
        return Response(
            {
                "sequence": news[-1][0] if news else after,
                "revision": revision,
                "updates": [b64encode(update).decode() for _, update in news],
            }
        )


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise UpdateRefused("unreadable", "The change is not base64.") from None
