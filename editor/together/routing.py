"""The address of the socket of a blueprint."""

from django.urls import path

from editor.together.consumer import DraftConsumer

websocket_urlpatterns = [
    path("ws/blueprints/<uuid:blueprint_id>/", DraftConsumer.as_asgi()),
]
