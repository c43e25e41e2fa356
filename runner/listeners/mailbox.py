"""Reaches a mailbox over IMAP (RFC 3501), by what the operator's URL says."""

from __future__ import annotations

import logging
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from runner.listeners.held import ListenFailed
from runner.listeners.reaching import failed, url_of

ANSWERS = 30.0  # seconds that the server has to answer
OPTIONS = {"auth": ("password", "xoauth2"), "tls": ("starttls", "none"), "secret": None}


@dataclass(frozen=True, slots=True)
class Account:
    """Where a mailbox is, and how to sign in to it."""

    connection: str
    host: str
    port: int
    tls: str  # "tls" from the beginning, "starttls", or "none"
    user: str
    secret: str  # a password, or an access token
    token: bool

    def failed(self, error: Exception | str) -> ListenFailed:
        """Return what tells of it without its secret."""
        text = str(error)
        if self.secret:
            text = text.replace(self.secret, "…")
        return failed(self.connection, text)


def account_of(connection: str) -> Account:
    """Return the account that a connection leads to. Raises ListenFailed where it says none."""
    url = urlsplit(url_of(connection))
    options = dict(parse_qsl(url.query, keep_blank_values=True))
    for name, value in options.items():
        if name not in OPTIONS:
            raise _wrong(connection, f"its option {name!r} is none of {', '.join(OPTIONS)}")
        allowed = OPTIONS[name]
        if allowed is not None and value not in allowed:
            raise _wrong(connection, f"its option {name!r} is none of {', '.join(allowed)}")
    if url.scheme == "imaps" and "tls" in options:
        raise _wrong(
            connection, "imaps has TLS from the beginning, so its option 'tls' says naught"
        )
    secret = unquote(url.password or "")
    if "secret" in options:
        # Whoever renews a token writes it there, and it is read anew for each connection.
        try:
            secret = Path(options["secret"]).read_text().strip()
        except (OSError, UnicodeDecodeError, ValueError):
            told = "the file that its option 'secret' names cannot be read"
            raise _wrong(connection, told) from None
    if not url.username or not secret:
        raise _wrong(connection, "a user and a password or token are missing in its URL")
    tls = "tls" if url.scheme == "imaps" else options.get("tls", "starttls")
    return Account(
        connection,
        url.hostname or "",
        url.port or (993 if tls == "tls" else 143),
        tls,
        unquote(url.username),
        secret,
        options.get("auth") == "xoauth2",
    )


def sign_in(account: Account) -> Any:
    """Return a client (imapclient's IMAPClient) that is signed in. Raises ListenFailed."""
    import imapclient

    # Its lines may hold tokens.
    logging.getLogger("imapclient").setLevel(logging.WARNING)
    context = ssl.create_default_context()
    client = None
    try:
        client = imapclient.IMAPClient(
            account.host,
            account.port,
            ssl=account.tls == "tls",
            ssl_context=context,
            timeout=ANSWERS,
        )
        _notice_silence(client.socket())
        if account.tls == "starttls":
            client.starttls(context)
        if account.token:
            client.oauth2_login(account.user, account.secret)
        elif client.has_capability("AUTH=PLAIN"):
            # LOGIN takes ASCII only.
            client.plain_login(account.user, account.secret)
        else:
            client.login(account.user, account.secret)
    except (client_error(), OSError, UnicodeError) as error:
        if client is not None:
            leave(client)
        raise account.failed(error) from None
    return client


def client_error() -> type[Exception]:
    """Return the class of all that the client raises when the server does not do as it should."""
    from imapclient.exceptions import IMAPClientError

    found: type[Exception] = IMAPClientError
    return found


def leave(client: Any) -> None:
    """Say goodbye, where the server still listens, and close the connection."""
    try:
        client.logout()
    except (client_error(), OSError):
        try:
            client.socket().close()
        except OSError:
            return


def _notice_silence(connection: socket.socket) -> None:
    # A server that is gone without a word is noticed within half a minute.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _wrong(connection: str, what: str) -> ListenFailed:
    return ListenFailed(
        f"The connection {connection!r} does not say how to sign in: {what}. Whoever runs this "
        "site mends it in CONDUCTOR_CONNECTIONS."
    )
