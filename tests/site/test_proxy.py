"""Behind a proxy that speaks TLS: addresses, cookies and forms are those of the outside."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from tests.serving import Server

pytestmark = pytest.mark.server

OUTSIDE = "https://conductor.example.com"
FORWARDED = {"Host": "conductor.example.com", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(
        tmp_path_factory.mktemp("home"),
        CONDUCTOR_HOSTS="conductor.example.com",
        CONDUCTOR_TLS="yes",
        CONDUCTOR_URL=OUTSIDE,
    )
    server.start()
    yield server
    server.stop()


def test_the_ready_line_says_where_it_listens_and_where_people_come(server: Server) -> None:
    assert server.output[0] == f"Conductor is ready at {server.url}, for people at {OUTSIDE}\n"


def test_the_address_of_a_webhook_is_the_one_outside(server: Server) -> None:
    nodes = {"hook": {"kind": "trigger.webhook"}}
    document = {"format": "conductor/1", "name": "Hooked", "nodes": nodes}
    _, blueprint = server.call("POST", "/api/blueprints/", {"document": document}, FORWARDED)
    asked = {"blueprint": blueprint["id"], "node": "hook", "authentication": "none"}
    status, webhook = server.call("POST", "/api/webhooks/", asked, FORWARDED)
    assert status == 201, webhook
    assert webhook["url"].startswith(f"{OUTSIDE}/hooks/")


@pytest.mark.parametrize(("origin", "status"), [(OUTSIDE, 200), ("https://evil.example", 403)])
def test_a_form_is_taken_from_the_outside_alone(server: Server, origin: str, status: int) -> None:
    page = urllib.request.urlopen(
        urllib.request.Request(f"{server.url}/sign-in/", headers=FORWARDED)
    )
    with page:
        cookie = page.headers["Set-Cookie"]
        token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert "Secure" in cookie
    assert token
    headers = {**FORWARDED, "Origin": origin, "Cookie": cookie.partition(";")[0]}
    form = f"csrfmiddlewaretoken={token[1]}&username=nobody&password=wrong"
    request = urllib.request.Request(f"{server.url}/sign-in/", form.encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            given = answer.status
    except urllib.error.HTTPError as error:
        with error:
            given = error.code
    assert given == status


def test_another_host_is_refused(server: Server) -> None:
    assert server.call("GET", "/sign-in/", headers={"Host": "evil.example"})[0] == 400
