"""JSON Web Tokens: which pass, and which tricks do not."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.core.exceptions import ValidationError

from runner.models import Authentication, Webhook
from runner.webhooks import key_sets as sets
from runner.webhooks.addresses import check
from runner.webhooks.key_sets import Key, KeySets, KeysWrong, read_keys
from runner.webhooks.signatures import Credentials, refusal
from runner.webhooks.tokens import Rules, sign

SECRET = "a secret of at least sixty-four characters, which HS512 asks for, too"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())


def pem(key: Any) -> str:
    kind, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(kind, form).decode())


def jwks(**keys: Any) -> str:
    rows = []
    for kid, key in keys.items():
        kind = jwt.algorithms.RSAAlgorithm if key is RSA else jwt.algorithms.ECAlgorithm
        rows.append({**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"})
    return json.dumps({"keys": rows})


def token(key: Any = SECRET, algorithm: str = "HS256", kid: str = "", **claims: Any) -> str:
    given = {"exp": time.time() + 60, **claims}
    headers = {"kid": kid} if kid else None
    return jwt.encode(
        {name: it for name, it in given.items() if it is not None}, key, algorithm, headers
    )


def judge(rules: Rules, value: str, keys: tuple[Key, ...] = ()) -> str:
    secret = "" if rules.public else SECRET
    wanted = Credentials(Authentication.JWT, "authorization", secret=secret, jwt=rules)
    return refusal(wanted, {"authorization": f"Bearer {value}"}, b"", None, keys) or ""


@pytest.mark.parametrize(
    ("algorithm", "key", "kid"), [("RS256", RSA, "a"), ("PS512", RSA, ""), ("ES256", EC, "b")]
)
def test_a_public_key_checks_what_its_owner_signed(algorithm: str, key: Any, kid: str) -> None:
    keys = read_keys(jwks(a=RSA, b=EC))
    rules = Rules(algorithm, source="x")
    assert judge(rules, token(key, algorithm, kid), keys) == ""
    assert judge(rules, token(key, algorithm), read_keys(pem(key))) == ""
    changed = token(key, algorithm, kid)[:-8] + "AAAAAAAA"
    assert "signature is wrong" in judge(rules, changed, keys)
    assert "no " in judge(rules, token(key, algorithm, "gone"), keys)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, ""),
        ({"exp": 0}, "has expired"),
        ({"exp": None}, 'missing the "exp"'),
        ({"exp": "soon"}, "refused"),
        ({"nbf": 4102444800}, "not valid yet"),
        ({"iss": "https://b"}, "another issuer"),
        ({"iss": None}, 'missing the "iss"'),
        ({"aud": "y"}, "another audience"),
        ({"aud": None}, 'missing the "aud"'),
        ({"aud": ["y", "x"]}, ""),
    ],
)
def test_times_issuer_and_audience_are_checked(claims: dict[str, Any], reason: str) -> None:
    rules = Rules(issuer="https://a", audience="x")
    found = judge(rules, token(**{"iss": "https://a", "aud": "x", **claims}))
    assert (reason in found) if reason else (found == "")


def test_a_token_does_not_choose_its_algorithm() -> None:
    public = pem(RSA)
    keys = read_keys(public)
    rules = Rules("RS256", source="x")
    # The public key, which everybody knows, as the secret of an HMAC.
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(b'{"exp":4102444800}').rstrip(b"=")
    import hashlib
    import hmac

    digest = hmac.digest(public.encode(), head + b"." + body, hashlib.sha256)
    forged = b".".join((head, body, base64.urlsafe_b64encode(digest).rstrip(b"="))).decode()
    none = jwt.encode({"exp": 4102444800}, "", "none")
    for text in (forged, none, token(), token(EC, "ES256"), token(RSA, "RS512")):
        assert "another algorithm" in judge(rules, text, keys)
    for text in (none, token(RSA, "RS256"), token(algorithm="HS512")):
        assert "another algorithm" in judge(Rules(), text)
    # A set that was tampered with, so that it holds a secret, gives no key at all.
    secret = base64.urlsafe_b64encode(SECRET.encode()).rstrip(b"=").decode()
    with pytest.raises(KeysWrong):
        read_keys(json.dumps({"keys": [{"kty": "oct", "k": secret}]}))


@pytest.mark.parametrize("value", ["", "x", "a.b.c", "é.é.é", "." * 3, "x" * 20000])
def test_what_is_no_token_is_refused(value: str) -> None:
    assert "token" in judge(Rules(), value)


def test_a_token_made_here_passes() -> None:
    rules = Rules("HS384", issuer="https://a", audience="x")
    assert judge(rules, sign(rules, SECRET, time.time())) == ""


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"keys": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, "keys"),
        ({"keys": "{}"}, "keys"),
        ({"keys": jwks(a=EC)}, "keys"),
        ({"keys": "-----BEGIN PRIVATE KEY-----"}, "keys"),
        ({"keys": pem(rsa.generate_private_key(65537, 1024))}, "keys"),
        ({"keys": "https://"}, "keys"),
        ({"algorithm": "none", "keys": "x"}, "algorithm"),
        ({"algorithm": "HS256", "keys": pem(RSA)}, "keys"),
    ],
)
def test_keys_that_cannot_be_are_refused(fields: dict[str, str], field: str) -> None:
    webhook = Webhook(node="hook", authentication="jwt", **{"algorithm": "RS256", **fields})
    with pytest.raises(ValidationError) as found:
        check(webhook)
    assert list(found.value.message_dict) == [field]


# --- where keys come from ----------------------------------------------------------


@pytest.fixture
def issuer() -> Iterator[Any]:
    """A server on this machine whose answer can be changed, and which counts who asks."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server: Any = self.server
            server.asked += 1
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(server.text.encode())

        def log_message(self, *_: Any) -> None:
            return

    server: Any = HTTPServer(("127.0.0.1", 0), Answers)
    server.asked, server.status, server.text = 0, 200, jwks(a=RSA)
    server.url = f"http://127.0.0.1:{server.server_port}/jwks.json"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_keys_of_an_address_are_remembered_and_asked_again_when_they_change(
    issuer: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset({f"127.0.0.1:{issuer.server_port}"})
    now = 1000.0
    monkeypatch.setattr("runner.webhooks.key_sets.time.monotonic", lambda: now)
    known = KeySets()
    assert [key.kid for key in await known.keys(issuer.url, "a")] == ["a"]
    issuer.text = jwks(a=RSA, b=EC)
    # A flood of tokens with made-up names does not become a flood of questions.
    assert len(await known.keys(issuer.url, "b")) == 1
    assert issuer.asked == 1
    now += sets.LEAST
    assert len(await known.keys(issuer.url, "b")) == 2
    issuer.status = 500
    now += sets.FRESH + 1
    assert len(await known.keys(issuer.url, "a")) == 2
    assert issuer.asked == 3
    now += sets.STALE
    with pytest.raises(KeysWrong, match="answered 500"):
        await known.keys(issuer.url, "a")


async def test_an_address_inside_the_site_is_not_asked(issuer: Any, settings: Any) -> None:
    settings.CONDUCTOR_HTTP_ALLOW = frozenset()
    with pytest.raises(KeysWrong, match="is not public"):
        await KeySets().keys(issuer.url)
    assert issuer.asked == 0


async def test_keys_of_a_file_lie_in_the_blueprints_folder(settings: Any, tmp_path: Path) -> None:
    settings.CONDUCTOR_FILES = tmp_path / "files"
    settings.CONDUCTOR_FILES.mkdir()
    (settings.CONDUCTOR_FILES / "keys.json").write_text(jwks(a=RSA))
    (tmp_path / "secret.json").write_text(jwks(a=RSA))
    assert len(await KeySets().keys("keys.json")) == 1
    for path in ("../secret.json", "gone.json"):
        with pytest.raises(KeysWrong):
            await KeySets().keys(path)
