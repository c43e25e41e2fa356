"""The content security policy of all pages: nothing is loaded or run that we did not ship."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

# React Flow places nodes with style attributes, hence 'unsafe-inline' for styles alone.
POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# Swagger UI starts itself from an inline script.
DOCS_POLICY = POLICY + "; script-src 'self' 'unsafe-inline'"


@sync_and_async_middleware
def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], object]:
    """Add the policy to every response."""

    def add(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        policy = DOCS_POLICY if request.path.startswith("/api/") else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response

    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            return add(request, await get_response(request))

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        return add(request, get_response(request))

    return synchronous
