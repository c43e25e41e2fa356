"""What holds for all tests."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site
from django.db import connections
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings
from whitenoise.middleware import WhiteNoiseMiddleware

from runner.queue import queues

# How long an example takes says nothing about the code: machines are busy.
settings.register_profile("conductor", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("conductor")

# A password that is slow to try is slow to make: most of what many tests took.
site.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

_look_for_files = WhiteNoiseMiddleware.add_files_from_finders
_static_files: dict[str, dict[str, Any]] = {}


def _add_files(self: WhiteNoiseMiddleware) -> None:
    """Look at all static files once, and not for each client: that took longer than most tests."""
    if self.static_prefix not in _static_files:
        _look_for_files(self)
        _static_files[self.static_prefix] = dict(self.files)
    self.files.update(_static_files[self.static_prefix])


WhiteNoiseMiddleware.add_files_from_finders = _add_files

# What migrations write, and nothing in a test changes.
WRITTEN_BY_MIGRATIONS = {"auth_permission", "django_content_type"}


@pytest.fixture(autouse=True)
def queues_as_they_are() -> None:
    """What a test before this one has read of its queues holds no more."""
    queues.forget()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """No commit of a test's own process waits for the disk: it is never cut from its power.

    The servers that tests start have the settings that everybody has.
    """
    options: Any = site.DATABASES["default"]["OPTIONS"]
    if "init_command" in options:
        options["init_command"] += " PRAGMA synchronous=OFF;"
    else:
        options["options"] = "-c synchronous_commit=off"


def _empty(case: TransactionTestCase) -> None:
    """Take all rows away that a test may have written.

    Django's own way writes all permissions anew after each test, which takes longer than most of
    the tests; and PostgreSQL truncates a table far slower than it deletes a few rows.
    """
    for name in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        connection = connections[name]
        tables = set(connection.introspection.django_table_names(only_existing=True))
        quoted = map(connection.ops.quote_name, sorted(tables - WRITTEN_BY_MIGRATIONS))
        connection.ops.execute_sql_flush([f"DELETE FROM {table}" for table in quoted])


TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]
