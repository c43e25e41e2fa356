"""The forms of the admin: of a backfill, and of a calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django import forms

from runner.models import Calendar
from runner.timetable import moment_of

if TYPE_CHECKING:
    CalendarModelForm = forms.ModelForm[Calendar]
else:
    CalendarModelForm = forms.ModelForm


class BackfillForm(forms.Form):
    """A range whose times are made up for, in the schedule's zone where it names none."""

    begin = forms.CharField(label="From", max_length=40)
    end = forms.CharField(label="To", max_length=40)

    def __init__(self, zone: str, *given: Any, **words: Any) -> None:
        super().__init__(*given, **words)
        self._zone = zone
        for field in self.fields.values():
            field.widget.attrs["placeholder"] = "2027-03-28T09:00"

    def clean_begin(self) -> datetime:
        """Return the moment at which the range begins."""
        return self._moment("begin")

    def clean_end(self) -> datetime:
        """Return the moment at which the range ends."""
        return self._moment("end")

    def _moment(self, name: str) -> datetime:
        try:
            return datetime.fromtimestamp(moment_of(self.cleaned_data[name], self._zone), UTC)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from None


class CalendarForm(CalendarModelForm):
    """A calendar, its days a line each."""

    class Meta:
        model = Calendar
        fields = ("name", "days")
        widgets = {"days": forms.Textarea(attrs={"rows": 16, "cols": 60, "spellcheck": "false"})}
