"""Tokens that a credential fetches: once for many requests, again when refused, and hidden."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

from runner.queue import Worker
from tests.credentials.conftest import Make, asking
from tests.credentials.test_taking import JSON, run_of, written
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

CLIENT = {"client_id": "the client", "client_secret": "very/secret"}


class Issuer:
    """Hands out tokens, counted, at /token of a server; `valid` is the one that /a takes."""

    def __init__(self, server: Server, **told: Any) -> None:
        self.count, self.valid, self.forms = 0, "", []  # type: int, str, list[dict[str, list[str]]]
        self.heads: list[str] = []

        def answer(handler: Any, status: int, body: Any) -> None:
            text = json.dumps(body).encode()
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)

        def token(handler: Any, body: bytes) -> None:
            self.count += 1
            self.forms.append(parse_qs(body.decode()))
            self.heads.append(handler.headers.get("Authorization", ""))
            self.valid = f"token-number-{self.count}"
            answer(handler, 200, {"access_token": self.valid, "token_type": "Bearer", **told})

        def ask(handler: Any, body: bytes) -> None:
            right = handler.headers.get("Authorization") == f"Bearer {self.valid}"
            answer(handler, 200 if right else 401, {"got": handler.headers["Authorization"]})

        server.answers["/token"] = token
        server.answers["/a"] = ask


async def test_a_token_serves_many_requests_at_once(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    issuer = Issuer(server, expires_in=3600)
    await rows(
        lambda: make(kind="oauth2", token_url=server.url + "/token", scope="read write", **CLIENT)
    )
    document = asking(server.url + "/a")
    document["nodes"] |= {f"n{n}": document["nodes"]["ask"] for n in range(8)}
    document["edges"] += [f"start.out -> n{n}.in" for n in range(8)]
    runs = [await rows(lambda: start_run(site.blueprint, document)) for _ in range(3)]
    for run in runs:
        over = await until(ended(run))
        assert over.status == "succeeded", over.error
        text = await rows(lambda over=over: written(over))  # type: ignore[misc]
        assert "token-number" not in text
        assert over.outputs["got"]["body"] == {"got": "Bearer ••••••"}
    assert issuer.count == 1
    assert issuer.forms == [{"grant_type": ["client_credentials"], "scope": ["read write"]}]
    assert issuer.heads == ["Basic " + base64.b64encode(b"the+client:very%2Fsecret").decode()]


async def test_one_that_is_refused_is_fetched_anew_once(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    issuer = Issuer(server, expires_in=3600)
    given = {"token_url": server.url + "/token", "send_in": "body", **CLIENT}
    await rows(lambda: make(kind="oauth2", **given))
    document = asking(server.url + "/a")
    assert (await run_of(site.blueprint, document)).status == "succeeded"
    assert issuer.forms[0]["client_secret"] == ["very/secret"]
    issuer.valid = "taken back"
    assert (await run_of(site.blueprint, document)).status == "succeeded"
    assert issuer.count == 2
    # A server that refuses every token is not asked for ever.
    server.on("/never", 401, b"{}", **JSON)
    run = await run_of(site.blueprint, asking(server.url + "/never"))
    assert run.error["data"]["status"] == 401
    assert [seen[1] for seen in server.seen].count("/never") == 2


async def test_one_that_ends_soon_is_fetched_again_when_it_has(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    issuer = Issuer(server, expires_in=0.2)
    await rows(lambda: make(kind="oauth2", token_url=server.url + "/token", **CLIENT))
    document = asking(server.url + "/a")
    document["nodes"]["wait"] = {"kind": "flow.wait", "parameters": {"seconds": 0.3}}
    document["nodes"]["again"] = document["nodes"]["ask"]
    document["edges"] += ["ask.out -> wait.in", "wait.out -> again.in"]
    assert (await run_of(site.blueprint, document)).status == "succeeded"
    assert issuer.count == 2


async def test_why_there_is_no_token_is_said(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    told = {"error": "invalid_client", "error_description": "very/secret is wrong"}
    server.on("/token", 400, json.dumps(told).encode(), **JSON)
    await rows(lambda: make(kind="oauth2", token_url=server.url + "/token", **CLIENT))
    run = await run_of(site.blueprint, asking(server.url + "/a"))
    assert run.error["message"] == (
        "127.0.0.1 gave no token for the credential 'Shop': it answered 400, invalid_client; "
        "•••••• is wrong."
    )
    assert [seen[1] for seen in server.seen] == ["/token"]
