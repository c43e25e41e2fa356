"""Credentials: what makes and changes them, and how they are shown, which is without secrets."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import (
    Choice,
    Inbound,
    Items,
    Number,
    Object,
    Query,
    Text,
    TrueFalse,
    Whole,
)
from runner.credentials.grants import STATES
from runner.nodes.credentials import NAMES


class CredentialUser(s.Serializer[Any]):
    """A blueprint that names a credential."""

    id = s.UUIDField()
    name = s.CharField()


class CredentialConnection(s.Serializer[Any]):
    """What a person has granted to a credential, without the tokens."""

    state = s.ChoiceField(STATES, help_text="Steps get tokens of what is connected alone.")
    since = s.DateTimeField(allow_null=True, help_text="When a person consented.")
    scope = s.CharField(help_text="What was granted, as the provider says it.")
    ends = s.DateTimeField(allow_null=True, help_text="When the token of now ends, where known.")
    renews = s.BooleanField(help_text="Whether it is renewed by itself then.")
    why = s.CharField(help_text="Why it is not connected, or no more.")


class CredentialShape(s.Serializer[Any]):
    """A credential, without what is secret of it."""

    id = s.UUIDField()
    name = s.CharField()
    kind = s.ChoiceField(NAMES)
    owner = s.CharField()
    # Its metaclass takes the members out of the class, before they hide what a serializer has.
    fields = s.DictField(  # type: ignore[assignment]
        help_text="Those of its fields that may be seen."
    )
    secrets = s.ListField(child=s.CharField(), help_text="The names of its other fields.")
    hosts = s.ListField(child=s.CharField(), help_text="Where it may be sent. Empty: anywhere.")
    for_editors = s.BooleanField(help_text="Others who may edit use it in runs of the draft.")
    per_second = s.FloatField(allow_null=True, help_text="Uses a second. Null: any number.")
    burst = s.IntegerField()
    readable = s.BooleanField(help_text="False: sealed with another key of this site; enter anew.")
    connection = CredentialConnection(
        allow_null=True, help_text="Null: of a kind that nobody connects."
    )
    created = s.DateTimeField()
    updated = s.DateTimeField()


class CredentialDetail(CredentialShape):
    """A credential, with the blueprints that name it."""

    used_by = CredentialUser(many=True)


class NewCredential(Inbound):
    """What makes a credential."""

    name = Text(max_length=100)
    kind = Choice(NAMES)
    fields = Object(  # type: ignore[assignment]
        help_text="By its kind; GET /api/credentials/kinds/ has their schemas."
    )
    hosts = Items(child=Text(max_length=300), default=list)
    for_editors = TrueFalse(default=False)
    per_second = Number(required=False, allow_null=True, default=None)
    burst = Whole(default=1)


class ChangedCredential(Inbound):
    """What may be changed of a credential."""

    name = Text(max_length=100, required=False)
    fields = Object(  # type: ignore[assignment]
        required=False, help_text="What is not given stays, except named values."
    )
    hosts = Items(child=Text(max_length=300), required=False)
    for_editors = TrueFalse(required=False)
    per_second = Number(required=False, allow_null=True)
    burst = Whole(required=False)


class CredentialQuery(Query):
    """Which credentials are asked for."""

    cursor = Text(required=False)
    limit = Text(required=False)
    format = Text(required=False)


class CredentialDeletion(Query):
    """What is asked before a credential is deleted."""

    even_if_used = TrueFalse(default=False)


class CredentialProvider(s.Serializer[Any]):
    """A well-known provider, and what a credential for it begins with."""

    title = s.CharField()
    register = s.CharField(help_text="Where a client is made.")
    about = s.CharField()
    fields = s.DictField(child=s.CharField())  # type: ignore[assignment]
    hosts = s.ListField(child=s.CharField())


class CredentialKind(s.Serializer[Any]):
    """A kind of credentials."""

    kind = s.ChoiceField(NAMES)
    title = s.CharField()
    description = s.CharField()
    schema = s.DictField(help_text="The JSON schema of its fields.")
    providers = CredentialProvider(many=True)
    redirect_address = s.CharField(
        allow_null=True, help_text="Where providers send people back to: register it there."
    )


class OfferedCredential(s.Serializer[Any]):
    """A credential that the nodes of a blueprint may name."""

    id = s.UUIDField(allow_null=True, help_text="Null: you may not look at it.")
    name = s.CharField()
    kind = s.ChoiceField(NAMES)
    usable = s.BooleanField(help_text="Whether your own runs of the draft may use it.")
    connected = s.BooleanField(allow_null=True, help_text="Null: of a kind that nobody connects.")


class OfferedCredentials(s.Serializer[Any]):
    """The credentials of a blueprint's owner."""

    owner = s.CharField()
    yours = s.BooleanField(help_text="Whether you may make, change and delete them.")
    credentials = OfferedCredential(many=True)
