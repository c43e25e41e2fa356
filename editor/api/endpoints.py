"""Endpoints: list, make, read, change, delete, give a new secret, and try them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.messages import message_shown
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Blueprint, Right
from editor.visible import endpoints_of
from runner.models import Endpoint
from runner.outgoing.endpoints import (
    check,
    create_endpoint,
    rotate_secret,
    switch_off,
    switch_on,
)
from runner.outgoing.messages import keep_test


def endpoint_shown(endpoint: Endpoint) -> dict[str, Any]:
    """Return all of an endpoint but its secret."""
    return {
        "id": str(endpoint.pk),
        "name": endpoint.name,
        "url": endpoint.url,
        "owner": endpoint.owner.get_username(),
        "blueprint": str(endpoint.blueprint_id) if endpoint.blueprint_id else None,
        "on_succeeded": endpoint.on_succeeded,
        "on_failed": endpoint.on_failed,
        "on_cancelled": endpoint.on_cancelled,
        "enabled": endpoint.enabled,
        "why_off": endpoint.why_off,
        "failing_since": endpoint.failing_since,
        "old_secret_until": endpoint.old_until,
        "created": endpoint.created,
        "updated": endpoint.updated,
    }


class EndpointView(View):
    """A view of endpoints."""

    def endpoint(self, endpoint_id: UUID) -> Endpoint:
        """Return an endpoint of the user's; 404 for any other."""
        return get_object_or_404(endpoints_of(self.user), pk=endpoint_id)

    def owned(self, key: UUID | None) -> Blueprint | None:
        """Return the blueprint that was named, which the user must own."""
        return self.blueprint(key, Right.OWN) if key else None


class Endpoints(EndpointView):
    """The endpoints of the user."""

    @extend_schema(
        operation_id="list_endpoints",
        parameters=[shapes.EndpointQuery],
        responses=shapes.page_of(shapes.EndpointShape, "EndpointPage"),
    )
    def get(self, request: Request) -> Response:
        """List endpoints, newest first."""
        self.asked(shapes.EndpointQuery, request)
        return self.page(endpoints_of(self.user), endpoint_shown)

    @extend_schema(
        operation_id="create_endpoint",
        request=shapes.NewEndpoint,
        responses={201: shapes.EndpointWithSecret, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make an endpoint; its secret is in this answer and nowhere else."""
        given = self.given(shapes.NewEndpoint, request)
        given["blueprint"] = self.owned(given["blueprint"])
        endpoint = Endpoint(owner=self.user, **given)
        secret = create_endpoint(endpoint)
        body = {**endpoint_shown(endpoint), "secret": secret}
        return Response(body, 201, headers={"Location": f"/api/endpoints/{endpoint.pk}/"})


class OneEndpoint(EndpointView):
    """An endpoint."""

    @extend_schema(
        operation_id="read_endpoint",
        responses={200: shapes.EndpointShape, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, endpoint_id: UUID) -> Response:
        """Read an endpoint, without its secret."""
        return Response(endpoint_shown(self.endpoint(endpoint_id)))

    @extend_schema(
        operation_id="change_endpoint",
        request=shapes.ChangedEndpoint,
        responses=shapes.EndpointShape,
    )
    def patch(self, request: Request, endpoint_id: UUID) -> Response:
        """Change an endpoint; what is not given stays. Switched off, it gets no messages."""
        endpoint = self.endpoint(endpoint_id)
        given = self.given(shapes.ChangedEndpoint, request)
        enabled = given.pop("enabled", endpoint.enabled)
        if "blueprint" in given:
            given["blueprint"] = self.owned(given["blueprint"])
        for name, value in given.items():
            setattr(endpoint, name, value)
        check(endpoint)
        if given:
            endpoint.save(update_fields=[*given, "updated"])
        if enabled is not endpoint.enabled:
            (switch_on if enabled else switch_off)(endpoint)
        return Response(endpoint_shown(endpoint))

    @extend_schema(operation_id="delete_endpoint", responses={204: None})
    def delete(self, request: Request, endpoint_id: UUID) -> Response:
        """Delete an endpoint with all of its messages. What waits is not sent any more."""
        endpoint = self.endpoint(endpoint_id)
        switch_off(endpoint)
        endpoint.delete()
        return Response(status=204)


class Rotate(EndpointView):
    """New secrets."""

    @extend_schema(
        operation_id="rotate_endpoint_secret",
        request=shapes.KeepOldSecret,
        responses=shapes.Secret,
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Give the endpoint a new secret; for some hours messages are signed with both."""
        endpoint = self.endpoint(endpoint_id)
        given = self.given(shapes.KeepOldSecret, request)
        return Response({"secret": rotate_secret(endpoint, given["keep_hours"])})


class Test(EndpointView):
    """Trying an endpoint."""

    @extend_schema(
        operation_id="test_endpoint",
        request=None,
        responses={202: shapes.MessageShape, 409: shapes.ProblemDetails},
    )
    def post(self, request: Request, endpoint_id: UUID) -> Response:
        """Send a message of the type endpoint.test by the way that all others take."""
        endpoint = self.endpoint(endpoint_id)
        if not endpoint.enabled:
            raise ApiProblem(409, "endpoint_off", "The endpoint is switched off; switch it on.")
        return Response(message_shown(keep_test(endpoint)), 202)
