"""The files of large values go with what refers to them: a journal, a run's row, a delivery."""

from __future__ import annotations

import threading
from itertools import islice
from uuid import UUID

from runner.journal import files
from runner.journal.spill import spilled_of
from runner.models import Run, WebhookDelivery

PAGE = 200
YOUNGEST = 3600.0  # seconds; what is written now may be referred to in a moment


def remove_unreferenced(stop: threading.Event, older_than: float = YOUNGEST) -> int:
    """Remove the files that nothing refers to any more; return how many bytes these were.

    A run whose journal is pruned still refers to what is large in its inputs
    and outputs. Ends early where the event is set.
    """
    size = 0
    found = files.runs_with_values(older_than)
    while keys := list(islice(found, PAGE)):
        kept = _kept(keys)
        for key in keys:
            if stop.is_set():
                return size
            if key not in kept:
                size += files.remove(key)
            elif (names := kept[key]) is not None:
                size += files.remove(key, names)
    return size


def _kept(keys: list[UUID]) -> dict[UUID, set[str] | None]:
    """Return of each run and delivery that is there the hashes it refers to; None: any."""
    bodies = WebhookDelivery.objects.filter(pk__in=keys).exclude(body_file="")
    kept: dict[UUID, set[str] | None] = {
        key: {name} for key, name in bodies.values_list("pk", "body_file")
    }
    rows = Run.objects.filter(pk__in=keys).values_list("pk", "pruned", "inputs", "outputs")
    return kept | {
        key: {it["sha256"] for column in columns for it in spilled_of(column)} if pruned else None
        for key, pruned, *columns in rows
    }
