"""Who answers for a run, whatever others do to the draft, the address or the run meanwhile."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from editor.actions import publish
from editor.actions.drafts import save_draft
from editor.models import Blueprint
from runner.graph import load
from runner.models import Run, WebhookDelivery
from runner.queue import Worker
from runner.webhooks.listening import listen
from runner.webhooks.replay import deliver_again
from tests.credentials.conftest import SECRET, Make, asking, shared
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.webhooks.conftest import call

JSON = {"Content_Type": "application/json"}


def hooked(url: str, **parameters: Any) -> dict[str, Any]:
    """Return a drawing that asks when it is called."""
    document = asking(url, **parameters)
    document["nodes"]["start"] = {"kind": "trigger.webhook"}
    return document


async def called(token: str) -> Run:
    answer = await call(f"/hooks/{token}", b"{}")
    assert answer.status == 202
    return Run(pk=answer.json["run"])


async def test_who_opens_a_test_address_later_does_not_answer_for_what_it_began_before(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    await rows(make)
    server.on("/mine", 200, b"{}", **JSON)
    document = hooked(server.url + "/mine")
    document["nodes"]["later"] = {"kind": "flow.wait", "parameters": {"seconds": 1.5}}
    document["edges"] = ["start.out -> later.in", "later.out -> ask.in", "ask.out -> out.in"]
    blueprint = await rows(lambda: shared(site, editor, document))
    webhook = await rows(lambda: listen(blueprint, "start", editor))
    run = await called(webhook.token)
    await rows(lambda: listen(blueprint, "start", site.owner))
    run = await until(ended(run))
    assert run.error["code"] == "no_credential"
    assert SECRET not in str(server.seen)
    # And the other way round: whoever delivers a call again answers for that one alone.
    delivery = await rows(lambda: WebhookDelivery.objects.earliest("id"))
    again = await rows(lambda: deliver_again(delivery, editor, draft=True))
    assert (await until(ended(Run(pk=again.run_id)))).status == "failed"
    run = await until(ended(await called(webhook.token)))
    assert run.status == "succeeded", run.error


async def test_whoever_changes_the_draft_answers_for_calls_from_then_on(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    await rows(make)
    server.on("/mine", 200, b"{}", **JSON)
    server.on("/theirs", 200, b"{}", **JSON)
    blueprint = await rows(lambda: shared(site, editor, hooked(server.url + "/mine")))
    webhook = await rows(lambda: listen(blueprint, "start", site.owner))
    assert (await until(ended(await called(webhook.token)))).status == "succeeded"

    def save(by: User, url: str) -> None:
        row = Blueprint.objects.get(pk=blueprint.pk)
        save_draft(row, load(hooked(server.url + url)), row.revision, by=by)

    await rows(lambda: save(editor, "/theirs"))
    run = await until(ended(await called(webhook.token)))
    assert run.error["code"] == "no_credential"
    # The owner changes it as well, and what the editor has drawn is still in it.
    await rows(lambda: save(site.owner, "/theirs"))
    run = await until(ended(await called(webhook.token)))
    assert run.error["code"] == "no_credential"
    assert [seen[1] for seen in server.seen] == ["/mine"]
    # To listen again is to have looked.
    await rows(lambda: listen(blueprint, "start", site.owner))
    assert (await until(ended(await called(webhook.token)))).status == "succeeded"


async def test_a_live_call_that_is_delivered_to_the_draft_is_started_by_who_does_that(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    from runner.models import Authentication, Webhook

    await rows(make)
    server.on("/mine", 200, b"{}", **JSON)
    blueprint = await rows(lambda: shared(site, editor, hooked(server.url + "/mine")))
    await rows(lambda: publish(blueprint, site.owner))
    token = "t" * 43
    await rows(
        lambda: Webhook.objects.create(
            blueprint=blueprint, token=token, authentication=Authentication.NONE
        )
    )
    assert (await until(ended(await called(token)))).status == "succeeded"
    delivery = await rows(lambda: WebhookDelivery.objects.earliest("id"))
    for by, draft, status in (
        (editor, True, "failed"),
        (site.owner, True, "succeeded"),
        (editor, False, "succeeded"),
    ):
        made = await rows(lambda by=by, draft=draft: deliver_again(delivery, by, draft=draft))  # type: ignore[misc]
        assert (await until(ended(Run(pk=made.run_id)))).status == status
