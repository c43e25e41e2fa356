"""Listeners follow what is published; one worker at a time has each, and others take over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from runner.listeners.held import LEASE, Fenced
from runner.listeners.listening import Listening
from runner.models import Listener, Run
from tests.listeners.conftest import Site, stands
from tests.patience import until


def held_by(worker: Listening) -> list[str]:
    return list(Listener.objects.filter(holder=worker.name).values_list("node", flat=True))


def test_publishing_makes_changes_disables_and_removes_listeners(site: Site) -> None:
    blueprint = site.publish("trigger.file", folder="inbox")
    first = Listener.objects.get()
    Listener.objects.update(cursor={"seen": {}, "gone": {}}, epoch=7)
    site.publish("trigger.file", blueprint, folder="inbox", pattern="*.csv")
    second = Listener.objects.get()
    assert (second.pk, second.cursor, second.epoch) == (first.pk, {"seen": {}, "gone": {}}, 8)
    site.publish("trigger.file", blueprint, folder="other")
    assert Listener.objects.get().cursor == {}
    site.publish("trigger.file", blueprint, folder="other", disabled=True)
    assert Listener.objects.get().state == "disabled"
    site.publish("trigger.manual", blueprint)
    assert not Listener.objects.exists()


def test_one_worker_has_a_listener_and_another_takes_it_over(site: Site) -> None:
    row = site.listener("trigger.file", folder="inbox")
    one, other = Listening(), Listening()
    try:
        one.look()
        other.look()
        assert (held_by(one), held_by(other)) == (["start"], [])
        (thread,) = one._threads.values()
        until(lambda: Listener.objects.get().cursor)
        # It dies, or sleeps: its lease ends.
        Listener.objects.update(until=timezone.now() - timedelta(seconds=1))
        other.look()
        assert (held_by(one), held_by(other)) == ([], ["start"])
        with pytest.raises(Fenced):
            thread.held.take([{"path": "a"}], {"seen": {}, "gone": {}})
        assert not Run.objects.exists()
        one._beat(timezone.now())
        assert thread.held.stop.is_set()
    finally:
        one.close()
        other.close()
    assert until(stands(row, "waiting"))


def test_what_is_taken_says_that_it_is_held(site: Site) -> None:
    site.listener("trigger.file", folder="inbox")
    worker = Listening()
    try:
        worker.look()
        (thread,) = worker._threads.values()
        until(lambda: Listener.objects.get().cursor)
        Listener.objects.update(until=timezone.now() - timedelta(seconds=1))
        thread.held.take([{"path": "a"}], {"seen": {}, "gone": {}})
        row = Listener.objects.get()
        assert row.until is not None
        assert row.until > timezone.now()
    finally:
        worker.close()


def test_whoever_stops_leaves_its_listeners_to_others_at_once(site: Site) -> None:
    row = site.listener("trigger.file", folder="inbox")
    first = site.work()
    until(stands(row, "listening"))
    holder = row.holder
    site.work()
    first.set()
    until(lambda: stands(row, "listening")() and row.holder != holder)
    assert row.until is not None
    assert row.until - timezone.now() <= LEASE


def test_a_worker_that_reaches_no_database_ends_what_others_may_have(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.listener("trigger.file", folder="inbox")
    worker = Listening()
    try:
        worker.look()
        (thread,) = worker._threads.values()
        worker.silent()
        assert not thread.held.stop.is_set()
        worker._beaten -= LEASE.total_seconds() + 1
        worker.silent()
        thread.join()
        assert not thread.is_alive()
    finally:
        worker.close()


def test_a_blueprint_that_goes_takes_its_listener_along(site: Site) -> None:
    row = site.listener("trigger.file", folder="inbox")
    worker = Listening()
    try:
        worker.look()
        (thread,) = worker._threads.values()
        until(lambda: Listener.objects.get().cursor)
        row.blueprint.delete()
        with pytest.raises(Fenced):
            thread.held.take([{}], {"seen": {}, "gone": {}})
    finally:
        worker.close()
