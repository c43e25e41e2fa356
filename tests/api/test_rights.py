"""Who may do what: each address of the API and the pages, for each right that there is.

The addresses are read from the URL conf, so that a new one fails here until it is put in the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from runner.models import Run
from tests.api.whole_site import PASSWORD, RESUME, B, L, R, S, Site

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

LOOK = "look"  # may be done with the right to look, also by guests with an open link
VIEW, RUN, EDIT, OWN = "view", "run", "edit", "own"
HIDDEN = "hidden"  # what only the owner has; for all others it is not there
ACCOUNT = "account"  # open to everybody who is signed in; shows or takes nothing of others
OPEN = "open"  # open to all

TABLE: dict[str, str] = {
    f"GET api/{B}": LOOK,
    f"PUT api/{B}": EDIT,
    f"DELETE api/{B}": OWN,
    f"POST api/{B}updates/": EDIT,
    f"POST api/{B}publish/": OWN,
    f"POST api/{B}collapse/": OWN,
    f"POST api/{B}expand/": EDIT,
    f"POST api/{B}validate/": EDIT,
    f"POST api/{B}evaluate/": EDIT,
    f"GET api/{B}used-by/": OWN,
    f"GET api/{B}interface/": LOOK,
    f"GET api/{B}document/": LOOK,
    f"GET api/{B}versions/": LOOK,
    f"GET api/{B}versions/<int:number>/": LOOK,
    f"PATCH api/{B}versions/<int:number>/": EDIT,
    f"POST api/{B}runs/": RUN,
    f"POST api/{B}tests/": RUN,
    f"GET api/{B}shares/": OWN,
    f"POST api/{B}shares/": OWN,
    f"PATCH api/{B}shares/<uuid:share_id>/": OWN,
    f"DELETE api/{B}shares/<uuid:share_id>/": OWN,
    f"POST api/{B}links/": OWN,
    f"DELETE api/{B}links/<uuid:link_id>/": OWN,
    f"GET api/{R}": LOOK,
    f"GET api/{R}events/": LOOK,
    f"GET api/{R}values/": LOOK,
    f"GET api/{R}explain/": LOOK,
    f"GET api/{R}tokens/": LOOK,
    f"PUT api/{R}tokens/": EDIT,
    f"POST api/{R}cancel/": RUN,
    f"POST api/{R}rerun/": RUN,
    f"POST api/{R}dismiss/": RUN,
    f"POST api/{R}pause/": RUN,
    f"POST api/{R}continue/": RUN,
    f"POST api/{R}step/": RUN,
    f"PUT api/{R}breakpoints/": RUN,
    f"GET api/{B}calls/": EDIT,
    f"POST api/{B}calls/": EDIT,
    f"DELETE api/{B}calls/": EDIT,
    "POST api/calls/<uuid:delivery_id>/replay/": OWN,
    "GET api/webhooks/<uuid:webhook_id>/": HIDDEN,
    "PUT api/webhooks/<uuid:webhook_id>/": HIDDEN,
    "PATCH api/webhooks/<uuid:webhook_id>/": HIDDEN,
    "DELETE api/webhooks/<uuid:webhook_id>/": HIDDEN,
    "POST api/webhooks/<uuid:webhook_id>/rotate/": HIDDEN,
    f"GET api/{B}credentials/": EDIT,
    "GET api/credentials/<uuid:credential_id>/": HIDDEN,
    "PATCH api/credentials/<uuid:credential_id>/": HIDDEN,
    "DELETE api/credentials/<uuid:credential_id>/": HIDDEN,
    "DELETE api/credentials/<uuid:credential_id>/connection/": HIDDEN,
    "GET api/endpoints/<uuid:endpoint_id>/": HIDDEN,
    "PATCH api/endpoints/<uuid:endpoint_id>/": HIDDEN,
    "DELETE api/endpoints/<uuid:endpoint_id>/": HIDDEN,
    "POST api/endpoints/<uuid:endpoint_id>/rotate/": HIDDEN,
    "POST api/endpoints/<uuid:endpoint_id>/test/": HIDDEN,
    "GET api/messages/<uuid:message_id>/": HIDDEN,
    "POST api/messages/<uuid:message_id>/send-again/": HIDDEN,
    f"GET api/{S}": VIEW,
    f"POST api/{S}pause/": OWN,
    f"POST api/{S}resume/": OWN,
    f"POST api/{S}run/": RUN,
    f"POST api/{S}backfill/": RUN,
    f"GET api/{L}": VIEW,
    f"POST api/{L}pause/": OWN,
    f"POST api/{L}resume/": OWN,
    "GET api/listeners/aside/<uuid:aside_id>/": HIDDEN,
    "DELETE api/listeners/aside/<uuid:aside_id>/": HIDDEN,
    "POST api/listeners/aside/<uuid:aside_id>/replay/": HIDDEN,
    f"GET {B}": LOOK,
    f"GET {R}": LOOK,
    f"POST {R}cancel/": RUN,
    # Lists have what may be seen, one by one: see below.
    "GET api/runs/": ACCOUNT,
    "GET api/blueprints/": ACCOUNT,
    "GET api/webhooks/": ACCOUNT,
    "GET api/hooks/openapi.json": ACCOUNT,
    "GET api/hooks/openapi.yaml": ACCOUNT,
    "POST api/hooks/import/": ACCOUNT,
    "GET credentials/<uuid:credential_id>/": HIDDEN,
    "POST credentials/<uuid:credential_id>/": HIDDEN,
    "POST credentials/<uuid:credential_id>/delete/": HIDDEN,
    "POST credentials/<uuid:credential_id>/connect/": HIDDEN,
    "POST credentials/<uuid:credential_id>/disconnect/": HIDDEN,
    "GET credentials/connected/": ACCOUNT,
    "GET credentials/": ACCOUNT,
    "GET credentials/new/": ACCOUNT,
    "POST credentials/new/": ACCOUNT,
    "GET api/credentials/": ACCOUNT,
    "POST api/credentials/": ACCOUNT,
    "GET api/credentials/kinds/": ACCOUNT,
    "GET api/endpoints/": ACCOUNT,
    "POST api/endpoints/": ACCOUNT,
    "GET api/messages/": ACCOUNT,
    "GET api/schedules/": ACCOUNT,
    "GET api/schedules/calendars/": ACCOUNT,
    "POST api/schedules/foresee/": ACCOUNT,
    "GET api/listeners/": ACCOUNT,
    "GET api/listeners/aside/": ACCOUNT,
    "GET api/approvals/": ACCOUNT,
    "GET blueprints/": ACCOUNT,
    "GET runs/": ACCOUNT,
    "GET approvals/": ACCOUNT,
    # Approvals ask people by name, whoever owns the blueprint: tests/api/test_approvals.py.
    "GET api/approvals/<uuid:approval_id>/": ACCOUNT,
    "POST api/approvals/<uuid:approval_id>/": ACCOUNT,
    "GET approvals/<uuid:approval_id>/": ACCOUNT,
    "POST approvals/<uuid:approval_id>/": ACCOUNT,
    "POST api/blueprints/": ACCOUNT,
    "POST api/webhooks/": ACCOUNT,
    "POST api/documents/": ACCOUNT,
    # Whoever has the admin's permissions for queues: tests/api/test_queues.py.
    "GET api/queues/": ACCOUNT,
    "POST api/queues/": ACCOUNT,
    "GET api/queues/<slug:name>/": ACCOUNT,
    "PATCH api/queues/<slug:name>/": ACCOUNT,
    "DELETE api/queues/<slug:name>/": ACCOUNT,
    # Of those named, the caller's own and those they may run: tests/api/test_queues.py.
    "POST api/dead-letters/replay/": ACCOUNT,
    "GET api/": ACCOUNT,
    # Whoever may draw a blueprint reads and writes these files by its nodes.
    "GET api/files/": ACCOUNT,
    "POST api/files/": ACCOUNT,
    "GET api/expressions/": ACCOUNT,
    "GET api/node-types/": ACCOUNT,
    "GET api/schema/": OPEN,
    "GET api/docs/": OPEN,
    "POST blueprints/new/": ACCOUNT,
    "POST blueprints/import/": ACCOUNT,
    "POST blueprints/examples/<slug:key>/": ACCOUNT,
    "GET share/opened/": ACCOUNT,
    "GET ": OPEN,
    "GET share/": OPEN,
    "POST share/": OPEN,
    "GET sign-in/": OPEN,
    "POST sign-in/": OPEN,
    "POST sign-out/": OPEN,
    "GET welcome/password/": ACCOUNT,
    "GET welcome/<str:token>/": OPEN,
    "GET example/echo/": OPEN,
    "GET example/echo/<path:rest>": OPEN,
}
# The function views take what their decorators say, which cannot be read from outside.
POSTED = (
    "cancel/",
    "delete/",
    "connect/",
    "disconnect/",
    "new/",
    "import/",
    "examples/<slug:key>/",
    "sign-out/",
)
BOTH = (
    "share/",
    "sign-in/",
    "approvals/<uuid:approval_id>/",
    "credentials/new/",
    "credentials/<uuid:credential_id>/",
)


@pytest.fixture
def site(db: None, monkeypatch: pytest.MonkeyPatch) -> Site:
    # No worker answers here what is asked of a run.
    monkeypatch.setattr("runner.actions.debug.PATIENCE", 0)
    return Site()


def routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Yield every address of the site with every method that it takes, but of the admin."""
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            if path != "admin/":
                yield from routes(pattern, path)
        elif not path.endswith("^.*$"):
            for method in methods(pattern, path):
                yield f"{method} {path}"


def methods(pattern: URLPattern, path: str) -> list[str]:
    view = getattr(pattern.callback, "cls", None)  # of a class of the REST framework
    if view is not None:
        known = ("get", "post", "put", "patch", "delete")
        return [name.upper() for name in known if hasattr(view, name)]
    if path.endswith(BOTH):
        return ["GET", "POST"]
    return ["POST"] if path.endswith(POSTED) else ["GET"]


def test_every_address_is_in_the_table() -> None:
    found = set(routes(get_resolver()))
    assert found - TABLE.keys() == set(), "say in the table which right these need"
    assert TABLE.keys() - found == set(), "these are no addresses any more"


ABOUT_ONE = [key for key, right in TABLE.items() if right in (LOOK, VIEW, RUN, EDIT, OWN)]


@pytest.mark.parametrize("key", ABOUT_ONE)
def test_an_address_opens_to_those_who_have_its_right(key: str, site: Site) -> None:
    wanted = TABLE[key]
    api = " api/" in key
    order = [VIEW, RUN, EDIT, OWN]
    least = VIEW if wanted == LOOK else wanted

    def asked(who: str) -> Response:
        answer = site.ask(site.client(who), key)
        if who != "owner":
            told = answer.content.decode()
            assert [it for it in site.secrets if it in told] == [], (who, told)
            assert who == EDIT or PASSWORD not in told, who
        return answer

    def kept_out(who: str) -> None:
        answer = asked(who)
        if api:
            assert answer.status_code == 401, (who, answer.content)
        else:
            assert answer["Location"].startswith("/sign-in/"), who

    kept_out("nobody")
    assert asked("stranger").status_code == 404
    if wanted == LOOK:
        assert asked("guest").status_code == 200
    else:
        kept_out("guest")
    for who in (VIEW, RUN, EDIT):
        answer = asked(who)
        if order.index(who) >= order.index(least):
            assert answer.status_code not in (401, 403, 404), (who, answer.content)
        else:
            assert answer.status_code == 403, (who, answer.content)
            if api:
                problem = json.loads(answer.content)
                assert (problem["code"], problem["right"], problem["has"]) == (
                    "right_missing", wanted, who,
                )  # fmt: skip
                assert "ada" in problem["detail"]
    assert site.ask(site.client("owner"), key).status_code not in (401, 403, 404)


@pytest.mark.parametrize("key", [key for key, right in TABLE.items() if right == HIDDEN])
def test_what_only_the_owner_has_is_not_there_for_others(key: str, site: Site) -> None:
    for who in ("stranger", VIEW, RUN, EDIT):
        assert site.ask(site.client(who), key).status_code == 404, who
    for who in ("nobody", "guest"):
        kept_out = 401 if " api/" in key else 302  # pages lead to the sign-in
        assert site.ask(site.client(who), key).status_code == kept_out, who
    # A form of a page leads on when it is done; what this one is no kind of is told.
    if key.endswith("/connect/"):
        done: tuple[int, ...] = (409,)
    else:
        done = (200, 201, 202, 204) if " api/" in key else (200, 302)
    assert site.ask(site.client("owner"), key).status_code in done


@pytest.mark.parametrize("key", [key for key, right in TABLE.items() if right == ACCOUNT])
def test_what_is_for_accounts_is_closed_to_guests(key: str, site: Site) -> None:
    path = "/" + key.partition(" ")[2].replace("<uuid:approval_id>", str(site.run.pk))
    for who in ("nobody", "guest"):
        answer = site.client(who).generic(
            key.partition(" ")[0], path.replace("<slug:key>", "x").replace("<slug:name>", "default")
        )
        if key == "GET api/runs/" and who == "guest":
            (run,) = answer.json()["results"]
            assert run["id"] == str(site.run.pk)
            assert RESUME not in answer.content.decode()
        elif " api/" in key:
            assert answer.status_code == 401, who
        else:
            assert answer["Location"].startswith("/sign-in/"), who


def test_lists_have_what_is_shared_and_nothing_else(site: Site) -> None:
    for who, names in {"owner": ["Orders", "Payroll"], "view": ["Orders"], "stranger": []}.items():
        client = site.client(who)
        found = client.get("/api/blueprints/").json()["results"]
        assert sorted(row["name"] for row in found) == names
        assert {(row["owner"], row["right"]) for row in found} == (
            {("ada", "own" if who == "owner" else "view")} if names else set()
        )
        runs = client.get("/api/runs/").json()["results"]
        assert [run["id"] for run in runs] == ([str(site.run.pk)] if names else [])
        assert (RESUME in json.dumps(runs)) is (who == "owner")
        schedules = client.get("/api/schedules/").json()["results"]
        assert [row["node"] for row in schedules] == (["daily"] if names else [])
        listeners = client.get("/api/listeners/").json()["results"]
        assert [row["node"] for row in listeners] == (["inbox"] if names else [])
        for path in ("webhooks", "listeners/aside"):
            assert len(client.get(f"/api/{path}/").json()["results"]) == (who == "owner")
    assert "ada: may look" in site.client("view").get("/blueprints/").content.decode()


def test_a_blueprint_shows_that_it_has_a_webhook_but_not_its_address(site: Site) -> None:
    for who in ("guest", "view", "run", "edit"):
        shown = site.client(who).get(f"/api/blueprints/{site.blueprint.pk}/").json()
        assert [(hook["node"], hook["url"]) for hook in shown["webhooks"]] == [("hook", None)]
    shown = site.client("owner").get(f"/api/blueprints/{site.blueprint.pk}/").json()
    assert site.webhook.token in shown["webhooks"][0]["url"]


def test_values_in_the_middle_of_a_blueprint_are_for_those_who_may_edit_it(site: Site) -> None:
    path = f"/api/blueprints/{site.blueprint.pk}/runs/"
    part = {"draft": True, "to": "ask"}
    mocked = {"mocks": {"ask": {"outputs": {"out": 1}}}}
    for body in (part, mocked):
        refused = site.client("run").post(path, body, content_type="application/json")
        assert (refused.status_code, refused.json()["right"]) == (403, "edit")
        taken = site.client("edit").post(path, body, content_type="application/json")
        assert taken.status_code != 403
    again = f"/api/runs/{site.run.pk}/rerun/"
    after = {"from": {"step": "ask", "inputs": {"in": 1}}}
    refused = site.client("run").post(again, after, content_type="application/json")
    assert (refused.status_code, refused.json()["right"]) == (403, "edit")


def test_a_run_says_who_started_it_and_belongs_to_the_owner(site: Site) -> None:
    client = site.client("run")
    path = f"/api/blueprints/{site.blueprint.pk}/runs/"
    made = client.post(path, {"trigger": "hook"}, content_type="application/json")
    assert (made.status_code, made.json()["started_by"]) == (201, "runer")
    run = Run.objects.get(pk=made.json()["id"])
    assert run.owner == site.owner
    shown = site.client("owner").get(f"/runs/{run.pk}/").content.decode()
    assert "runer, manual" in shown
    # Who is not shared with any longer sees not even the runs that they have started.
    site.shares["run"].delete()
    assert client.get(f"/api/runs/{run.pk}/").status_code == 404
    assert site.client("view").get(f"/api/runs/{run.pk}/").status_code == 200
