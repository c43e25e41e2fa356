"""Share a blueprint: with people by name, and by links that give whoever opens them a right."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.utils import timezone

from editor.actions.tokens import hash_of
from editor.models import Blueprint, Right, Share, ShareLink
from editor.together.news import announce_end
from editor.visible import valid_links

PREFIX = "cns_"
MOST_LINKS = 100
_NOTED_EVERY = timedelta(minutes=1)


class ShareRefused(Exception):
    """A blueprint cannot be shared like this; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class LinkInvalid(Exception):
    """The link was withdrawn, has expired, or never was one."""


def share_with(blueprint: Blueprint, name: str, right: Right) -> Share:
    """Give somebody a right by their user name, or another one in its place.

    Raises ShareRefused where there is nobody of that name, or it is the owner's.
    """
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise ShareRefused("unknown_user", f"There is no active user {name!r}.")
    if user.pk == blueprint.owner_id:
        raise ShareRefused("owner", f"{name} owns the blueprint, and may do all with it.")
    share, _ = Share.objects.update_or_create(
        blueprint=blueprint, user=user, link=None, defaults={"right": right}
    )
    _tell(blueprint.pk)
    return share


def make_link(
    blueprint: Blueprint,
    right: Right,
    *,
    name: str = "",
    open_to_all: bool = False,
    expires: datetime | None = None,
) -> tuple[ShareLink, str]:
    """Make a link, and return it with its token, which is kept nowhere.

    Raises ShareRefused where it could not be opened, would let strangers do more
    than look, or is one too many.
    """
    if open_to_all and right is not Right.VIEW:
        raise ShareRefused(
            "needs_account", f"Whoever {right.label} must sign in; only looking needs no account."
        )
    if expires is not None and expires <= timezone.now():
        raise ShareRefused("expired", "The link would have expired already.")
    if blueprint.links.count() >= MOST_LINKS:
        raise ShareRefused(
            "too_many", f"A blueprint has at most {MOST_LINKS} links. Withdraw some first."
        )
    token = PREFIX + secrets.token_urlsafe(32)
    link = ShareLink.objects.create(
        blueprint=blueprint,
        right=right,
        name=name.strip(),
        hash=hash_of(token),
        open=open_to_all,
        expires=expires,
    )
    return link, token


def find_link(token: str) -> ShareLink:
    """Return the link of this token. Raises LinkInvalid, which does not say why.

    It is found by its hash, so that the time this takes tells nothing of the token.
    """
    link = valid_links().select_related("blueprint").filter(hash=hash_of(token)).first()
    if link is None:
        raise LinkInvalid
    _note_use(link)
    return link


def grant(link: ShareLink, user: User) -> None:
    """Give somebody who has opened a link what it gives; the owner has it already."""
    if user.pk != link.blueprint.owner_id:
        Share.objects.get_or_create(
            link=link, user=user, defaults={"blueprint": link.blueprint, "right": link.right}
        )


def change_right(share: Share, right: Right) -> Share:
    """Give another right to somebody who was named. Raises ShareRefused for who came by a link."""
    if share.link_id is not None:
        raise ShareRefused(
            "by_link",
            "This right came by a link and is what the link gives. Share with the person by name.",
        )
    share.right = right
    share.save(update_fields=["right"])
    _tell(share.blueprint_id)
    return share


def withdraw(found: Share | ShareLink) -> None:
    """Withdraw a right, or a link with all rights that came by it; pages that are open close."""
    blueprint_id = found.blueprint_id
    found.delete()
    _tell(blueprint_id)


def _tell(blueprint_id: UUID) -> None:
    transaction.on_commit(lambda: announce_end(blueprint_id), robust=True)


def _note_use(link: ShareLink) -> None:
    now = timezone.now()
    if link.used is None or link.used < now - _NOTED_EVERY:
        # A database that takes no writes can still be read.
        with suppress(OperationalError):
            ShareLink.objects.filter(pk=link.pk).update(used=now)
