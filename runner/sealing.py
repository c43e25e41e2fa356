"""Keeps secrets encrypted in the database, with a key made from the site's own."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SecretUnreadable(Exception):
    """The secret was encrypted with another SECRET_KEY; rotate it to get a new one."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


class SecretBox:
    """Encrypts and decrypts secrets; a copy of the database alone opens nothing.

    What the `older` keys have sealed can be opened as well.
    """

    def __init__(self, key: str, older: Sequence[str] = ()) -> None:
        self._fernet = MultiFernet([_of(key), *map(_of, older)])

    @classmethod
    def of_site(cls) -> SecretBox:
        """Return the box that opens with the site's SECRET_KEY, and with those that it had."""
        return cls(settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS)

    def seal(self, secret: str) -> str:
        """Return the secret encrypted, as the row keeps it."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return the secret. Raises SecretUnreadable where the key has changed since."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecretUnreadable from None


def _of(key: str) -> Fernet:
    # The name is that of the first secrets here; another would open none of those that are kept.
    derived = HKDF(
        algorithm=hashes.SHA256(), length=32, salt=None, info=b"conductor.webhooks.secret"
    ).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
