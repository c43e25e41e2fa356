"""Lists the webhook triggers that blueprints have, in their drafts and published versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError

from runner.nodes.paths import KIND, conflicts

if TYPE_CHECKING:
    from editor.models import Blueprint
    from runner.models import Webhook

EVERY = "every webhook trigger, by path and method"
MOST_OFFERED = 500  # blueprints, latest first; a link from the editor names its own


@dataclass(frozen=True, slots=True)
class OfferedTrigger:
    """A webhook trigger that an address may be made for."""

    blueprint: UUID
    blueprint_name: str
    node: str
    title: str
    published: bool

    @property
    def is_every(self) -> bool:
        """Whether it stands for all of the blueprint's triggers together."""
        return not self.node

    @property
    def key(self) -> str:
        """The trigger as the value of a choice."""
        return f"{self.blueprint}:{self.node}"

    def __str__(self) -> str:
        if self.is_every:
            return EVERY
        name = f"{self.title} ({self.node})" if self.title else self.node
        return name if self.published else f"{name} – answers once it is published"


def offered(blueprint: UUID | None = None) -> list[OfferedTrigger]:
    """Return the webhook triggers of one blueprint, or of the latest ones."""
    rows = apps.get_model("editor", "Blueprint")._default_manager.select_related(
        "published__drawing"
    )
    rows = rows.filter(pk=blueprint) if blueprint else rows.order_by("-updated")[:MOST_OFFERED]
    return [trigger for row in rows for trigger in _of(row)]


def check_trigger(webhook: Webhook) -> None:
    """Raise ValidationError where neither draft nor published version has the webhook's trigger."""
    nodes = [it.node for it in offered(webhook.blueprint_id) if not it.is_every]
    if not webhook.node and nodes:
        _check_together(webhook.blueprint)
    elif webhook.node not in nodes:
        known = f"It has: {', '.join(nodes)}." if nodes else "It has none yet; draw one first."
        wrong = f"The blueprint has no webhook trigger {webhook.node!r}. {known}"
        raise ValidationError({"node": wrong})


def _check_together(blueprint: Blueprint) -> None:
    """Raise ValidationError where two triggers would take the same request."""
    version = blueprint.published
    for document in (version.drawing.document if version else {}, blueprint.draft):
        for problem in conflicts(document):
            raise ValidationError({"node": problem.message})


def _of(blueprint: Blueprint) -> Iterable[OfferedTrigger]:
    version = blueprint.published
    published = _triggers(version.drawing.document) if version else {}
    every = {**published, **_triggers(blueprint.draft)}
    for node, title in every.items():
        yield OfferedTrigger(blueprint.pk, blueprint.name, node, title, node in published)
    if len(every) > 1:
        yield OfferedTrigger(blueprint.pk, blueprint.name, "", "", bool(published))


def _triggers(document: Any) -> dict[str, str]:
    nodes = document.get("nodes") if isinstance(document, dict) else None
    return {
        name: str(node.get("title") or "")
        for name, node in (nodes or {}).items()
        if isinstance(node, dict) and node.get("kind") == KIND
    }
