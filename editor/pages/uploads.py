"""Makes blueprints of a file that somebody sends: JSON, YAML, an exported picture, or OpenAPI."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from editor.actions.hooks import draw_hooks, holds_hooks
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
            "required": "Choose a blueprint file first: JSON, YAML, a picture of one, or OpenAPI."
        },
    )

    def clean_file(self) -> list[Document]:
        """Read the file as documents; what is wrong with it becomes the form's errors."""
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if upload.size is None or upload.size > LARGEST:
            raise forms.ValidationError("The file is larger than 8 MiB.")
        try:
            documents = _documents(upload.read())
            for document in documents:
                check_size(to_json(document))
        except DocumentInvalid as error:
            raise forms.ValidationError(
                [f"{upload.name}: {problem.message}" for problem in error.problems[:5]]
            ) from error
        for document in documents:
            if place := place_of_nul(to_json(document)):
                raise forms.ValidationError(f"{upload.name}: {place} has a NUL character.")
        return documents


def _documents(content: bytes) -> list[Document]:
    """Return what a file holds: a blueprint, or one for each operation of an OpenAPI file."""
    if holds_hooks(content):
        return [document for document, _ in draw_hooks(content)]
    return [load_file(content)]


class NewForm(forms.Form):
    """A form that asks for the name of a new blueprint."""

    name = forms.CharField(max_length=200, required=False, strip=True)

    def clean_name(self) -> str:
        """Give it a name where none was given."""
        return str(self.cleaned_data["name"]) or "Untitled blueprint"
