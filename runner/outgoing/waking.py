"""Wakes the step that waits until its message has arrived."""

from __future__ import annotations

from contextlib import suppress

from runner.models import OutgoingMessage, Run
from runner.queue.signals import AlreadySent, RunOver, send


def tell_step(message: OutgoingMessage) -> None:
    """Tell the step that waits for the message's end, if one does; it looks for itself then."""
    if not message.step or message.run_id is None:
        return
    with suppress(Run.DoesNotExist, RunOver, AlreadySent):
        send(
            message.run_id,
            message.step,
            f"message {message.pk}",
            {"message": message.webhook_id},
        )
