"""Credentials: make, change and delete them, and which of them a blueprint may name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from editor.api import shapes
from editor.api.problems import ApiProblem
from editor.api.view import View
from editor.models import Right
from editor.visible import credentials_of
from runner.credentials.connecting import redirect_address
from runner.credentials.grants import Connection, connection_of, disconnect
from runner.credentials.keeping import CODE, keep, names_of_secrets
from runner.credentials.providers import PROVIDERS
from runner.credentials.usage import users_of
from runner.models import Credential
from runner.nodes.credentials import KINDS


def credential_shown(credential: Credential) -> dict[str, Any]:
    """Return all of a credential but what is secret."""
    secrets = names_of_secrets(credential)
    return {
        "id": str(credential.pk),
        "name": credential.name,
        "kind": credential.kind,
        "owner": credential.owner.get_username(),
        "fields": credential.fields,
        "secrets": secrets or [],
        "hosts": list(credential.host_list),
        "for_editors": credential.for_editors,
        "per_second": credential.per_second,
        "burst": credential.burst,
        "readable": secrets is not None,
        "connection": connection_shown(connection_of(credential)),
        "created": credential.created,
        "updated": credential.updated,
    }


def connection_shown(connection: Connection | None) -> dict[str, Any] | None:
    """Return whether it is connected, as answers have it."""
    if connection is None:
        return None
    return {
        "state": connection.state,
        "since": connection.since,
        "scope": connection.scope,
        "ends": connection.ends,
        "renews": connection.renews,
        "why": connection.why,
    }


def _detail(credential: Credential) -> dict[str, Any]:
    users = users_of(credential.owner, credential.name)
    named = [{"id": str(row.pk), "name": row.name} for row in users]
    return {**credential_shown(credential), "used_by": named}


class CredentialView(View):
    """A view of credentials."""

    def credential(self, credential_id: UUID) -> Credential:
        """Return a credential of the user's; 404 for any other."""
        return get_object_or_404(credentials_of(self.user), pk=credential_id)


class Credentials(CredentialView):
    """The credentials of the user."""

    @extend_schema(
        operation_id="list_credentials",
        parameters=[shapes.CredentialQuery],
        responses=shapes.page_of(shapes.CredentialShape, "CredentialPage"),
    )
    def get(self, request: Request) -> Response:
        """List credentials, newest first, without what is secret."""
        self.asked(shapes.CredentialQuery, request)
        return self.page(credentials_of(self.user), credential_shown)

    @extend_schema(
        operation_id="create_credential",
        request=shapes.NewCredential,
        responses={201: shapes.CredentialDetail, 400: shapes.ProblemDetails},
    )
    def post(self, request: Request) -> Response:
        """Make a credential. What is secret of it is never shown again."""
        given = self.given(shapes.NewCredential, request)
        fields = given.pop("fields")
        credential = Credential(owner=self.user, **given | {"hosts": "\n".join(given["hosts"])})
        keep(credential, fields)
        location = {"Location": f"/api/credentials/{credential.pk}/"}
        return Response(_detail(credential), 201, headers=location)


class OneCredential(CredentialView):
    """A credential."""

    @extend_schema(
        operation_id="read_credential",
        responses={200: shapes.CredentialDetail, 404: shapes.ProblemDetails},
    )
    def get(self, request: Request, credential_id: UUID) -> Response:
        """Read a credential without what is secret, and which blueprints name it."""
        return Response(_detail(self.credential(credential_id)))

    @extend_schema(
        operation_id="change_credential",
        request=shapes.ChangedCredential,
        responses={200: shapes.CredentialDetail, 400: shapes.ProblemDetails},
    )
    def patch(self, request: Request, credential_id: UUID) -> Response:
        """Change a credential; what is not given stays. Steps use what is new from then on."""
        credential = self.credential(credential_id)
        given = self.given(shapes.ChangedCredential, request)
        fields, was = given.pop("fields", None), credential.name
        if "hosts" in given:
            given["hosts"] = "\n".join(given["hosts"])
        for name, value in given.items():
            setattr(credential, name, value)
        keep(credential, fields, was, only=given)
        # Another client is connected no more.
        return Response(_detail(self.credential(credential_id)))

    @extend_schema(
        operation_id="delete_credential",
        parameters=[shapes.CredentialDeletion],
        responses={204: None, 409: shapes.ProblemDetails},
    )
    def delete(self, request: Request, credential_id: UUID) -> Response:
        """Delete a credential, unless blueprints name it, which would fail without it."""
        credential = self.credential(credential_id)
        asked = self.asked(shapes.CredentialDeletion, request)
        users = users_of(credential.owner, credential.name)
        if users and not asked["even_if_used"]:
            names = ", ".join(repr(row.name) for row in users[:10])
            detail = (
                f"This credential is used by {names}, which will fail without it. Take it out "
                "there first, or delete it all the same (even_if_used)."
            )
            raise ApiProblem(409, "credential_used", detail)
        credential.delete()
        return Response(status=204)


class CredentialConnection(CredentialView):
    """What its owner has granted to a credential."""

    @extend_schema(operation_id="disconnect_credential", responses={200: shapes.CredentialDetail})
    def delete(self, request: Request, credential_id: UUID) -> Response:
        """Throw away the tokens of a credential that a person has connected."""
        credential = self.credential(credential_id)
        disconnect(credential)
        return Response(_detail(self.credential(credential_id)))


class Kinds(View):
    """The kinds of credentials."""

    @extend_schema(operation_id="list_credential_kinds", responses=shapes.CredentialKind(many=True))
    def get(self, request: Request) -> Response:
        """List the kinds, with the schemas of their fields, and what they begin with."""
        known = [
            {
                "title": provider.title,
                "register": provider.register,
                "about": provider.about,
                "fields": provider.fields,
                "hosts": provider.hosts,
            }
            for provider in PROVIDERS
        ]
        return Response(
            [
                {
                    "kind": name,
                    "title": kind.title,
                    "description": kind.about,
                    "schema": kind.model_json_schema(),
                    "providers": known if name == CODE else [],
                    "redirect_address": redirect_address() if name == CODE else None,
                }
                for name, kind in KINDS.items()
            ]
        )


class Offered(View):
    """The credentials that nodes of a blueprint may name."""

    @extend_schema(operation_id="list_offered_credentials", responses=shapes.OfferedCredentials)
    def get(self, request: Request, blueprint_id: UUID) -> Response:
        """List the names of the credentials of the blueprint's owner, and which you may use."""
        blueprint = self.blueprint(blueprint_id, Right.EDIT)
        owner: User = blueprint.owner
        yours = owner == self.user or self.user.is_superuser
        rows = Credential.objects.filter(owner=owner).select_related("grant").order_by("name")
        return Response(
            {
                "owner": owner.get_username(),
                "yours": owner == self.user,
                "credentials": [
                    {
                        "id": str(row.pk) if yours else None,
                        "name": row.name,
                        "kind": row.kind,
                        "usable": yours or row.for_editors,
                        "connected": connection.works if connection else None,
                    }
                    for row, connection in ((row, connection_of(row)) for row in rows)
                ],
            }
        )
