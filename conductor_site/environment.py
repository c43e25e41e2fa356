"""Typed readers of environment variables: a wrong value stops the start and is named."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runner.graph.labels import EXPECTED, LABEL, MOST_LABELS

CONNECTIONS = ("redis", "rediss", "mqtt", "mqtts", "postgresql", "imap", "imaps")


class WrongSetting(ValueError):
    """An environment variable has a value that cannot be used."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"The environment variable {name} is {value!r}; it must be {expected}.")


READ: set[str] = set()
"""The variables that were asked for, given or not."""


def text(name: str, default: str) -> str:
    """Return the variable's text, or the default where it is unset or empty."""
    READ.add(name)
    return os.environ.get(name) or default


def flag(name: str, *, default: bool) -> bool:
    """Return a yes/no variable. Raises WrongSetting for any other word."""
    value = text(name, "")
    words = {"": default, "1": True, "true": True, "yes": True, "0": False, "false": False}
    words["no"] = False
    if value.lower() not in words:
        raise WrongSetting(name, value, "1, true, yes, 0, false or no")
    return words[value.lower()]


def number(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number within bounds. Raises WrongSetting outside of them."""
    value = text(name, "")
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise WrongSetting(name, value, f"a whole number from {least} to {most}")
    return int(value)


def choice(name: str, default: str, among: Sequence[str]) -> str:
    """Return a variable that is one of some words, in capitals. Raises WrongSetting for another."""
    value = text(name, default).upper()
    if value not in among:
        raise WrongSetting(name, os.environ[name], f"one of {', '.join(among)}")
    return value


def queue_engine(name: str, database: str) -> str:
    """Return `ROWS` or `PGQUEUER`. Raises WrongSetting where the latter has not what it needs."""
    value = choice(name, "ROWS", ("ROWS", "PGQUEUER"))
    if value == "PGQUEUER" and not database.endswith("postgresql"):
        raise WrongSetting(name, os.environ[name], "rows where the database is SQLite")
    if value == "PGQUEUER" and find_spec("pgqueuer") is None:
        raise WrongSetting(name, os.environ[name], "rows until the extra 'postgres' is installed")
    return value


def time_zone(name: str, default: str) -> str:
    """Return the name of a time zone. Raises WrongSetting where this machine does not know it."""
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WrongSetting(name, value, "a time zone such as UTC or Europe/Berlin") from None
    return value


def origins(name: str) -> frozenset[str]:
    """Return a comma-separated variable of origins. Raises WrongSetting where one is none."""
    found = names(name)
    for origin in found:
        url = urlsplit(origin)
        if url.scheme not in {"http", "https"} or not url.netloc or url.path:
            raise WrongSetting(name, origin, "origins such as https://conductor.example.com")
    return found


def names(name: str) -> frozenset[str]:
    """Return a comma-separated variable as a set of words."""
    return frozenset(word.strip() for word in text(name, "").split(",") if word.strip())


def labels(name: str) -> frozenset[str]:
    """Return a comma-separated variable of a worker's labels. Raises WrongSetting."""
    found = names(name)
    for word in sorted(found):
        if not re.fullmatch(LABEL, word):
            raise WrongSetting(name, word, f"labels with commas between; a label has {EXPECTED}")
    if len(found) > MOST_LABELS:
        raise WrongSetting(name, os.environ[name], f"at most {MOST_LABELS} labels")
    return found


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return a comma-separated variable of networks (CIDR). Raises WrongSetting."""
    found = []
    for word in sorted(names(name)):
        try:
            found.append(ip_network(word))
        except ValueError:
            raise WrongSetting(name, word, "networks such as 10.0.0.0/8, with commas") from None
    return tuple(found)


def connections(name: str) -> dict[str, str]:
    """Return the URLs of a variable such as `orders=redis://host:6379/0 plant=mqtt://host`.

    Raises WrongSetting, which never shows a URL: it may hold a password.
    """
    found: dict[str, str] = {}
    for word in text(name, "").split():
        key, _, value = word.partition("=")
        expected = "words such as orders=redis://host:6379/0, with spaces between them; %s"
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", key):
            raise WrongSetting(name, "…", expected % "a name is of a-z, 0-9, _ and -")
        try:
            url = urlsplit(value)
            # PostgreSQL without a host is that of this machine, by its socket.
            somewhere = bool(url.hostname) or (url.scheme == "postgresql" and len(url.path) > 1)
            good = url.scheme in CONNECTIONS and somewhere and url.port != 0
        except ValueError:
            good = False
        if not good or key in found:
            said = "is there twice" if key in found else f"has no URL of {', '.join(CONNECTIONS)}"
            raise WrongSetting(name, "…", expected % f"{key!r} {said}")
        found[key] = value
    return found


def secret(name: str, *, least: int) -> str:
    """Return a secret text, "" where it is unset. Raises WrongSetting, which never shows it."""
    value = text(name, "")
    if value and (len(value) < least or not value.isascii() or not value.isprintable()):
        raise WrongSetting(name, "…", f"at least {least} ASCII characters")
    return value


def folder(name: str, default: Path) -> Path:
    """Return an absolute folder path; it is made where it is missing, for its owner alone.

    Raises WrongSetting where it cannot be made or written.
    """
    value = text(name, "")
    path = Path(value).expanduser() if value else default
    try:
        path = path.resolve()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise WrongSetting(name, str(path), f"a folder that can be written ({reason})") from error
    return path


def address(name: str, default: str) -> str:
    """Return the address of a site without a slash at its end. Raises WrongSetting."""
    value = text(name, default).rstrip("/")
    if not _is_address(value):
        raise WrongSetting(name, value, "an address like https://conductor.example.org")
    return value


def _is_address(value: str) -> bool:
    try:
        url = urlsplit(value)
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.netloc)


def channel_layer(name: str) -> dict[str, object]:
    """Return the channel layer of the Redis server that a URL names; without one, of this process.

    Raises WrongSetting where the value is no such URL, or what speaks to Redis is not installed.
    """
    value = text(name, "")
    if not value:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    try:
        good = urlsplit(value).scheme in {"redis", "rediss"} and bool(urlsplit(value).hostname)
    except ValueError:
        good = False
    if not good:
        # It may hold a password.
        raise WrongSetting(name, "…", "redis://host:port/number")
    if find_spec("channels_redis") is None:
        raise WrongSetting(name, "…", "empty until the extra 'redis' is installed")
    # What is published reaches all databases of a server: sites that share one must not meet.
    number = urlsplit(value).path.strip("/") or "0"
    return {
        "BACKEND": "conductor_site.redis_layer.RedisLayer",
        "CONFIG": {"hosts": [value], "prefix": f"conductor.{number}."},
    }


_CUT_OFF = {
    # A network that drops everything says nothing. Without these, whoever is cut off would wait for
    # minutes after it is back; milliseconds for what was sent, seconds where nothing was.
    "tcp_user_timeout": 6000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    # And a transaction of one that was cut off would hold the rows of its runs, which nobody else
    # could take over then: the server ends it while the lease of the worker does.
    "options": "-c idle_in_transaction_session_timeout=6000",
}


def database(name: str, sqlite: Path, timeout: int) -> dict[str, object]:
    """Return Django's settings of the database that a URL names; SQLite in `sqlite` without one.

    `timeout` is how many seconds to wait for a lock of SQLite or for PostgreSQL to answer a call.

    Raises WrongSetting where the URL is not `postgresql://user:password@host:port/name`.
    """
    value = text(name, "")
    if not value:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(sqlite),
            "OPTIONS": {
                "timeout": timeout,
                "transaction_mode": "IMMEDIATE",
                # A commit touches the same few pages again and again; the longer the log, the more
                # seldom they are copied from it. 4,000 pages are 16 MB.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA wal_autocheckpoint=4000;",
            },
            "TEST": {"NAME": str(sqlite.with_name("test.sqlite3"))},
        }
    form = "postgresql://user:password@host:port/name"
    try:
        url = urlsplit(value)
        port = str(url.port or "")
    except ValueError:
        # The value may hold a password, and where it stands cannot be told.
        raise WrongSetting(name, "…", f"{form} with a number as its port") from None
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        shown = value.replace(url.password, "…") if url.password else value
        raise WrongSetting(name, shown, form)
    # Whoever waits for what another program has locked is told no, as SQLite tells them.
    options = f"{_CUT_OFF['options']} -c lock_timeout={timeout * 1000}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": port,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": timeout, **_CUT_OFF, "options": options},
    }
