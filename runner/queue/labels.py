"""Which runs a worker may take: those that ask for no label that it lacks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from runner.graph.labels import apart
from runner.models import Run, RunStatus, Worker

LEASE = timedelta(seconds=7)
"""How long a worker that says nothing is believed to live.

Others look for runs once a second, and read their journals: so they go on with those of a killed
one within ten seconds, also where the processors are busy.
"""
MOST = 1000  # different texts of labels that are looked at

# A step through the index of labels for each text, however many runs have the same.
_WANTED = """
    WITH RECURSIVE texts(text) AS (
        SELECT min(labels) FROM runner_run WHERE finished IS NULL AND labels > ''
        UNION ALL
        SELECT (SELECT min(labels) FROM runner_run
                WHERE finished IS NULL AND labels > '' AND labels > texts.text)
        FROM texts WHERE texts.text IS NOT NULL)
    SELECT text FROM texts WHERE text IS NOT NULL LIMIT %s"""


def wanted() -> list[str]:
    """Return the texts of labels that runs ask for which have not ended."""
    with connection.cursor() as cursor:
        cursor.execute(_WANTED, [MOST])
        return [row[0] for row in cursor.fetchall()]


def fitting(own: Collection[str]) -> list[str]:
    """Return the texts of labels of those runs that a worker with these labels may take."""
    if not own:
        return [""]
    return ["", *(text for text in wanted() if apart(text) <= set(own))]


def lacking(text: str, workers: Collection[frozenset[str]] | None = None) -> str:
    """Say, as a sentence, that no worker lives which has these labels; "" where one does.

    `workers`: the labels of each that lives, where they are known.
    """
    labels = apart(text)
    if not labels or any(labels <= has for has in (alive() if workers is None else workers)):
        return ""
    listed = ", ".join(sorted(labels))
    has = f"the label {listed}" if len(labels) == 1 else f"all of the labels {listed}"
    return (
        f"No worker that lives has {has}. Start one with `conductor worker --labels "
        f"{','.join(sorted(labels))}`."
    )


def unserved() -> dict[str, int]:
    """Return how many runs wait for workers that are not there, by the text of their labels."""
    workers = alive()
    texts = [text for text in wanted() if not any(apart(text) <= has for has in workers)]
    if not texts:
        return {}
    ready = Q(wake_at__isnull=True, held=False) & ~Q(status=RunStatus.WAITING)
    ready |= Q(wake_at__lte=timezone.now())
    rows = Run.objects.filter(ready, labels__in=texts, finished__isnull=True).order_by()
    return dict(rows.values_list("labels").annotate(Count("pk")))


def living() -> QuerySet[Worker]:
    """Return the workers that have said within their lease that they live."""
    return Worker.objects.filter(heartbeat__gte=Now() - LEASE)


def alive() -> list[frozenset[str]]:
    """Return the labels of the workers that live and take runs, those that several have once."""
    rows = living().filter(draining=False)
    return [apart(text) for text in rows.values_list("labels", flat=True).distinct()]
