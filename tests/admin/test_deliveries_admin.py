"""Deliveries of webhooks in the admin: looked at, and delivered again."""

from __future__ import annotations

import html
import shlex

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editor.models import Blueprint
from runner.models import Run, Webhook, WebhookDelivery
from runner.webhooks.addresses import create_webhook
from runner.webhooks.lookup import lookup
from runner.webhooks.showing import show_body
from tests.admin.conftest import page


def refused_delivery(admin: Client, blueprint: Blueprint) -> WebhookDelivery:
    webhook, _ = create_webhook(blueprint, "hook", "none")
    Webhook.objects.filter(pk=webhook.pk).update(enabled=False)
    lookup.forget()
    form = {"method": "POST", "content_type": "application/json", "body": '{"n": 1}'}
    page(admin.post(f"/admin/runner/webhook/{webhook.pk}/test/", form))
    return WebhookDelivery.objects.get()


def test_a_refused_delivery_is_shown_and_delivered_again(
    admin: Client, blueprint: Blueprint
) -> None:
    delivery = refused_delivery(admin, blueprint)
    url = f"/admin/runner/webhookdelivery/{delivery.pk}"
    text = page(admin.get(f"{url}/change/"))
    assert "The webhook is disabled." in text
    assert "&quot;n&quot;: 1" in text
    assert "The webhook is disabled." in page(admin.post(f"{url}/again/", follow=True))
    delivery.webhook.enabled = True
    delivery.webhook.save()
    assert "a run has started" in page(admin.post(f"{url}/again/", follow=True))
    assert admin.get(f"{url}/again/").status_code == 302
    made = WebhookDelivery.objects.get(run__isnull=False)
    assert made.replay_of_id == delivery.pk
    assert Run.objects.get().inputs["body"] == {"n": 1}


def test_selected_deliveries_are_delivered_again_in_their_order(
    admin: Client, blueprint: Blueprint
) -> None:
    delivery = refused_delivery(admin, blueprint)
    Webhook.objects.update(enabled=True)
    form = {"action": "deliver_selected_again", "_selected_action": [str(delivery.pk)]}
    text = page(admin.post("/admin/runner/webhookdelivery/", form, follow=True))
    assert "1 of 1 deliveries started a run." in text


def test_deliveries_are_filtered_by_verdict(admin: Client, blueprint: Blueprint) -> None:
    refused_delivery(admin, blueprint)
    url = "/admin/runner/webhookdelivery/?verdict__exact="
    assert "1 webhook delivery" in page(admin.get(url + "disabled"))
    assert "0 webhook deliveries" in page(admin.get(url + "accepted"))


def test_deliveries_are_filtered_by_whether_their_address_is_a_test_one(
    admin: Client, blueprint: Blueprint
) -> None:
    refused_delivery(admin, blueprint)
    url = "/admin/runner/webhookdelivery/?test="
    assert "0 webhook deliveries" in page(admin.get(url + "1"))
    assert "1 webhook delivery" in page(admin.get(url + "0"))
    Webhook.objects.update(draft=True)
    assert "1 webhook delivery" in page(admin.get(url + "1"))
    assert "0 webhook deliveries" in page(admin.get(url + "0"))
    assert "1 webhook delivery" in page(admin.get(url + "maybe"))


def test_deliveries_can_only_be_looked_at_and_go_with_their_webhook(
    admin: Client, blueprint: Blueprint
) -> None:
    delivery = refused_delivery(admin, blueprint)
    for path in ("add/", f"{delivery.pk}/delete/"):
        assert admin.get(f"/admin/runner/webhookdelivery/{path}").status_code == 403
    admin.post(f"/admin/runner/webhook/{delivery.webhook_id}/delete/", {"post": "yes"})
    assert not Webhook.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_only_who_may_change_webhooks_may_deliver_again(
    admin: Client, blueprint: Blueprint
) -> None:
    delivery = refused_delivery(admin, blueprint)
    client = Client()
    client.force_login(User.objects.create_user("guest", is_staff=True))
    for method, path in (
        (client.post, f"webhookdelivery/{delivery.pk}/again/"),
        (client.get, f"webhookdelivery/{delivery.pk}/change/"),
        (client.post, f"webhook/{delivery.webhook_id}/rotate/"),
        (client.post, f"webhook/{delivery.webhook_id}/test/"),
    ):
        assert method(f"/admin/runner/{path}").status_code in {403, 404}
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        (b"", "empty", ""),
        (b'{"a":1}', "json", '{\n  "a": 1\n}'),
        (b"plain", "text", "plain"),
        (b"\x00\xffA", "hex", "000000  00 ff 41                                         ..A"),
        ("a\u202eb".encode(), "hex", "000000  61 e2 80 ae 62"),
    ],
)
def test_a_body_is_shown_as_what_it_is(body: bytes, kind: str, text: str) -> None:
    shown = show_body(body)
    assert shown.kind == kind
    assert shown.text.startswith(text)


def test_markup_in_a_delivery_is_shown_and_not_obeyed(admin: Client, blueprint: Blueprint) -> None:
    delivery = refused_delivery(admin, blueprint)
    evil = "<script>alert(1)</script>"
    WebhookDelivery.objects.update(
        body=evil.encode(), path=evil, query=evil, reason=evil, headers={evil: evil}
    )
    for url in (f"{delivery.pk}/change/", ""):
        assert evil not in page(admin.get(f"/admin/runner/webhookdelivery/{url}"))


def test_a_delivery_is_shown_as_a_command_and_delivered_to_the_draft(
    admin: Client, blueprint: Blueprint
) -> None:
    webhook, _ = create_webhook(blueprint, "hook", "stripe")
    form = {"method": "POST", "path": "a b?x=1", "content_type": "text/plain", "body": "it's"}
    page(admin.post(f"/admin/runner/webhook/{webhook.pk}/test/", form))
    delivery = WebhookDelivery.objects.get()
    text = html.unescape(page(admin.get(f"/admin/runner/webhookdelivery/{delivery.pk}/change/")))
    assert f"curl -X POST 'http://testserver/hooks/{webhook.token}/a%20b?x=1'" in text
    assert "t=$T,v1=$SIGNATURE" in text
    assert "BODY=" + shlex.quote("it's") in text
    url = f"/admin/runner/webhookdelivery/{delivery.pk}/again/"
    page(admin.post(url, {"draft": "1"}, follow=True))
    page(admin.post(url, follow=True))
    listed = page(admin.get("/admin/runner/webhookdelivery/"))
    assert listed.count("delivered again, to the draft<") == 1
    assert listed.count("delivered again<") == 1
    assert set(Run.objects.values_list("version__number", flat=True)) == {1, None}
