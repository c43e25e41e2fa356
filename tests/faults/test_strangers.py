"""Another user's ids, and a session that has ended: 404 and 401, and nothing is changed."""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, NamedTuple

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from websockets.exceptions import ConnectionClosed
from websockets.sync.connection import Connection

from tests.faults.conductor import Answer, Conductor, document, wait
from tests.patience import PATIENCE, until

pytestmark = pytest.mark.server

SECRET_NAME = "Nobody else may read this"
# What would change something if it were let through; other operations take an empty body.
BODIES: dict[str, Any] = {
    "save_blueprint": {"document": document("Changed")},
    "validate_blueprint": {"document": document("Checked")},
    "exchange_updates": {"after": 0},
    "publish_blueprint": {"message": "by a stranger"},
    "start_run": {"draft": True},
    "replace_webhook": {"enabled": False},
    "change_webhook": {"enabled": False},
    "backfill_schedule": {"begin": "2025-12-31T00:00Z", "end": "2026-01-02T00:00Z"},
    "set_breakpoints": {"breakpoints": []},
    "edit_token": {"token": "start.out", "value": 1},
    "decide_approval": {"decision": "approve"},
    "change_endpoint": {"enabled": False},
    "change_credential": {"fields": {"token": "another"}},
}
# Whoever is sent on to an approval that is not for them is told so, and nothing else. Queues are
# for operators, whichever there are.
TELLS = ("{approval_id}", "{name}")


class Owned(NamedTuple):
    """What the owner has: the values of path parameters, and the operations of the API."""

    ids: dict[str, str]
    operations: list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def owned(conductor: Conductor) -> Owned:
    drawing = document(SECRET_NAME, wait(3600), trigger="trigger.webhook")
    drawing["nodes"]["yearly"] = {"kind": "trigger.schedule", "parameters": {"cron": "@yearly"}}
    drawing["nodes"]["inbox"] = {"kind": "trigger.file", "parameters": {"folder": "inbox"}}
    blueprint = conductor.make(drawing, publish=True)
    listener = conductor.ask("GET", f"/api/listeners/?blueprint={blueprint}").body["results"][0]
    schedule = conductor.ask("GET", f"/api/schedules/?blueprint={blueprint}").body["results"][0]
    webhook = conductor.ask(
        "POST",
        "/api/webhooks/",
        {"blueprint": blueprint, "node": "start", "authentication": "none"},
    ).body
    conductor.person("friend")
    given = {"user": "friend", "right": "view"}
    share = conductor.ask("POST", f"/api/blueprints/{blueprint}/shares/", given).body
    link = conductor.ask("POST", f"/api/blueprints/{blueprint}/links/", {"right": "run"}).body
    posted = conductor.ask("POST", "/hooks/" + webhook["url"].split("/hooks/")[1], {})
    # Nothing listens there; of what is sent, the row is enough.
    shop = {"name": SECRET_NAME, "url": "http://127.0.0.1:9/"}
    endpoint = conductor.ask("POST", "/api/endpoints/", shop).body["id"]
    aside = conductor.inside(
        "from runner.models import Listener, MessageAside\n"
        f"row = Listener.objects.get(pk='{listener['id']}')\n"
        "of = {'blueprint': row.blueprint, 'node': row.node, 'kind': row.kind}\n"
        f"print(MessageAside.objects.create(content='{{}}', reason='{SECRET_NAME}', **of).pk)"
    )
    account = {"name": SECRET_NAME, "kind": "bearer", "fields": {"token": SECRET_NAME}}
    ids = {
        "aside_id": aside,
        "credential_id": conductor.ask("POST", "/api/credentials/", account).body["id"],
        "endpoint_id": endpoint,
        "message_id": conductor.ask("POST", f"/api/endpoints/{endpoint}/test/").body["id"],
        "blueprint_id": blueprint,
        "run_id": posted.body["run"],
        "webhook_id": webhook["id"],
        "schedule_id": schedule["id"],
        "listener_id": listener["id"],
        "number": "1",
        "delivery_id": posted.headers["x-conductor-delivery"],
        "approval_id": approval(conductor),
        "share_id": share["id"],
        "link_id": link["id"],
        "name": "default",
    }
    schema = conductor.ask("GET", "/api/schema/?format=json").body
    operations = [
        (method.upper(), path, operation["operationId"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if "{" in path
    ]
    return Owned(ids, operations)


def approval(conductor: Conductor) -> str:
    """Have a run ask its owner for approval; return the approval's id."""
    asks = {"kind": "flow.approval", "parameters": {"title": SECRET_NAME, "users": ["owner"]}}
    blueprint = conductor.make(document("Asks", asks))
    run = conductor.ask("POST", f"/api/blueprints/{blueprint}/runs/", {"draft": True}).body["id"]
    until(
        lambda: conductor.ask("GET", f"/api/runs/{run}/").body["status"] == "waiting",
        "the run waits",
    )
    return str(conductor.ask("GET", "/api/approvals/").body["results"][0]["id"])


@pytest.fixture(scope="module")
def stranger(conductor: Conductor) -> tuple[str, str]:
    """The token and the cookie of a user without rights."""
    return conductor.person("stranger")


@pytest.fixture
def unchanged(live: Conductor, owned: Owned) -> Iterator[None]:
    """Nothing of the owner's is changed by the test."""
    before = rows_of(live)
    yield
    assert rows_of(live) == before


def rows_of(server: Conductor) -> dict[str, list[Any]]:
    tables = "editor_blueprint editor_blueprintversion editor_drawing runner_run runner_webhook"
    tables += (
        " runner_queue runner_webhookdelivery runner_journalchunk editor_share editor_sharelink"
        " runner_schedule runner_messageaside"
    )
    with closing(sqlite3.connect(server.home / "db.sqlite3")) as database:
        return {
            table: database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in tables.split()
        }


def tells(path: str) -> bool:
    return any(part in path for part in TELLS)


def filled(path: str, ids: dict[str, str]) -> str:
    # A parameter that is not known here is a new one, which this test has to learn.
    return path.format(**ids)


def unknown(ids: dict[str, str]) -> dict[str, str]:
    return {name: "7" if name == "number" else str(uuid.uuid4()) for name in ids}


def without_ids(answer: Answer, *ids: dict[str, str]) -> str:
    text = json.dumps(answer.body)
    for each in ids:
        for name, value in each.items():
            text = text.replace(value, name) if name != "number" else text
    return text


def test_a_strangers_token_finds_nothing_of_anybody_at_any_address_of_the_api(
    live: Conductor, owned: Owned, stranger: tuple[str, str], unchanged: None
) -> None:
    token, _ = stranger
    assert len(owned.operations) >= 14
    nobodys = unknown(owned.ids)
    for method, path, operation in owned.operations:
        address = filled(path, owned.ids)
        if method == "GET":
            assert live.ask("GET", address).status == 200, f"the owner reads {address}"
        body = BODIES.get(operation, {}) if method != "GET" else None
        headers = {"If-Match": "*"}
        answer = live.ask(method, address, body, headers, token=token)
        assert answer.is_problem
        if tells(path):
            assert answer.status == 403, (method, address, answer)
            assert SECRET_NAME not in json.dumps(answer.body)
            continue
        assert answer.status == 404, (method, address, answer)
        other = live.ask(method, filled(path, nobodys), body, headers, token=token)
        told = without_ids(answer, owned.ids)
        assert told == without_ids(other, nobodys), "it must not say that there is something"


def test_lists_and_bodies_that_name_anothers_blueprint_show_and_make_nothing(
    live: Conductor, owned: Owned, stranger: tuple[str, str], unchanged: None
) -> None:
    token, _ = stranger
    blueprint = owned.ids["blueprint_id"]
    for path in ("runs", "webhooks", "blueprints", "endpoints", "messages", "listeners/aside"):
        for query in ("", "?limit=200", f"?blueprint={blueprint}"):
            answer = live.ask("GET", f"/api/{path}/{query}", token=token)
            refuses = path in ("blueprints", "endpoints", "messages") and query
            assert answer.status == 200 or refuses, answer
            assert SECRET_NAME not in json.dumps(answer.body)
            assert blueprint not in json.dumps(answer.body.get("results", []))
    body = {"blueprint": blueprint, "node": "start", "authentication": "none"}
    assert live.ask("POST", "/api/webhooks/", body, token=token).status == 404


def pages() -> list[str]:
    """Return the routes of all pages that take an id, as the site declares them."""

    def walk(patterns: list[Any], prefix: str) -> Iterator[str]:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                if route.split("/")[0] not in {"api", "admin"}:
                    yield from walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern) and "<uuid:" in route:
                yield "/" + route.replace("<uuid:", "{").replace(">", "}")

    return list(walk(get_resolver().url_patterns, ""))


def test_a_strangers_session_finds_nothing_at_any_page(
    live: Conductor, owned: Owned, stranger: tuple[str, str], unchanged: None
) -> None:
    _, cookie = stranger
    first = live.ask("GET", "/blueprints/", headers={"Cookie": cookie})
    assert first.status == 200
    assert SECRET_NAME not in first.body
    csrf = first.headers["set-cookie"].split("conductor_csrf=")[1].split(";")[0]
    headers = {"Cookie": f"{cookie}; conductor_csrf={csrf}", "X-CSRFToken": csrf}
    assert len(pages()) >= 3
    for route in pages():
        for method in ("GET", "POST"):
            address = filled(route, owned.ids)
            answer = live.ask(method, address, headers=headers)
            assert answer.status in {404, 405} or tells(route), (method, address, answer.status)
            assert answer.status >= 400
            assert SECRET_NAME not in (answer.body or "")
        refused = 403 if tells(route) else 404
        assert refused in {
            live.ask(way, address, headers=headers).status for way in ("GET", "POST")
        }
    runs = live.ask("GET", f"/runs/?blueprint={owned.ids['blueprint_id']}", headers=headers)
    assert SECRET_NAME not in runs.body


def test_a_stranger_gets_no_further_than_the_door_of_the_admin(
    live: Conductor, owned: Owned, stranger: tuple[str, str], unchanged: None
) -> None:
    _, cookie = stranger
    kinds = {"webhook": "webhook_id", "webhookdelivery": "delivery_id", "run": "run_id"}
    for kind, name in kinds.items():
        for part in ("", f"{owned.ids[name]}/change/", f"{owned.ids[name]}/delete/"):
            answer = live.ask("GET", f"/admin/runner/{kind}/{part}", headers={"Cookie": cookie})
            assert answer.status == 302, answer
            assert answer.headers["location"].startswith("/admin/login/")


def said(socket: Connection, **message: Any) -> dict[str, Any]:
    socket.send(json.dumps(message))
    answer: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE))
    return answer


def test_a_strangers_socket_is_told_nothing(
    live: Conductor, owned: Owned, stranger: tuple[str, str]
) -> None:
    _, cookie = stranger
    run, blueprint = owned.ids["run_id"], owned.ids["blueprint_id"]
    with live.socket(cookie) as socket:
        assert said(socket, type="subscribe", run=run, after=0)["code"] == "not_found"
        assert said(socket, type="subscribe", blueprint=blueprint)["code"] == "not_found"
        socket.send(json.dumps({"type": "unsubscribe", "run": run}))
        # What happens in the other's run afterwards does not come either.
        assert live.ask("POST", f"/api/runs/{run}/cancel/").status == 202
        live.ended(run)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=1)


# --- sessions that end ---------------------------------------------------------------


def sign_out(server: Conductor, cookie: str) -> None:
    page = server.ask("GET", "/blueprints/", headers={"Cookie": cookie})
    csrf = page.headers["set-cookie"].split("conductor_csrf=")[1].split(";")[0]
    headers = {"Cookie": f"{cookie}; conductor_csrf={csrf}", "X-CSRFToken": csrf}
    assert server.ask("POST", "/sign-out/", headers=headers).status == 302


def closed_with(socket: Connection, within: float = 20) -> int:
    """Return the code with which the server closes the socket."""
    deadline = time.monotonic() + within
    try:
        while True:
            socket.recv(timeout=max(0.1, deadline - time.monotonic()))
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_what_a_session_opened_is_shut_when_it_ends(live: Conductor) -> None:
    leaver_token, leaver = live.person("leaver")
    blueprint = live.make(document("Watched", wait(0.1)))
    run = live.start_run(blueprint)
    live.ended(run)
    cookie, mine = live.session(), live.session()
    api = f"/api/runs/{run}/"
    with (
        live.socket(cookie) as idle,
        live.socket(cookie) as busy,
        live.socket(mine) as other,
        live.socket(leaver) as left,
    ):
        for socket in (idle, busy):
            assert said(socket, type="subscribe", run=run, after=0)["type"] == "events"
        assert live.ask("GET", api, headers={"Cookie": cookie}, token="").status == 200
        assert live.ask("GET", "/api/runs/", token=leaver_token).status == 200
        live.inside(
            "from django.contrib.auth import get_user_model\n"
            "get_user_model().objects.filter(username='leaver').update(is_active=False)"
        )
        for given in ({"token": leaver_token}, {"token": "", "headers": {"Cookie": leaver}}):
            answer = live.ask("GET", "/api/runs/", **given)
            assert (answer.status, answer.is_problem) == (401, True)
        sign_out(live, cookie)
        answer = live.ask("GET", api, headers={"Cookie": cookie}, token="")
        assert answer.status == 401
        assert answer.is_problem
        page = live.ask("GET", f"/blueprints/{blueprint}/", headers={"Cookie": cookie})
        assert page.status == 302
        assert page.headers["location"] == f"/sign-in/?next=/blueprints/{blueprint}/"
        time.sleep(1)  # a socket asks for its session at most once a second
        # Unless its own look at the session, every few seconds, has been before.
        with suppress(ConnectionClosed):
            busy.send(json.dumps({"type": "subscribe", "blueprint": blueprint}))
        assert closed_with(busy) == 4401
        assert closed_with(idle) == 4401
        assert closed_with(left) == 4401
        # A session that holds keeps its socket.
        assert said(other, type="subscribe", run=run, after=0)["type"] == "events"
    with live.socket(cookie) as late:
        assert closed_with(late) == 4401


def test_a_session_that_is_too_old_is_refused(live: Conductor) -> None:
    old = live.session()
    key = old.split("=")[1]
    with closing(sqlite3.connect(live.home / "db.sqlite3", timeout=10)) as database:
        database.execute(
            "UPDATE django_session SET expire_date = '2020-01-01' WHERE session_key = ?", [key]
        )
        database.commit()
    until(
        lambda: live.ask("GET", "/api/runs/", token="", headers={"Cookie": old}).status == 401,
        "an old session is refused",
        3,
    )
