"""Gives steps the credentials that they name, where their run may use them."""

from __future__ import annotations

from uuid import UUID

from runner.credentials.keeping import secrets_of
from runner.credentials.renewing import granted
from runner.engine.credentials import Credential, CredentialMissing, Taken
from runner.graph.document import Rate
from runner.models import SPREAD, Run
from runner.models import Credential as Row
from runner.nodes.credentials import secret_names
from runner.queue import buckets
from runner.queue.worker import Worker, here
from runner.sealing import SecretUnreadable


class SiteCredentials:
    """Implements the engine's Credentials with the rows of this site."""

    async def take(self, run: str, name: str) -> Taken:
        """Return a credential for a step of a run. Raises CredentialMissing."""
        return await _worker().insist(take, UUID(run), name)

    async def look(self, run: str, name: str) -> Credential:
        """Return a credential as it is by now, to a step that has waited for its turn."""
        return await _worker().insist(look, UUID(run), name)

    async def granted(self, credential: Credential, refused: str = "") -> str:
        """Return a token of a credential that a person has connected. Raises NodeError."""
        return await granted(_worker().insist, UUID(credential.id), refused)


def _worker() -> Worker:
    worker = here()
    if worker is None:
        raise CredentialMissing("The run is not executed by a worker: it has no credentials.")
    return worker


def take(run_id: UUID, name: str) -> Taken:
    """Return a credential of the owner of a run's blueprint, and when the run may use it.

    Raises CredentialMissing.
    """
    row, found = _found(run_id, name)
    if row.per_second is None:
        return Taken(found)
    rate = Rate(per_second=row.per_second, burst=row.burst, shared=row.name)
    return Taken(found, buckets.reserve(row.bucket, row.per_second, row.burst), rate)


def look(run_id: UUID, name: str) -> Credential:
    """Return a credential of the owner of a run's blueprint. Raises CredentialMissing."""
    return _found(run_id, name)[1]


def _found(run_id: UUID, name: str) -> tuple[Row, Credential]:
    run = _run(run_id)
    owner = run.owner
    row = Row.objects.filter(owner=owner, name=name).first()
    if row is None:
        raise CredentialMissing(
            f"{owner.get_username()}, whose blueprint this is, has no credential {name[:100]!r}."
        )
    if not row.for_editors:
        _check_owner_vouches(run, name)
    try:
        secrets = secrets_of(row)
    except SecretUnreadable:
        raise CredentialMissing(
            f"What is secret of the credential {name!r} was encrypted with another key of this "
            "site, and cannot be read: enter it again."
        ) from None
    fields = {**row.fields, **secrets}
    hidden = secret_names(row.kind, fields)
    return row, Credential(
        id=str(row.pk),
        name=row.name,
        kind=row.kind,
        fields=fields,
        secrets=tuple(str(fields[key]) for key in hidden if key in fields),
        hosts=row.host_list,
        state=row.updated.isoformat(),
    )


def _run(key: UUID) -> Run:
    """Return what must be known of a run, and not the values that it holds."""
    rows = Run.objects.select_related("owner", "started_by").only(
        *("trigger", "parent", "version", "edited"),
        *("owner__username", "started_by__username", "started_by__is_superuser"),
    )
    return rows.get(pk=key)


def _check_owner_vouches(run: Run, name: str) -> None:
    """Refuse a credential to a run that its owner has neither published nor started as it is.

    Who may edit a draft, or values in the middle of a run, could send what they were never shown
    to a place of their own. Raises CredentialMissing.
    """
    owner = run.owner
    while run.trigger == SPREAD and run.parent_id is not None and not run.edited:
        run = _run(run.parent_id)
    if run.edited:
        raise CredentialMissing(
            f"The credential {name!r} is not used by this run: somebody else than "
            f"{owner.get_username()} has put values into the middle of it, or of the run whose "
            "results it took over. Start one from the beginning."
        )
    # A call to a test address was started by whoever answered for that when it came.
    by = run.started_by
    owns = by is not None and (by.pk == owner.pk or by.is_superuser)
    if run.version_id is None and not owns:
        raise CredentialMissing(
            f"The credential {name!r} is used by runs of the draft only if "
            f"{owner.get_username()} starts them, or opens it to editors."
        )
