"""The site's own example endpoint: a harmless peer for blueprints that call something by HTTP."""

from __future__ import annotations

import asyncio
import json

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

LONGEST_DELAY = 2000  # milliseconds
LONGEST_BODY = 64 * 1024


# Nothing is stored and nothing is trusted, so a caller without a session may post.
@csrf_exempt
async def echo(request: HttpRequest, rest: str = "") -> JsonResponse:
    """Answer with what came, after `?delay=` milliseconds (at most 2000)."""
    delay = request.GET.get("delay", "0")
    if not delay.isascii() or not delay.isdigit() or int(delay) > LONGEST_DELAY:
        detail = f"delay is {delay!r}; it must be milliseconds from 0 to {LONGEST_DELAY}."
        return JsonResponse({"error": detail}, status=400)
    if len(request.body) > LONGEST_BODY:
        detail = f"The body has {len(request.body)} bytes; at most {LONGEST_BODY} are echoed."
        return JsonResponse({"error": detail}, status=413)
    await asyncio.sleep(int(delay) / 1000)
    text = request.body.decode("utf-8", errors="replace")
    try:
        body = json.loads(text) if text else None
    except (ValueError, RecursionError):
        body = text
    return JsonResponse(
        {"method": request.method, "path": rest, "query": request.GET.dict(), "body": body}
    )
