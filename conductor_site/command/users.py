"""Whose rights what a command makes has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conductor_site.command import CommandError

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def named(name: str | None) -> User:
    """Return the user of that name; without one, the owner. Raises CommandError for a stranger."""
    from django.contrib.auth.models import User

    from conductor_site import welcome

    if not name:
        return welcome.owner()
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user named {name!r}.")
    return user
