"""What lists show first is found by an index, and not by sorting all rows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from editor.actions import create_blueprint
from editor.actions.sharing import share_with
from editor.models import Right
from editor.visible import Who, newest_messages_of, newest_runs_of, runs_of, shown_as
from runner.models import WHOLE, Endpoint, Run
from runner.outgoing.statistics import chart, last_day

pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL plans by what its tables hold"
)


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        return "; ".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.django_db
def test_the_newest_runs_are_found_in_their_order() -> None:
    root = User.objects.create_superuser("root")
    ada = User.objects.create_user("ada")
    for user, index in ((root, "run_created"), (ada, "run_owner")):
        with CaptureQueriesContext(connection) as asked:
            list(runs_of(user).exclude(trigger="spread").order_by("-created")[:50])
        (sql,) = [it["sql"] for it in asked if Run._meta.db_table in it["sql"]]
        assert f"USING INDEX {index}" in plan(sql)
        assert "TEMP B-TREE" not in plan(sql)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_the_newest_that_failed_are_found_without_reading_the_others(status: str) -> None:
    root = User.objects.create_superuser("root")
    ada = User.objects.create_user("ada")
    blueprint = create_blueprint(owner=ada, name="Orders")
    for rows, index in (
        (newest_runs_of(Who(root)), "run_failed "),
        (newest_runs_of(Who(ada)), "run_failed_owner "),
        (runs_of(ada).filter(blueprint=blueprint), "run_failed_blueprint "),
    ):
        with CaptureQueriesContext(connection) as asked:
            list(rows.filter(WHOLE).filter(shown_as([status])).order_by("-created")[:50])
        (sql,) = [it["sql"] for it in asked if Run._meta.db_table in it["sql"]]
        found = plan(sql)
        assert f"USING INDEX {index}" in found, found
        assert "TEMP B-TREE" not in found


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["queued", "running", "waiting", "paused"])
def test_those_that_have_not_ended_are_found_without_reading_the_others(status: str) -> None:
    root = Who(User.objects.create_superuser("root"))
    with CaptureQueriesContext(connection) as asked:
        list(
            newest_runs_of(root).filter(WHOLE).filter(shown_as([status])).order_by("-created")[:50]
        )
    (sql,) = [it["sql"] for it in asked if Run._meta.db_table in it["sql"]]
    assert "INDEX run_live" in plan(sql) or "INDEX run_queue" in plan(sql), plan(sql)


@pytest.mark.django_db
def test_the_newest_of_own_and_shared_runs_are_merged_and_not_sorted() -> None:
    ada, eve = (User.objects.create_user(name) for name in ("ada", "eve"))
    for name in ("Orders", "Bills"):
        share_with(create_blueprint(owner=ada, name=name), "eve", Right.VIEW)
    rows = newest_runs_of(Who(eve)).filter(WHOLE).order_by("-created")
    with CaptureQueriesContext(connection) as asked:
        list(rows[:50])
    (sql,) = [it["sql"] for it in asked if Run._meta.db_table in it["sql"]]
    found = plan(sql)
    assert found.count("USING INDEX run_blueprint") == 2, found
    assert found.count("USING INDEX run_owner") == 1, found
    assert "TEMP B-TREE" not in found


@pytest.mark.django_db
def test_the_attempts_of_a_day_are_found_by_their_time() -> None:
    with CaptureQueriesContext(connection) as asked:
        chart([])
        last_day([uuid4()])
    found = [it["sql"] for it in asked if "runner_sendattempt" in it["sql"]]
    assert len(found) == 2
    for sql in found:
        assert "runner_sendattempt USING INDEX attempt_started" in plan(sql), plan(sql)
    # Nor are all messages read for those that were given up in a day.
    (failed,) = [it["sql"] for it in asked if '"ended" >=' in it["sql"]]
    assert "runner_outgoingmessage USING INDEX message_ended" in plan(failed), plan(failed)


@pytest.mark.django_db
def test_the_newest_messages_of_several_endpoints_are_merged_and_not_sorted() -> None:
    ada = User.objects.create_user("ada")
    for name in ("Shop", "Bank"):
        Endpoint.objects.create(owner=ada, name=name, url="https://example.com/")
    with CaptureQueriesContext(connection) as asked:
        list(newest_messages_of(ada).order_by("-created")[:50])
    (sql,) = [it["sql"] for it in asked if "runner_outgoingmessage" in it["sql"]]
    found = plan(sql)
    assert found.count("USING INDEX message_endpoint") == 2, found
    assert "TEMP B-TREE" not in found
