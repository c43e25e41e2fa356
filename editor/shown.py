"""Blueprints, webhooks and approvals as the API and the pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User

from editor.models import Blueprint, BlueprintVersion
from runner.actions import problems_of
from runner.actions.approvals import decisions_on, is_open
from runner.actions.named import declared
from runner.actions.summary import run_listed
from runner.graph import content_hash, load
from runner.graph.references import ERROR
from runner.models import Run, Wait, Webhook
from runner.nodes import node_types
from runner.webhooks.addresses import webhook_url


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


def blueprint_listed(blueprint: Blueprint, last_run: Run | None) -> dict[str, Any]:
    """Return a blueprint as lists show it."""
    published = blueprint.published
    return {
        "id": str(blueprint.pk),
        "name": blueprint.name,
        "revision": blueprint.revision,
        "published": version_summary(published) if published else None,
        "changed": is_changed(blueprint),
        "created": blueprint.created.isoformat(),
        "updated": blueprint.updated.isoformat(),
        "last_run": run_listed(last_run) if last_run else None,
    }


def blueprint_shown(blueprint: Blueprint, base: str) -> dict[str, Any]:
    """Return a blueprint with its draft, what is wrong with it, and its webhooks."""
    newest = Run.objects.select_related("blueprint", "version").filter(blueprint=blueprint)
    return {
        **blueprint_listed(blueprint, newest.order_by("-created").first()),
        "document": blueprint.draft,
        "problems": [found.to_json() for found in problems_of(load(blueprint.draft), blueprint)],
        "webhooks": [webhook_of_blueprint(hook, base) for hook in blueprint.webhooks.all()],
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
        "header": webhook.header,
        "username": webhook.username,
        "created": webhook.created.isoformat(),
        "updated": webhook.updated.isoformat(),
    }


def is_changed(blueprint: Blueprint) -> bool:
    """Say whether the draft differs from what is published; so does one never published."""
    published = blueprint.published
    return published is None or content_hash(load(blueprint.draft)) != published.drawing_id


def last_runs(blueprints: Iterable[Blueprint]) -> dict[Any, Run]:
    """Return the newest run of each blueprint that has one, in one query a blueprint at most."""
    found: dict[Any, Run] = {}
    for blueprint in blueprints:
        rows = Run.objects.filter(blueprint=blueprint).order_by("-created")
        newest = rows.select_related("blueprint", "version").first()
        if newest:
            found[blueprint.pk] = newest
    return found


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
