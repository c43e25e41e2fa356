"""The site as an ASGI application: webhooks, Django, live sockets, and the runs channel."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conductor_site.settings")

from django.core.asgi import get_asgi_application

# Django's registry must be complete before anything below imports models.
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from conductor_site import health
from editor.together import routing as together
from runner import stopping
from runner.live import routing as live
from runner.queue.consumer import RunsConsumer
from runner.telemetry import tracing
from runner.telemetry.figures import SOCKETS
from runner.webhooks import answers, receive

LEAVES = answers.problem(
    503,
    "stopping",
    "The server was asked to stop before this was done. Ask again, with the same idempotency key.",
    [(b"retry-after", b"1"), (b"connection", b"close")],
)


async def http(scope: Any, receive_: Any, send: Any) -> None:
    """Answer webhooks and questions about health at once, and leave everything else to Django.

    Webhooks have callers of their own: sessions, CSRF and the other middleware
    would only cost them time. Who asks about health must be answered also where pages wait.
    """
    tracing.heard(scope["headers"])
    path = scope["path"]
    try:
        if path.startswith("/hooks/"):
            await receive.application(scope, receive_, send)
        elif path in health.ADDRESSES:
            await health.application(scope, receive_, send)
        else:
            await django_application(scope, receive_, send)
    except asyncio.CancelledError:
        if stopping.begun():
            # The server itself would say 500, as of a fault. Once an answer has begun, it refuses.
            with suppress(RuntimeError):
                await LEAVES.send(send)
        raise


async def counted(scope: Any, receive_: Any, send: Any) -> None:
    """Count a websocket for as long as it is open."""
    with SOCKETS.track_inprogress():
        await sockets(scope, receive_, send)


sockets = AllowedHostsOriginValidator(
    AuthMiddlewareStack(URLRouter(together.websocket_urlpatterns + live.websocket_urlpatterns))
)
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": counted,
        "channel": ChannelNameRouter({"conductor-runs": RunsConsumer.as_asgi()}),
    }
)
