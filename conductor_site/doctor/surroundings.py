"""What surrounds the process: its settings, its folders, and what the machine has for it."""

from __future__ import annotations

import difflib
import os
import resource
import shutil
import stat
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection

from conductor_site import tracing
from conductor_site.doctor.finding import Finding, fail, ok, warn
from conductor_site.environment import READ

MIB, GIB = 2**20, 2**30
SETTINGS = "docs/how-to/operate.md#settings"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# Kinds of file systems over which locks do not hold, see docs/how-to/operate.md.
NETWORKED = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "fuse.sshfs",
        "fuse.glusterfs",
    }
)


def _public() -> bool:
    return (urlsplit(settings.CONDUCTOR_URL).hostname or "") not in LOOPBACK


def secret_key() -> Iterator[Finding]:
    """Look at the key of sessions and webhooks' secrets."""
    key, path = settings.SECRET_KEY, settings.CONDUCTOR_HOME / "secret.key"
    told = "CONDUCTOR_SECRET_KEY" if os.environ.get("CONDUCTOR_SECRET_KEY") else str(path)
    if len(key) < 50 or len(set(key)) < 5:
        mend = "Set CONDUCTOR_SECRET_KEY to 50 random characters or more."
        yield fail("secret key", f"The key ({told}) can be guessed.", mend)
        return
    if told == str(path) and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
        says = f"Others on this machine may read {path} (mode {mode:04o})."
        yield fail("secret key", says, f"chmod 600 {path}")
        return
    yield ok("secret key", f"{told} has {len(key)} characters.")


def variables() -> Iterator[Finding]:
    """Look for variables that would be settings, were they not misspelt or of another version."""
    strange = [it for it in sorted(os.environ) if it.startswith("CONDUCTOR_") and it not in READ]
    if not strange:
        yield ok("variables", "Each that begins with CONDUCTOR_ is a setting.")
    for name in strange:
        near = difflib.get_close_matches(name, READ, 1)
        mend = f"Did you mean {near[0]}?" if near else "Unset it."
        yield warn("variables", f"Nothing reads {name}.", f"{mend} See {SETTINGS}.")


def debug() -> Iterator[Finding]:
    """Look whether error pages show code and settings."""
    if not settings.DEBUG:
        yield ok("debug", "Error pages show neither code nor settings.")
    elif _public():
        says = "Error pages show code and settings to whoever comes."
        yield fail("debug", says, "Unset CONDUCTOR_DEBUG.")
    else:
        says = "Error pages show code and settings, on this machine."
        yield warn("debug", says, "Unset CONDUCTOR_DEBUG where others can come.")


def address() -> Iterator[Finding]:
    """Look whether the site answers under its own address."""
    url = urlsplit(settings.CONDUCTOR_URL)
    host = url.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    allowed = settings.ALLOWED_HOSTS
    if "*" in allowed:
        says = "The site answers under any name, so that links in its answers can be forged."
        yield warn("address", says, f"Set CONDUCTOR_HOSTS={shown}.")
    elif shown not in allowed and not any(
        it.startswith(".") and (host == it[1:] or host.endswith(it)) for it in allowed
    ):
        if host == "0.0.0.0":  # noqa: S104
            mend = (
                "Set CONDUCTOR_URL to the address that people use, and CONDUCTOR_HOSTS to its name."
            )
        else:
            mend = f"Set CONDUCTOR_HOSTS={shown}."
        yield fail("address", f"CONDUCTOR_URL is {url.geturl()}, and {shown} is refused.", mend)
    else:
        yield ok("address", f"{url.geturl()}; names: {', '.join(allowed)}.")


def tls() -> Iterator[Finding]:
    """Look whether what people send can be read on its way."""
    url = urlsplit(settings.CONDUCTOR_URL)
    if settings.TLS and url.scheme != "https":
        says = f"CONDUCTOR_TLS is on and CONDUCTOR_URL is {url.geturl()}: nobody stays signed in."
        yield fail("tls", says, "Set CONDUCTOR_URL to the https:// address.")
    elif url.scheme == "https" and not settings.TLS:
        says = "People come by https, and cookies are not marked for it; forms are refused."
        yield fail("tls", says, "Set CONDUCTOR_TLS=yes.")
    elif not settings.TLS and _public():
        says = "Passwords and tokens go over the network as they are."
        mend = "Put a proxy with TLS before it, see docs/how-to/operate.md#behind-a-proxy."
        yield warn("tls", says, mend)
    elif settings.TLS and settings.HOST not in LOOPBACK:
        says = f"The site listens at {settings.HOST}: whoever reaches that goes around the proxy."
        mend = "Set HOST=127.0.0.1, or have a firewall let only the proxy come."
        yield warn("tls", says, mend)
    else:
        yield ok("tls", "Cookies are for https alone." if settings.TLS else "This machine alone.")


def origins() -> Iterator[Finding]:
    """Look at further origins whose forms are taken."""
    plain = [it for it in settings.CSRF_TRUSTED_ORIGINS if it.startswith("http://")]
    if settings.TLS and plain:
        says = f"Forms of {', '.join(plain)} are taken, which anybody on the way can change."
        yield warn("origins", says, "Name https:// origins alone in CONDUCTOR_ORIGINS.")
        return
    yield ok("origins", ", ".join(settings.CSRF_TRUSTED_ORIGINS) or "None but the site's own.")


def folders() -> Iterator[Finding]:
    """Look at rights of the home, and at the room that the data has."""
    home = settings.CONDUCTOR_HOME
    mode = stat.S_IMODE(home.stat().st_mode)
    if mode & 0o077:
        says = f"Others on this machine may look into {home} (mode {mode:04o})."
        yield warn("home", says, f"chmod 700 {home}")
    else:
        yield ok("home", f"{home} is its owner's alone.")
    seen: set[int] = set()
    for folder in (home, settings.CONDUCTOR_VALUES, settings.CONDUCTOR_FILES):
        if folder.stat().st_dev not in seen:
            seen.add(folder.stat().st_dev)
            yield _room(folder)


def _room(folder: Path) -> Finding:
    room = shutil.disk_usage(folder)
    size, unit = (GIB, "GiB") if room.total >= GIB else (MIB, "MiB")
    told = f"{room.free / size:.1f} of {room.total / size:.1f} {unit} are free at {folder}."
    mend = (
        "Make room, or lower CONDUCTOR_KEEP_JOURNALS_MIB, see docs/how-to/operate.md#what-is-kept."
    )
    if room.free < 200 * MIB:
        return fail("disk", told, mend)
    if room.free < GIB or room.free < room.total / 50:
        return warn("disk", told, mend)
    return ok("disk", told)


def file_system_of(path: Path, mounts: str) -> str:
    """Return the kind of file system that a path is on, as a text like /proc/mounts says it."""
    found = ("", "unknown")
    for line in mounts.splitlines():
        where, kind = line.split()[1:3]
        where = where.replace("\\040", " ")
        inside = path == Path(where) or Path(where) in path.parents
        if inside and len(where) >= len(found[0]):
            found = (where, kind)
    return found[1]


def local_disk() -> Iterator[Finding]:
    """Look whether SQLite's file is on a disk of this machine."""
    if connection.vendor != "sqlite":
        return
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return
    kind = file_system_of(settings.CONDUCTOR_HOME, mounts.read_text(errors="replace"))
    if kind in NETWORKED:
        says = f"{settings.CONDUCTOR_HOME} is on {kind}, over which SQLite's locks do not hold."
        mend = "Move CONDUCTOR_HOME to a local disk, or set CONDUCTOR_DATABASE_URL to a PostgreSQL."
        yield fail("file system", says, mend)
    else:
        yield ok("file system", f"{kind}.")


def static_files() -> Iterator[Finding]:
    """Look whether pages get their scripts and styles."""
    missing = [
        name
        for name in ("editor/BUILD.json", "editor/editor.js", "admin/css/base.css")
        if finders.find(name) is None
    ]
    if missing:
        says = f"{', '.join(missing)} is not there: pages lack it."
        yield fail("static files", says, "Put the folder static/ of the release back.")
    else:
        yield ok("static files", "The canvas and the admin's styles are there.")


def time_zones() -> Iterator[Finding]:
    """Look whether the machine knows the time zones that schedules and waits may name."""
    known = len(zoneinfo.available_timezones())
    if known < 300:
        says = f"The machine knows {known} time zones."
        yield fail("time zones", says, "Install the system's tzdata, or `pip install tzdata`.")
    else:
        yield ok("time zones", f"{known}; pages show {settings.TIME_ZONE}.")


def open_files() -> Iterator[Finding]:
    """Look how many connections the process may hold."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < 4096:
        says = f"A process may open {soft} files: so many sockets, requests and connections."
        yield warn("open files", says, "ulimit -n 65536, or LimitNOFILE=65536 in the unit.")
    else:
        yield ok("open files", "As many as wanted." if soft < 0 else f"{soft} for each process.")


def figures() -> Iterator[Finding]:
    """Look who may read the figures, and whether traces are made."""
    wide = [str(it) for it in settings.CONDUCTOR_METRICS_ALLOW if it.prefixlen == 0]
    if wide:
        says = f"Everybody may read /metrics ({', '.join(wide)})."
        yield warn("metrics", says, "Name the monitoring's own network in CONDUCTOR_METRICS_ALLOW.")
    elif settings.CONDUCTOR_METRICS_TOKEN or settings.CONDUCTOR_METRICS_ALLOW:
        yield ok("metrics", "For who has the token, or comes from the networks that are named.")
    elif _public():
        yield ok("metrics", "Closed: neither a token nor networks are set.")
    else:
        yield ok("metrics", "For this machine alone.")
    if not tracing.wanted():
        yield ok("traces", "Off.")
    elif why := tracing.hindrance():
        mend = "Install the extra 'otel', or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf."
        yield warn("traces", f"They are asked for, and not made: {why}.", mend)
    else:
        yield ok("traces", "They are made.")


SURROUNDINGS = (
    variables,
    secret_key,
    debug,
    address,
    tls,
    origins,
    folders,
    local_disk,
    static_files,
    time_zones,
    open_files,
    figures,
)
