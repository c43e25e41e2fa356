"""Blueprints, webhooks and approvals as the API and the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from editor.models import Blueprint, BlueprintVersion, Right, Share, ShareLink
from editor.veil import veiled, veiled_document
from runner.actions import problems_of
from runner.actions.approvals import decisions_on, is_open
from runner.actions.named import declared, names_called
from runner.actions.summary import run_listed
from runner.graph import content_hash, load
from runner.graph.references import ERROR
from runner.models import WHOLE, Run, Wait, Webhook
from runner.nodes import node_types
from runner.queue.holding import Hold, holds
from runner.webhooks.addresses import SETTINGS, webhook_url

# Problems that say what a called blueprint declares.
ABOUT_OTHERS = ("call_input", "call_output")


def version_summary(version: BlueprintVersion) -> dict[str, Any]:
    """Return what is known of a version, without its document."""
    return {
        "number": version.number,
        "created": version.created.isoformat(),
        "message": version.message,
        "name": version.name,
        "hash": version.drawing_id,
    }


def version_listed(version: BlueprintVersion) -> dict[str, Any]:
    """Return a version as the history of its blueprint shows it."""
    by = version.published_by
    return {
        **version_summary(version),
        "published_by": by.get_username() if by else None,
        "published": version.pk == version.blueprint.published_id,
    }


def blueprint_listed(
    blueprint: Blueprint, last_run: Run | None, right: Right, held_by: Iterable[Hold]
) -> dict[str, Any]:
    """Return a blueprint as lists show it, and what whoever looks may do with it."""
    published = blueprint.published
    last = run_in_list(last_run, right, held_by) if last_run else None
    return {
        "id": str(blueprint.pk),
        "name": blueprint.name,
        "owner": blueprint.owner.get_username(),
        "right": right.value,
        "revision": blueprint.revision,
        "published": version_summary(published) if published else None,
        "changed": is_changed(blueprint),
        "created": blueprint.created.isoformat(),
        "updated": blueprint.updated.isoformat(),
        "last_run": last,
    }


def run_in_list(run: Run, right: Right, held_by: Iterable[Hold]) -> dict[str, Any]:
    """Return a run for a list, as far as the right to its blueprint shows it."""
    listed = run_listed(run, held_by)
    return listed if right is Right.OWN else dict(veiled(listed))


def blueprint_shown(blueprint: Blueprint, base: str, right: Right) -> dict[str, Any]:
    """Return a blueprint with its draft, what is wrong with it, and its webhooks.

    Only the owner sees addresses of webhooks, and only who may edit sees secrets in the draft.
    """
    newest = last_runs([blueprint]).get(blueprint.pk)
    draft = blueprint.draft if right.allows(Right.EDIT) else veiled_document(blueprint.draft)
    document = load(draft)
    return {
        **blueprint_listed(blueprint, newest, right, holds(newest) if newest else ()),
        "document": draft,
        "problems": [
            found.to_json()
            for found in problems_of(document, blueprint)
            if right.allows(Right.EDIT) or found.code not in ABOUT_OTHERS
        ],
        "calls": {} if right is Right.OWN else names_called(blueprint, document),
        "webhooks": [
            {
                **webhook_of_blueprint(hook, base),
                **({} if right is Right.OWN else {"url": None}),
            }
            for hook in blueprint.webhooks.filter(draft=False)
        ],
    }


def share_shown(share: Share) -> dict[str, Any]:
    """Return a right of somebody's as the owner sees it."""
    return {
        "id": str(share.pk),
        "user": share.user.get_username(),
        "right": share.right,
        "link": str(share.link_id) if share.link_id else None,
        "created": share.created.isoformat(),
    }


def link_shown(link: ShareLink) -> dict[str, Any]:
    """Return all of a link but its token, which is kept nowhere."""
    return {
        "id": str(link.pk),
        "right": link.right,
        "name": link.name,
        "open": link.open,
        "expires": link.expires.isoformat() if link.expires else None,
        "expired": link.expires is not None and link.expires <= timezone.now(),
        "created": link.created.isoformat(),
        "used": link.used.isoformat() if link.used else None,
    }


def interface_shown(blueprint: Blueprint) -> dict[str, Any]:
    """Return what the published version of a blueprint declares to those who run it."""
    target = declared(blueprint)
    return {
        "id": target.id,
        "name": target.name,
        "version": target.version,
        "inputs": dict(target.inputs),
        "outputs": list(target.outputs),
        "error_trigger": ERROR in target.kinds,
    }


def webhook_of_blueprint(webhook: Webhook, base: str) -> dict[str, Any]:
    """Return a webhook as its blueprint shows it."""
    return {
        "id": str(webhook.pk),
        "node": webhook.node,
        "url": webhook_url(webhook, base),
        "enabled": webhook.enabled,
        "authentication": webhook.authentication,
    }


def webhook_shown(webhook: Webhook, base: str) -> dict[str, Any]:
    """Return all of a webhook but its secret."""
    return {
        **webhook_of_blueprint(webhook, base),
        "blueprint": str(webhook.blueprint_id),
        **{name: getattr(webhook, name) for name in SETTINGS},
        "old_until": webhook.old_until.isoformat() if webhook.old_until else None,
        "created": webhook.created.isoformat(),
        "updated": webhook.updated.isoformat(),
    }


def is_changed(blueprint: Blueprint) -> bool:
    """Say whether the draft differs from what is published; so does one never published."""
    published = blueprint.published
    return published is None or content_hash(load(blueprint.draft)) != published.drawing_id


def last_runs(blueprints: Iterable[Blueprint]) -> dict[Any, Run]:
    """Return the newest run of each blueprint that has one, in two queries."""
    rows = Run.objects.filter(WHOLE, blueprint=OuterRef("pk")).order_by("-created")
    keys = [blueprint.pk for blueprint in blueprints]
    newest = (
        Blueprint.objects.filter(pk__in=keys)
        .order_by()
        .values_list(Subquery(rows.values("pk")[:1]))
    )
    runs = Run.objects.filter(pk__in=[key for (key,) in newest if key])
    return {
        run.blueprint_id: run for run in runs.select_related("blueprint", "version", "started_by")
    }


def node_types_shown() -> list[dict[str, Any]]:
    """Return the declarations of all node types, sorted by kind."""
    return [node_type.spec.to_json() for _, node_type in sorted(node_types().items())]


def approval_shown(wait: Wait, user: User) -> dict[str, Any]:
    """Return what somebody who is asked may see of an approval."""
    decisions = decisions_on(wait)
    mine = [it["decision"] for it in decisions if it["by"] == user.get_username()]
    return {
        "id": str(wait.pk),
        **{name: wait.offer.get(name) for name in ("title", "note", "value")},
        "quorum": wait.offer["quorum"],
        "rejections": wait.offer["rejections"],
        "approved": sum(it["decision"] == "approve" for it in decisions),
        "rejected": sum(it["decision"] == "reject" for it in decisions),
        "mine": mine[0] if mine else None,
        "open": is_open(wait),
        "created": wait.created.isoformat(),
        "until": wait.until.isoformat() if wait.until else None,
    }
