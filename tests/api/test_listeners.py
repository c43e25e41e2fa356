"""Listeners over the API and in the admin."""

from __future__ import annotations

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from runner.models import Listener
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
