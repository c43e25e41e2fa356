"""Webhooks whose runs queue: what senders are answered, and where their deliveries lead."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from asgiref.sync import sync_to_async

from runner.models import Queue, Run, WebhookDelivery
from runner.queue import Worker
from tests.patience import PATIENCE
from tests.webhooks.conftest import call, drawing

JSON = {"Content-Type": "application/json"}


def queued(response: str = "at_once", **queue: Any) -> dict[str, Any]:
    return {**drawing(response), "settings": {"queue": queue}}


async def post(hook: Any, **body: Any) -> Any:
    return await call(hook.path, json.dumps(body).encode(), headers=JSON)


@sync_to_async
def deliveries() -> list[WebhookDelivery]:
    return list(WebhookDelivery.objects.select_related("run").order_by("received"))


async def test_the_same_event_twice_is_answered_with_its_first_run(
    amake: Any, worker: Worker
) -> None:
    hook = await amake(queued("when_finished", unique="{{ input.body.id }}", unique_for=300))
    first = await post(hook, id="evt_1")
    again = await post(hook, id="evt_1")
    assert (first.status, again.status) == (200, 200)
    assert first.json == again.json
    one, other = await deliveries()
    assert one.run == other.run
    assert await Run.objects.acount() == 1


async def test_a_sender_whose_event_is_gathered_does_not_wait_for_the_others(
    amake: Any, worker: Worker
) -> None:
    hook = await amake(queued("when_finished", batch={"most": 3, "seconds": 600}))
    answers = await asyncio.gather(*(post(hook, n=n) for n in range(2)))
    assert [answer.status for answer in answers] == [202, 202]
    assert answers[0].json["run"] == answers[1].json["run"]
    # The one that fills the batch sees it through.
    last = await post(hook, n=2)
    assert last.status == 200
    events = last.json["got"]["events"]
    assert sorted(event["body"]["n"] for event in events) == [0, 1, 2]


async def test_a_request_without_the_key_is_refused_and_says_why_to_its_owner_alone(
    amake: Any,
) -> None:
    hook = await amake(queued(key="{{ input.body.customer.secret_id }}", per_key=1))
    answer = await post(hook, other=1)
    assert (answer.status, answer.json["code"]) == (422, "queue_key_invalid")
    assert "secret_id" not in answer.body.decode()
    (delivery,) = await deliveries()
    assert (delivery.verdict, delivery.run) == ("not_queued", None)
    assert "secret_id" in delivery.reason


async def test_a_draining_queue_asks_senders_to_come_again(amake: Any) -> None:
    await Queue.objects.filter(name="default").aupdate_or_create(
        name="default", defaults={"draining": True}
    )
    hook = await amake(drawing())
    answer = await post(hook, n=1)
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")
    assert [it.verdict for it in await deliveries()] == ["not_queued"]


async def test_a_request_to_a_limited_or_paused_queue_waits_its_turn(
    amake: Any, worker: Worker
) -> None:
    narrow = await Queue.objects.acreate(name="narrow", paused=True)
    hook = await amake(queued(name="narrow", priority=3))
    answer = await post(hook, n=1)
    assert answer.status == 202
    run = await Run.objects.aget(pk=answer.json["run"])
    assert (run.status, run.queue, run.priority) == ("queued", "narrow", 3)
    narrow.paused, narrow.concurrency = False, 1
    await narrow.asave()
    async with asyncio.timeout(PATIENCE):
        while (await Run.objects.aget(pk=run.pk)).status != "succeeded":
            await asyncio.sleep(0.02)
