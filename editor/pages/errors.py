"""The pages and answers for what went wrong outside of any view."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from editor.api.problems import DATABASE_TROUBLE, RETRY_AFTER, database_problem, response_for


def api_not_found(request: HttpRequest) -> HttpResponse:
    """Answer for addresses below /api/ that nothing has."""
    return response_for(404, "not_found", f"The API has nothing at {request.path}.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    if _is_api(request):
        return api_not_found(request)
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    if _is_api(request):
        return response_for(403, "permission_denied", "You may not do this.")
    return render(request, "403.html", {"detail": str(exception or "")}, status=403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    if _is_api(request):
        return response_for(400, "bad_request", "The request cannot be read.")
    return render(request, "400.html", status=400)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 where the database failed and 500 for anything else.

    The page asks the database nothing, since that may be what failed.
    """
    if isinstance(error := sys.exc_info()[1], DATABASE_TROUBLE):
        return _unavailable(request, error)
    if _is_api(request):
        detail = "Conductor failed to answer this. The server's log says why."
        return response_for(500, "server_error", detail)
    return render(None, "500.html", status=500)


def _unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    shown = database_problem(error)
    if _is_api(request):
        answer: HttpResponse = response_for(shown["status"], shown["code"], shown["detail"])
    else:
        answer = render(None, "503.html", {"detail": shown["detail"]}, status=shown["status"])
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
