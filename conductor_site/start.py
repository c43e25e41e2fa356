"""What a start makes sure of: the database's tables, the owner, and the examples."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from conductor_site import home, welcome
from conductor_site.command import CommandError
from editor.actions import create_blueprint
from editor.models import Blueprint
from runner.graph import load
from runner.queue.pgqueuer import prepare as prepare_jobs

EXAMPLES = settings.BASE_DIR / "examples"
STARTING = 0x5354415254  # PostgreSQL's lock of whoever changes tables; any number of ours


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let nobody else change tables or make the owner meanwhile; wait for who does so now."""
    if connection.vendor == "postgresql":
        # On a connection of its own: the other is closed when tables were changed.
        keeper = connection.copy()
        try:
            with keeper.cursor() as cursor:
                # However long that takes.
                cursor.execute("SET lock_timeout = 0")
                cursor.execute("SELECT pg_advisory_lock(%s)", [STARTING])
            yield
        finally:
            keeper.close()
        return
    folder = os.open(settings.CONDUCTOR_HOME, os.O_RDONLY)
    try:
        # Some file systems know no locks; there whoever comes second is told of the other's tables.
        with contextlib.suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def migrate() -> None:
    """Bring the database's tables up to date; quick where they already are.

    Raises CommandError where the database cannot be reached.
    """
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise CommandError(f"The database cannot be reached: {error}") from error
    if _lacks_migrations():
        with alone():
            # Of several processes that start at once, one changes the tables.
            if _lacks_migrations():
                _change_tables()
    prepare_jobs()


def _lacks_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _change_tables() -> None:
    if connection.vendor == "postgresql":
        # Between two statements of a migration Django may compute for longer than a
        # transaction may stand still; nobody waits for its rows.
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
    call_command("migrate", verbosity=0, interactive=False)
    connection.close()


def first_start() -> bool:
    """Make the owner and load the examples where nobody has been here before.

    Returns whether this was the first start. A second start changes nothing,
    also where the owner has deleted the examples.
    """
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    if users.exists():
        return False
    with alone():
        if users.exists():
            return False
        owner = welcome.owner()
        _load_examples(owner)
    return True


def _load_examples(owner: User) -> None:
    for path in sorted(EXAMPLES.glob("*.yaml")):
        document = load(path)
        if not Blueprint.objects.filter(owner=owner, name=document.name).exists():
            create_blueprint(owner=owner, name=document.name, document=document)
    copy_data(EXAMPLES / "data", settings.CONDUCTOR_FILES)


def copy_data(source: Path, files: Path) -> None:
    """Put the examples' data files where file nodes may read them; nothing is overwritten."""
    files.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.glob("*")):
        if path.is_file() and not (files / path.name).exists():
            shutil.copyfile(path, files / path.name)


def prepare() -> bool:
    """Do all of the above; returns whether this was the first start."""
    home.prepare(settings.CONDUCTOR_HOME)
    migrate()
    return first_start()
