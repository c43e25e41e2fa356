"""How people and programs reach steps that wait for them: by addresses of this site."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core import signing

from runner.queue.waits import wait_id

SALT = "conductor.resume"


class NoSuchAddress(Exception):
    """The address was not made by this site."""


@dataclass(frozen=True, slots=True)
class ResumeAddress:
    """What a resume address names: an attempt of a step of a run, and until when it holds."""

    run: UUID
    step: str
    attempt: int
    until: float

    @property
    def token(self) -> str:
        """The end of the address: signed, so that nobody can make one."""
        value = [self.run.hex, self.step, self.attempt, self.until]
        return signing.Signer(salt=SALT).sign_object(value, compress=True)

    @classmethod
    def read(cls, token: str) -> ResumeAddress:
        """Return what a token names. Raises NoSuchAddress."""
        try:
            run, step, attempt, until = signing.Signer(salt=SALT).unsign_object(token)
        except (signing.BadSignature, ValueError):
            raise NoSuchAddress from None
        return cls(UUID(run), step, attempt, until)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.until <= time.time()


class SiteOutside:
    """The engine's `Outside` for runs of this site; `ask` asks the database in another thread."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def address(self, run: str, step: str, attempt: int, until: float) -> str:
        """Return an address at which one call resumes a step, until a moment."""
        token = ResumeAddress(UUID(run), step, attempt, until).token
        return f"{settings.CONDUCTOR_URL}/hooks/resume/{token}"

    def approval(self, run: str, step: str, attempt: int) -> str:
        """Return the page at which people decide on a step's approval."""
        return f"{settings.CONDUCTOR_URL}/approvals/{wait_id(run, step, attempt)}/"

    async def unknown(self, users: Sequence[str], groups: Sequence[str]) -> str | None:
        """Say which of these people there are not."""
        found: str | None = await self._ask(_unknown, users, groups)
        return found


def _unknown(users: Sequence[str], groups: Sequence[str]) -> str | None:
    known = User.objects.filter(username__in=users, is_active=True)
    if missing := sorted({*users} - {*known.values_list("username", flat=True)}):
        return f"There is no active user {missing[0]!r} who could approve."
    held = Group.objects.filter(name__in=groups).values_list("name", flat=True)
    if missing := sorted({*groups} - {*held}):
        return f"There is no group {missing[0]!r} that could approve."
    return None
