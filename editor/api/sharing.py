"""Sharing a blueprint: people and links, for its owner."""

from __future__ import annotations

from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.actions.sharing import change_right, make_link, share_with, withdraw
from editor.api import shapes
from editor.api.view import View
from editor.models import Right, Share
from editor.shown import link_shown, share_shown


class Shares(View):
    """With whom a blueprint is shared."""

    @extend_schema(operation_id="list_shares", responses=shapes.SharesShape)
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """List the people who have a right, and the links."""
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        people = blueprint.shares.select_related("user")
        return Response(
            {
                "people": [share_shown(share) for share in people],
                "links": [link_shown(link) for link in blueprint.links.all()],
            }
        )

    @extend_schema(
        operation_id="share_blueprint",
        request=shapes.NewShare,
        responses={201: shapes.ShareShape, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Give somebody a right by their user name; one that they have is replaced."""
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        given = self.given(shapes.NewShare, request)
        share = share_with(blueprint, given["user"], Right(given["right"]))
        return Response(share_shown(share), 201)


class OneShare(View):
    """A right of somebody's."""

    @extend_schema(
        operation_id="change_share",
        request=shapes.ChangedShare,
        responses={200: shapes.ShareShape, 422: shapes.ProblemDetails},
    )
    def patch(self, request: Request, blueprint_id: UUID, share_id: UUID) -> Response:
        """Give another right to somebody who was named."""
        share = self._share(blueprint_id, share_id)
        given = self.given(shapes.ChangedShare, request)
        return Response(share_shown(change_right(share, Right(given["right"]))))

    @extend_schema(operation_id="withdraw_share", responses={204: None})
    def delete(self, request: Request, blueprint_id: UUID, share_id: UUID) -> Response:
        """Withdraw a right; pages that are open with it close within seconds."""
        withdraw(self._share(blueprint_id, share_id))
        return Response(status=204)

    def _share(self, blueprint_id: UUID, share_id: UUID) -> Share:
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        return get_object_or_404(blueprint.shares.select_related("user"), pk=share_id)


class Links(View):
    """Making links."""

    @extend_schema(
        operation_id="create_link",
        request=shapes.NewLink,
        responses={201: shapes.LinkWithAddress, 422: shapes.ProblemDetails},
    )
    def post(self, request: Request, blueprint_id: UUID) -> Response:
        """Make a link; its address is in this answer and nowhere else."""
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        given = self.given(shapes.NewLink, request)
        link, token = make_link(
            blueprint,
            Right(given["right"]),
            name=given["name"],
            open_to_all=given["open"],
            expires=given["expires"],
        )
        # What stands after the # is sent to no server, and so stands in no log and no Referer.
        address = request.build_absolute_uri(f"/share/#{token}")
        return Response({**link_shown(link), "address": address}, 201)


class OneLink(View):
    """A link."""

    @extend_schema(operation_id="withdraw_link", responses={204: None})
    def delete(self, request: Request, blueprint_id: UUID, link_id: UUID) -> Response:
        """Withdraw a link, and with it every right that came by it."""
        blueprint = self.blueprint(blueprint_id, Right.OWN)
        withdraw(get_object_or_404(blueprint.links.all(), pk=link_id))
        return Response(status=204)
