"""Workers that wait for the row of a listener: on PostgreSQL, since SQLite has one writer."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connections, transaction
from django.utils import timezone

from runner.listeners.listening import Listening
from runner.models import Listener
from tests.listeners.conftest import Site
from tests.patience import until


def test_those_who_wait_for_a_listener_are_not_given_it_twice_nor_as_it_was(site: Site) -> None:
    row = site.listener("trigger.file", folder="inbox")
    workers = [Listening() for _ in range(3)]

    def look(worker: Listening) -> None:
        worker.look()
        connections.close_all()

    looking = [threading.Thread(target=look, args=(worker,)) for worker in workers]
    try:
        # Its holder is seen to have ended, and still writes how far it has come.
        with transaction.atomic():
            held = Listener.objects.select_for_update().get(pk=row.pk)
            for thread in looking:
                thread.start()
            for thread in looking:
                thread.join(2)
            held.cursor = {"seen": {"came.txt": 1}, "gone": {}}
            held.save(update_fields=["cursor"])
        for thread in looking:
            thread.join()
        for worker in workers:
            worker.look()
        threads = [it for worker in workers for it in worker._threads.values()]
        assert len(threads) == 1
        assert "came.txt" in str(threads[0].held.cursor)
    finally:
        for worker in workers:
            worker.close()


def test_a_listener_that_takes_for_long_costs_its_worker_no_other(site: Site) -> None:
    first = site.listener("trigger.file", folder="inbox")
    second = site.listener("trigger.file", folder="other")
    worker = Listening()

    def beat() -> None:
        worker._beat(timezone.now() + timedelta(minutes=1))
        connections.close_all()

    beating = threading.Thread(target=beat)
    try:
        worker.look()
        # What they take to begin with is a sign of life as well.
        assert until(lambda: all(Listener.objects.values_list("cursor", flat=True)))
        with transaction.atomic():
            Listener.objects.select_for_update().get(pk=first.pk)
            beating.start()
            beating.join(5)
            assert not beating.is_alive()
        second.refresh_from_db()
        assert second.until is not None
        assert second.until > timezone.now() + timedelta(seconds=30)
        assert not any(it.held.stop.is_set() for it in worker._threads.values())
    finally:
        beating.join()
        worker.close()
