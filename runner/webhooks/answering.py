"""What the sender of an accepted request is answered, as its trigger says."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol

from django.conf import settings
from django.db import Error as DatabaseError

from runner.journal.reader import JournalDamaged
from runner.webhooks.answers import Answer, AnswerInvalid, as_json, from_node, problem
from runner.webhooks.ending import Ending
from runner.webhooks.lookup import Address, Trigger
from runner.webhooks.request import Receive, Send
from runner.webhooks.starting import Started
from runner.webhooks.streaming import Stream, Telling

logger = logging.getLogger(__name__)

DELIVERY_HEADER = b"x-conductor-delivery"
LONGEST_WAIT = 60.0  # seconds that a sender waits for a run's end
AT_ONCE, BY_NODE, STREAM = "at_once", "respond_node", "stream"  # else that of the run's end


class Reply(Protocol):
    """Something that can be sent."""

    def also(self, headers: Iterable[tuple[bytes, bytes]]) -> Reply:
        """Return the same with further headers."""

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Send it; to a HEAD request without its body."""


def waits_for(trigger: Trigger) -> Ending | None:
    """Return what gathers of a run what its sender is told; None where nothing is waited for."""
    if trigger.response == AT_ONCE:
        return None
    if trigger.response == STREAM:
        return Telling()
    return Ending(trigger.responders if trigger.response == BY_NODE else frozenset())


async def answer_of(
    address: Address, trigger: Trigger, started: Started, receive: Receive
) -> Reply:
    """Return the answer, when it is known."""
    if trigger.response == AT_ONCE or started.gathers:
        return _accepted(address, started)
    if trigger.response == STREAM:
        return Stream(started, _shown(address, started), _about(started), receive)
    try:
        ending = await started.follow(LONGEST_WAIT)
    except (DatabaseError, JournalDamaged) as error:
        # The run is accepted; a 503 would have its sender start it a second time.
        logger.warning("How run %s ends cannot be read (%s)", started.run, error)
        ending = None
    if ending is None:
        return _accepted(address, started)
    if trigger.response == BY_NODE:
        return _responded(started, ending)
    if ending.status == "succeeded":
        return as_json(200, ending.outputs, _about(started))
    return _not_succeeded(started, ending)


def _responded(started: Started, ending: Ending) -> Answer:
    if ending.response is not None:
        try:
            answer = from_node(ending.response)
        except AnswerInvalid as error:
            return problem(500, "response_invalid", str(error), _about(started))
        return Answer(answer.status, (*answer.headers, *_about(started)), answer.body)
    if ending.status == "succeeded":
        return Answer(204, _about(started), b"")
    return _not_succeeded(started, ending)


def _not_succeeded(started: Started, ending: Ending) -> Answer:
    # What failed in the run is its owner's business; it stands in the run, not in the answer.
    detail = f"The run {ending.status}."
    run = str(started.run)
    return problem(500, f"run_{ending.status}", detail, _about(started), run=run)


def _accepted(address: Address, started: Started) -> Answer:
    return as_json(202, _shown(address, started), _about(started))


def _shown(address: Address, started: Started) -> dict[str, str]:
    run = str(started.run)
    return {
        "run": run,
        "status_url": f"{settings.CONDUCTOR_URL}/api/runs/{run}/",
        "page": f"{settings.CONDUCTOR_URL}/blueprints/{address.webhook.blueprint_id}/?run={run}",
    }


def _about(started: Started) -> tuple[tuple[bytes, bytes], ...]:
    return ((DELIVERY_HEADER, str(started.delivery).encode()),)
