"""Public keys of those who issue tokens: pasted, from a file, or from an address (RFC 7517).

What was read is remembered for ten minutes, and asked again sooner where a
token names a key that is not there, so that an issuer may change its keys. An
issuer that does not answer for a while changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpcore
import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from django.conf import settings

from runner.engine.errors import NodeError
from runner.nodes import exchanging
from runner.nodes.connections import pools
from runner.nodes.files import place_below

FAMILIES: dict[str, tuple[Any, str]] = {
    **{
        f"{name}{bits}": (rsa.RSAPublicKey, "") for name in ("RS", "PS") for bits in (256, 384, 512)
    },
    "ES256": (ec.EllipticCurvePublicKey, "secp256r1"),
    "ES384": (ec.EllipticCurvePublicKey, "secp384r1"),
    "ES512": (ec.EllipticCurvePublicKey, "secp521r1"),
    "EdDSA": (ed25519.Ed25519PublicKey, ""),
}
"""The kind of public key, and the curve, that each algorithm needs."""

FRESH = 600.0  # seconds that keys are used without asking again
STALE = 86_400.0  # seconds that they are used where asking again fails
LEAST = 30.0  # seconds between two times of asking
PATIENCE = 5.0  # seconds that an address may take
LARGEST = 256 * 1024
MOST_REMEMBERED = 200
LEAST_RSA = 2048  # bits


class KeysWrong(ValueError):
    """There are no keys here that could be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the name that its set gives it."""

    key: Any
    kid: str = ""

    def fits(self, algorithm: str) -> bool:
        """Say whether signatures by this algorithm are checked with such a key."""
        kind, curve = FAMILIES[algorithm]
        if not isinstance(self.key, kind):
            return False
        return not curve or self.key.curve.name == curve


def is_address(source: str) -> bool:
    """Say whether keys are to be fetched from there."""
    return source.lower().startswith(("https://", "http://"))


def is_pasted(source: str) -> bool:
    """Say whether the text is the keys themselves."""
    return source.lstrip().startswith(("-----BEGIN", "{"))


def read_keys(text: str) -> tuple[Key, ...]:
    """Return the public keys in a PEM text or a JWKS. Raises KeysWrong."""
    text = text.strip()
    keys = _of_set(text) if text.startswith("{") else _of_pem(text)
    for key in keys:
        if isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size < LEAST_RSA:
            raise KeysWrong(
                f"An RSA key has {key.key.key_size} bits; at least {LEAST_RSA} are safe."
            )
    if not keys:
        raise KeysWrong("There is no RSA, EC or Ed25519 public key in it.")
    return keys


def _of_pem(text: str) -> tuple[Key, ...]:
    if "PRIVATE KEY" in text:
        raise KeysWrong("This is a private key; give the public one, and keep this to its owner.")
    blocks = [
        block + "-----END PUBLIC KEY-----" for block in text.split("-----END PUBLIC KEY-----")
    ]
    try:
        return tuple(
            Key(serialization.load_pem_public_key(block.strip().encode())) for block in blocks[:-1]
        )
    except Exception as error:
        # What the library raises for a text that is no PEM differs from release to release.
        raise KeysWrong(f"The PEM text cannot be read: {error}") from None


def _of_set(text: str) -> tuple[Key, ...]:
    try:
        given = json.loads(text)
        rows = given.get("keys", [given])
        return tuple(
            Key(jwt.PyJWK(row).key, str(row.get("kid") or ""))
            for row in rows
            # A secret among public keys would let whoever reads the set sign.
            if row.get("kty") in {"RSA", "EC", "OKP"} and row.get("use", "sig") == "sig"
        )
    except (ValueError, TypeError, KeyError, AttributeError, jwt.PyJWTError) as error:
        raise KeysWrong(f"This is no JWKS: {error}") from None


@dataclass(slots=True)
class _Known:
    keys: tuple[Key, ...]
    read: float
    asked: float
    wrong: str = ""


class KeySets:
    """The sets that a process has read."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[_Known]] = {}

    async def keys(self, source: str, kid: str | None = None) -> tuple[Key, ...]:
        """Return the keys of a source, asking again where none has the name. Raises KeysWrong."""
        known = self._known.get(source)
        now = time.monotonic()
        if known is None or self._is_due(known, now, kid):
            known = await self._ask(source)
        if not known.keys or now - known.read > STALE:
            raise KeysWrong(known.wrong or "There are no keys.")
        return known.keys

    def forget(self) -> None:
        """Throw away what is remembered."""
        self._known.clear()

    def _is_due(self, known: _Known, now: float, kid: str | None) -> bool:
        if now - known.asked < LEAST:
            return False
        missing = kid is not None and not any(key.kid == kid for key in known.keys)
        return missing or now - known.read > FRESH

    async def _ask(self, source: str) -> _Known:
        # Requests that arrive together wait for one answer; who hangs up does not end it.
        task = self._asking.get(source)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.create_task(self._read(source))
            self._asking[source] = task
            task.add_done_callback(lambda _: self._asking.pop(source, None))
        return await asyncio.shield(task)

    async def _read(self, source: str) -> _Known:
        now = time.monotonic()
        before = self._known.get(source)
        try:
            known = _Known(read_keys(await _text(source)), now, now)
        except KeysWrong as error:
            known = before or _Known((), now, now)
            known.asked, known.wrong = now, str(error)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[source] = known
        return known


key_sets = KeySets()


async def _text(source: str) -> str:
    if is_pasted(source):
        return source
    if not is_address(source):
        return await asyncio.to_thread(_file, source)
    request = httpx.Request("GET", source, headers={"Accept": "application/json"})
    try:
        async with asyncio.timeout(PATIENCE):
            # Not followed to another place: only the address that the owner gave is asked.
            await exchanging.check(request.url, None)
            answer = await exchanging.send(
                await pools(settings.CONDUCTOR_HTTP_ALLOW, None), request
            )
    except TimeoutError:
        raise KeysWrong(f"{source} did not answer within {PATIENCE:.0f} seconds.") from None
    except NodeError as error:
        raise KeysWrong(f"{source} cannot be asked for keys: {error}") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as e:
        raise KeysWrong(f"{source} cannot be reached: {str(e) or type(e).__name__}.") from None
    if answer.status_code != 200:
        raise KeysWrong(f"{source} answered {answer.status_code}.")
    if len(answer.content) > LARGEST:
        raise KeysWrong(f"{source} sent more than {LARGEST:,} bytes.")
    return answer.text


def place_of(path: str) -> Path:
    """Return where a file of keys lies. Raises KeysWrong where that is out of the folder."""
    try:
        return place_below(settings.CONDUCTOR_FILES, path)
    except NodeError as error:
        raise KeysWrong(str(error)) from None


def _file(path: str) -> str:
    try:
        with place_of(path).open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise KeysWrong(f"{path!r} is larger than {LARGEST:,} bytes.")
        return raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysWrong(f"{path!r} cannot be read: {error}.") from None
