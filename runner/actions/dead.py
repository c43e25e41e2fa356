"""Dead letters: runs that failed for good, until somebody replays or dismisses them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User

from runner.actions.rerun import Start, rerun
from runner.engine.again import RerunImpossible
from runner.engine.inputs import InputsInvalid
from runner.graph import DocumentInvalid
from runner.models import Run


@dataclass(frozen=True, slots=True)
class Replayed:
    """The new runs by those that they replay, and why others were not replayed."""

    runs: dict[UUID, UUID]
    refused: dict[UUID, str]


def replay(runs: Iterable[Run], how: str, *, trigger: str, by: User | None) -> Replayed:
    """Run dead letters again, from what `failed` or from the `start`, on the version they had.

    Each is a run of its own; one that is not dead any more is left alone.
    """
    done = Replayed({}, {})
    for run in runs:
        if not run.dead:
            done.refused[run.pk] = "It is no dead letter (any more)."
            continue
        try:
            made = rerun(
                run, Start(how), drawing=run.drawing, version=run.version, trigger=trigger, by=by
            ).run
        except (RerunImpossible, InputsInvalid, DocumentInvalid) as error:
            done.refused[run.pk] = str(error)
        else:
            assert made is not None
            done.runs[run.pk] = made.pk
    return done


def dismiss(runs: Iterable[Run]) -> int:
    """Take runs off the list of dead letters for good; return how many were on it."""
    keys = [run.pk for run in runs]
    return Run.objects.filter(pk__in=keys, dead=True).update(dead=False)
