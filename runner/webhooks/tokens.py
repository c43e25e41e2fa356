"""Whether a JSON Web Token lets its bearer pass (RFC 7519)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jwt

from runner.webhooks.hmacs import Unsigned
from runner.webhooks.key_sets import FAMILIES, Key

HMAC = ("HS256", "HS384", "HS512")
ALGORITHMS = (*HMAC, *FAMILIES)
DEFAULT = "HS256"
LEEWAY = 30  # seconds that clocks may differ
MOST_KEYS = 16
_LONGEST = 16 * 1024

# The library's words for what is wrong are kept, but for these, which name Python's errors.
_WORDS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "The token has expired.",
    jwt.ImmatureSignatureError: "The token is not valid yet.",
    jwt.InvalidAudienceError: "The token is for another audience.",
    jwt.InvalidIssuerError: "The token is of another issuer.",
    jwt.InvalidAlgorithmError: "The token is signed by another algorithm.",
    jwt.InvalidSignatureError: "The token's signature is wrong: the key differs.",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must be. `source` says where its issuer's public keys are."""

    algorithm: str = DEFAULT
    issuer: str = ""
    audience: str = ""
    source: str = ""

    @property
    def public(self) -> bool:
        """Whether a public key checks the tokens, and no secret."""
        return self.algorithm not in HMAC


def check(
    rules: Rules, value: str | None, header: str, secrets: Iterable[str], keys: Iterable[Key]
) -> None:
    """Raise Unsigned where the header's token is not what the rules ask for.

    The rules alone name the algorithm: what a token says of itself chooses
    nothing. A secret checks HS, public keys of the right kind check the others.
    """
    if value is None:
        raise Unsigned(f"The header {header} is missing.")
    token = _bearer(value)
    if len(token) > _LONGEST:
        raise Unsigned(f"The token is longer than {_LONGEST} characters.")
    try:
        kid = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError as error:
        raise Unsigned(f"The header {header} holds no token: {error}.") from None
    candidates: list[Any]
    if rules.public:
        fitting = [key for key in keys if key.fits(rules.algorithm)]
        named = [key for key in fitting if kid is not None and key.kid == kid]
        unnamed = [key for key in fitting if kid is None or not key.kid]
        candidates = [key.key for key in (named or unnamed)[:MOST_KEYS]]
        if not candidates:
            raise Unsigned(f"There is no {rules.algorithm} key named {str(kid)[:80]!r}.")
    else:
        candidates = list(secrets)
    wrong: jwt.PyJWTError | None = None
    for key in candidates:
        try:
            _decode(rules, token, key)
        except jwt.InvalidSignatureError as error:
            wrong = error
        except jwt.PyJWTError as error:
            wrong = error
            break
        else:
            return
    words = _WORDS.get(type(wrong)) if wrong is not None else None
    raise Unsigned(words or f"The token is refused: {wrong}.")


def kid_in(value: str) -> str | None:
    """Return the name of the key that a header's token says it was signed by; None without one."""
    if len(value) > _LONGEST:
        return None
    try:
        kid = jwt.get_unverified_header(_bearer(value)).get("kid")
    except jwt.InvalidTokenError:
        return None
    return kid if isinstance(kid, str) else None


def sign(rules: Rules, secret: str, now: float) -> str:
    """Return a token that passes for a minute; for HS alone, whose key is the secret."""
    claims: dict[str, Any] = {"exp": int(now) + 60, "sub": "conductor-test"}
    claims |= {"iss": rules.issuer} if rules.issuer else {}
    claims |= {"aud": rules.audience} if rules.audience else {}
    return jwt.encode(claims, secret, rules.algorithm)


def _bearer(value: str) -> str:
    return value[7:].strip() if value[:7].lower() == "bearer " else value.strip()


def _decode(rules: Rules, token: str, key: Any) -> dict[str, Any]:
    return jwt.decode(
        token,
        key,
        algorithms=[rules.algorithm],
        audience=rules.audience or None,
        issuer=rules.issuer or None,
        leeway=LEEWAY,
        options={
            "require": ["exp"],
            "verify_aud": bool(rules.audience),
            "enforce_minimum_key_length": True,
        },
    )
