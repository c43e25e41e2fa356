"""Schedules and calendars in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from editor.actions import create_blueprint, publish
from runner.graph import load
from runner.models import Calendar, Run, Schedule
from tests.schedules.conftest import NINE, drawing

LIST = reverse("admin:runner_schedule_changelist")


def schedules(count: int, **parameters: Any) -> list[Schedule]:
    owner = User.objects.get(username="owner")
    for number in range(count):
        document = load(drawing(start=parameters or NINE))
        publish(create_blueprint(owner=owner, name=f"Report {number}", document=document), owner)
    return list(Schedule.objects.order_by("blueprint__name"))


def act(client: Client, action: str, rows: list[Schedule]) -> str:
    body = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(LIST, body, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_shows_what_comes_and_pauses_and_resumes_many(admin: Client) -> None:
    rows = schedules(3)
    page = admin.get(LIST).content.decode()
    assert "Report 0 / start" in page
    assert "At 09:00 every day" in page
    assert "2 schedules paused." in act(admin, "pause_selected", rows[:2])
    assert admin.get(f"{LIST}?state=paused").content.decode().count("At 09:00 every day") == 2
    assert admin.get(f"{LIST}?state=on").content.decode().count("At 09:00 every day") == 1
    assert "3 schedules resumed." in act(admin, "resume_selected", rows)
    assert all(row.state == "on" for row in Schedule.objects.all())
    assert "3 schedules run." in act(admin, "run_selected", rows)
    assert Run.objects.count() == 3


def test_one_is_shown_with_its_next_times_and_controlled(admin: Client) -> None:
    (row,) = schedules(1)
    path = reverse("admin:runner_schedule_change", args=[row.pk])
    page = admin.get(path).content.decode()
    assert page.count("T09:00:00+0") == 5
    control = reverse("admin:runner_schedule_control", args=[row.pk])
    assert admin.post(control, {"do": "pause"})["Location"] == path
    assert "None come." in admin.get(path).content.decode()
    admin.post(control, {"do": "resume"})
    admin.post(control, {"do": "run"})
    page = admin.get(path).content.decode()
    assert str(Run.objects.get().pk) in page


def test_a_backfill_shows_how_many_before_it_starts_them(admin: Client) -> None:
    (row,) = schedules(1)
    path = reverse("admin:runner_schedule_backfill", args=[row.pk])
    week = {"begin": "2026-01-05", "end": "2026-01-12"}
    page = admin.post(path, {**week, "look": "1"}).content.decode()
    assert "7 times." in page
    assert "2026-01-05T09:00:00+01:00" in page
    assert 'value="Start 7 runs"' in page
    assert not Run.objects.exists()
    assert "is no date or time" in admin.post(path, {**week, "end": "soon"}).content.decode()
    wrong = {"begin": "2000-01-01", "end": week["end"], "start": "1"}
    assert "more than 1,000 runs" in admin.post(path, wrong).content.decode()
    assert not Run.objects.exists()
    assert admin.post(path, {**week, "start": "1"}).status_code == 302
    assert Run.objects.count() == 7


def test_who_may_only_look_controls_nothing(admin: Client) -> None:
    (row,) = schedules(1)
    staff = User.objects.create_user("staff", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_schedule"))
    client = Client()
    client.force_login(staff)
    page = client.get(reverse("admin:runner_schedule_change", args=[row.pk])).content.decode()
    assert "Run now" not in page
    for name in ("control", "backfill"):
        path = reverse(f"admin:runner_schedule_{name}", args=[row.pk])
        assert client.post(path, {"do": "pause", "begin": "x", "end": "y"}).status_code == 403
    act(client, "pause_selected", [row])
    assert Schedule.objects.get().paused is False


def test_a_calendar_is_checked_and_stays_while_it_is_used(admin: Client) -> None:
    add = reverse("admin:runner_calendar_add")
    page = admin.post(add, {"name": "Holidays", "days": "12-25\nsoon"}).content.decode()
    assert "Line 2: " in page
    assert admin.post(add, {"name": "Holidays", "days": "12-25 # Christmas"}).status_code == 302
    calendar = Calendar.objects.get()
    schedules(1, **NINE, calendars=["Holidays"])
    change = reverse("admin:runner_calendar_change", args=[calendar.pk])
    assert admin.post(change, {"name": "Other", "days": "12-26"}).status_code == 302
    calendar.refresh_from_db()
    assert (calendar.name, calendar.days) == ("Holidays", "12-26")
    remove = reverse("admin:runner_calendar_delete", args=[calendar.pk])
    assert admin.post(remove, {"post": "yes"}).status_code == 403
    assert "Report 0" in admin.get(reverse("admin:runner_calendar_changelist")).content.decode()
    Schedule.objects.all().delete()
    assert admin.post(remove, {"post": "yes"}).status_code == 302
    assert not Calendar.objects.exists()
