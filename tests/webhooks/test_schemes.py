"""Signatures as the providers document them, their times, and what must not pass."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook as Sender

from runner.models import Authentication
from runner.webhooks import hmacs
from runner.webhooks.hmacs import FORM, HEADERS, PRESETS, Message, Scheme
from runner.webhooks.signatures import Credentials, refusal

STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
STANDARD_BODY = b'{"test": 2432232314}'
STANDARD_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
STANDARD_TIME = 1614265330
STANDARD_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
SLACK_TIME = 1531420618
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmib"
    b"IGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SLACK_SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
TWILIO_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_BODY = (
    b"Digits=1234&To=%2B18005551212&From=%2B14158675309&Caller=%2B14158675309"
    b"&CallSid=CA1234567890ABCDE"
)
TWILIO_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def wanted(kind: Authentication, secret: str, **more: Any) -> Credentials:
    preset = PRESETS.get(kind, hmacs.GENERIC)
    return Credentials(kind, HEADERS[kind].lower(), secret=secret, hmac=preset, **more)


def judge(credentials: Credentials, headers: dict[str, str], body: bytes, now: float = 0) -> str:
    """Return the reason for refusing; empty where it passes."""
    return refusal(credentials, headers, body, Message(headers, body, now=now)) or ""


def standard(**changed: str) -> dict[str, str]:
    headers = {
        "webhook-id": STANDARD_ID,
        "webhook-timestamp": str(STANDARD_TIME),
        "webhook-signature": STANDARD_SIGNATURE,
    }
    return {**headers, **{name.replace("_", "-"): value for name, value in changed.items()}}


# --- Standard Webhooks -----------------------------------------------------------


@pytest.fixture
def in_2021(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads the clock itself; it shows the time of the published vector."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(STANDARD_TIME, tz)

    monkeypatch.setattr("standardwebhooks.webhooks.datetime", Then)


@pytest.mark.usefixtures("in_2021")
@pytest.mark.parametrize(
    ("secret", "signature"),
    [
        (STANDARD_SECRET, STANDARD_SIGNATURE),
        (STANDARD_SECRET.removeprefix("whsec_"), STANDARD_SIGNATURE),
        (STANDARD_SECRET, f"v1,AAAA v2,x {STANDARD_SIGNATURE}"),
        (STANDARD_SECRET, f"nonsense v1,{'A' * 43}= {STANDARD_SIGNATURE} v1a,y"),
    ],
)
def test_the_standards_published_vector_passes(secret: str, signature: str) -> None:
    headers = standard(webhook_signature=signature)
    found = judge(wanted(Authentication.STANDARD, secret), headers, STANDARD_BODY, STANDARD_TIME)
    assert found == ""


@pytest.mark.usefixtures("in_2021")
def test_an_empty_body_and_a_secret_without_padding_pass() -> None:
    key = base64.b64encode(b"sixteen bytes, 1").decode()
    made = hmac.digest(b"sixteen bytes, 1", f"{STANDARD_ID}.{STANDARD_TIME}.".encode(), "sha256")
    headers = standard(webhook_signature="v1," + base64.b64encode(made).decode())
    for secret in (key, key.rstrip("="), "whsec_" + key.rstrip("=")):
        found = judge(wanted(Authentication.STANDARD, secret), headers, b"", STANDARD_TIME)
        assert found == "", secret


@pytest.mark.usefixtures("in_2021")
@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        ({"webhook-id": STANDARD_ID}, STANDARD_BODY, "webhook-timestamp is missing"),
        (standard(webhook_id=""), STANDARD_BODY, "webhook-id is missing"),
        (standard(webhook_id="msg_other"), STANDARD_BODY, "is not that of the body"),
        (standard(webhook_timestamp="soon"), STANDARD_BODY, "is not in Unix seconds"),
        (standard(webhook_timestamp="nan"), STANDARD_BODY, "is not in Unix seconds"),
        (standard(webhook_timestamp=str(STANDARD_TIME - 301)), STANDARD_BODY, "301 s old"),
        (standard(webhook_timestamp=str(STANDARD_TIME + 301)), STANDARD_BODY, "301 s in the fut"),
        (standard(webhook_timestamp=str(STANDARD_TIME + 1)), STANDARD_BODY, "is not that of"),
        (standard(webhook_signature="v1,"), STANDARD_BODY, "has no signature"),
        (standard(webhook_signature=STANDARD_SIGNATURE[:-5]), STANDARD_BODY, "has no signature"),
        (standard(webhook_signature=f"v2,{STANDARD_SIGNATURE[3:]}"), STANDARD_BODY, "has no sig"),
        (standard(), STANDARD_BODY + b" ", "is not that of the body"),
        (standard(), b"\xff", "is not UTF-8"),
    ],
)
def test_what_the_standard_refuses_is_refused(
    headers: dict[str, str], body: bytes, reason: str
) -> None:
    found = judge(wanted(Authentication.STANDARD, STANDARD_SECRET), headers, body, STANDARD_TIME)
    assert reason in found


# --- providers -------------------------------------------------------------------


def test_slacks_documented_vector_passes_within_its_time_only() -> None:
    slack = wanted(Authentication.SLACK, SLACK_SECRET)
    headers = {
        "x-slack-signature": SLACK_SIGNATURE,
        "x-slack-request-timestamp": str(SLACK_TIME),
    }
    assert judge(slack, headers, SLACK_BODY, SLACK_TIME + 300) == ""
    assert judge(slack, headers, SLACK_BODY, SLACK_TIME - 300) == ""
    assert "301 s old" in judge(slack, headers, SLACK_BODY, SLACK_TIME + 301)
    assert "301 s in the future" in judge(slack, headers, SLACK_BODY, SLACK_TIME - 301)
    del headers["x-slack-request-timestamp"]
    assert "no time of sending" in judge(slack, headers, SLACK_BODY, SLACK_TIME)


def test_stripe_signs_with_the_whole_secret_and_any_of_several_signatures_passes() -> None:
    secret, body = "whsec_abcdef", b'{"id": "evt_1"}'
    stripe = wanted(Authentication.STRIPE, secret)
    right = hmac.new(secret.encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
    for text in (f"t=1700000000,v1={right}", f"t=1700000000,v1={'0' * 64},v0=x,v1={right}"):
        assert judge(stripe, {"stripe-signature": text}, body, 1700000300) == ""
        assert "301 s old" in judge(stripe, {"stripe-signature": text}, body, 1700000301)
    for text, reason in (
        (f"v1={right}", "t= is missing"),
        (f"t=1700000001,v1={right}", "is not that of the body"),
        (f"t=1700000000,v0={right}", "is not a signature"),
        ("t=1700000000", "is not a signature"),
        ("", "t= is missing"),
    ):
        assert reason in judge(stripe, {"stripe-signature": text}, body, 1700000000), text


def test_twilios_documented_vector_passes() -> None:
    twilio = wanted(Authentication.TWILIO, "12345")
    headers = {"x-twilio-signature": TWILIO_SIGNATURE, "content-type": FORM}
    for body, url, passes in (
        (TWILIO_BODY, TWILIO_URL, True),
        (TWILIO_BODY + b"&More=1", TWILIO_URL, False),
        (TWILIO_BODY, TWILIO_URL + "3", False),
    ):
        found = refusal(twilio, headers, body, Message(headers, body, url=url))
        assert (found is None) is passes, found


def test_a_json_body_of_twilio_is_told_by_its_hash_in_the_signed_address() -> None:
    body = b'{"a": 1}'
    url = "https://h/hooks/t?bodySHA256=" + hashlib.sha256(body).hexdigest()
    digest = hmac.new(b"12345", url.encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(digest).decode()}
    twilio = wanted(Authentication.TWILIO, "12345")
    assert refusal(twilio, headers, body, Message(headers, body, url=url)) is None
    found = refusal(twilio, headers, body + b" ", Message(headers, body + b" ", url=url))
    assert "bodySHA256" in str(found)


def test_shopify_writes_base64_alone() -> None:
    digest = hmac.new(b"hush", b"{}", hashlib.sha256).digest()
    shopify = wanted(Authentication.SHOPIFY, "hush")
    right = {"x-shopify-hmac-sha256": base64.b64encode(digest).decode()}
    assert judge(shopify, right, b"{}") == ""
    assert "is not a signature" in judge(shopify, {"x-shopify-hmac-sha256": digest.hex()}, b"{}")


# --- one's own scheme --------------------------------------------------------------


def test_a_scheme_of_ones_own_says_algorithm_prefix_encoding_and_what_is_signed() -> None:
    scheme = Scheme(
        "sha512",
        prefix="v9,",
        encoding="base64",
        signed="{method}:{url}:{X-Id}:{timestamp}:{body}",
        timestamp="x-time",
        tolerance=10,
    )
    own = Credentials(Authentication.HMAC, "x-s", secret="s3cret", hmac=scheme)
    digest = hmac.new(b"s3cret", b"PUT:https://h/x?y:7:1000:{}", hashlib.sha512).digest()
    headers = {"x-s": "v9," + base64.b64encode(digest).decode(), "x-id": "7", "x-time": "1000"}

    def found(now: float = 1000, method: str = "PUT", **changed: str) -> str:
        given = {**headers, **{name.replace("_", "-"): it for name, it in changed.items()}}
        message = Message(given, b"{}", method, "https://h/x?y", now)
        return refusal(own, given, b"{}", message) or ""

    assert found() == found(1010) == found(990) == ""
    assert "11 s old; 10 s are allowed" in found(1011)
    assert "is not that of the body" in found(method="POST")
    assert "is not that of the body" in found(x_id="8")
    assert "is not that of the body" in found(x_time="1001")
    assert "v9, and base64 of 64 bytes" in found(x_s=headers["x-s"].removeprefix("v9,"))


@pytest.mark.parametrize("kind", [*HEADERS])
def test_what_is_signed_here_passes_at_the_schemes_own_receiver(kind: Authentication) -> None:
    secret = STANDARD_SECRET
    now = 1700000000.0 if kind is not Authentication.STANDARD else Message({}, b"").now
    message = Message({"content-type": FORM}, b"a=1&b=2", url="https://h/hooks/t", now=now)
    scheme = PRESETS.get(kind, hmacs.GENERIC)
    made = hmacs.sign(kind, scheme, HEADERS[kind].lower(), secret, message)
    headers = {**message.headers, **made}
    signed = Message(headers, message.body, url=message.url, now=now)
    assert refusal(wanted(kind, secret), headers, message.body, signed) is None
    if kind is Authentication.STANDARD:
        Sender(secret).verify(message.body, headers, json_parse=False)
