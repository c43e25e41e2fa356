"""What is hidden: in every form that other programs give it, and also where a text is cut."""

from __future__ import annotations

import base64
import json
import random
import string
import time
from typing import Any

import httpx
import pytest

from runner.engine.hiding import HIDDEN, Hiding
from runner.engine.node import Step, node
from runner.graph.spec import Effect, Runs
from runner.queue import Worker
from tests.credentials.conftest import Make, asking
from tests.credentials.test_steps import Keeper, story, written
from tests.nodes.conftest import Site as Server
from tests.running.conftest import Site, ended, rows, until
from tests.starting import start_run

SIGNS = string.ascii_letters + string.digits + string.punctuation + " äß€😀"


@pytest.mark.parametrize(
    "shown",
    [
        lambda secret: json.dumps({"k": secret}),  # ASCII alone, as Python's and others' is
        lambda secret: json.dumps({"k": secret}).replace("/", "\\/"),  # as PHP's is
        lambda secret: json.dumps({"k": secret}, ensure_ascii=False),
        lambda secret: repr(KeyError(secret)),
        *(
            lambda secret, before=before: base64.b64encode(
                b"abc"[:before] + secret.encode() + b"xyz"
            ).decode()
            for before in range(3)
        ),
        lambda secret: base64.urlsafe_b64encode(b"a" + secret.encode() + b"xyz").decode(),
        lambda secret: str(httpx.URL("http://e.com/?a=1").copy_merge_params({"key": secret})),
    ],
)
def test_usual_forms_of_a_secret_are_found(shown: Any) -> None:
    draw = random.Random(7)
    for _ in range(500):
        secret = "".join(draw.choices(SIGNS, k=12))
        hiding = Hiding()
        hiding.hide([secret])
        assert HIDDEN in hiding.text(shown(secret)), secret


def test_many_long_keys_do_not_keep_the_loop() -> None:
    draw = random.Random(7)
    secrets = ["".join(draw.choices(string.ascii_letters, k=10_000)) for _ in range(50)]
    began = time.process_time()
    hiding = Hiding()
    hiding.hide(secrets)
    assert hiding.value(["x" * 10_000, secrets[7]]) == ["x" * 10_000, HIDDEN]
    # It was half a minute.
    assert time.process_time() - began < 3


@node("t.long", title="Long", category="T", icon="box", runs=Runs.ASYNC, effect=Effect.IDEMPOTENT)
async def long(step: Step) -> Any:
    """Crash with a secret where the message is cut."""
    credential = await step.credential("Bank")
    raise ValueError("x" * 1980 + credential.fields["key"])


async def test_the_end_of_a_message_does_not_begin_a_secret() -> None:
    result = await story(long, Keeper(key="sk-live-0123456789"))
    assert "sk-" not in written(result)


async def test_nor_does_what_a_server_says_of_why_it_gives_no_token(
    site: Site, server: Server, make: Make, worker: Worker
) -> None:
    secret = "client-secret-0123456789"
    told = json.dumps({"error": "invalid_client", "error_description": "x" * 290 + secret})
    server.on("/token", 400, told.encode(), Content_Type="application/json")
    await rows(
        lambda: make(
            kind="oauth2", token_url=f"{server.url}/token", client_id="me", client_secret=secret
        )
    )
    run = await rows(lambda: start_run(site.blueprint, asking(server.url + "/a")))
    run = await until(ended(run))
    assert "gave no token" in run.error["message"]
    assert "client" not in run.error["message"].replace("invalid_client", "")
