"""The admin's forms: a webhook's settings, and a test request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from runner.models import Authentication, Webhook
from runner.webhooks import hmacs, tokens
from runner.webhooks.addresses import LONGEST_KEEPING, SETTINGS, check, check_secret
from runner.webhooks.triggers import OfferedTrigger, check_trigger, offered

if TYPE_CHECKING:
    WebhookModelForm = forms.ModelForm[Webhook]
else:
    WebhookModelForm = forms.ModelForm

_HMAC = ("header", "algorithm", "prefix", "encoding", "signed", "timestamp_header", "tolerance")
FIELDS = {
    Authentication.NONE.value: ("open_to_all",),
    Authentication.HEADER.value: ("header", "given_secret"),
    Authentication.BASIC.value: ("username", "given_secret"),
    Authentication.HMAC.value: (*_HMAC, "given_secret"),
    Authentication.STANDARD.value: ("given_secret",),
    Authentication.GITHUB.value: ("given_secret",),
    Authentication.SHOPIFY.value: ("given_secret",),
    Authentication.SLACK.value: ("tolerance", "given_secret"),
    Authentication.STRIPE.value: ("tolerance", "given_secret"),
    Authentication.TWILIO.value: ("given_secret",),
    Authentication.JWT.value: (
        *("header", "algorithm", "keys", "issuer", "audience", "given_secret"),
    ),
}
"""The fields that matter to each authentication; the page hides the others."""

TEST_BODY = '{\n  "hello": "world"\n}'


class WebhookForm(WebhookModelForm):
    """Chooses a trigger that exists, rather than asking for a name to be typed."""

    trigger = forms.ChoiceField(
        help_text="A node of the kind “Webhook” in a blueprint. Which methods and bodies it takes, "
        "and how it answers, are set on the node in the editor."
    )

    open_to_all = forms.BooleanField(
        required=False,
        label="Anyone who knows the address may start runs",
        help_text="Without authentication the address is all that protects the blueprint.",
    )
    given_secret = forms.CharField(
        required=False,
        label="Secret",
        max_length=500,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Where the sender makes the secret (Stripe, Slack, Shopify, Twilio), paste it. "
        "Empty: Conductor makes one.",
    )
    algorithm = forms.ChoiceField(
        required=False,
        choices=(
            ("", "sha256, or HS256"),
            ("HMAC", [(name, name) for name in hmacs.ALGORITHMS]),
            ("JWT", [(name, name) for name in tokens.ALGORITHMS]),
        ),
    )

    class Meta:
        model = Webhook
        fields = ("enabled", "authentication", *SETTINGS)
        widgets = {
            "signed": forms.TextInput(
                attrs={"placeholder": "{body}", "spellcheck": "false", "size": 40}
            ),
            "keys": forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
            "networks": forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
            "prefix": forms.TextInput(attrs={"size": 20}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "authentication" in self.fields:
            self.fields["authentication"].widget.attrs["data-fields"] = json.dumps(FIELDS)
        if not self.instance._state.adding:
            self.initial["open_to_all"] = self.instance.authentication == Authentication.NONE
        if "trigger" not in self.fields:  # a person who may only look
            return
        wanted = self.initial.get("blueprint")
        saved = None if self.instance._state.adding else self.instance
        blueprint = saved.blueprint_id if saved else _identifier(wanted)
        triggers = offered(blueprint)
        field = self.fields["trigger"]
        assert isinstance(field, forms.ChoiceField)
        # None is chosen by itself: an address of the wrong blueprint would be made so.
        nothing = [] if saved or wanted else [("", "---------")]
        field.choices = [*nothing, *_choices(triggers)]
        if saved:
            key = f"{saved.blueprint_id}:{saved.node}"
            if key not in {trigger.key for trigger in triggers}:
                gone = (key, f"{saved.node} – not in the blueprint any more")
                field.choices = [gone, *_choices(triggers)]
            self.initial["trigger"] = key
        elif wanted:
            self.initial["trigger"] = f"{blueprint}:{self.initial.get('node', '')}"
        if not triggers:
            field.help_text = (
                "No blueprint has a webhook trigger yet: add a node of the kind “Webhook” "
                "to a blueprint in the editor, then come back."
            )

    def clean(self) -> dict[str, Any]:
        """Check that the settings fit together, as the API does."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "trigger" in cleaned:
            blueprint, _, node = cleaned["trigger"].partition(":")
            self.instance.blueprint_id = UUID(blueprint)
            self.instance.node = node
            try:
                check_trigger(self.instance)
            except ValidationError as error:
                self.add_error("trigger", error.message_dict["node"])
        if "authentication" not in cleaned:
            return cleaned
        names = ("authentication", *SETTINGS)
        given = {name: cleaned[name] for name in names if name in cleaned}
        candidate = Webhook(node=self.instance.node, **given)
        self._refuse(check, candidate)
        if cleaned.get("given_secret"):
            self._refuse(check_secret, candidate, cleaned["given_secret"])
        if candidate.authentication == Authentication.NONE and not cleaned.get("open_to_all"):
            self.add_error("open_to_all", "Tick this where anyone shall be able to start runs.")
        return cleaned

    def _refuse(self, check: Callable[..., None], *given: Any) -> None:
        try:
            check(*given)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                field = "given_secret" if name == "secret" else name
                if field not in self.errors:
                    self.add_error(field, messages)


def _choices(triggers: list[OfferedTrigger]) -> list[tuple[str, str]]:
    return [(it.key, f"{it.blueprint_name} / {it}") for it in triggers]


def _identifier(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


class RotationForm(forms.Form):
    """A new secret, and how long the old one opens beside it."""

    secret = forms.CharField(
        required=False,
        max_length=500,
        strip=False,
        label="New secret",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Paste it where the sender makes it. Empty: Conductor makes one.",
    )
    keep_old_hours = forms.IntegerField(
        min_value=0,
        max_value=LONGEST_KEEPING,
        initial=24,
        label="Hours that the old secret still opens",
        help_text="So long both are valid, and senders can be changed one by one. 0: it is refused "
        "at once, as it must be where somebody else knows it.",
    )

    def __init__(self, *args: Any, many: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if many:  # no two webhooks share a secret
            del self.fields["secret"]


class TestRequestForm(forms.Form):
    """A request to send to one's own webhook."""

    method = forms.ChoiceField()
    path = forms.CharField(
        required=False, label="Path below the address", widget=forms.TextInput, max_length=1000
    )
    content_type = forms.CharField(
        required=False, initial="application/json", widget=forms.TextInput, max_length=200
    )
    body = forms.CharField(
        required=False, initial=TEST_BODY, widget=forms.Textarea, strip=False, max_length=1_000_000
    )

    def __init__(self, methods: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["method"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(method, method) for method in methods]
        self.fields["body"].widget.attrs["spellcheck"] = "false"

    def clean_content_type(self) -> str:
        """Refuse what no header can carry."""
        value: str = self.cleaned_data["content_type"]
        if not value.isascii() or not value.isprintable():
            raise ValidationError("A content type has plain characters only.")
        return value
