"""Who may pass a webhook, and the exact reason why somebody may not."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from runner.models import Authentication
from runner.webhooks import hmacs
from runner.webhooks.signatures import Credentials, refusal
from runner.webhooks.tokens import Rules

GITHUB_SECRET = "It's a Secret to Everybody"
GITHUB_BODY = b"Hello, World!"
GITHUB_SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
RFC_4231_SIGNATURE = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
RFC_4231_BODY = b"what do ya want for nothing?"


def github(secret: str = GITHUB_SECRET) -> Credentials:
    preset = hmacs.PRESETS[Authentication.GITHUB]
    return Credentials(Authentication.GITHUB, "x-hub-signature-256", secret=secret, hmac=preset)


def generic(secret: str = "Jefe", header: str = "x-signature-256") -> Credentials:
    return Credentials(Authentication.HMAC, header, secret=secret)


def test_githubs_documented_vector_passes() -> None:
    assert refusal(github(), {"x-hub-signature-256": GITHUB_SIGNATURE}, GITHUB_BODY) is None


def test_case_2_of_rfc_4231_passes() -> None:
    assert refusal(generic(), {"x-signature-256": RFC_4231_SIGNATURE}, RFC_4231_BODY) is None


@pytest.mark.parametrize(
    "written",
    [
        RFC_4231_SIGNATURE.upper(),
        f"sha256={RFC_4231_SIGNATURE}",
        f"SHA256={RFC_4231_SIGNATURE}",
        f"  {RFC_4231_SIGNATURE} ",
        base64.b64encode(bytes.fromhex(RFC_4231_SIGNATURE)).decode(),
        base64.b64encode(bytes.fromhex(RFC_4231_SIGNATURE)).decode().rstrip("="),
        "sha256=" + base64.b64encode(bytes.fromhex(RFC_4231_SIGNATURE)).decode(),
    ],
)
def test_a_generic_signature_may_be_hex_or_base64_with_or_without_prefix(written: str) -> None:
    assert refusal(generic(), {"x-signature-256": written}, RFC_4231_BODY) is None


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (None, "is missing"),
        ("", "is not a signature"),
        ("sha256=", "is not a signature"),
        ("zz" * 32, "is not a signature"),
        (RFC_4231_SIGNATURE[:-2], "is not a signature"),
        (f"{RFC_4231_SIGNATURE}, {RFC_4231_SIGNATURE}", "is not a signature"),
        ("é" * 64, "is not a signature"),
        ("0" * 64, "is not that of the body"),
        (base64.b64encode(bytes(32)).decode(), "is not that of the body"),
    ],
)
def test_a_wrong_signature_is_refused_with_its_reason(written: str | None, reason: str) -> None:
    headers = {} if written is None else {"x-signature-256": written}
    found = refusal(generic(), headers, RFC_4231_BODY)
    assert found is not None
    assert reason in found


@pytest.mark.parametrize("body", [b"", b"Hello, World", b"Hello, World!\n", b"hello, world!"])
def test_a_changed_body_is_refused(body: bytes) -> None:
    found = refusal(github(), {"x-hub-signature-256": GITHUB_SIGNATURE}, body)
    assert found is not None
    assert "is not that of the body" in found


def test_github_sends_hex_with_a_prefix_and_nothing_else_passes() -> None:
    bare = GITHUB_SIGNATURE.removeprefix("sha256=")
    coded = base64.b64encode(bytes.fromhex(bare)).decode()
    for written in (bare, coded, f"sha256={coded}", f"sha1={bare}"):
        found = refusal(github(), {"x-hub-signature-256": written}, GITHUB_BODY)
        assert found is not None
        assert "is not a signature" in found


def test_an_empty_body_has_a_signature_too() -> None:
    signature = hmac.new(b"Jefe", b"", hashlib.sha256).hexdigest()
    assert refusal(generic(), {"x-signature-256": signature}, b"") is None


def test_a_header_secret_passes_only_when_it_is_the_secret() -> None:
    wanted = Credentials(Authentication.HEADER, "x-webhook-secret", secret="s3cret")
    assert refusal(wanted, {"x-webhook-secret": "s3cret"}, b"") is None
    for wrong in ("", "s3cre", "s3cret ", "S3cret", "sécret"):
        found = refusal(wanted, {"x-webhook-secret": wrong}, b"")
        assert found is not None
        assert "does not hold the secret" in found
    assert "is missing" in str(refusal(wanted, {}, b""))


def test_a_secret_in_the_authorization_header_may_be_a_bearer() -> None:
    wanted = Credentials(Authentication.HEADER, "authorization", secret="s3cret")
    assert refusal(wanted, {"authorization": "Bearer s3cret"}, b"") is None
    assert refusal(wanted, {"authorization": "s3cret"}, b"") is None
    assert refusal(wanted, {"authorization": "Bearer other"}, b"") is not None


def basic(text: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, "is missing"),
        ({"authorization": "Bearer x"}, "does not begin with"),
        ({"authorization": "Basic ???"}, "is not valid base64"),
        ({"authorization": "Basic é"}, "is not valid base64"),
        (basic("anna"), "has no colon"),
        (basic("anna:wrong"), "is wrong"),
        (basic("otto:p:w"), "is wrong"),
    ],
)
def test_wrong_basic_credentials_are_refused_with_their_reason(
    headers: dict[str, str], reason: str
) -> None:
    wanted = Credentials(Authentication.BASIC, username="anna", secret="p:w")
    assert refusal(wanted, basic("anna:p:w"), b"") is None
    found = refusal(wanted, headers, b"")
    assert found is not None
    assert reason in found


@pytest.mark.parametrize(
    "scheme", [scheme for scheme in Authentication if scheme is not Authentication.NONE]
)
def test_a_webhook_without_a_secret_lets_nobody_pass(scheme: Authentication) -> None:
    empty = hmac.new(b"", b"", hashlib.sha256).hexdigest()
    wanted = Credentials(scheme, "x-s", username="", jwt=Rules())
    headers = {"x-s": f"sha256={empty}", **basic(":")}
    assert "has no secret" in str(refusal(wanted, headers, b""))
    assert "has no secret" in str(refusal(wanted, {"x-s": ""}, b""))


def test_no_authentication_lets_everybody_pass() -> None:
    assert refusal(Credentials(Authentication.NONE), {}, b"anything") is None


def test_credentials_do_not_show_their_secret() -> None:
    assert "s3cret" not in repr(Credentials(Authentication.BASIC, secret="s3cret"))


def test_while_a_secret_is_rotated_the_old_one_opens_until_its_hour() -> None:
    wanted = Credentials(
        Authentication.HEADER, "x-s", secret="the new", old="the old", old_until=1000.0
    )

    def found(secret: str, now: float) -> str | None:
        headers = {"x-s": secret}
        return refusal(wanted, headers, b"", hmacs.Message(headers, b"", now=now))

    assert found("the new", 999.9) is None
    assert found("the old", 999.9) is None
    assert "does not hold" in str(found("the old", 1000.0))
    assert found("the new", 1000.0) is None
