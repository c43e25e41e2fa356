"""The admin's forms: a webhook's settings, and a test request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from runner.models import Webhook
from runner.webhooks.addresses import check
from runner.webhooks.triggers import OfferedTrigger, offered

if TYPE_CHECKING:
    WebhookModelForm = forms.ModelForm[Webhook]
else:
    WebhookModelForm = forms.ModelForm

TEST_BODY = '{\n  "hello": "world"\n}'


class WebhookForm(WebhookModelForm):
    """Chooses a trigger that exists, rather than asking for a name to be typed."""

    trigger = forms.ChoiceField(
        help_text="A node of the kind “Webhook” in a blueprint. Which methods and bodies it takes, "
        "and how it answers, are set on the node in the editor."
    )

    class Meta:
        model = Webhook
        fields = ("enabled", "authentication", "header", "username")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "trigger" not in self.fields:  # a person who may only look
            return
        wanted = self.initial.get("blueprint")
        saved = None if self.instance._state.adding else self.instance
        blueprint = saved.blueprint_id if saved else _identifier(wanted)
        triggers = offered(blueprint)
        field = self.fields["trigger"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*_groups(triggers)]
        if saved:
            key = f"{saved.blueprint_id}:{saved.node}"
            if key not in {trigger.key for trigger in triggers}:
                gone = (key, f"{saved.node} – not in the blueprint any more")
                field.choices = [gone, *_groups(triggers)]
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
        candidate = Webhook(
            node=self.instance.node or "?",
            authentication=cleaned.get("authentication", ""),
            header=cleaned.get("header", ""),
            username=cleaned.get("username", ""),
        )
        try:
            check(candidate)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                if name not in self.errors:
                    self.add_error(name, messages)
        return cleaned


def _groups(triggers: list[OfferedTrigger]) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[UUID, tuple[str, list[tuple[str, str]]]] = {}
    for trigger in triggers:
        group = groups.setdefault(trigger.blueprint, (trigger.blueprint_name, []))
        group[1].append((trigger.key, str(trigger)))
    return list(groups.values())


def _identifier(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


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
