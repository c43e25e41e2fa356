"""What pages of rows have in common in the admin: finding one, showing it, counting them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from runner.read_only import ReadOnly

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:

    class _Admin(admin.ModelAdmin[M]):
        pass
else:

    class _Admin(admin.ModelAdmin, Generic[M]):
        pass


def person(request: HttpRequest) -> User | None:
    """Return who asks."""
    return request.user if isinstance(request.user, User) else None


class Pages(_Admin[M]):
    """Rows that have pages of their own beside the admin's."""

    def row(self, request: HttpRequest, pk: str) -> M:
        """Return a row by the key in an address. Raises Http404."""
        found = self.get_object(request, unquote(pk))
        if found is None:
            raise Http404(f"There is no such {self.opts.verbose_name}.")
        return found

    def changed_row(self, request: HttpRequest, pk: str) -> M:
        """Return a row that whoever asks may change. Raises Http404, PermissionDenied."""
        found = self.row(request, pk)
        if not self.has_change_permission(request, found):
            raise PermissionDenied
        return found

    def page(
        self, request: HttpRequest, template: str, title: str, extra: dict[str, Any]
    ) -> TemplateResponse:
        """Return a page of a row, or of several, within the admin's frame."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subtitle": None,
            **extra,
        }
        return TemplateResponse(request, template, context)

    def page_of(
        self, request: HttpRequest, row: M, template: str, title: str, extra: dict[str, Any]
    ) -> TemplateResponse:
        """Return a page below that of a row."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        own = {"row": row, "crumb": str(row), "change_url": reverse(name, args=[row.pk])}
        return self.page(request, template, title, own | extra)

    def counted(self, rows: Collection[M] | int, what: str) -> str:
        """Return a sentence that says of how many rows something was done."""
        count = rows if isinstance(rows, int) else len(rows)
        noun = self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural
        return f"{count} {noun} {what}."

    def rotate_many(
        self, request: HttpRequest, chosen: Sequence[M], form: Form, rotate: Callable[[M], str]
    ) -> TemplateResponse:
        """Ask, then give each a new secret and show them all, this once."""
        rotated = []
        if form.is_valid():
            for row in chosen:
                rotated.append((row, rotate(row)))
                self.log_change(request, row, "Rotated the secret.")
        title = "The secrets are rotated" if rotated else "Rotate the secrets"
        extra = {"form": form, "chosen": chosen, "rotated": rotated}
        return self.page(request, "admin/rotate_many.html", title, extra)


class Surrounded(Pages[M]):
    """Rows whose form shows what has become of them, too."""

    def beside(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """Return what the template of the form needs besides the form."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the form with what is beside it; where there is no such row, say that."""
        row = self.get_object(request, unquote(object_id))
        extra = {**(extra_context or {}), **({} if row is None else self.beside(request, row))}
        return super().change_view(request, object_id, form_url, extra)


class Shown(ReadOnly, Pages[M]):
    """Rows that are looked at, each on a page of its own, and changed by nobody by hand."""

    def title_of(self, row: M) -> str:
        """Return the heading of a row's page."""
        return str(row)

    def shown(self, request: HttpRequest, row: M) -> dict[str, Any]:
        """Return what the template of a row's page needs besides the row."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.row(request, object_id)
        extra = {"row": row, **self.shown(request, row), **(extra_context or {})}
        return self.page(request, str(self.change_form_template), self.title_of(row), extra)
