"""The admin's form of a credential: the fields of all kinds, of which one kind's are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from django import forms
from django.core.exceptions import ValidationError
from pydantic.fields import FieldInfo

from runner.credentials.keeping import CODE, check, fields_of, keep, known_fields
from runner.models import Credential
from runner.nodes.credentials import KINDS, SECRET, Fields

if TYPE_CHECKING:
    CredentialModelForm = forms.ModelForm[Credential]
else:
    CredentialModelForm = forms.ModelForm

SETTINGS = ("hosts", "for_editors", "per_second", "burst")
VALUES = "named_values"
LINES = {"autocomplete": "off", "spellcheck": "false", "class": "vLargeTextField"}
FIELDS_OF = {
    name: tuple(kind.model_fields) if issubclass(kind, Fields) else (VALUES,)
    for name, kind in KINDS.items()
}
"""The form's fields that matter to each kind; the page hides the others."""
ORDER = tuple(
    dict.fromkeys(
        # It begins with what no other has, and shares the rest with one.
        (*FIELDS_OF[CODE], *(name for names in FIELDS_OF.values() for name in names))
    )
)


def _field(info: FieldInfo) -> forms.Field:
    """Return the form's field for one of a kind's; what it takes is checked by the kind."""
    if get_origin(info.annotation) is Literal:
        choices = [(word, word) for word in get_args(info.annotation)]
        return forms.ChoiceField(
            label=info.title, choices=choices, required=False, help_text=info.description or ""
        )
    plain: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false", "class": "vTextField"}
    widget: forms.Widget = forms.TextInput(attrs=plain)
    if info.json_schema_extra == SECRET:
        widget = forms.PasswordInput(attrs={**plain, "autocomplete": "new-password"})
    return forms.CharField(
        label=info.title,
        required=False,
        strip=False,
        widget=widget,
        help_text=info.description or "",
    )


class _Unshown(forms.Textarea):
    """Lines that are secret: as a password's, they are not in the page that says what is wrong."""

    def format_value(self, value: Any) -> None:
        """Return nothing to show."""


class _Form(CredentialModelForm):
    """A credential, checked as the API checks it. Of a known one, empty secrets stay."""

    # Whether owner and kind of a known one are shown, and left alone, by the admin itself.
    of_admin = True

    class Meta:
        model = Credential
        fields = ("name", "owner", "kind", *SETTINGS)
        widgets = {
            "hosts": forms.Textarea(
                attrs={"rows": 3, "spellcheck": "false", "class": "vLargeTextField"}
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.was = self.instance.name
        if "kind" in self.fields:
            self.fields["kind"].widget.attrs["data-fields"] = json.dumps(FIELDS_OF)
        if self.instance._state.adding:
            return
        if not self.of_admin:
            self._leave_its_kind()
        for name in FIELDS_OF[self.instance.kind]:
            if name in self.instance.fields:
                self.initial[name] = self.instance.fields[name]
            elif name in self.fields and name != VALUES:
                self.fields[name].help_text = "Empty: it stays as it is. Nobody can read it here."

    def clean(self) -> dict[str, Any]:
        """Check that it can be kept as it is given."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        row = self.instance
        for name in ("name", "owner", "kind", *SETTINGS):
            if name in cleaned:
                setattr(row, name, cleaned[name])
        self._refuse(lambda: check(row, self.was))
        if row.kind in KINDS:
            cleaned["fields"] = given = self._given(cleaned)
            known = {} if row._state.adding else known_fields(row)
            if given is not None:
                self._refuse(lambda: fields_of(row.kind, given, known))
        return cleaned

    def keep(self) -> None:
        """Keep what was given, with its secrets sealed."""
        keep(self.instance, self.cleaned_data.get("fields"), self.was)

    def _given(self, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        """Return the fields of the kind as they are given; None where they shall stay."""
        if issubclass(KINDS[self.instance.kind], Fields):
            names = [name for name in FIELDS_OF[self.instance.kind] if name in cleaned]
            # What may be left out has a default, which an empty text is not.
            return {name: cleaned[name] for name in names if cleaned[name] != ""} | {
                name: "" for name in names if cleaned[name] == "" and name in self.instance.fields
            }
        lines = str(cleaned.get(VALUES, "")).splitlines()
        if not any(map(str.strip, lines)) and not self.instance._state.adding:
            return None
        pairs = [line.partition("=") for line in lines if line.strip()]
        return {name.strip(): value.strip() for name, _, value in pairs}

    def _leave_its_kind(self) -> None:
        """Ask only for what the kind of a known one has."""
        others = {name for names in FIELDS_OF.values() for name in names}
        for name in ("kind", *others - set(FIELDS_OF[self.instance.kind])):
            del self.fields[name]

    def _refuse(self, ask: Any) -> None:
        try:
            ask()
        except ValidationError as error:
            for name, told in error.message_dict.items():
                self.add_error(
                    name if name in self.fields else VALUES if VALUES in self.fields else None, told
                )


def _fields() -> dict[str, forms.Field]:
    found: dict[str, forms.Field] = {}
    for key, kind in KINDS.items():
        if issubclass(kind, Fields):
            for name, info in kind.model_fields.items():
                if name not in found or key == CODE:
                    # It has all that others have of the same name, and more to choose from.
                    found[name] = _field(info)
    found[VALUES] = forms.CharField(
        required=False,
        strip=False,
        label="Values",
        widget=_Unshown(
            attrs={
                "rows": 5,
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "vLargeTextField",
            }
        ),
        help_text="A line each: name=value. All of them are secret.",
    )
    return found


# Made of the kinds, so that a new one is declared once.
CredentialForm: type[_Form] = type("CredentialForm", (_Form,), dict(_fields()))


class OwnCredentialForm(CredentialForm):  # type: ignore[valid-type, misc]
    """The same for the pages: whose it is is known, and its kind stays."""

    of_admin = False
    field_order = ("name", "kind", *ORDER)

    class Meta(_Form.Meta):
        fields = ("name", "kind", *SETTINGS)  # type: ignore[assignment]
