"""What proves to other programs who a run is, kept apart from the blueprints that use it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from runner.nodes.credentials import KINDS


class Credential(models.Model):
    """A password, token or key of somebody's, which their blueprints name.

    What is secret of it can be written and used, but never read again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="credentials"
    )
    name = models.CharField(max_length=100, help_text="By this name nodes choose it.")
    kind = models.CharField(
        max_length=20, choices=[(name, kind.title) for name, kind in KINDS.items()]
    )
    fields: models.JSONField[Any, Any] = models.JSONField(
        default=dict, editable=False, help_text="Those of its fields that anybody may see."
    )
    secret = models.TextField(
        editable=False, help_text="Its other fields, encrypted with the site's key."
    )
    hosts = models.TextField(
        blank=True,
        help_text="The hosts that it may be sent to, a line each, such as api.example.com, "
        "*.example.com or [2001:db8::1]. Empty: any.",
    )
    for_editors = models.BooleanField(
        "open to editors",
        default=False,
        db_default=False,
        help_text="Others who may edit a blueprint of its owner may use it in their own runs of "
        "the draft. They could send it to any of its hosts. Without, only the owner's runs and "
        "what the owner has published use it.",
    )
    per_second = models.FloatField(
        "uses a second",
        null=True,
        blank=True,
        help_text="How often it may be used, over all blueprints and workers: 0.5 is once in two "
        "seconds. Empty: any number.",
    )
    burst = models.PositiveIntegerField(
        default=1, db_default=1, help_text="How many uses may follow each other at once."
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="one_credential_a_name"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def seen(self) -> str:
        """Who it says that a run is, where that may be seen."""
        return str(self.fields.get("username") or self.fields.get("client_id") or "")

    @property
    def host_list(self) -> tuple[str, ...]:
        """The hosts that it may be sent to; none: any."""
        return tuple(self.hosts.split())

    @property
    def bucket(self) -> str:
        """The key of the bucket that counts its uses."""
        return f"credential:{self.pk}"


class Grant(models.Model):
    """The tokens that a provider has given for a credential, when a person had consented."""

    credential = models.OneToOneField(
        Credential, on_delete=models.CASCADE, primary_key=True, related_name="grant"
    )
    client = models.CharField(
        max_length=64, help_text="To which addresses and client they were given, as a hash."
    )
    tokens = models.TextField(help_text="The tokens, encrypted with the site's key.")
    state = models.UUIDField(default=uuid.uuid4, help_text="Another one whenever they are.")
    scope = models.TextField(blank=True, help_text="What was granted, as the provider says it.")
    since = models.DateTimeField(help_text="When a person consented.")
    renewed = models.DateTimeField(null=True)
    renews = models.BooleanField(help_text="Whether there is a token that renews the other one.")
    due = models.DateTimeField(null=True, help_text="When it is renewed. Null: its end is unknown.")
    ends = models.DateTimeField(null=True)
    refused = models.TextField(blank=True, help_text="Why the provider renews it no more.")
    renewer = models.UUIDField(null=True, help_text="Who renews it now.")
    renewer_until = models.DateTimeField(
        null=True, help_text="When others may, since that one was not heard of again."
    )

    class Meta:
        verbose_name = "connection"

    def __str__(self) -> str:
        return f"{self.credential.name}, since {self.since:%Y-%m-%d %H:%M}"


class Consent(models.Model):
    """A person who was sent to a provider, and has not come back yet."""

    state = models.CharField(
        max_length=64, primary_key=True, help_text="What the provider sends back, as a hash."
    )
    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=64, help_text="A secret of the session, as a hash.")
    client = models.CharField(max_length=64, help_text="As of a grant.")
    scope = models.TextField(blank=True, help_text="What was asked for.")
    verifier = models.TextField(help_text="The code verifier (RFC 7636), encrypted.")
    begun = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.begun:%Y-%m-%d %H:%M}"
