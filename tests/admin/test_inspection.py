"""Blueprints, versions, drawings, runs and workers in the admin: to look at, never to corrupt."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from editor.actions import create_blueprint, publish
from editor.actions.sharing import grant, make_link, share_with
from editor.models import ApiToken, Blueprint, BlueprintVersion, Drawing, Right, Share
from runner.graph import load
from runner.models import JournalChunk, KeyTurn, Queue, Run, Worker
from runner.queue.claim import beat, heed
from tests.admin.conftest import page
from tests.starting import start_run

DOCUMENT = {
    "format": "conductor/1",
    "name": "Orders",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "end": {"kind": "flow.output", "parameters": {"name": "got"}},
    },
    "edges": ["start.out -> end.in"],
}


@pytest.fixture
def run(admin: Client) -> Run:
    owner = User.objects.get(username="owner")
    blueprint = create_blueprint(owner=owner, name="Orders", document=load(DOCUMENT))
    publish(blueprint, owner, "first")
    inputs = {"n": 1, "note": "<script>alert(1)</script>"}
    return start_run(blueprint, inputs=inputs, trigger_node="start")


def test_the_site_is_called_conductor(admin: Client) -> None:
    assert ">Conductor</a>" in page(admin.get("/admin/"))


def test_a_run_is_shown_with_its_events(admin: Client, run: Run) -> None:
    text = page(admin.get(f"/admin/runner/run/{run.pk}/change/"))
    assert "run.queued" in text
    assert f"/blueprints/{run.blueprint_id}/?run={run.pk}" in text
    assert "<script>alert" not in text
    assert str(run.pk)[-12:] in page(admin.get("/admin/runner/run/?status__exact=queued"))


def test_runs_are_listed_by_their_moment_whatever_their_ids(admin: Client, run: Run) -> None:
    # A run that another one started has an id that does not begin with its moment.
    first, last = uuid.UUID(int=2**128 - 1), uuid.UUID(int=1)
    for key, minutes in ((first, -1), (last, 1)):
        run.pk, run.created = key, timezone.now() + timedelta(minutes=minutes)
        run.save(force_insert=True)
    response = admin.get("/admin/runner/run/")
    assert [it.pk for it in response.context["cl"].result_list][::2] == [last, first]


def test_runs_are_filtered_by_their_trigger_without_a_look_at_all_of_them(
    admin: Client, run: Run
) -> None:
    with CaptureQueriesContext(connection) as asked:
        text = page(admin.get("/admin/runner/run/?trigger=webhook"))
    assert str(run.pk) not in text
    assert 'href="?trigger=manual"' in text
    assert 'href="?trigger=email"' in text
    assert not [it["sql"] for it in asked if "DISTINCT" in it["sql"]]
    assert str(run.pk) in page(admin.get(f"/admin/runner/run/?trigger={run.trigger}"))


def test_a_damaged_journal_is_said_and_not_hidden(admin: Client, run: Run) -> None:
    JournalChunk.objects.filter(run=run).update(events="[")
    assert "is damaged" in page(admin.get(f"/admin/runner/run/{run.pk}/change/"))


def test_a_run_is_cancelled_from_its_page_and_from_the_list(admin: Client, run: Run) -> None:
    url = f"/admin/runner/run/{run.pk}"
    assert admin.get(f"{url}/cancel/").status_code == 302
    run.refresh_from_db()
    assert run.status == "queued"
    text = page(admin.post(f"{url}/cancel/", follow=True))
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert "cancelled in the admin by owner" in text
    form = {"action": "cancel_selected", "_selected_action": [str(run.pk)]}
    assert "0 runs cancelled" in page(admin.post("/admin/runner/run/", form, follow=True))


@pytest.mark.parametrize("model", ["runner/run", "editor/blueprintversion", "editor/drawing"])
def test_what_happened_cannot_be_added_changed_or_deleted(
    admin: Client, run: Run, model: str
) -> None:
    key = {
        "runner/run": run.pk,
        "editor/blueprintversion": run.version_id,
        "editor/drawing": run.drawing_id,
    }[model]
    url = f"/admin/{model}"
    assert admin.get(f"{url}/add/").status_code == 403
    assert admin.get(f"{url}/{key}/delete/").status_code == 403
    before = (*Run.objects.values(), *BlueprintVersion.objects.values(), *Drawing.objects.values())
    page(admin.get(f"{url}/{key}/change/"))
    assert admin.post(f"{url}/{key}/change/", {"status": "failed"}).status_code in {200, 403}
    form = {"action": "delete_selected", "_selected_action": [str(key)], "post": "yes"}
    admin.post(f"{url}/", form)
    after = (*Run.objects.values(), *BlueprintVersion.objects.values(), *Drawing.objects.values())
    assert after == before


def test_a_blueprint_is_given_another_owner_and_nothing_else(admin: Client, run: Run) -> None:
    url = f"/admin/editor/blueprint/{run.blueprint_id}"
    other = User.objects.create_user("other")
    assert "Open on the canvas" in page(admin.get(f"{url}/change/"))
    inline = {f"versions-{name}_FORMS": "0" for name in ("TOTAL", "INITIAL")}
    form = {"owner": str(other.pk), "name": "Other", "draft": "{}", "revision": "9", **inline}
    assert admin.post(f"{url}/change/", form).status_code == 302
    blueprint = Blueprint.objects.get()
    assert (blueprint.owner, blueprint.name, blueprint.revision) == (other, "Orders", 1)
    assert blueprint.draft["nodes"]
    assert admin.get("/admin/editor/blueprint/add/").status_code == 403
    assert admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 403


def test_workers_are_listed_as_alive_or_gone(admin: Client) -> None:
    now = timezone.now()
    Worker.objects.create(name="here", started=now, heartbeat=now)
    Worker.objects.create(name="away", started=now, heartbeat=now - timedelta(minutes=5))
    text = page(admin.get("/admin/runner/worker/"))
    assert text.index(">alive<") < text.index(">gone<")
    assert "here" in page(admin.get("/admin/runner/worker/here/change/"))


def test_keys_are_listed_with_the_runs_that_have_or_want_them(admin: Client, run: Run) -> None:
    now = timezone.now()
    KeyTurn.objects.create(name="0" * 64, key='"tape"', run=run, step="f", created=now, granted=now)
    text = page(admin.get("/admin/runner/keyturn/"))
    assert "tape" in text
    assert f"/admin/runner/run/{run.pk}/change/" in text
    assert admin.get("/admin/runner/keyturn/add/").status_code == 403


def test_an_api_token_can_be_withdrawn_but_not_made(admin: Client) -> None:
    owner = User.objects.get(username="owner")
    token = ApiToken.objects.create(user=owner, name="ci", hash="0" * 64)
    assert admin.get("/admin/editor/apitoken/add/").status_code == 403
    assert "0" * 64 not in page(admin.get(f"/admin/editor/apitoken/{token.pk}/change/"))
    admin.post(f"/admin/editor/apitoken/{token.pk}/delete/", {"post": "yes"})
    assert not ApiToken.objects.exists()


def test_shares_and_links_are_listed_withdrawn_and_never_changed(admin: Client, run: Run) -> None:
    eve = User.objects.create_user("eve")
    link, token = make_link(run.blueprint, Right.EDIT, name="Support")
    grant(link, eve)
    by_name = share_with(run.blueprint, "eve", Right.VIEW)
    assert "Support" in page(admin.get("/admin/editor/sharelink/"))
    shown = page(admin.get(f"/admin/editor/sharelink/{link.pk}/change/"))
    assert token not in shown
    assert link.hash not in shown
    assert 'name="right"' not in shown
    assert "may edit" in page(admin.get("/admin/editor/share/"))
    for path in ("share", "sharelink"):
        assert admin.get(f"/admin/editor/{path}/add/").status_code == 403
    posted = {"action": "delete_selected", "_selected_action": str(link.pk), "post": "yes"}
    admin.post("/admin/editor/sharelink/", posted)
    assert list(Share.objects.all()) == [by_name]
    admin.post(f"/admin/editor/share/{by_name.pk}/delete/", {"post": "yes"})
    assert not Share.objects.exists()


def test_a_blueprint_that_gets_another_owner_takes_its_runs_along(admin: Client, run: Run) -> None:
    eve = User.objects.create_user("eve")
    path = f"/admin/editor/blueprint/{run.blueprint_id}/change/"
    inline = {"versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0"}
    assert admin.post(path, {"owner": eve.pk, **inline}).status_code == 302
    run.refresh_from_db()
    assert (run.owner, run.blueprint.owner) == (eve, eve)
    assert run.started_by == User.objects.get(username="owner")


def test_queues_are_paused_drained_and_opened_again_and_show_what_waits(
    admin: Client, run: Run
) -> None:
    queue, _ = Queue.objects.get_or_create(name="default")
    text = page(admin.get("/admin/runner/queue/"))
    assert ">open<" in text
    assert '/admin/runner/run/?queue=default&amp;status__exact=queued">1</a>' in text
    for action, state, told in (
        ("pause", (True, False), "Paused: default."),
        ("drain", (True, True), "Still paused, so that what waits does not begin: default."),
        ("resume", (False, False), "Open again: default."),
        ("drain", (False, True), "Being drained: default."),
    ):
        chosen = {"action": action, "_selected_action": [queue.pk]}
        text = page(admin.post("/admin/runner/queue/", chosen, follow=True))
        queue.refresh_from_db()
        assert (queue.paused, queue.draining) == state
        assert told in text
        assert (">paused</span>" in text, ">draining</span>" in text) == state
    history = page(admin.get(f"/admin/runner/queue/{queue.pk}/history/"))
    assert history.count("Being drained.") == 2
    assert admin.get(f"/admin/runner/queue/{queue.pk}/delete/").status_code == 403


def test_dead_letters_are_replayed_and_dismissed(admin: Client, run: Run) -> None:
    error = {"code": "x", "message": "<b>no luck</b>", "step": "end"}
    ended = {"status": "failed", "finished": timezone.now(), "dead": True, "error": error}
    Run.objects.filter(pk=run.pk).update(**ended)
    text = page(admin.get("/admin/runner/deadletter/"))
    assert "end: &lt;b&gt;no luck" in text
    chosen = {"action": "replay_start", "_selected_action": [str(run.pk)]}
    assert "1 replayed" in page(admin.post("/admin/runner/deadletter/", chosen, follow=True))
    assert Run.objects.get(rerun_of=run).started_by == User.objects.get(username="owner")
    assert str(run.pk)[-12:] not in page(admin.get("/admin/runner/deadletter/"))
    Run.objects.filter(pk=run.pk).update(dead=True)
    chosen["action"] = "dismiss"
    assert "1 dismissed" in page(admin.post("/admin/runner/deadletter/", chosen, follow=True))


def test_workers_are_asked_to_drain_by_those_who_may_change_them(admin: Client) -> None:
    beat("box-2-b", 0.5)
    chosen = {"action": "drain_selected", "_selected_action": ["box-2-b"]}
    told = page(admin.post("/admin/runner/worker/", chosen, follow=True))
    assert "1 asked to drain" in told
    assert ">draining</span>" in told
    heed("box-2-b", drains=True)
    assert ">drained</span>" in page(admin.get("/admin/runner/worker/box-2-b/change/"))
    chosen["action"] = "undo_selected"
    assert ">alive</span>" in page(admin.post("/admin/runner/worker/", chosen, follow=True))
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_worker"))
    admin.force_login(viewer)
    chosen["action"] = "drain_selected"
    admin.post("/admin/runner/worker/", chosen)
    assert not Worker.objects.filter(draining=True).exists()
    Worker.objects.update(store="/values is another folder than that of web1-1-a.")
    assert ">another folder</span>" in page(admin.get("/admin/runner/worker/"))
