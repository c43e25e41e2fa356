"""Who answers for a run, whatever others do to the draft, the address or the run meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

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
from tests.starting import start_run
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


def computed(mine: str) -> dict[str, Any]:
    """Return a drawing whose request goes where a node before it says."""
    document = asking("{{ input.url }}")
    document["nodes"]["where"] = {"kind": "data.set", "parameters": {"fields": {"url": mine}}}
    document["edges"] = ["start.out -> where.in", "where.out -> ask.in", "ask.out -> out.in"]
    return document


async def published(site: Site, editor: User, server: Server) -> Blueprint:
    server.on("/mine", 200, b"{}", **JSON)
    server.on("/theirs", 200, b"{}", **JSON)
    document = computed(server.url + "/mine")
    blueprint = await rows(lambda: shared(site, editor, document))
    await rows(lambda: publish(blueprint, site.owner))
    return await rows(lambda: Blueprint.objects.get(pk=blueprint.pk))


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


async def posted(person: User, path: str, body: Any, method: str = "POST") -> Any:
    def ask() -> Any:
        answer = client_of(person).generic(
            method, f"/api/{path}", json.dumps(body), "application/json"
        )
        told = json.loads(answer.content)
        assert answer.status_code in (200, 201, 202), told
        return told

    return await rows(ask)


MIDDLE = (
    "The credential 'Shop' is not used by this run: somebody else than ada has put values into the "
    "middle of it, or of the run whose results it took over. Start one from the beginning."
)


@pytest.mark.parametrize("starts", ["ada", "nobody"])
async def test_an_editor_who_edits_a_token_does_not_get_the_owners_credential_thereby(
    site: Site, editor: User, server: Server, make: Make, worker: Worker, starts: str
) -> None:
    await rows(make)
    blueprint = await published(site, editor, server)
    # Once it is the owner's run of the draft, once one of what is published.
    document = computed(server.url + "/mine") if starts == "ada" else None
    by = site.owner if starts == "ada" else None
    run = await rows(
        lambda: start_run(
            blueprint, document, by=by, debug={"breakpoints": [{"node": "ask"}], "paused": False}
        )
    )
    await until(lambda: Run.objects.filter(pk=run.pk, paused=True).exists())
    tokens = (await rows(lambda: client_of(editor).get(f"/api/runs/{run.pk}/tokens/").json()))[
        "tokens"
    ]
    edited = {"token": tokens[0]["id"], "value": {"url": server.url + "/theirs"}}
    await posted(editor, f"runs/{run.pk}/tokens/", edited, "PUT")
    await posted(editor, f"runs/{run.pk}/continue/", {})
    run = await until(ended(run))
    assert run.error["message"] == MIDDLE
    assert server.seen == []
    # Nor does who repeats it, whoever that is, unless from its beginning.
    told = await posted(site.owner, f"runs/{run.pk}/rerun/", {"from": "failed"})
    run = await until(ended(Run(pk=told["run"]["id"])))
    assert run.error["message"] == MIDDLE
    told = await posted(site.owner, f"runs/{run.pk}/rerun/", {"from": "start"})
    run = await until(ended(Run(pk=told["run"]["id"])))
    assert [seen[1] for seen in server.seen] == ["/mine"]


async def test_nor_who_runs_a_step_of_what_is_published_with_other_inputs_or_mocks(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    await rows(make)
    blueprint = await published(site, editor, server)
    theirs = {"url": server.url + "/theirs"}
    run = await until(ended(await rows(lambda: start_run(blueprint, None, by=None))))
    assert run.status == "succeeded", run.error
    server.seen.clear()
    step = {"from": {"step": "ask", "inputs": {"in": theirs}}}
    first = await posted(editor, f"runs/{run.pk}/rerun/", step)
    mocked = {"draft": False, "mocks": {"where": {"outputs": {"out": theirs}}}}
    second = await posted(editor, f"blueprints/{blueprint.pk}/runs/", mocked)
    for key in (first["run"]["id"], second["id"]):
        ran = await until(ended(Run(pk=key)))
        assert ran.error["message"] == MIDDLE
        # What repeats it has the same mocks, or takes over what came of them.
        again = await posted(editor, f"runs/{key}/rerun/", {"from": "failed"})
        assert (await until(ended(Run(pk=again["run"]["id"])))).error["message"] == MIDDLE
    again = await posted(editor, f"runs/{second['id']}/rerun/", {"from": "start"})
    assert (await until(ended(Run(pk=again["run"]["id"])))).error["message"] == MIDDLE
    assert server.seen == []
    # Who may run, and repeats it as it was, does what the owner has published.
    again = await posted(editor, f"runs/{run.pk}/rerun/", {"from": {"step": "ask"}})
    assert (await until(ended(Run(pk=again["run"]["id"])))).status == "succeeded"
    again = await posted(site.owner, f"runs/{run.pk}/rerun/", step)
    assert (await until(ended(Run(pk=again["run"]["id"])))).status == "succeeded"
    assert [seen[1] for seen in server.seen] == ["/mine", "/theirs"]


async def test_nor_who_has_what_is_published_take_over_what_a_draft_gave(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    await rows(make)
    blueprint = await published(site, editor, server)
    drawn = computed(server.url + "/theirs")
    run = await until(ended(await rows(lambda: start_run(blueprint, drawn, by=editor))))
    assert run.error["code"] == "no_credential"
    since = {"draft": False, "from": "ask", "reuse": str(run.pk)}
    made = await posted(editor, f"blueprints/{blueprint.pk}/runs/", since)
    assert (await until(ended(Run(pk=made["id"])))).error["message"] == MIDDLE
    assert server.seen == []
