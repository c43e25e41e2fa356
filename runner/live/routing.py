"""The address of the websocket."""

from django.urls import path

from runner.live.consumer import LiveConsumer

websocket_urlpatterns = [path("ws/", LiveConsumer.as_asgi())]
