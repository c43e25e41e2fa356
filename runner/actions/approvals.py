"""Approvals: which of them a person is asked for, and what they decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from runner.models import Run, Signal, Wait, WaitKind
from runner.nodes.waiting import verdict
from runner.queue import signals

# A person who is asked for more sees these first.
MOST = 200


class NotAsked(Exception):
    """Somebody else is asked for this approval."""


class AlreadyDecided(Exception):
    """You have decided on this already."""


class ApprovalOver(Exception):
    """It is not waited for any more: it was decided, its time is over, or its run has ended."""


def approvals_of(user: User) -> list[Wait]:
    """Return the open approvals that a person is asked for and has not decided on, newest first."""
    found = list(_open().filter(_asks(user)).distinct().order_by("-created")[:MOST])
    runs = {wait.run_id for wait in found}
    given = set(
        Signal.objects.filter(run__in=runs, key__endswith=f":{user.pk}").values_list(
            "run_id", "step", "key"
        )
    )
    return [wait for wait in found if (wait.run_id, wait.step, _key(wait, user)) not in given]


def approval_for(user: User, key: UUID) -> Wait:
    """Return an approval, open or not. Raises Wait.DoesNotExist and NotAsked."""
    wait = Wait.objects.select_related("run").get(pk=key, kind=WaitKind.APPROVAL)
    if not Wait.objects.filter(_asks(user), pk=key).exists():
        raise NotAsked
    return wait


def decisions_on(wait: Wait) -> list[dict[str, Any]]:
    """Return who decided what and when, in order."""
    given = Signal.objects.filter(
        run=wait.run_id, step=wait.step, key__startswith=f"{wait.pk.hex}:"
    )
    return [signal.value for signal in given.order_by("created", "id")]


def is_open(wait: Wait) -> bool:
    """Say whether decisions still count."""
    return (
        wait.closed is None
        and wait.run.status not in signals.OVER
        and (wait.until is None or wait.until > timezone.now())
        and verdict(decisions_on(wait), wait.offer["quorum"], wait.offer["rejections"]) is None
    )


@transaction.atomic
def decide(user: User, key: UUID, *, approve: bool, comment: str = "") -> Wait:
    """Approve or reject; when this returns within no transaction, it is durable.

    Raises Wait.DoesNotExist, NotAsked, AlreadyDecided and ApprovalOver; then
    nothing was changed.
    """
    wait = approval_for(user, key)
    # One after the other: of two who decide at the same time, the second may come too late.
    Run.objects.select_for_update(of=("self",)).get(pk=wait.run_id)
    wait = Wait.objects.select_related("run").get(pk=key)
    if _has_decided(user, wait):
        raise AlreadyDecided
    if not is_open(wait):
        raise ApprovalOver
    value = {
        "by": user.get_username(),
        "decision": "approve" if approve else "reject",
        "comment": comment,
        "at": timezone.now().isoformat(timespec="seconds"),
    }
    signals.send(wait.run_id, wait.step, _key(wait, user), value)
    return wait


def _has_decided(user: User, wait: Wait) -> bool:
    given = Signal.objects.filter(run=wait.run_id, step=wait.step, key=_key(wait, user))
    return given.exists()


def _key(wait: Wait, user: User) -> str:
    return f"{wait.pk.hex}:{user.pk}"


def _asks(user: User) -> Q:
    return Q(users=user) | Q(groups__user=user)


def _open() -> QuerySet[Wait]:
    now = timezone.now()
    return (
        Wait.objects.filter(kind=WaitKind.APPROVAL, closed__isnull=True)
        .filter(Q(until__isnull=True) | Q(until__gt=now))
        .exclude(run__status__in=signals.OVER)
        .select_related("run")
    )
