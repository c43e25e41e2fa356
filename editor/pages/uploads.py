"""Makes a blueprint of a file that somebody sends: JSON, YAML, or an exported picture."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from editor.nul import place_of_nul
from runner.graph import Document, DocumentInvalid
from runner.graph.files import check_size, to_json
from runner.graph.pictures import load_file

LARGEST = 8 * 1024 * 1024


class ImportForm(forms.Form):
    """A form that takes a blueprint file."""

    file = forms.FileField(
        label="Blueprint file",
        widget=forms.ClearableFileInput(attrs={"accept": ".json,.yaml,.yml,.svg,.png"}),
        error_messages={
            "required": "Choose a blueprint file first (JSON, YAML, or an exported picture)."
        },
    )

    def clean_file(self) -> Document:
        """Read the file as a document; what is wrong with it becomes the form's errors."""
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if upload.size is None or upload.size > LARGEST:
            raise forms.ValidationError("The file is larger than 8 MiB.")
        try:
            document = load_file(upload.read())
            check_size(to_json(document))
        except DocumentInvalid as error:
            raise forms.ValidationError(
                [f"{upload.name}: {problem.message}" for problem in error.problems[:5]]
            ) from error
        if place := place_of_nul(to_json(document)):
            raise forms.ValidationError(f"{upload.name}: {place} has a NUL character.")
        return document


class NewForm(forms.Form):
    """A form that asks for the name of a new blueprint."""

    name = forms.CharField(max_length=200, required=False, strip=True)

    def clean_name(self) -> str:
        """Give it a name where none was given."""
        return str(self.cleaned_data["name"]) or "Untitled blueprint"
