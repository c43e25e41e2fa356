"""Listeners over the API and in the admin."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from runner.models import Listener, MessageAside, Run
from tests.api.conftest import Caller


def listening(call: Caller) -> Listener:
    """Publish a blueprint with a listener."""
    nodes = {"start": {"kind": "trigger.file", "parameters": {"folder": "inbox"}}}
    made = call.make(nodes=nodes, edges=[])
    status, published, _ = call("POST", f"blueprints/{made['id']}/publish/")
    assert status == 201, published
    return Listener.objects.get(blueprint=made["id"])


def test_a_listener_is_shown_paused_and_resumed(call: Caller) -> None:
    row = listening(call)
    (shown,) = call("GET", f"listeners/?blueprint={row.blueprint_id}")[1]["results"]
    assert (shown["state"], shown["kind"], shown["count"]) == ("waiting", "trigger.file", 0)
    path = f"listeners/{row.pk}/"
    assert call("GET", path)[1] == shown
    assert call("GET", "listeners/?state=listening")[1]["results"] == []
    assert call("POST", f"{path}pause/")[1]["state"] == "paused"
    assert len(call("GET", "listeners/?state=paused")[1]["results"]) == 1
    assert call("POST", f"{path}resume/")[1] == shown
    # What has failed is tried again at once.
    Listener.objects.update(error="No such folder.", failures=9, retry_at="2099-01-01T00:00Z")
    failed = call("GET", "listeners/?state=trouble")[1]["results"]
    assert [it["error"] for it in failed] == ["No such folder."]
    assert call("POST", f"{path}resume/")[1] == shown


def test_what_was_set_aside_is_shown_replayed_and_deleted(call: Caller) -> None:
    row = listening(call)
    of = {"blueprint": row.blueprint, "node": row.node, "kind": row.kind, "reason": "Too large."}
    MessageAside.objects.create(content='{"path": "a"}', **of)
    MessageAside.objects.create(content='{"path": "b"}', **of)
    assert call("GET", f"listeners/{row.pk}/")[1]["aside"] == 2
    where = f"listeners/aside/?blueprint={row.blueprint_id}&node=start&replayed=no"
    newest, first = call("GET", where)[1]["results"]
    assert (first["reason"], first["run"]) == ("Too large.", None)
    path = f"listeners/aside/{first['id']}/"
    assert call("GET", path)[1] == {**first, "content": {"path": "a"}}
    status, replayed, _ = call("POST", f"{path}replay/")
    assert (status, replayed["run"]) == (201, str(Run.objects.get().pk))
    assert Run.objects.get().inputs == {"path": "a"}
    status, told, _ = call("POST", f"{path}replay/")
    assert (status, told["code"]) == (409, "replay_refused")
    assert call("DELETE", f"listeners/aside/{newest['id']}/")[0] == 204
    assert call("GET", where)[1]["results"] == []
    assert call("GET", f"listeners/{row.pk}/")[1]["aside"] == 0


def test_the_admin_lists_pauses_and_resumes_for_those_who_may(call: Caller) -> None:
    row = listening(call)
    User.objects.create_superuser("boss")
    boss, looker = Client(), Client()
    boss.force_login(User.objects.get(username="boss"))
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_listener"))
    looker.force_login(staff)
    change = reverse("admin:runner_listener_change", args=[row.pk])
    control = reverse("admin:runner_listener_control", args=[row.pk])
    everything = reverse("admin:runner_listener_changelist")
    assert looker.post(control, {"do": "pause"}).status_code == 403
    assert b"Pause" not in looker.get(change).content
    assert boss.post(control, {"do": "pause"})["Location"] == change
    row.refresh_from_db()
    assert row.state == "paused"
    assert b"Watched folder" in boss.get(f"{everything}?state=paused").content
    chosen = {"action": "resume_selected", "_selected_action": [str(row.pk)]}
    assert b"1 listener resumed." in boss.post(everything, chosen, follow=True).content
    row.refresh_from_db()
    assert row.state == "waiting"
