"""Nodes that send, and endpoints that are told how runs end, with a real worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from editor.actions import publish
from editor.models import Blueprint
from runner.calls.settling import settle_run
from runner.graph import load
from runner.models import Endpoint, OutgoingMessage, Run
from runner.outgoing.endpoints import create_endpoint, switch_off
from runner.queue import Worker
from tests.outgoing.receiver import Receiver, receiving
from tests.running.conftest import PURE, Site, chain, ended, rows, site, until, worker
from tests.starting import start_run

__all__ = ["site", "worker"]


@pytest_asyncio.fixture
async def receiver(settings: Any) -> AsyncIterator[Receiver]:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset({"127.0.0.1"})
    with receiving() as found:
        yield found


def endpoint(site: Site, receiver: Receiver, **given: Any) -> tuple[Endpoint, str]:
    made = Endpoint(**{"owner": site.owner, "name": "Shop", "url": receiver.url, **given})
    return made, create_endpoint(made)


def published(site: Site, document: dict[str, Any]) -> Run:
    Blueprint.objects.filter(pk=site.blueprint.pk).update(draft=document)
    site.blueprint.refresh_from_db()
    publish(site.blueprint, site.owner)
    return start_run(site.blueprint)


SEND = {"endpoint": "Shop", "type": "order.made", "data": {"id": 7}}


async def test_a_node_that_waits_goes_on_when_its_message_has_arrived(
    receiver: Receiver, site: Site, worker: Worker
) -> None:
    _, secret = await rows(lambda: endpoint(site, receiver))
    run = await rows(lambda: site.start(chain("webhook.send", **SEND, wait=True)))
    over = await until(ended(run))
    assert over.status == "succeeded", over.error
    (got,) = receiver.got
    assert got.verified_by(secret)["data"] == {"id": 7}
    sent = over.outputs["got"]
    assert sent == {"id": got.headers["webhook-id"], "status": "delivered", "attempts": 1}


async def test_a_node_whose_endpoint_says_gone_fails_and_one_without_endpoint_too(
    receiver: Receiver, site: Site, worker: Worker
) -> None:
    made, _ = await rows(lambda: endpoint(site, receiver))
    receiver.answer(410)
    run = await rows(lambda: site.start(chain("webhook.send", **SEND, wait=True)))
    over = await until(ended(run))
    assert over.error["code"] == "message_not_delivered"
    assert "The last answer was 410." in over.error["message"]
    for words in ("switched off: It answered 410", "no endpoint 'Shop'"):
        run = await rows(lambda: site.start(chain("webhook.send", **SEND)))
        over = await until(ended(run))
        assert over.error["code"] == "no_endpoint"
        assert words in over.error["message"]
        await rows(Endpoint.objects.filter(pk=made.pk).delete)


async def test_ends_of_published_runs_are_told_once_each_and_those_of_drafts_not(
    receiver: Receiver, site: Site, worker: Worker
) -> None:
    _, secret = await rows(lambda: endpoint(site, receiver, on_succeeded=True, on_failed=True))
    await rows(lambda: endpoint(site, receiver, name="Never"))
    trial = await rows(lambda: site.start(PURE))
    await until(ended(trial))
    good = await rows(lambda: published(site, PURE))
    await until(ended(good))
    bad = await rows(lambda: published(site, chain("webhook.send", endpoint="Gone", type="a.b")))
    await until(ended(bad))
    await until(lambda: len(receiver.got) == 2 or None)

    def again() -> int:
        # Whoever was killed before it was written that all is settled draws them once more.
        Run.objects.update(unsettled=True)
        for key in (trial.pk, good.pk, bad.pk):
            settle_run(key)
        return OutgoingMessage.objects.count()

    assert await rows(again) == 2
    told = {it["data"]["run"]: it for it in (got.verified_by(secret) for got in receiver.got)}
    assert told[str(good.pk)]["type"] == "run.succeeded"
    failed = told[str(bad.pk)]
    assert (failed["type"], failed["data"]["ended"]) == ("run.failed", "failed")
    assert failed["data"]["error"]["code"] == "no_endpoint"
    assert failed["data"]["blueprint"]["name"] == site.blueprint.name


async def test_an_endpoint_of_one_blueprint_or_another_owner_hears_of_nothing_else(
    receiver: Receiver, site: Site, worker: Worker
) -> None:
    def prepare() -> None:
        from django.contrib.auth.models import User

        from editor.actions import create_blueprint

        other = create_blueprint(owner=site.owner, name="Other", document=load(PURE))
        endpoint(site, receiver, name="Other's", blueprint=other, on_succeeded=True)
        eve = User.objects.create_user("eve")
        endpoint(site, receiver, owner=eve, on_succeeded=True)
        off, _ = endpoint(site, receiver, name="Off", on_succeeded=True)
        switch_off(off)
        endpoint(site, receiver, name="This", blueprint=site.blueprint, on_succeeded=True)

    await rows(prepare)
    run = await rows(lambda: published(site, PURE))
    await until(ended(run))
    await until(lambda: receiver.got or None)
    names = await rows(
        lambda: list(OutgoingMessage.objects.values_list("endpoint__name", flat=True))
    )
    assert names == ["This"]
