"""How the runs of a blueprint queue: what its document says of them, and what is wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from runner.graph.exact import Number, Whole
from runner.graph.problems import Problem

if TYPE_CHECKING:
    from runner.graph.document import Document

QUEUE_NAME = r"[a-z0-9][a-z0-9_-]{0,63}"
DEFAULT = "default"
LOWEST, HIGHEST = -100, 100  # priorities
STEP = 60.0
"""Seconds of waiting that a step of priority is worth. So what waits long enough is overtaken by
nothing that comes later, however urgent: nothing starves."""

Name = Annotated[str, StringConstraints(pattern=rf"^{QUEUE_NAME}$")]
Seconds = Annotated[Number, Field(gt=0, le=366 * 86400, allow_inf_nan=False)]
Key = Annotated[str, Field(max_length=10_000)]
WhenFull = Literal["wait", "drop_newest", "drop_oldest", "cancel_running"]


class Part(BaseModel):
    """A part of these settings; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Debounce(Part):
    """Only the last of several starts with the same `key` counts.

    The run begins once `seconds` have passed without another, at the latest
    `at_most` seconds after the first.
    """

    seconds: Seconds
    at_most: Seconds | None = None
    key: Key = ""


class Batch(Part):
    """Starts with the same `key` become one run, whose input `events` lists what each brought.

    It begins when there are `most` of them, or `seconds` after the first.
    """

    most: Whole = Field(default=100, ge=1, le=1000)
    seconds: Seconds = 10
    key: Key = ""


class RunRetry(Part):
    """How often a run that failed is begun again, as a new run; `attempts` counts the first.

    `begin` says where: at what failed, taking over what succeeded, or at the start.
    """

    attempts: Whole = Field(default=1, ge=1, le=100)
    delay: Number = Field(default=10, ge=0, le=30 * 86400, allow_inf_nan=False)
    backoff: Literal["exponential", "fixed"] = "exponential"
    max_delay: Number = Field(default=3600, ge=0, le=30 * 86400, allow_inf_nan=False)
    begin: Literal["failed", "start"] = "failed"


class QueueSettings(Part):
    """How the runs of a blueprint's published versions queue.

    `name` is their queue and `priority` their place in it. At most
    `concurrency` of them, and `per_key` with the same `key`, are begun and not
    ended; `when_full` says what becomes of one more, `most_waiting` how many of
    them may wait. A start with the `unique` key of a run that has not ended, or
    was started less than `unique_for` seconds ago, starts nothing. Keys are
    texts with expressions over `input`, with which the run starts.
    """

    name: Name = DEFAULT
    priority: Whole = Field(default=0, ge=LOWEST, le=HIGHEST)
    concurrency: Whole | None = Field(default=None, ge=1, le=100_000)
    key: Key = ""
    per_key: Whole | None = Field(default=None, ge=1, le=100_000)
    when_full: WhenFull = "wait"
    most_waiting: Whole | None = Field(default=None, ge=0, le=1_000_000)
    unique: Key = ""
    unique_for: Seconds | None = None
    debounce: Debounce | None = None
    batch: Batch | None = None
    retry: RunRetry = RunRetry()

    @property
    def limited(self) -> bool:
        """Whether a run may have to wait for others of the blueprint."""
        return self.concurrency is not None or self.per_key is not None

    @property
    def simple(self) -> bool:
        """Whether a start needs no look at other runs of the blueprint."""
        return not (self.limited or self.unique or self.debounce or self.batch)


def queue_problems(
    document: Document, check_expression: Callable[[str], str | None] | None
) -> Iterator[Problem]:
    """Yield what is wrong with how the document's runs are to queue."""
    given = document.settings.queue
    keys = {"key": given.key, "unique": given.unique}
    for name, part in (("debounce", given.debounce), ("batch", given.batch)):
        if part is not None:
            keys[f"{name}.key"] = part.key
    for name, text in keys.items():
        wrong = check_expression(text) if check_expression is not None and text else None
        if wrong:
            yield Problem(
                "bad_expression",
                f"The expression in 'settings.queue.{name}' cannot be read: {wrong}",
                parameter=f"queue.{name}",
            )
    if given.per_key is not None and not given.key:
        yield Problem(
            "missing_key",
            "'settings.queue.per_key' needs a 'key' that says which runs share the limit, "
            'such as "{{ input.customer }}".',
            parameter="queue.key",
        )
    if given.debounce is not None and given.batch is not None:
        yield Problem(
            "debounce_and_batch",
            "'settings.queue' has both 'debounce' and 'batch'. Starts are either gathered in a "
            "batch, or only the last of them counts; keep one.",
            parameter="queue.debounce",
        )
    if given.unique_for is not None and not given.unique:
        yield Problem(
            "missing_key",
            "'settings.queue.unique_for' needs a key in 'unique' that says which starts are the "
            "same.",
            parameter="queue.unique",
        )
    if given.when_full != "wait" and not given.limited:
        yield Problem(
            "missing_limit",
            f"'settings.queue.when_full' is {given.when_full!r}, but there is no limit that could "
            "be reached. Set 'concurrency', or 'key' and 'per_key'.",
            parameter="queue.when_full",
        )
