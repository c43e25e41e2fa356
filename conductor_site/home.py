"""The folder where Conductor keeps its database, files and keys."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from conductor_site.environment import WrongSetting

SHORTEST_KEY = 32


class KeyUnusable(ValueError):
    """The file of the secret key does not hold one."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} does not hold a secret key of at least {SHORTEST_KEY} characters. Put the key "
            "back from a backup; without it, sign-ins end and webhooks' secrets cannot be read. "
            "Where there is none, remove the file: the next start makes a new key."
        )


def prepare(home: Path) -> None:
    """Create the folder and its `files/` where they are missing; only the owner may look inside.

    Raises WrongSetting where it cannot be made.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / "files").mkdir(mode=0o700, exist_ok=True)
        # The web server warns at each start where the folder of collected files is missing.
        (home / "static").mkdir(exist_ok=True)
    except OSError as error:
        expected = f"a folder that can be made and written ({error.strerror})"
        raise WrongSetting("CONDUCTOR_HOME", str(home), expected) from error


def secret_key(home: Path) -> str:
    """Return the site's secret key, made on first use in a file that only the owner can read.

    Raises KeyUnusable where the file is there but holds no key.
    """
    path = home / "secret.key"
    if not path.exists():
        prepare(home)
        draft = home / f"secret.key.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails where another process was first, so both end up with one key.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_bytes().strip()
    if not key.isascii() or len(key) < SHORTEST_KEY:
        raise KeyUnusable(path)
    return key.decode()
