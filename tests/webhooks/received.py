"""What is kept of a request to /hooks/, and one that must be refused, for tests of that."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async

from runner.models import Run, WebhookDelivery
from tests.webhooks.conftest import call

JSON = {"Content-Type": "application/json"}


@sync_to_async
def only_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("run").get()


@sync_to_async
def count() -> tuple[int, int]:
    return Run.objects.count(), WebhookDelivery.objects.count()


async def refused(path: str, status: int, verdict: str, reason: str, **how: Any) -> Any:
    """Make a request that must be refused, with its delivery kept and no run started."""
    answer = await call(path, **how)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    delivery = await only_delivery()
    assert (delivery.verdict, delivery.run) == (verdict, None)
    assert reason in delivery.reason
    assert str(delivery.pk) == answer.headers["x-conductor-delivery"]
    assert (await count())[0] == 0
    return answer
