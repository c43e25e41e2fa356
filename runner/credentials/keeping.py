"""What people do with credentials: make and change them. What is secret goes in, never out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from pydantic import ValidationError as FieldsInvalid

from runner.credentials.usage import users_of
from runner.graph.wording import wrongs
from runner.models import Credential, Grant
from runner.nodes.credentials import KINDS, Fields, secret_names
from runner.nodes.proving import read_host
from runner.queue import buckets
from runner.sealing import SecretBox, SecretUnreadable

NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*(:[0-9]{1,5})?|\[.*", re.I)
SETTINGS = ("name", "hosts", "for_editors", "per_second", "burst")
MOST_HOSTS = 100
FASTEST = 10_000  # uses a second, as of rates of nodes
CODE = "oauth2_code"  # the kind that people connect


def check(credential: Credential, was: str = "") -> None:
    """Raise ValidationError, by field, where a credential cannot be as it is given.

    `was` is the name that it has had.
    """
    problems: dict[str, str] = {}
    if wrong := _wrong_name(credential, was):
        problems["name"] = wrong
    if credential.kind not in KINDS:
        problems["kind"] = f"There is no kind {credential.kind!r}. There are: {', '.join(KINDS)}."
    hosts = credential.host_list
    for host in hosts:
        if not NAME.fullmatch(host) or read_host(host) is None:
            problems["hosts"] = (
                f"{host[:100]!r} is no host: write api.example.com, *.example.com, "
                "api.example.com:8443 or [2001:db8::1]:8443, without https:// and path."
                + ("" if host.isascii() else " An international name begins with xn--.")
            )
    if len(hosts) > MOST_HOSTS:
        problems["hosts"] = f"It may have at most {MOST_HOSTS} hosts."
    if credential.for_editors and not hosts and credential.kind != "values":
        problems.setdefault(
            "hosts", "Name the hosts that it may be sent to: others could send it to their own."
        )
    rate = credential.per_second
    if rate is not None and not 0 < rate <= FASTEST:
        problems["per_second"] = f"It must be more than 0 and at most {FASTEST:,}."
    if not 1 <= credential.burst <= FASTEST:
        problems["burst"] = f"It must be from 1 to {FASTEST:,}."
    if problems:
        raise ValidationError(problems)


def _wrong_name(credential: Credential, was: str) -> str:
    name = credential.name
    if not name.strip() or len(name) > 100:
        return "Give it a name of 1 to 100 characters."
    if name.strip() != name or not name.isprintable() or "{{" in name:
        return "A name is one line, without {{ and without spaces at its ends."
    others = Credential.objects.filter(owner=credential.owner, name=name).exclude(pk=credential.pk)
    if others.exists():
        return f"There is a credential {name!r} already; choose another name."
    if was and was != name and (users := users_of(credential.owner, was)):
        return (
            f"{users[0].name!r} and {len(users) - 1} more use it"
            if users[1:]
            else f"{users[0].name!r} uses it"
        ) + " by its name: make another credential, choose it there, then delete this one."
    return ""


def fields_of(kind: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a credential: those `given`, and else those `known`.

    A secret that is given as "" stays as it is; named values that are not given go. Raises
    ValidationError for what the kind does not have, or lacks.
    """
    secret = secret_names(kind, {**known, **given})
    kept = {
        name: known[name] if name in secret & known.keys() and value in ("", None) else value
        for name, value in given.items()
    }
    if issubclass(KINDS[kind], Fields):
        kept = {**known, **kept}
    where = known.get("token_url")
    elsewhere = where not in (None, kept.get("token_url")) and known.get("client_secret")
    if elsewhere and kept.get("send_in") != "none" and not given.get("client_secret"):
        # Who may change a credential may not thereby read it.
        anew = "Enter it anew: it would go to another address than the one that it was given for."
        raise ValidationError({"client_secret": anew})
    try:
        model = KINDS[kind].model_validate(kept)
    except FieldsInvalid as error:
        found: dict[str, list[str]] = {}
        for wrong in wrongs(error, kept):
            # What was given is not repeated: it may be a secret, also under a wrong name.
            name = str(wrong.path[0]) if wrong.path else "fields"
            found.setdefault(name, []).append(f"{wrong.said[:1].upper()}{wrong.said[1:]}.")
        raise ValidationError(found) from None
    told: dict[str, Any] = model.model_dump()
    return told


def client_of(fields: Mapping[str, Any]) -> str:
    """Return to whom and by whom tokens are granted, as a hash: another one does not get them."""
    parts = [fields.get(name, "") for name in ("authorization_url", "token_url", "client_id")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@transaction.atomic
def keep(
    credential: Credential,
    given: Mapping[str, Any] | None,
    was: str = "",
    only: Collection[str] | None = None,
) -> None:
    """Keep a credential, new or changed, with these fields; None leaves them as they are.

    Settings other than `only` these, where it is given, stay as they are by now. Raises
    ValidationError, by field, for what cannot be, and changes nothing then.
    """
    if not credential._state.adding:
        _catch_up(credential, only)
    check(credential, was)
    if given is not None:
        known = {} if credential._state.adding else known_fields(credential)
        fields = fields_of(credential.kind, given, known)
        hidden = secret_names(credential.kind, fields)
        credential.fields = {key: it for key, it in fields.items() if key not in hidden}
        secret = {key: it for key, it in fields.items() if key in hidden}
        credential.secret = SecretBox.of_site().seal(json.dumps(secret))
    try:
        with transaction.atomic():
            credential.save()
    except IntegrityError:
        # Somebody was a moment faster.
        check(credential, was)
        raise
    if credential.kind == CODE:
        # What was granted to another client, or by another provider, is not sent to this one.
        Grant.objects.filter(credential=credential).exclude(
            client=client_of(credential.fields)
        ).delete()


def _catch_up(credential: Credential, only: Collection[str] | None) -> None:
    """Take over what others have changed since it was read, and keep them out until it is saved."""
    now = Credential.objects.select_for_update().filter(pk=credential.pk).first()
    if now is None:
        # To save it would make it anew.
        raise ValidationError({"name": f"{credential.name!r} was deleted meanwhile."})
    credential.fields, credential.secret = now.fields, now.secret
    if only is not None:
        for name in set(SETTINGS) - set(only):
            setattr(credential, name, getattr(now, name))
    if (now.per_second, now.burst) != (credential.per_second, credential.burst):
        # By a slow rate turns may be given out for days, which the new one would begin after.
        buckets.refill(credential.bucket)


def known_fields(credential: Credential) -> dict[str, Any]:
    """Return all fields; without its secrets where they cannot be read any more."""
    try:
        return {**credential.fields, **secrets_of(credential)}
    except SecretUnreadable:
        return dict(credential.fields)


def is_readable(credential: Credential) -> bool:
    """Say whether the site's key opens what is secret of it."""
    return names_of_secrets(credential) is not None


def names_of_secrets(credential: Credential) -> list[str] | None:
    """Return the names of what is secret of it; None where the site's key does not open it."""
    try:
        return sorted(secrets_of(credential))
    except SecretUnreadable:
        return None


def secrets_of(credential: Credential) -> dict[str, str]:
    """Return what is secret of it. Raises SecretUnreadable."""
    found: dict[str, str] = json.loads(SecretBox.of_site().open(credential.secret))
    return found
