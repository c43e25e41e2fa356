"""Jobs of PgQueuer, where it is the queue's engine: they follow the rows."""

from __future__ import annotations

from django.db import connection

from runner.actions import cancel_run
from runner.journal import jobs
from runner.queue.pgqueuer import mend
from tests.running.conftest import Site
from tests.running.queued import claimed


def test_a_run_whose_job_was_lost_gets_one_again_and_a_job_without_a_run_goes(
    site: Site,
) -> None:
    first, second = site.start(), site.start()
    table = jobs.names().qualified.queue_table
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE dedupe_key = %s", [str(first.pk)])
    assert claimed() == [second.pk]
    assert mend() >= 1
    cancelled = site.start()
    cancel_run(cancelled)
    assert claimed() == [first.pk]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE dedupe_key = %s", [str(cancelled.pk)])
        assert cursor.fetchone()[0] == 0
