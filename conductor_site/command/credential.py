"""Keep credentials, which nodes use by their names; their secrets come by standard input."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from conductor_site.command import CommandError, preparing, start_django


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `credential set NAME …`, `credential list` and `credential delete NAME`."""
    actions = parser.add_subparsers(dest="action", required=True)
    keep = actions.add_parser(
        "set", help="make one, or change it; what is secret is read from standard input"
    )
    keep.add_argument("name", help="by which nodes choose it")
    keep.add_argument(
        "--kind",
        metavar="KIND",
        help="bearer (the default), basic, header, query, oauth2, oauth2_code, values",
    )
    keep.add_argument(
        "--field", action="append", default=[], metavar="NAME=VALUE", help="what is not secret"
    )
    keep.add_argument(
        "--host", action="append", metavar="HOST", help="where it may be sent; without: anywhere"
    )
    keep.add_argument("--per-second", type=float, metavar="N", help="how often it may be used")
    known = actions.add_parser("list", help="say which there are")
    gone = actions.add_parser("delete", help="delete one")
    gone.add_argument("name")
    gone.add_argument("--even-if-used", action="store_true", help="though blueprints name it")
    for action in (keep, known, gone):
        action.add_argument("--user", help="whose it is (default: the owner)")


def perform(options: argparse.Namespace) -> int:
    """Keep, list or delete; what is secret is never printed."""
    start_django()
    from conductor_site.command.users import named
    from conductor_site.start import migrate
    from runner.credentials.grants import connection_of
    from runner.credentials.usage import users_of
    from runner.models import Credential

    with preparing():
        migrate()
    owner = named(options.user)
    mine = Credential.objects.filter(owner=owner)
    if options.action == "list":
        for row in mine.select_related("grant"):
            where = ", ".join(row.host_list) or "any host"
            connection = connection_of(row)
            also = "" if connection is None else f"  {'' if connection.works else 'not '}connected"
            print(f"{row.name}  {row.kind}  {where}{also}")
        return 0
    known = mine.filter(name=options.name).first()
    if options.action == "set":
        print(_keep(known or Credential(owner=owner, name=options.name), options))
        return 0
    if known is None:
        raise CommandError(f"{owner} has no credential {options.name!r}.")
    users = users_of(owner, known.name)
    if users and not options.even_if_used:
        names = ", ".join(repr(blueprint.name) for blueprint in users[:10])
        raise CommandError(f"It is used by {names}; add --even-if-used to delete it all the same.")
    known.delete()
    print(f"{options.name} is deleted.")
    return 0


def _keep(row: Any, options: argparse.Namespace) -> str:
    """Keep a credential as the options say; return what to print."""
    from django.core.exceptions import ValidationError

    from runner.credentials.connecting import redirect_address
    from runner.credentials.grants import connect_at, connection_of
    from runner.credentials.keeping import keep
    from runner.models import Credential
    from runner.nodes.credentials import KINDS

    new = row._state.adding
    kind = options.kind or ("bearer" if new else row.kind)
    if kind not in KINDS:
        raise CommandError(f"There is no kind {kind!r}. There are: {', '.join(KINDS)}.")
    if not new and kind != row.kind:
        raise CommandError(
            f"{row.name!r} is of the kind {row.kind!r}, which stays; make another credential."
        )
    row.kind = kind
    if options.host is not None:
        row.hosts = "\n".join(options.host)
    if options.per_second is not None:
        row.per_second = options.per_second
    given = {**_pairs(options.field), **_secrets(kind)}
    try:
        keep(row, given if given or new else None)
    except ValidationError as error:
        lines = [f"  {name}: {' '.join(told)}" for name, told in error.message_dict.items()]
        raise CommandError("The credential cannot be kept:\n" + "\n".join(lines)) from None
    done = f"{row.name} is {'made' if new else 'changed'}."
    connection = connection_of(Credential.objects.get(pk=row.pk))
    if connection is None or connection.works:
        return done
    return (
        f"{done} Register {redirect_address()} as the redirect address at the provider, then "
        f"connect it at {connect_at(row)}"
    )


def _secrets(kind: str) -> dict[str, str]:
    """Return what standard input holds: the one secret of the kind, or lines of name=value."""
    from runner.nodes.credentials import secret_names

    if sys.stdin.isatty():
        print("What is secret, then Ctrl+D:", file=sys.stderr)
    text = sys.stdin.read()
    if kind == "values":
        return _pairs([line for line in text.splitlines() if line.strip()])
    (name,) = secret_names(kind, {})
    secret = text.removesuffix("\n").removesuffix("\r")
    return {name: secret} if secret else {}


def _pairs(texts: list[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            # It is not repeated: it may be a secret.
            raise CommandError("A field or value is written as NAME=VALUE.")
        found[name.strip()] = value
    return found
