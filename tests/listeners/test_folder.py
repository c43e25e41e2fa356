"""A watched folder: each file starts one run, when it is whole, whichever worker watches."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from runner.listeners import folder
from runner.listeners.control import pause, resume
from runner.listeners.folder import SHARE
from runner.listeners.held import Held
from runner.models import Listener, Run
from runner.nodes.listening import FileParameters
from tests.listeners.conftest import Site, came, stands
from tests.patience import until


def watched(site: Site, **more: Any) -> Listener:
    return site.listener("trigger.file", folder="inbox", settle=0, **more)


def put(site: Site, name: str, text: str = "x") -> Path:
    """Put a file into the folder, whole at once."""
    place = site.files / "inbox" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    return place


def test_each_file_that_comes_starts_one_run_also_after_a_restart(site: Site) -> None:
    put(site, "before.csv")
    row = watched(site, pattern="*.csv")
    site.work()
    until(stands(row, "listening"))
    until(lambda: Listener.objects.get().cursor)
    put(site, "a.csv", "12345")
    (run,) = until(came(1))
    assert run.inputs == {
        "path": "inbox/a.csv",
        "name": "a.csv",
        "size": 5,
        "modified": run.inputs["modified"],
        "event": "new",
    }
    assert (run.trigger, run.trigger_node, run.version) == (
        "file",
        "start",
        row.blueprint.published,
    )
    site.leave()
    row.refresh_from_db()
    assert (row.state, row.count, row.last_run) == ("waiting", 1, run)
    # What comes while nobody listens is not lost, and nothing comes twice.
    for name in ("b.csv", "c.txt", ".d.csv"):
        put(site, name)
    site.work()
    assert until(came(2))[1].inputs["name"] == "b.csv"


def test_files_that_are_there_start_runs_where_that_is_wanted(site: Site) -> None:
    put(site, "old.csv")
    put(site, "deep/er.csv")
    watched(site, existing=True, recursive=True)
    site.work()
    names = {run.inputs["path"] for run in until(came(2))}
    assert names == {"inbox/old.csv", "inbox/deep/er.csv"}


def test_a_file_that_grows_is_taken_when_it_rests(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("runner.listeners.folder.time.monotonic", lambda: clock[0])
    wanted = FileParameters(folder="inbox", settle=10)
    taken: list[str] = []

    class Taking:
        cursor: dict[str, Any] = {"seen": {}, "gone": {}}

        def take(self, messages: Any, cursor: dict[str, Any]) -> None:
            taken.extend(f"{it['event']} {it['size']}" for it in messages)
            self.cursor = cursor

    held: Any = Taking()
    restless: dict[str, tuple[str, float]] = {}

    def look(seconds: float, mark: str | None) -> None:
        clock[0] += seconds
        folder._take(held, wanted, {"inbox/a": mark} if mark else {}, restless)

    look(1, "1:10")
    look(9, "2:20")
    look(9, "2:20")
    assert taken == []
    look(1, "2:20")
    assert taken == ["new 20"]
    # It changes: not wanted. It goes, comes back as it was, goes, and comes anew.
    look(1, "3:30")
    look(10, "3:30")
    look(1, None)
    look(1, "3:30")
    look(10, "3:30")
    assert taken == ["new 20"]
    look(1, None)
    look(1, "4:40")
    look(10, "4:40")
    assert taken == ["new 20", "new 40"]
    assert held.cursor == {"seen": {"inbox/a": "4:40"}, "gone": {}}


def test_changes_start_runs_where_that_is_wanted(site: Site) -> None:
    row = watched(site, events="new_and_changed")
    site.work()
    until(lambda: Listener.objects.get().cursor)
    place = put(site, "a.csv", "1")
    until(came(1))
    place.write_text("22")
    os.utime(place)
    assert [run.inputs["event"] for run in until(came(2))] == ["new", "changed"]
    until(stands(row, "listening"))


def test_a_folder_that_cannot_be_is_told_and_tried_again(site: Site) -> None:
    row = watched(site)
    site.work()
    until(lambda: Listener.objects.get().cursor)
    site.leave()
    (site.files / "inbox").rename(site.files / "away")
    site.work()
    until(stands(row, "trouble"))
    assert row.error == "The folder 'inbox' cannot be read: No such file or directory."
    (site.files / "away").rename(site.files / "inbox")
    until(stands(row, "listening"))
    put(site, "a.csv")
    until(came(1))


def test_no_folder_outside_of_the_blueprints_folder_is_watched(site: Site) -> None:
    row = site.listener("trigger.file", folder="../secrets")
    site.work()
    until(stands(row, "trouble"))
    assert "leads out of the blueprints' folder" in row.error
    assert not (site.files.parent / "secrets").exists()


def test_pausing_holds_it_off_and_resuming_takes_what_came_meanwhile(site: Site) -> None:
    row = watched(site)
    site.work()
    until(lambda: Listener.objects.get().cursor)
    assert pause(row).state == "paused"
    put(site, "a.csv")
    assert not Run.objects.exists()
    assert resume(row).state == "waiting"
    until(came(1))


def test_a_folder_is_looked_through_again_soon_after_the_database_was_away(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    taken, paused = Held.take, Held.pause

    def late(held: Held, messages: Any, cursor: Any) -> Any:
        time.sleep(0.5)
        return taken(held, messages, cursor)

    def noted(held: Held, seconds: float) -> bool:
        pauses.append(seconds)
        return paused(held, min(seconds, 0.05))

    monkeypatch.setattr(Held, "take", late)
    monkeypatch.setattr(Held, "pause", noted)
    watched(site)
    site.work()
    until(lambda: Listener.objects.get().cursor)
    put(site, "a.csv")
    until(came(1))
    until(lambda: len(pauses) > 2)
    assert max(pauses) < 10 * 0.5


def test_a_look_that_took_very_long_is_not_waited_for_twenty_times_as_long(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = folder._found

    def slow(*given: Any) -> Any:
        # As where its worker is stopped meanwhile.
        time.sleep(0.5)
        return found(*given)

    monkeypatch.setattr(folder, "LONGEST", 0.1)
    monkeypatch.setattr(folder, "_found", slow)
    watched(site)
    site.work()
    until(lambda: Listener.objects.get().cursor)
    put(site, "a.csv")
    began = time.monotonic()
    until(came(1))
    assert time.monotonic() - began < SHARE * 0.5
