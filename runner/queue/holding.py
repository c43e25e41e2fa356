"""What holds a run that is queued: its queue, its blueprint, a key that it shares, or a moment.

It says in words, with numbers, what `line`, `slots` and `put_off` go by; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from runner.graph.queueing import QueueSettings
from runner.journal.spill import whole
from runner.models import Bucket, Run, RunStatus
from runner.queue import put_off, queues, slots
from runner.queue.depth import workers_alive
from runner.queue.labels import lacking
from runner.queue.line import AT_HAND, running
from runner.queue.places import settings_of


@dataclass(frozen=True, slots=True)
class Hold:
    """One thing that a queued run waits for: a stable code, and a sentence with its numbers."""

    code: str
    message: str


def holds(run: Run) -> list[Hold]:
    """Return why a run has not begun, as it is now; nothing where a worker is about to take it."""
    if run.status != RunStatus.QUEUED:
        return []
    now = timezone.now()
    if run.wake_at is not None and run.wake_at > now:
        return [_put_off(run)]
    if run.held:
        return list(_without_slot(run))
    found = list(_in_queue(run, now))
    if said := lacking(run.labels):
        return [*found, Hold("no_such_worker", said)]
    if not found and not (alive := workers_alive()):
        return [Hold("no_worker", "No worker has said of late that it lives.")]
    if not found and all(it.draining for it in alive):
        said = "All workers drain: they were asked to take no more runs until they start again."
        return [Hold("workers_drain", said)]
    return found


def _put_off(run: Run) -> Hold:
    assert run.wake_at is not None
    moment = _moment(run.wake_at)
    settings = settings_of(run.drawing.document)
    if put_off.is_gathering(run) and settings.batch is not None:
        gathered = len(whole(run.pk, run.inputs).get("events", ()))
        many = f"{gathered} of at most {settings.batch.most}"
        return Hold("batch", f"It gathers starts, {many} so far, and begins {moment}.")
    if put_off.is_gathering(run) and settings.debounce is not None:
        seconds = settings.debounce.seconds
        said = f"A start puts it off by {seconds:g} s; unless there is another, it begins {moment}."
        return Hold("debounce", said)
    if run.attempt > 1:
        return Hold("tried_again", f"It is attempt {run.attempt}, which begins {moment}.")
    return Hold("put_off", f"It was put off, and begins {moment}.")


def _without_slot(run: Run) -> Iterator[Hold]:
    """Yield the limits of its blueprint that are reached."""
    limits = slots.limits_now(run.blueprint_id) or QueueSettings()
    begun = slots.begun(run.blueprint_id)
    ahead = slots.held(run.blueprint_id).filter(turn__lt=run.turn)
    count = begun.count()
    if limits.concurrency is not None and count >= limits.concurrency:
        said = f"{_begun(count, 'of its blueprint')}, which is the limit."
        yield Hold("blueprint_limit", f"{said} {_ahead(ahead.count())}")
    if limits.per_key is not None:
        count = begun.filter(limit_key=run.limit_key).count()
        if count >= limits.per_key:
            before = ahead.filter(limit_key=run.limit_key).count()
            said = f"{_begun(count, f'with its key `{run.limit_key}`')}, "
            yield Hold("key_limit", f"{said}which is the limit. {_ahead(before)}")


def _in_queue(run: Run, now: datetime) -> Iterator[Hold]:
    """Yield what of its queue, or of all queues, is full, slow or paused."""
    state = queues.state_of(run.queue, queues.known())
    if state.paused:
        yield Hold("queue_paused", f"The queue `{state.name}` is paused.")
    site = queues.site_limit()
    if site and (count := running().count()) >= site:
        yield Hold("site_limit", f"{_running(count, 'of all queues')}, which is the limit.")
    waiting = Run.objects.filter(AT_HAND, status=RunStatus.QUEUED, queue=run.queue)
    ahead = _ahead(waiting.filter(turn__lt=run.turn).count())
    if state.concurrency is not None:
        count = running(run.queue).count()
        if count >= state.concurrency:
            said = f"{_running(count, f'of the queue `{state.name}`')}, which is the limit."
            yield Hold("queue_limit", f"{said} {ahead}")
    if state.rate is not None:
        bucket = Bucket.objects.filter(pk=f"queue:{state.name}").first()
        due = bucket.due + 1 / state.rate if bucket is not None else 0.0
        if due > now.timestamp():
            said = f"Of the queue `{state.name}`, {state.rate:g} a second may begin, the next"
            moment = _moment(datetime.fromtimestamp(due, UTC))
            yield Hold("queue_rate", f"{said} {moment}. {ahead}")


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
