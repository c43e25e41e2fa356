"""Runs that use credentials: what is sent where, for whom, how often, and what nobody sees."""

from __future__ import annotations

import base64
import json
import logging
import time
from typing import Any

import pytest
from django.contrib.auth.models import User

from editor.actions import create_blueprint, publish
from editor.models import Blueprint
from runner.credentials.keeping import keep
from runner.graph import load
from runner.journal.reader import read_whole
from runner.models import Credential, Run, WebhookDelivery
from runner.queue import Worker
from runner.webhooks.listening import listen
from runner.webhooks.replay import deliver_again
from tests.credentials.conftest import SECRET, Make, asking, shared
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

JSON = {"Content_Type": "application/json"}


async def run_of(blueprint: Blueprint, document: dict[str, Any] | None, **given: Any) -> Run:
    run = await rows(lambda: start_run(blueprint, document, **given))
    return await until(ended(run))


def written(run: Run) -> str:
    """Return all that the journal and the row of a run hold, as text."""
    events = [event.to_json() for event in read_whole(run.pk, 0)]
    return json.dumps([events, run.outputs, run.error, run.inputs], ensure_ascii=False)


async def test_a_draft_uses_its_owners_credential_and_nothing_shows_it(
    site: Site, server: Server, make: Make, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await rows(make)

    def echo(handler: Any, body: bytes) -> None:
        # A server that tells everything back, as those for trying requests do.
        told = json.dumps({"headers": dict(handler.headers), "list": [f"<{SECRET}>"]}).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(told)))
        handler.end_headers()
        handler.wfile.write(told)

    server.answers["/echo"] = echo
    run = await run_of(site.blueprint, asking(server.url + "/echo"))
    assert run.status == "succeeded", run.error
    assert server.seen[0][2]["authorization"] == f"Bearer {SECRET}"
    text = await rows(lambda: written(run))
    assert SECRET not in text
    assert run.outputs["got"]["body"]["headers"]["Authorization"] == "Bearer ••••••"
    assert run.outputs["got"]["body"]["list"] == ["<••••••>"]
    assert SECRET not in caplog.text
    stored = await rows(lambda: list(Credential.objects.values()))
    assert SECRET not in str(stored)


async def test_errors_do_not_show_it_either(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    await rows(lambda: make(kind="query", parameter="key", value="a b/c=?&secret"))
    server.on("/no", 403, json.dumps({"wrong": "a b/c=?&secret"}).encode(), **JSON)
    run = await run_of(site.blueprint, asking(server.url + "/no?x=1"))
    assert server.seen[0][1] == "/no?x=1&key=a+b%2Fc%3D%3F%26secret"
    text = await rows(lambda: written(run))
    assert run.status == "failed"
    assert "secret" not in text.replace("no_credential", "")
    assert run.error["data"]["body"] == {"wrong": "••••••"}


@pytest.mark.parametrize(
    ("kind", "fields", "header", "value"),
    [
        (
            "basic",
            {"username": "ada", "password": "pass:wörd"},
            "authorization",
            "Basic " + base64.b64encode("ada:pass:wörd".encode()).decode(),
        ),
        ("header", {"header": "X-Api-Key", "value": SECRET}, "x-api-key", SECRET),
    ],
)
async def test_kinds_for_requests(
    site: Site,
    server: Server,
    make: Make,
    worker: Worker,
    kind: str,
    fields: dict[str, str],
    header: str,
    value: str,
) -> None:
    await rows(lambda: make(kind=kind, **fields))
    server.on("/a", 200, b"{}", **JSON)
    # What is typed into the node besides gives way.
    document = asking(server.url + "/a", headers={header.upper(): "typed"})
    assert (await run_of(site.blueprint, document)).status == "succeeded"
    assert server.seen[0][2][header] == value


async def test_it_goes_to_its_hosts_only_and_not_along_to_another(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    await rows(lambda: make(hosts="api.example.com\n*.example.org"))
    server.on("/a", 200, b"{}", **JSON)
    run = await run_of(site.blueprint, asking(server.url + "/a"))
    assert run.error["code"] == "no_credential"
    assert run.error["message"] == (
        "The credential 'Shop' is for api.example.com, *.example.org alone, not for '127.0.0.1'."
    )
    assert server.seen == []
    await rows(lambda: make("Here", kind="header", header="X-Key", value=SECRET, hosts="127.0.0.1"))
    other = server.url.replace("127.0.0.1", "localhost")
    server.on("/go", 302, Location=other + "/a")
    site_allow = asking(server.url + "/go", "Here")
    run = await run_of(site.blueprint, site_allow)
    assert [seen[1] for seen in server.seen][:1] == ["/go"]
    assert server.seen[0][2]["x-key"] == SECRET
    assert all("x-key" not in seen[2] for seen in server.seen[1:])


async def test_it_is_found_by_name_and_changes_hold_from_the_next_step_on(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    server.on("/a", 200, b"{}", **JSON)
    run = await run_of(site.blueprint, asking(server.url + "/a"))
    assert run.error["message"] == "ada, whose blueprint this is, has no credential 'Shop'."
    row = await rows(make)
    await rows(lambda: keep(row, {"token": "the-new-one"}))
    assert (await run_of(site.blueprint, asking(server.url + "/a"))).status == "succeeded"
    assert server.seen[0][2]["authorization"] == "Bearer the-new-one"


async def test_whoever_edits_a_draft_does_not_get_the_owners_credentials_thereby(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    row = await rows(make)
    server.on("/mine", 200, b"{}", **JSON)
    document = asking(server.url + "/mine")
    blueprint = await rows(lambda: shared(site, editor, document))
    run = await run_of(blueprint, document, by=editor)
    assert run.error["message"] == (
        "The credential 'Shop' is used by runs of the draft only if ada starts them, or opens it "
        "to editors."
    )
    assert server.seen == []
    # What the owner has published does what the owner wants, whoever starts it.
    await rows(lambda: publish(blueprint, site.owner))
    published = await rows(lambda: Blueprint.objects.get(pk=blueprint.pk))
    assert (await run_of(published, None, by=editor)).status == "succeeded"
    assert (await run_of(published, None, by=None, trigger="schedule")).status == "succeeded"
    # Opened to them it is theirs to use, at its hosts.
    row.for_editors, row.hosts = True, "127.0.0.1"
    await rows(lambda: keep(row, None))
    assert (await run_of(blueprint, document, by=editor)).status == "succeeded"


async def test_whoever_listens_answers_for_the_runs_of_a_test_address(
    site: Site, editor: User, server: Server, make: Make, worker: Worker
) -> None:
    from tests.webhooks.conftest import call

    await rows(make)
    server.on("/mine", 200, b"{}", **JSON)
    document = asking(server.url + "/mine")
    document["nodes"]["start"] = {"kind": "trigger.webhook"}
    blueprint = await rows(lambda: shared(site, editor, document))

    async def called(by: User) -> Run:
        webhook = await rows(lambda: listen(blueprint, "start", by))
        answer = await call(f"/hooks/{webhook.token}", b"{}")
        assert answer.status == 202
        return await until(ended(Run(pk=answer.json["run"])))

    assert (await called(site.owner)).status == "succeeded"
    refused = await called(editor)
    assert refused.error["code"] == "no_credential"
    assert (await called(site.owner)).status == "succeeded"
    # The editor delivers the owner's call again: the editor answers for that one.
    delivery = await rows(lambda: WebhookDelivery.objects.earliest("id"))
    again = await rows(lambda: deliver_again(delivery, editor, draft=True))
    assert (await until(ended(Run(pk=again.run_id)))).status == "failed"


async def test_a_computed_name_is_refused_before_a_run(site: Site, make: Make) -> None:
    from runner.actions import problems_of

    await rows(make)
    blueprint = await rows(lambda: create_blueprint(owner=site.owner, name="A", document=load({})))

    def codes(**given: Any) -> list[tuple[str, str | None]]:
        document = asking("http://example.com/", **given)
        return [(it.code, it.parameter) for it in problems_of(load(document), blueprint)]

    assert await rows(codes) == []
    assert await rows(lambda: codes(credential="{{ input }}")) == [
        ("computed_credential", "credential")
    ]
    assert await rows(lambda: codes(credential="Gone")) == [("unknown_credential", "credential")]
    await rows(lambda: make("Named", kind="values", host="h", password="p"))
    assert await rows(lambda: codes(credential="Named")) == [("wrong_credential", "credential")]


async def test_a_rate_holds_for_all_that_use_it(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    await rows(lambda: make(per_second=2, burst=1))
    server.on("/a", 200, b"{}", **JSON)
    document = asking(server.url + "/a")
    document["nodes"]["again"] = document["nodes"]["ask"]
    document["edges"] += ["start.out -> again.in"]
    began = time.monotonic()
    runs = [await rows(lambda: start_run(site.blueprint, document)) for _ in range(2)]
    for run in runs:
        assert (await until(ended(run))).status == "succeeded"
    # Four uses by two runs: the first at once, the others half a second apart.
    assert time.monotonic() - began >= 1.4
    assert len(server.seen) == 4
    text = "".join([await rows(lambda run=run: written(run)) for run in runs])  # type: ignore[misc]
    assert "2 attempts a second of all that share `Shop`" in text


async def test_what_was_sealed_with_another_key_is_said_and_an_old_key_still_opens(
    site: Site, server: Server, make: Make, worker: Worker, settings: Any
) -> None:
    await rows(make)
    server.on("/a", 200, b"{}", **JSON)
    old, settings.SECRET_KEY = (
        settings.SECRET_KEY,
        "another key of many characters " * 3,
    )
    run = await run_of(site.blueprint, asking(server.url + "/a"))
    assert "was encrypted with another key" in run.error["message"]
    settings.SECRET_KEY_FALLBACKS = [old]
    assert (await run_of(site.blueprint, asking(server.url + "/a"))).status == "succeeded"
