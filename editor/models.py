"""What people draw: blueprints with their drafts, and published, immutable versions."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models


class Drawing(models.Model):
    """A document kept by its content: the same drawing is stored once and never changes.

    Versions and runs point here, so what a run executed can always be read again.
    """

    hash = models.CharField(primary_key=True, max_length=64, editable=False)
    document = models.JSONField(editable=False)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash[:12]


class Blueprint(models.Model):
    """A named workflow: a draft that people edit, and what of it is published."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="blueprints"
    )
    name = models.CharField(max_length=200)
    draft: models.JSONField[Any, Any] = models.JSONField()
    revision = models.PositiveIntegerField(
        default=1, help_text="Rises with every change; a save on an older revision is a conflict."
    )
    published = models.ForeignKey(
        "BlueprintVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-updated",)

    def __str__(self) -> str:
        return self.name


class DraftUpdate(models.Model):
    """One change of a draft that people edit together, or all before it as one.

    The rows of a blueprint, merged in the order of their numbers, are its draft as a Yjs
    document. A blueprint that nobody has opened in the editor yet has none.
    """

    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="updates")
    sequence = models.PositiveBigIntegerField()
    update = models.BinaryField(help_text="A Yjs update, in version 1 of its encoding.")
    whole = models.BooleanField(
        default=False, help_text="It holds the whole draft; what came before it is gone."
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("sequence",)
        constraints = (
            models.UniqueConstraint(
                fields=("blueprint", "sequence"), name="one_update_a_sequence_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.blueprint_id} #{self.sequence}"


class BlueprintVersion(models.Model):
    """A published state of a blueprint. What was published never changes; its name may."""

    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    drawing = models.ForeignKey(Drawing, on_delete=models.PROTECT, related_name="versions")
    message = models.CharField(max_length=500, blank=True)
    name = models.CharField(
        max_length=100, blank=True, help_text="A label that people give it, then or later."
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("blueprint", "number"), name="one_number_a_blueprint"),
        )

    def __str__(self) -> str:
        return f"{self.blueprint} v{self.number}"


class ReferenceKind(models.TextChoices):
    """What a blueprint wants of another."""

    CALL = "call"  # a node runs it
    ERROR = "error"  # it is started when a run of this one fails
    AFTER = "after"  # this one starts when runs of it have ended


class BlueprintReference(models.Model):
    """Another blueprint that a version names. Made when the version is published."""

    version = models.ForeignKey(
        BlueprintVersion, on_delete=models.CASCADE, related_name="references"
    )
    kind = models.CharField(max_length=5, choices=ReferenceKind.choices)
    node = models.CharField(max_length=64, blank=True, help_text="Empty for the error blueprint.")
    target = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="references")
    recursive = models.BooleanField(
        default=False, help_text="The call may lead back to where it comes from."
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("version", "kind", "node", "target"), name="one_reference_a_place"
            ),
        )

    def __str__(self) -> str:
        return f"{self.version} {self.kind} {self.target}"


class Right(models.TextChoices):
    """What somebody else may do with a blueprint; each holds what stands before it."""

    VIEW = "view", "may look"
    RUN = "run", "may run"
    EDIT = "edit", "may edit"
    # Never given: the owner has it, and superusers.
    OWN = "own", "owns it"

    @property
    def covers(self) -> list[Right]:
        """The rights that this one holds, itself included."""
        order = list(Right)
        return order[: order.index(self) + 1]

    def allows(self, wanted: Right) -> bool:
        """Say whether whoever has this right may do what another one is needed for."""
        return wanted in self.covers


GIVEN = [choice for choice in Right.choices if choice[0] != Right.OWN]


class ShareLink(models.Model):
    """A link that opens a blueprint to whoever has it; only the hash of its token is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="links")
    right = models.CharField(max_length=4, choices=GIVEN)
    name = models.CharField(max_length=100, blank=True)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    open = models.BooleanField(
        default=False, help_text="Whoever has it may look without signing in."
    )
    expires = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(open=False) | models.Q(right="view"),
                name="only_looking_needs_no_account",
            ),
        )

    def __str__(self) -> str:
        return self.name or f"link of {self.created:%Y-%m-%d}"


class Share(models.Model):
    """The right of somebody to another's blueprint: given by name, or by opening a link.

    What came by a link holds for as long as the link does.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blueprint = models.ForeignKey(Blueprint, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares"
    )
    right = models.CharField(max_length=4, choices=GIVEN)
    link = models.ForeignKey(
        ShareLink, null=True, blank=True, on_delete=models.CASCADE, related_name="shares"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("created",)
        constraints = (
            models.UniqueConstraint(
                fields=("blueprint", "user"),
                condition=models.Q(link__isnull=True),
                name="one_share_by_name",
            ),
            models.UniqueConstraint(
                fields=("link", "user"),
                condition=models.Q(link__isnull=False),
                name="one_share_by_link",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_right_display()} {self.blueprint}"


class ApiToken(models.Model):
    """A token with which a script calls the API as a user; only its hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens"
    )
    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    used = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.name
