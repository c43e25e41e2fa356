"""Runs that use what a person has granted: renewed in time, by one worker, hidden, and refused."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from runner.credentials import grants, renewing
from runner.credentials.grants import connection_of, opened
from runner.credentials.keeping import client_of, keep, secrets_of
from runner.engine.credentials import CredentialMissing
from runner.engine.errors import NodeError
from runner.models import Credential, Grant, Run
from runner.nodes.tokens import Tokens
from runner.queue import Worker
from runner.sealing import SecretBox
from tests.credentials.conftest import asking
from tests.credentials.provider import CLIENT_SECRET, Provider
from tests.credentials.test_taking import written
from tests.running.conftest import Site, ended, rows, until, worker
from tests.starting import start_run

__all__ = ["worker"]


@pytest.fixture
def server(provider: Provider) -> Provider:
    """The server that is there before a worker reads what may be called."""
    return provider


@pytest.fixture
def row(site: Site, provider: Provider) -> Credential:
    """A credential that is connected: by tokens that the provider knows."""
    row = Credential(owner=site.owner, name="Shop", kind="oauth2_code")
    keep(row, provider.fields())
    connect(row, provider)
    return row


def connect(row: Credential, provider: Provider, lasts: float | None = 3600) -> None:
    provider.count += 1
    access, provider.refresh = f"access-{provider.count}-of-ada", f"refresh-{provider.count}-of-ada"
    provider.valid, provider.revoked = {access}, False
    tokens = Tokens(access, provider.refresh, lasts)
    assert grants.grant(row, client_of(row.fields), tokens, "read")


def end(seconds: float = 1) -> None:
    """Have the token ended some seconds ago."""
    past = timezone.now() - timedelta(seconds=seconds)
    Grant.objects.update(due=past, ends=past)


async def run_of(site: Site, provider: Provider, **parameters: Any) -> Run:
    document = asking(f"{provider.url}/orders", **parameters)
    run = await rows(lambda: start_run(site.blueprint, document))
    return await until(ended(run))


class Another:
    """Asks the database as another worker does."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, question: Callable[..., Any], *values: Any) -> Any:
        self.asked += 1

        def ask() -> Any:
            try:
                return question(*values)
            finally:
                connections.close_all()

        return await asyncio.to_thread(ask)


async def apart(*given: Any) -> str:
    """Ask for a token from a process of its own: with an event loop and locks of its own."""

    def there() -> str:
        return asyncio.run(renewing.granted(Another(), *given))

    return await asyncio.to_thread(there)


async def test_a_run_uses_what_was_granted_and_nothing_shows_it(
    site: Site,
    provider: Provider,
    row: Credential,
    worker: Worker,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    run = await run_of(site, provider)
    assert run.status == "succeeded", run.error
    assert run.outputs["got"]["body"] == {"orders": 3, "you": "Bearer ••••••"}
    assert provider.forms == []
    await rows(end)
    run = await run_of(site, provider)
    assert run.status == "succeeded", run.error
    (form,) = provider.forms
    assert form == {"grant_type": "refresh_token", "refresh_token": "refresh-1-of-ada"}
    text = await rows(lambda: written(run)) + caplog.text
    for secret in ("access-", "refresh-"):
        assert secret not in text.replace("access-control", "")
    grant = await rows(Grant.objects.get)
    assert opened(grant) == {"access": "access-token-number-2", "refresh": provider.refresh}
    assert grant.renewed is not None
    assert (grant.scope, grant.renewer) == ("read", None)


async def test_many_steps_of_many_workers_renew_once(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    provider.slow = 0.6
    await rows(end)
    document = asking(f"{provider.url}/orders")
    document["nodes"] |= {f"n{n}": document["nodes"]["ask"] for n in range(6)}
    document["edges"] += [f"start.out -> n{n}.in" for n in range(6)]
    run = await rows(lambda: start_run(site.blueprint, document))
    given = await asyncio.gather(*(apart(row.pk) for _ in range(4)))
    over = await until(ended(run))
    assert over.status == "succeeded", over.error
    assert set(given) == {"access-token-number-2"}
    # A second use of the old refresh token would have revoked everything.
    assert len(provider.forms) == 1
    assert provider.revoked is False


async def test_one_that_is_refused_is_renewed_once_and_the_request_made_again(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    provider.valid.clear()
    run = await run_of(site, provider)
    assert run.status == "succeeded", run.error
    assert len(provider.forms) == 1
    # Another worker whom the server told the same takes what was got since.
    assert await apart(row.pk, "access-1-of-ada") == "access-token-number-2"
    # A server that refuses every token is no reason to renew for ever.
    provider.on("/orders", 401, b"{}", Content_Type="application/json")
    run = await run_of(site, provider)
    assert run.error["data"]["status"] == 401
    assert len(provider.forms) == 1


async def test_what_is_soon_over_is_renewed_before_and_serves_meanwhile(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    await rows(lambda: connect(row, provider, lasts=40))
    assert (await run_of(site, provider)).status == "succeeded"
    assert provider.forms == []
    await rows(lambda: Grant.objects.update(due=timezone.now()))
    # Who cannot be reached now is asked again later: the old token has not ended yet.
    provider.refuses = (503, {})
    assert (await run_of(site, provider)).status == "succeeded"
    assert len(provider.forms) == 1
    provider.refuses = None
    assert (await run_of(site, provider)).status == "succeeded"
    assert len(provider.forms) == 2
    # While one renews it, others do not wait either.
    await rows(lambda: Grant.objects.update(due=timezone.now()))
    provider.slow = 3
    first = asyncio.create_task(apart(row.pk))
    await until(lambda: Grant.objects.exclude(renewer=None).exists())
    assert await asyncio.wait_for(apart(row.pk), 2) == "access-token-number-3"
    assert await first == "access-token-number-4"


async def test_a_provider_that_fails_is_tried_again_by_the_step(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    await rows(end)
    provider.refuses = (503, {"error": "temporarily_unavailable"})
    run = await run_of(site, provider)
    assert run.error["message"] == (
        "127.0.0.1 gave no token for the credential 'Shop': it answered 503, "
        "temporarily_unavailable."
    )
    connection = await rows(lambda: connection_of(Credential.objects.get()))
    assert connection is not None
    assert connection.state == "connected"
    provider.refuses = None
    assert (await run_of(site, provider)).status == "succeeded"


async def test_a_client_that_is_refused_is_not_what_was_granted(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    await rows(end)
    await rows(lambda: keep(row, {"client_secret": "a wrong one"}))
    run = await run_of(site, provider)
    assert run.error["message"] == (
        "127.0.0.1 gave no token for the credential 'Shop': it answered 401, invalid_client."
    )
    # With the right secret it goes on: nobody has to consent again.
    await rows(lambda: keep(row, {"client_secret": CLIENT_SECRET}))
    assert (await run_of(site, provider)).status == "succeeded"


async def test_a_grant_that_was_taken_back_says_where_to_connect_it_again(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    from runner.actions.check import problems_of
    from runner.graph import load

    await rows(end)
    provider.revoked = True
    run = await run_of(site, provider)
    assert (run.error["code"], run.error["kind"]) == ("no_credential", "credential")
    assert run.error["message"] == (
        "The credential 'Shop' has to be connected before it is used. 127.0.0.1 gave no token for "
        "the credential 'Shop': it answered 400, invalid_grant; •••••• is taken no more. Its owner "
        f"connects it at http://conductor.example:8000/credentials/{row.pk}/"
    )
    assert "refresh-" not in json.dumps(
        await rows(lambda: list(Grant.objects.values())), default=str
    )
    connection = await rows(lambda: connection_of(Credential.objects.get(pk=row.pk)))
    assert connection is not None
    assert (connection.state, connection.works) == ("refused", False)
    assert "invalid_grant" in connection.why
    document = load(asking(f"{provider.url}/orders"))
    (problem,) = await rows(lambda: problems_of(document, site.blueprint))
    assert (problem.code, problem.parameter, problem.severity) == (
        "unconnected_credential",
        "credential",
        "warning",
    )
    # The provider is not asked again and again.
    assert (await run_of(site, provider)).error["message"] == run.error["message"]
    assert len(provider.forms) == 1
    await rows(lambda: connect(row, provider))
    assert (await run_of(site, provider)).status == "succeeded"
    assert await rows(lambda: problems_of(document, site.blueprint)) == []


async def test_who_is_not_connected_is_told_so(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    await rows(lambda: grants.disconnect(row))
    run = await run_of(site, provider)
    assert "Nobody has connected it yet. Its owner connects it at http://" in run.error["message"]
    assert [seen[1] for seen in provider.seen] == []


async def test_what_nobody_renews_serves_until_it_ends(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    tokens = Tokens("access-1-of-ada", "", 3600)
    await rows(lambda: grants.grant(row, client_of(row.fields), tokens, ""))
    await rows(lambda: Grant.objects.update(due=timezone.now()))
    assert (await run_of(site, provider)).status == "succeeded"
    provider.valid.clear()
    run = await run_of(site, provider)
    assert run.error["data"]["status"] == 401
    assert [seen[1] for seen in provider.seen].count("/orders") == 2  # not sent again in vain
    await rows(end)
    run = await run_of(site, provider)
    assert "the provider lets nobody renew it. Its owner connects it at" in run.error["message"]


async def test_a_refresh_token_that_stays_is_kept(
    site: Site, provider: Provider, row: Credential, worker: Worker
) -> None:
    provider.rotates = False
    for count in (2, 3):
        await rows(end)
        assert (await run_of(site, provider)).status == "succeeded"
        grant = await rows(Grant.objects.get)
        assert opened(grant) == {
            "access": f"access-token-number-{count}",
            "refresh": "refresh-1-of-ada",
        }


async def test_a_step_that_is_cut_off_loses_no_refresh_token(
    site: Site, provider: Provider, row: Credential
) -> None:
    provider.slow = 0.5
    await rows(end)
    asking_for_it = asyncio.create_task(renewing.granted(Another(), row.pk))
    await until(lambda: bool(provider.forms))
    asking_for_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking_for_it
    # Meanwhile another step waits for what comes of it.
    assert await renewing.granted(Another(), row.pk) == "access-token-number-2"
    assert len(provider.forms) == 1
    grant = await rows(Grant.objects.get)
    assert opened(grant) == {"access": "access-token-number-2", "refresh": provider.refresh}


async def test_a_worker_that_ends_keeps_what_it_was_given_before(
    site: Site, provider: Provider, row: Credential
) -> None:
    worker = Worker()
    running = asyncio.create_task(worker.run())
    while not worker.has_room:
        await asyncio.sleep(0.005)
    provider.slow = 1
    await rows(end)
    document = asking(f"{provider.url}/orders")
    await rows(lambda: start_run(site.blueprint, document))
    await until(lambda: bool(provider.forms))
    await worker.stop()
    await running
    grant = await rows(Grant.objects.get)
    assert opened(grant) == {"access": "access-token-number-2", "refresh": provider.refresh}


async def test_others_renew_where_whoever_had_the_turn_was_killed(
    site: Site, provider: Provider, row: Credential, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rows(end)
    turn = await rows(lambda: grants.lend(row.pk, "", True))
    assert isinstance(turn, grants.Turn)
    assert await rows(lambda: grants.lend(row.pk, "", True)) is None
    waiting = asyncio.create_task(apart(row.pk))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    past = timezone.now() - timedelta(seconds=1)
    await rows(lambda: Grant.objects.update(renewer_until=past))
    assert await waiting == "access-token-number-2"
    # If it comes back after all, it overwrites nothing.
    late = Tokens("late-access", "late-refresh", 60)
    await rows(lambda: grants.renewed(turn, late))
    await rows(lambda: grants.refuse(turn, "late"))
    grant = await rows(Grant.objects.get)
    assert (opened(grant) or {})["access"] == "access-token-number-2"
    assert grant.refused == ""


async def test_who_connects_while_it_is_renewed_wins(
    site: Site, provider: Provider, row: Credential
) -> None:
    await rows(end)
    turn = await rows(lambda: grants.lend(row.pk, "", True))
    assert isinstance(turn, grants.Turn)
    await rows(lambda: connect(row, provider))
    await rows(lambda: grants.renewed(turn, Tokens("late-access", "late-refresh", 60)))
    await rows(lambda: grants.refuse(turn, "late"))
    grant = await rows(Grant.objects.get)
    assert (opened(grant) or {})["access"] == "access-2-of-ada"
    assert grant.refused == ""


async def test_a_refresh_token_goes_to_whom_it_was_given_by_alone(
    site: Site, provider: Provider, row: Credential
) -> None:
    await rows(end)
    elsewhere = Provider()
    # As if the row had been changed by other means than those that forget it.
    fields = {**row.fields, "token_url": f"{elsewhere.url}/token"}
    await rows(lambda: Credential.objects.update(fields=fields))
    with pytest.raises(CredentialMissing, match="Nobody has connected it yet"):
        await apart(row.pk)
    assert elsewhere.seen == []
    elsewhere.server.shutdown()
    elsewhere.server.server_close()


async def test_what_another_key_has_sealed_is_no_connection(
    site: Site, provider: Provider, row: Credential
) -> None:
    sealed = SecretBox("another key of this site" * 3).seal("{}")
    await rows(lambda: Grant.objects.update(tokens=sealed))
    with pytest.raises(CredentialMissing, match="encrypted with another key"):
        await apart(row.pk)
    assert await rows(lambda: secrets_of(row))  # its own secret is as it was


async def test_one_that_is_deleted_meanwhile_is_none(site: Site) -> None:
    with pytest.raises(NodeError, match="deleted meanwhile"):
        await apart(UUID(int=1))
