"""Schedules over the API and the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conductor_site.command import main
from runner.models import Calendar, Run, Schedule
from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
DAILY = {"cron": "0 9 * * MON-FRI", "time_zone": "Europe/Berlin"}


def scheduled(call: Caller, **parameters: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Publish a blueprint with a schedule; return both as the API shows them."""
    nodes = {"start": {"kind": "trigger.schedule", "parameters": parameters or DAILY}}
    made = call.make(nodes=nodes, edges=[])
    status, published, _ = call("POST", f"blueprints/{made['id']}/publish/")
    assert status == 201, published
    (row,) = call("GET", f"schedules/?blueprint={made['id']}")[1]["results"]
    return made, row


def test_a_schedule_is_shown_with_its_words_and_next_five_times(call: Caller) -> None:
    made, row = scheduled(call)
    assert (row["blueprint"], row["node"], row["state"]) == (made["id"], "start", "on")
    assert row["words"] == "At 09:00 on Monday through Friday"
    assert len(row["next"]) == 5
    assert all(it[11:16] == "09:00" for it in row["next"])
    assert row["parameters"] == DAILY
    assert call("GET", f"schedules/{row['id']}/")[1] == row
    assert call("GET", "schedules/?state=paused")[1]["results"] == []
    assert call("GET", "schedules/?state=on")[1]["results"] == [row]


def test_a_schedule_is_paused_resumed_and_run(call: Caller, problem: Check) -> None:
    _, row = scheduled(call)
    path = f"schedules/{row['id']}/"
    paused = call("POST", f"{path}pause/")[1]
    assert (paused["state"], paused["next"]) == ("paused", [])
    assert call("POST", f"{path}pause/")[1]["state"] == "paused"
    assert call("POST", f"{path}resume/")[1]["next"] == row["next"]
    status, run, answer = call("POST", f"{path}run/")
    assert (status, run["trigger"], run["started_by"]) == (201, "schedule", "ada")
    assert answer.headers["Location"] == f"/api/runs/{run['id']}/"
    problem(call("GET", "schedules/?state=asleep"), 400, "invalid")


def test_a_backfill_says_how_many_before_it_starts_them(call: Caller, problem: Check) -> None:
    _, row = scheduled(call)
    path = f"schedules/{row['id']}/backfill/"
    week = {"begin": "2026-01-05T00:00:00Z", "end": "2026-01-12T00:00:00Z"}
    status, asked, _ = call("POST", path, {**week, "dry": True})
    assert (status, asked["count"], asked["runs"], Run.objects.count()) == (200, 5, [], 0)
    status, made, _ = call("POST", path, week)
    assert (status, made["times"], len(made["runs"])) == (201, asked["times"], 5)
    assert Run.objects.count() == 5
    years = {"begin": "2016-01-05T00:00:00Z", "end": week["end"]}
    problem(call("POST", path, years), 422, "too_many_runs")
    problem(call("POST", path, {**week, "end": "2099-01-01T00:00:00Z"}), 422, "bad_range")
    problem(call("POST", path, {"begin": "monday", "end": week["end"]}), 400, "invalid")
    assert Run.objects.count() == 5


def test_what_would_come_is_foreseen_before_it_is_published(call: Caller, problem: Check) -> None:
    def asked(**parameters: Any) -> dict[str, Any]:
        status, found, _ = call("POST", "schedules/foresee/", {"parameters": parameters})
        assert status == 200
        return dict(found)

    found = asked(every=46_800, time_zone="Asia/Tokyo")
    assert (found["words"], found["error"], len(found["next"])) == ("Every 13 hours", None, 5)
    assert all(it.endswith("+09:00") for it in found["next"])
    found = asked(cron="0 0 31 2 *")
    assert (found["next"], found["error"]["parameter"]) == ([], "cron")
    assert "never comes" in found["error"]["message"]
    assert asked(cron="@daily", calendars=["x"])["error"]["parameter"] == "calendars"
    assert asked(cron=7)["error"]["message"].startswith("The parameter 'cron' is wrong: must be")
    assert asked()["error"]["parameter"] == "cron"
    problem(call("POST", "schedules/foresee/", {"parameters": []}), 400, "invalid")


def test_the_calendars_are_offered_by_name(call: Caller) -> None:
    assert call("GET", "schedules/calendars/")[:2] == (200, [])
    for name in ("Paris", "Berlin"):
        Calendar.objects.create(name=name, days="12-25 # whoever is away")
    assert call("GET", "schedules/calendars/")[1] == [{"name": "Berlin"}, {"name": "Paris"}]


def test_others_schedules_are_not_there(call: Caller, other: Caller, problem: Check) -> None:
    _, row = scheduled(call)
    assert other("GET", "schedules/")[1]["results"] == []
    problem(other("POST", f"schedules/{row['id']}/pause/"), 404, "not_found")
    assert Schedule.objects.get().paused is False


def test_the_command_line_lists_pauses_resumes_runs_and_backfills(
    call: Caller, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conductor_site.start.migrate", lambda: None)
    _, row = scheduled(call)

    def said(*words: str) -> str:
        assert main(["schedules", *words]) == 0
        return capsys.readouterr().out

    assert "on        20" in (line := said("list"))
    assert "Greeting / start: At 09:00 on Monday through Friday (Europe/Berlin)" in line
    assert json.loads(said("list", "--json", "--state", "on")) == row
    assert said("pause", row["id"][:8]) == "Greeting / start: paused\n"
    assert said("list", "--state", "on") == ""
    assert said("resume", "Greeting/start") == "Greeting / start: on\n"
    assert said("run", row["id"]).startswith("Greeting / start: run ")
    week = ["--from", "2026-01-05", "--to", "2026-01-12"]
    assert "5 runs would start, from 2026-01-05T08:00:00+00:00" in said(
        "backfill", row["id"], *week, "--dry-run"
    )
    assert "5 runs started" in said("backfill", row["id"], *week)
    assert Run.objects.count() == 6

    def refused(*words: str) -> str:
        assert main(["schedules", *words]) == 2
        return capsys.readouterr().err

    assert "There is no schedule 'nope'" in refused("pause", row["id"], "nope")
    assert Schedule.objects.get().paused is False
    assert "'soon' is no date or time" in refused("backfill", row["id"], "--from", "soon")
    assert "must be over" in refused("backfill", row["id"], *week[:2], "--to", "2099-01-01")
