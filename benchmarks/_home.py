"""A home of its own for a benchmark, with the site set up on it in this process."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_home() -> Iterator[Path]:
    """Make a home with an empty database, set Django up for it, and remove it at the end."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["CONDUCTOR_HOME"] = home
        os.environ["DJANGO_SETTINGS_MODULE"] = "conductor_site.settings"
        import django

        django.setup()
        from conductor_site.start import migrate

        migrate()
        yield Path(home)
