"""Approvals: how they are shown, and what is decided."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from editor.api.shapes.fields import Choice, Inbound, Text


class ApprovalShape(s.Serializer[Any]):
    """What somebody is asked to approve; nothing else of the run is shown."""

    id = s.UUIDField()
    title = s.CharField()
    note = s.CharField()
    value = s.JSONField(allow_null=True, help_text="what is to be approved")
    quorum = s.IntegerField(help_text="how many must approve")
    rejections = s.IntegerField(help_text="how many reject it")
    approved = s.IntegerField(help_text="how many have approved")
    rejected = s.IntegerField(help_text="how many have rejected")
    mine = s.CharField(allow_null=True, help_text="what you decided: approve or reject")
    open = s.BooleanField(help_text="whether decisions still count")
    created = s.DateTimeField()
    until = s.DateTimeField(allow_null=True)


class Approvals(s.Serializer[Any]):
    """The open approvals that you are asked for."""

    results = ApprovalShape(many=True)


class Decision(Inbound):
    """What you decide."""

    decision = Choice(["approve", "reject"])
    comment = Text(required=False, default="", allow_blank=True, max_length=2000)
