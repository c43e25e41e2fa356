"""Whether the key of the site opens what is kept encrypted with it."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model

from conductor_site.doctor.finding import Finding, fail, ok
from runner.models import Credential, Endpoint, Webhook
from runner.sealing import SecretBox, SecretUnreadable

KEPT: tuple[type[Model], ...] = (Webhook, Endpoint, Credential)
MOST_NAMED = 3


def secrets() -> Iterator[Finding]:
    """Look whether each can be read, which another key than the one of then cannot."""
    box, count, closed = SecretBox.of_site(), 0, []
    for model in KEPT:
        for row in model._default_manager.exclude(secret="").only("secret").iterator():
            count += 1
            try:
                box.open(row.secret)  # type: ignore[attr-defined]
            except SecretUnreadable:
                closed.append((model, row.pk))
    if not closed:
        yield ok("secrets", f"The key opens all {count}." if count else "None is kept.")
        return
    named = [
        f"{model._meta.verbose_name} {model._default_manager.get(pk=pk)}"
        for model, pk in closed[:MOST_NAMED]
    ]
    more = len(closed) - len(named)
    told = ", ".join(named) + (f" and {more} more" if more else "")
    mend = (
        "Name the key that the site had in CONDUCTOR_OLD_SECRET_KEYS, or rotate webhooks and "
        "endpoints and enter credentials again."
    )
    yield fail("secrets", f"The key does not open {len(closed)} of {count}: {told}.", mend)
