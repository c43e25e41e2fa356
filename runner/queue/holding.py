"""What holds a run that is queued: its queue, its blueprint, a key that it shares, or a moment.

It says in words, with numbers, what `line`, `slots` and `put_off` go by; it decides nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from editor.models import Drawing
from runner.graph.queueing import QueueSettings
from runner.journal.spill import whole
from runner.models import Bucket, Run, RunStatus
from runner.queue import put_off, queues, slots
from runner.queue.depth import workers_alive
from runner.queue.labels import alive, lacking
from runner.queue.line import AT_HAND, running
from runner.queue.places import PLAIN, settings_of


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that a queued run waits for: a stable code, and a sentence with its numbers."""

    code: str
    message: str

    def to_json(self) -> dict[str, str]:
        """Return what holds a run as the API shows it."""
        return {"code": self.code, "message": self.message}


def holds(run: Run) -> list[Hold]:
    """Return why a run has not begun, as it is now; nothing where a worker is about to take it."""
    return list(_Look([run], counts=True).holds(run)) if run.status == RunStatus.QUEUED else []


def holds_of(runs: Sequence[Run]) -> dict[UUID, list[Hold]]:
    """Return the same for each of some runs that is queued, but not how many wait before it.

    However many there are, they are looked up with the same few queries.
    """
    queued = [run for run in runs if run.status == RunStatus.QUEUED]
    look = _Look(queued)
    return {run.pk: list(look.holds(run)) for run in queued}


class _Look:
    """What can hold some queued runs, each thing read once for all of them, when it is asked for.

    `counts`: also what has to be counted for each run by itself.
    """

    def __init__(self, runs: Sequence[Run], *, counts: bool = False) -> None:
        self._runs = runs
        self._counts = counts
        self._now = timezone.now()

    def holds(self, run: Run) -> Iterator[Hold]:
        """Yield what holds one of the runs."""
        if run.wake_at is not None and run.wake_at > self._now:
            yield self._put_off(run, run.wake_at)
        elif run.held:
            yield from self._without_slot(run)
        else:
            found = list(self._in_queue(run))
            yield from found
            if said := lacking(run.labels, self._alive) if run.labels else "":
                yield Hold("no_such_worker", said)
            elif not found and not self._alive:
                yield self._unworked

    # --- what is read -----------------------------------------------------

    @cached_property
    def _alive(self) -> list[frozenset[str]]:
        return alive()

    @cached_property
    def _unworked(self) -> Hold:
        if workers_alive():
            said = "All workers drain: they were asked to take no more runs until they start again."
            return Hold("workers_drain", said)
        return Hold("no_worker", "No worker has said within the last ten seconds that it lives.")

    @cached_property
    def _documents(self) -> dict[str, Drawing]:
        return Drawing.objects.in_bulk({run.drawing_id for run in self._runs if run.wake_at})

    @cached_property
    def _limits(self) -> dict[UUID, QueueSettings]:
        return slots.limits_of({run.blueprint_id for run in self._runs if run.held})

    @cached_property
    def _begun(self) -> Counter[tuple[UUID, str]]:
        rows = slots.begun(*{run.blueprint_id for run in self._runs if run.held})
        counts = rows.values_list("blueprint", "limit_key").annotate(Count("pk"))
        return Counter({(blueprint, key): count for blueprint, key, count in counts})

    @cached_property
    def _running(self) -> Counter[str]:
        return Counter(dict(running().values_list("queue").annotate(Count("pk"))))

    @cached_property
    def _due(self) -> dict[str, float]:
        keys = [f"queue:{name}" for name, state in queues.known().items() if state.rate]
        return dict(Bucket.objects.filter(pk__in=keys).values_list("pk", "due"))

    # --- what is said -----------------------------------------------------

    def _put_off(self, run: Run, until: datetime) -> Hold:
        moment = _moment(until)
        if put_off.is_gathering(run):
            drawing = self._documents.get(run.drawing_id)
            settings = PLAIN if drawing is None else settings_of(drawing.document)
            if settings.batch is not None:
                many = f"at most {settings.batch.most}"
                if self._counts:
                    gathered = len(whole(run.pk, run.inputs).get("events", ()))
                    many = f"{gathered} of {many} so far"
                return Hold("batch", f"It gathers starts, {many}, and begins {moment}.")
            if settings.debounce is not None:
                seconds = f"{settings.debounce.seconds:g} s"
                said = f"A start puts it off by {seconds}; unless there is another, it begins"
                return Hold("debounce", f"{said} {moment}.")
        if run.attempt > 1:
            return Hold("tried_again", f"It is attempt {run.attempt}, which begins {moment}.")
        return Hold("put_off", f"It was put off, and begins {moment}.")

    def _without_slot(self, run: Run) -> Iterator[Hold]:
        """Yield the limits of its blueprint that are reached."""
        limits = self._limits.get(run.blueprint_id, PLAIN)
        ahead = slots.held(run.blueprint_id).filter(turn__lt=run.turn)
        whose = [it for it in self._begun.items() if it[0][0] == run.blueprint_id]
        count = sum(number for _, number in whose)
        full = limits.concurrency is not None and count >= limits.concurrency
        if full:
            said = f"{_begun(count, 'of its blueprint')}, which is the limit."
            yield Hold("blueprint_limit", self._behind(said, ahead))
        count = self._begun[run.blueprint_id, run.limit_key]
        if limits.per_key is not None and count >= limits.per_key:
            said = f"{_begun(count, f'with its key `{run.limit_key}`')}, which is the limit."
            yield Hold("key_limit", self._behind(said, ahead.filter(limit_key=run.limit_key)))
        elif not full:
            # It gets its slot at any moment.
            yield Hold("blueprint_limit", "It waits for other runs of its blueprint to end.")

    def _in_queue(self, run: Run) -> Iterator[Hold]:
        """Yield what of its queue, or of all queues, is full, slow or paused."""
        state = queues.state_of(run.queue, queues.known())
        if state.paused:
            yield Hold("queue_paused", f"The queue `{state.name}` is paused.")
        site = queues.site_limit()
        if site and (count := self._running.total()) >= site:
            yield Hold("site_limit", f"{_running(count, 'of all queues')}, which is the limit.")
        waiting = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED, queue=run.queue)
        ahead = waiting.filter(turn__lt=run.turn)
        if state.concurrency is not None:
            count = self._running[run.queue]
            if count >= state.concurrency:
                said = f"{_running(count, f'of the queue `{state.name}`')}, which is the limit."
                yield Hold("queue_limit", self._behind(said, ahead))
        if state.rate is not None:
            due = self._due.get(f"queue:{state.name}", -1 / state.rate) + 1 / state.rate
            if due > self._now.timestamp():
                rate = state.rate
                many = f"{rate:g} a second" if rate > 1 else f"1 in {1 / rate:g} s"
                said = f"Of the queue `{state.name}`, {many} may begin, the next"
                moment = _moment(datetime.fromtimestamp(due, UTC))
                yield Hold("queue_rate", self._behind(f"{said} {moment}.", ahead))

    def _behind(self, said: str, ahead: QuerySet[Run]) -> str:
        """Return the sentence, and where that is wanted how many of these runs come before."""
        return f"{said} {_ahead(ahead.count())}" if self._counts else said


def _begun(count: int, whose: str) -> str:
    return f"1 run {whose} has begun" if count == 1 else f"{count} runs {whose} have begun"


def _running(count: int, whose: str) -> str:
    return f"1 run {whose} is under way" if count == 1 else f"{count} runs {whose} are under way"


def _ahead(count: int) -> str:
    if not count:
        return "It is the next."
    return f"{count} {'waits' if count == 1 else 'wait'} before it."


def _moment(moment: datetime) -> str:
    # What is told to the second is not told too early.
    whole_second = (moment + timedelta(milliseconds=999)).astimezone(UTC).replace(microsecond=0)
    return f"at {whole_second.isoformat().replace('+00:00', 'Z')}"
