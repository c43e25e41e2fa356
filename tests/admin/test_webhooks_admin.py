"""Webhooks in the admin, driven as a person does."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.test import Client

from editor.models import Blueprint
from runner.models import Authentication, Run, Webhook, WebhookDelivery
from runner.sealing import SecretBox
from runner.webhooks.addresses import create_webhook
from runner.webhooks.curl import curl
from runner.webhooks.hmacs import Message
from runner.webhooks.lookup import address_of, find
from runner.webhooks.signatures import refusal
from runner.webhooks.statistics import last_day
from tests.admin.conftest import HOOKED, page


def add(admin: Client, blueprint: Blueprint, **fields: str) -> Any:
    form = {"trigger": f"{blueprint.pk}:hook", "enabled": "on", "authentication": "hmac"}
    form |= {"tolerance": "300", "rate_limit": "0", "burst": "0", **fields}
    return admin.post("/admin/runner/webhook/add/", form)


def secret_on(text: str) -> str:
    found = re.search(r"data-secret>([\w-]+)<", text)
    assert found
    return found[1]


def test_the_form_offers_the_triggers_of_drafts_and_published_versions(
    admin: Client, blueprint: Blueprint
) -> None:
    draft = json.loads(json.dumps(HOOKED).replace('"hook', '"drawn'))
    Blueprint.objects.filter(pk=blueprint.pk).update(draft=draft)
    text = page(admin.get(f"/admin/runner/webhook/add/?blueprint={blueprint.pk}&node=hook"))
    assert f'value="{blueprint.pk}:hook" selected' in text
    assert "Incoming (drawn) – answers once it is published" in text


def test_the_form_names_blueprints_and_chooses_none_by_itself(
    admin: Client, blueprint: Blueprint
) -> None:
    text = page(admin.get("/admin/runner/webhook/add/"))
    assert f'<option value="{blueprint.pk}:hook">{blueprint.name} / ' in text
    assert '<option value="" selected>' in text
    assert "This field is required" in page(add(admin, blueprint, trigger=""))
    assert not Webhook.objects.exists()


def test_without_any_trigger_the_form_says_what_to_do(admin: Client) -> None:
    assert "add a node of the kind" in page(admin.get("/admin/runner/webhook/add/"))


def test_a_new_webhook_shows_its_address_and_its_secret_once(
    admin: Client, blueprint: Blueprint
) -> None:
    response = add(admin, blueprint)
    text = page(response)
    webhook = Webhook.objects.get()
    secret = secret_on(text)
    assert f"http://testserver/hooks/{webhook.token}<" in text
    assert "no-store" in response["Cache-Control"]
    address = find(webhook.token)
    assert address is not None
    assert address.credentials.secret == secret
    for url in ("", f"{webhook.pk}/change/", f"{webhook.pk}/test/", f"{webhook.pk}/history/"):
        assert secret not in page(admin.get(f"/admin/runner/webhook/{url}"))


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"authentication": "basic"}, "needs a user name"),
        ({"authentication": "basic", "username": "a:b"}, "no colon"),
        ({"header": "X Y"}, "cannot be the name of a header"),
        ({"header": "Host"}, "has a meaning of its own"),
        ({"trigger": "nothing"}, "Select a valid choice"),
        ({"authentication": "none"}, "Tick this"),
        ({"algorithm": "RS256"}, "is none of sha1, sha256, sha512"),
        ({"signed": "{timestamp}.{body}"}, "Name the header that carries"),
        ({"timestamp_header": "X-Time"}, "The time must be signed"),
        ({"authentication": "jwt", "algorithm": "RS256"}, "needs the issuer"),
        (
            {"authentication": "jwt", "algorithm": "RS256", "keys": "../secret.key"},
            "leads out of the blueprints",
        ),
        ({"authentication": "stripe", "given_secret": "short"}, "8 to 500 characters"),
        ({"networks": "10.0.0.1/8"}, "is no network such as"),
    ],
)
def test_settings_that_do_not_fit_are_refused_at_their_field(
    admin: Client, blueprint: Blueprint, fields: dict[str, str], reason: str
) -> None:
    assert reason in page(add(admin, blueprint, **fields))
    assert not Webhook.objects.exists()


def test_choosing_an_authentication_later_makes_a_secret_and_shows_it(
    admin: Client, blueprint: Blueprint
) -> None:
    assert "data-secret" not in page(add(admin, blueprint, authentication="none", open_to_all="on"))
    webhook = Webhook.objects.get()
    form = {"trigger": f"{blueprint.pk}:hook", "enabled": "on", "authentication": "github"}
    form |= {"tolerance": "300", "rate_limit": "0", "burst": "0"}
    text = page(admin.post(f"/admin/runner/webhook/{webhook.pk}/change/", form))
    address = find(webhook.token)
    assert address is not None
    assert address.credentials.secret == secret_on(text)


def test_rotating_replaces_the_secret_after_a_question(admin: Client, blueprint: Blueprint) -> None:
    old = secret_on(page(add(admin, blueprint)))
    url = f"/admin/runner/webhook/{Webhook.objects.get().pk}/rotate/"
    sealed = Webhook.objects.get().secret
    assert "Rotate the secret" in page(admin.get(url))
    assert Webhook.objects.get().secret == sealed
    assert secret_on(page(admin.post(url, {"keep_old_hours": "24"}))) != old
    webhook = Webhook.objects.get()
    assert (webhook.secret != sealed, webhook.old_secret) == (True, sealed)
    change = f"/admin/runner/webhook/{webhook.pk}/change/"
    assert "is valid until" in page(admin.get(change))
    admin.post(url.replace("rotate", "forget"))
    assert "is valid until" not in page(admin.get(change))
    text = page(admin.post(url, {"secret": "the provider's own", "keep_old_hours": "0"}))
    assert "provider" not in text
    address = find(webhook.token)
    assert address is not None
    assert address.credentials.secrets(0) == ("the provider's own",)


def test_actions_switch_webhooks_off_and_on(admin: Client, blueprint: Blueprint) -> None:
    webhook, _ = create_webhook(blueprint, "hook", "none")
    for action, enabled in (("disable", False), ("enable", True)):
        form = {"action": action, "_selected_action": [str(webhook.pk)]}
        text = page(admin.post("/admin/runner/webhook/", form, follow=True))
        assert f"1 webhook {action}d." in text
        assert Webhook.objects.get().enabled is enabled


@pytest.mark.parametrize("scheme", Authentication.values)
def test_a_test_goes_the_real_way_with_the_right_credentials(
    admin: Client, blueprint: Blueprint, scheme: str
) -> None:
    webhook, secret = create_webhook(blueprint, "hook", scheme, username="anna")
    form = {
        "method": "POST",
        "path": "a/b?x=1",
        "content_type": "application/json",
        "body": '{"n": 1}',
    }
    text = page(admin.post(f"/admin/runner/webhook/{webhook.pk}/test/", form))
    run = Run.objects.get()
    # Twilio signs a body that is no form by its hash in the query.
    extra = {"bodySHA256": sha256(b'{"n": 1}').hexdigest()} if scheme == "twilio" else {}
    assert (run.inputs["body"], run.inputs["path"], run.inputs["query"]) == (
        {"n": 1},
        "a/b",
        {"x": "1", **extra},
    )
    delivery = WebhookDelivery.objects.get()
    assert delivery.run_id == run.pk
    assert "<strong>202</strong> Accepted" in text
    assert str(delivery.pk) in text
    assert str(run.pk) in text
    assert not secret or secret not in text


def test_a_test_of_a_disabled_webhook_shows_why_it_was_refused(
    admin: Client, blueprint: Blueprint
) -> None:
    webhook, _ = create_webhook(blueprint, "hook", "none")
    webhook.enabled = False
    webhook.save()
    form = {"method": "POST", "content_type": "", "body": ""}
    text = page(admin.post(f"/admin/runner/webhook/{webhook.pk}/test/", form))
    assert "<strong>404</strong> Not Found" in text
    assert "The webhook is disabled." in text


WEBHOOKS: list[dict[str, str]] = [
    *({"authentication": scheme} for scheme in Authentication.values),
    {"authentication": "jwt", "algorithm": "HS512", "issuer": 'a"b', "audience": "c"},
    {
        "authentication": "hmac",
        "algorithm": "sha512",
        "encoding": "base64",
        "prefix": "v9,",
        "signed": "{method}:{url}:{X-Id}:{timestamp}:{body}",
        "timestamp_header": "X-Time",
    },
]


@pytest.mark.parametrize("settings", WEBHOOKS)
def test_the_curl_command_makes_a_request_that_passes(settings: dict[str, str]) -> None:
    webhook = Webhook(blueprint=Blueprint(), username="o'hara", node="hook", **settings)
    secret = "it's-a-secret-of-more-than-64-characters-" + "x" * 30
    if settings["authentication"] == "standard":
        secret = "whsec_" + base64.b64encode(b"a key of some bytes").decode()
    if settings["authentication"] != "none":
        webhook.secret = SecretBox.of_site().seal(secret)
    address = address_of(webhook)
    url = "http://h/hooks/t?a=$1"
    text = curl(address, url, "PUT", secret)
    # Instead of curl, a function of that name shows what it is given.
    shown = 'curl() { for word in "$@"; do printf \'%s\\0\' "$word"; done; }\n' + text
    out = subprocess.run(["sh", "-c", shown], check=True, capture_output=True).stdout
    words = out.decode().rstrip("\0").split("\0")
    assert words[:3] == ["-X", "PUT", url]
    options = list(zip(words[3::2], words[4::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    headers = {name.lower(): value for name, value in headers.items()}
    if user := dict(options).get("-u"):
        headers["authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    body = dict(options)["--data-binary"].encode()
    assert refusal(address.credentials, headers, body, Message(headers, body, "PUT", url)) is None


def test_the_secrets_of_several_webhooks_are_rotated_together_and_shown_once(
    admin: Client, blueprint: Blueprint
) -> None:
    made = [create_webhook(blueprint, "hook", scheme) for scheme in ("hmac", "stripe", "none")]
    form = {"action": "rotate_selected", "_selected_action": [str(it.pk) for it, _ in made]}
    text = page(admin.post("/admin/runner/webhook/", form))
    assert "Rotate the secrets" in text
    assert {it.secret for it in Webhook.objects.all()} == {it.secret for it, _ in made}
    text = page(admin.post("/admin/runner/webhook/", {**form, "rotate": "1", "keep_old_hours": 2}))
    for webhook, old in made[:2]:
        address = find(webhook.token)
        assert address is not None
        assert address.credentials.secret in text
        assert address.credentials.secrets(0) == (address.credentials.secret, old)
    assert text.count("data-secret") == 2


def test_the_last_day_is_counted_by_hour_and_verdict(admin: Client, blueprint: Blueprint) -> None:
    webhook, _ = create_webhook(blueprint, "hook", "none")
    now = datetime(2027, 3, 28, 9, 30, tzinfo=UTC)

    def came(hours: float, verdict: str, count: int) -> None:
        for _ in range(count):
            WebhookDelivery.objects.create(
                webhook=webhook,
                received=now - timedelta(hours=hours),
                method="POST",
                headers={},
                body=b"",
                verdict=verdict,
            )

    came(0, "accepted", 3)
    came(0, "bad_signature", 1)
    came(22.4, "duplicate", 2)
    came(25, "accepted", 5)
    day = last_day([webhook.pk], now)
    assert day.sums == [
        ("accepted", 3, "accepted"),
        ("bad signature", 1, "refused"),
        ("duplicate", 2, "duplicate"),
    ]
    assert (len(day.hours), day.most) == (24, 4)
    assert day.hours[-1].counts == {"accepted": 3, "duplicate": 0, "refused": 1}
    assert day.hours[1].counts["duplicate"] == 2
    lower, upper = day.hours[-1].parts
    assert lower.height == pytest.approx(upper.height * 3, abs=0.02)
    assert lower.y + lower.height == pytest.approx(64, abs=0.02)
    assert upper.y == pytest.approx(2, abs=0.02)
    for url in ("", f"{webhook.pk}/change/"):
        text = page(admin.get(f"/admin/runner/webhook/{url}"))
        assert 'aria-label="Requests of the last 24 hours' in text
