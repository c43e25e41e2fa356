"""Every error of the API in one shape: problem details as RFC 9457 has them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from editor.actions import RevisionConflict
from editor.actions.deletion import BlueprintRuns, BlueprintUsed
from editor.actions.sharing import ShareRefused
from editor.visible import RightMissing
from runner.actions import InputsInvalid, RerunImpossible
from runner.actions.debug import DebugRefused
from runner.actions.files import FileRefused
from runner.actions.history import JournalDamaged, JournalPruned
from runner.actions.queues import KeyInvalid, QueueDraining, QueueNeeded
from runner.engine.parts import PartRefused
from runner.graph import DocumentInvalid
from runner.schedules.control import ScheduleRefused

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"  # seconds, where the database could not take something
DATABASE_TROUBLE = (OperationalError, InternalError, InterfaceError)
"""What is raised where the database does not take something now.

Internal is for psycopg also that PostgreSQL ended a transaction in which nothing was asked for
seconds, as happens in a process that gets no processor time; and an interface error that the
connection is closed.
"""


class ApiProblem(exceptions.APIException):
    """An error with a code of its own and, where it helps, more members than the usual ones."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code
        self.more = more


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """Return the body of an error answer."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **more,
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn an exception of a view into an answer; None leaves an unexpected one to Django."""
    shown = describe(error, context)
    if shown is None:
        return None
    set_rollback()
    response = Response(shown, status=shown["status"], headers=_headers(error))
    renderer = getattr(context.get("request"), "accepted_renderer", None)
    if renderer is None or renderer.format in ("json", "yaml"):
        response.content_type = MEDIA_TYPE
    return response


def describe(error: Exception, context: dict[str, Any]) -> dict[str, Any] | None:
    """Return the problem that an exception means; None where it means a fault of ours."""
    match error:
        case ApiProblem():
            return problem(error.status_code, error.code, str(error.detail), **error.more)
        case DocumentInvalid():
            # A document that was sent cannot be read (400); one that was read is unsound (422).
            status = getattr(context.get("view"), "unsound_status", 400)
            code = "document_invalid" if status == 400 else "document_unsound"
            problems = [found.to_json() for found in error.problems]
            return problem(status, code, str(error), problems=problems)
        case InputsInvalid():
            problems = [found.to_json() for found in error.problems]
            return problem(400, "inputs_invalid", str(error), problems=problems)
        case PartRefused():
            problems = [found.to_json() for found in error.problems]
            return problem(422, "part_refused", str(error), problems=problems)
        case JournalDamaged():
            return problem(409, "journal_damaged", str(error), **error.to_json())
        case JournalPruned():
            return problem(410, "journal_pruned", str(error), since=error.since.isoformat())
        case RerunImpossible():
            return problem(409, error.code, str(error))
        case QueueDraining():
            return problem(503, error.code, str(error))
        case KeyInvalid():
            return problem(422, error.code, str(error))
        case QueueNeeded():
            return problem(409, error.code, str(error))
        case DebugRefused() | FileRefused():
            return problem(error.status, error.code, str(error))
        case RightMissing():
            return problem(
                403, "right_missing", str(error), right=error.wanted.value, has=error.has.value
            )
        case ShareRefused():
            return problem(422, error.code, str(error))
        case ScheduleRefused():
            return problem(422, error.code, str(error))
        case BlueprintRuns():
            return problem(409, "blueprint_runs", str(error))
        case BlueprintUsed():
            return problem(409, "blueprint_used", str(error), used_by=error.names)
        case RevisionConflict():
            return _conflict(error)
        case exceptions.ValidationError():
            errors = _flat(error.detail)
            detail = " ".join(f"{name}: {text}" if name else text for name, text in errors)
            shown = [{"field": name, "message": text} for name, text in errors]
            return problem(400, "invalid", detail, errors=shown)
        case ValidationError():
            errors = [(name, str(text)) for name, texts in _by_field(error) for text in texts]
            detail = " ".join(f"{name}: {text}" if name else text for name, text in errors)
            shown = [{"field": name, "message": text} for name, text in errors]
            return problem(400, "invalid", detail, errors=shown)
        case exceptions.APIException():
            code = getattr(error.detail, "code", None) or error.default_code
            return problem(error.status_code, str(code), str(error.detail))
        case Http404():
            return problem(404, "not_found", "There is nothing at this address that you may see.")
        case PermissionDenied():
            return problem(403, "permission_denied", "You may not do this.")
        case _ if isinstance(error, DATABASE_TROUBLE):
            return database_problem(error)
    return None


def database_problem(error: Exception) -> dict[str, Any]:
    """Return the problem of a database that takes nothing now: it is locked, away, or full."""
    # SQLite and PostgreSQL have their own words for a full disk, but no common class.
    if any(words in str(error) for words in ("is full", "No space left")):
        detail = "The disk or the database is full. Nothing was changed; try again with more space."
        return problem(507, "storage_full", detail)
    detail = "The database cannot take this now. Nothing was changed; try again."
    return problem(503, "database_unavailable", detail)


def response_for(status: int, code: str, detail: str) -> JsonResponse:
    """Return a problem outside of the API's views, for addresses that no view has."""
    return JsonResponse(problem(status, code, detail), status=status, content_type=MEDIA_TYPE)


def _conflict(error: RevisionConflict) -> dict[str, Any]:
    blueprint = error.current
    return problem(
        409,
        "revision_conflict",
        f"The blueprint was changed in the meantime: it is now at revision {blueprint.revision}.",
        yours={
            "revision": error.revision,
            "name": error.yours["name"],
            "document": error.yours,
        },
        current={
            "revision": blueprint.revision,
            "name": blueprint.name,
            "document": blueprint.draft,
        },
    )


def _flat(detail: Any, field: str = "") -> list[tuple[str, str]]:
    """Return the messages of a validation error, each with the path of its field."""
    if isinstance(detail, dict):
        return [
            found for name, inner in detail.items() for found in _flat(inner, _inside(field, name))
        ]
    if isinstance(detail, list):
        return [found for inner in detail for found in _flat(inner, field)]
    return [(field, str(detail))]


def _inside(field: str, name: str | int) -> str:
    if name == "non_field_errors":
        return field
    return f"{field}[{name}]" if isinstance(name, int) else f"{field}.{name}" if field else name


def _by_field(error: ValidationError) -> list[tuple[str, list[str]]]:
    if hasattr(error, "error_dict"):
        return list(error.message_dict.items())
    return [("", error.messages)]


def _headers(error: Exception) -> dict[str, str]:
    headers: dict[str, str] = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(error, DATABASE_TROUBLE):
        headers["Retry-After"] = RETRY_AFTER
    if isinstance(error, QueueDraining):
        headers["Retry-After"] = "30"
    return headers
