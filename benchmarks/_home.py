"""A home of its own for a benchmark, with the site set up on it in this process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID


@contextmanager
def own_home() -> Iterator[Path]:
    """Make a home with an empty database, set Django up for it, and remove it at the end."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["CONDUCTOR_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "conductor_site.settings"
        import django

        django.setup()
        from conductor_site.collector import settle
        from conductor_site.start import migrate

        migrate()
        # As every process does that executes runs.
        settle()
        yield Path(home)


def blueprint_of(drawing: dict[str, Any]) -> tuple[int, UUID, str]:
    """Make a blueprint and its owner; return the owner's and its own key, and the drawing's hash.

    To be called in a home, in a thread.
    """
    from django.contrib.auth.models import User

    from editor.actions import create_blueprint, store_drawing
    from runner.graph import load

    owner = User.objects.create_user("bench")
    document = load(drawing)
    blueprint = create_blueprint(owner=owner, name="Bench", document=document)
    return owner.pk, blueprint.pk, store_drawing(document).pk
