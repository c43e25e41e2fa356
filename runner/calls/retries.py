"""Runs that failed: begun again, as their blueprint wants it, or kept as dead letters."""

from __future__ import annotations

import logging
import random
from datetime import timedelta

from django.utils import timezone

from runner.actions.accept import Wishes
from runner.actions.rerun import Start, rerun
from runner.engine.again import RerunImpossible
from runner.engine.inputs import InputsInvalid
from runner.graph import DocumentInvalid
from runner.graph.queueing import RunRetry
from runner.models import KeyKind, Run, RunKey, RunStatus
from runner.queue.places import settings_of

logger = logging.getLogger(__name__)

_jitter = random.Random()  # noqa: S311


def try_again(run: Run) -> bool:
    """Begin a run again that failed, as a new one, if its blueprint wants that; say whether so.

    The step that called a run tries again itself.
    """
    if run.status != RunStatus.FAILED or run.version_id is None or run.parent_step:
        return False
    policy = settings_of(run.drawing.document).retry
    if run.attempt >= policy.attempts:
        return False
    wishes = Wishes(
        due=timezone.now() + timedelta(seconds=delay_before(policy, run.attempt)),
        attempt=run.attempt + 1,
    )
    for how in (policy.begin, "start"):
        try:
            again = rerun(
                run,
                Start(how),
                drawing=run.drawing,
                version=run.version,
                trigger="retry",
                by=run.started_by,
                wishes=wishes,
            ).run
        except (RerunImpossible, InputsInvalid, DocumentInvalid) as error:
            logger.warning("Run %s cannot be begun again from %s: %s", run.pk, how, error)
            continue
        # Whoever starts the same meanwhile is led to the new run.
        RunKey.objects.filter(run=run, kind=KeyKind.UNIQUE).update(run=again)
        return True
    return False


def bury(run: Run) -> None:
    """Keep a run of a published version that failed for good as a dead letter."""
    if run.status == RunStatus.FAILED and run.version_id is not None and not run.parent_step:
        Run.objects.filter(pk=run.pk).update(dead=True)


def delay_before(policy: RunRetry, attempt: int) -> float:
    """Return the seconds to wait after this attempt: fixed, or back-off with half of it jitter."""
    if policy.backoff == "fixed":
        return float(policy.delay)
    bound = min(float(policy.max_delay), float(policy.delay) * 2.0 ** (attempt - 1))
    return bound / 2 + _jitter.uniform(0, bound / 2)
