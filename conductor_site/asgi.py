"""The site as an ASGI application: webhooks, Django, live sockets, and the runs channel."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conductor_site.settings")

from django.core.asgi import get_asgi_application

# Django's registry must be complete before anything below imports models.
django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack
from channels.routing import ChannelNameRouter, ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

from editor.together import routing as together
from runner.live import routing as live
from runner.queue.consumer import RunsConsumer
from runner.webhooks import receive


async def http(scope: Any, receive_: Any, send: Any) -> None:
    """Answer webhooks at once and leave everything else to Django.

    Webhooks have callers of their own: sessions, CSRF and the other middleware
    would only cost them time.
    """
    if scope["path"].startswith("/hooks/"):
        await receive.application(scope, receive_, send)
    else:
        await django_application(scope, receive_, send)


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(
                URLRouter(together.websocket_urlpatterns + live.websocket_urlpatterns)
            )
        ),
        "channel": ChannelNameRouter({"conductor-runs": RunsConsumer.as_asgi()}),
    }
)
