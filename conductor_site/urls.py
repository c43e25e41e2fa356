"""Every address of the site but webhooks, health and figures, which asgi.py answers."""

from django.contrib import admin
from django.urls import include, path

from conductor_site import example, welcome

urlpatterns = [
    path("example/echo/", example.echo, name="example-echo"),
    path("example/echo/<path:rest>", example.echo),
    path("welcome/password/", welcome.password, name="welcome-password"),
    path("welcome/<str:token>/", welcome.enter, name="welcome"),
    path("admin/", admin.site.urls),
    path("api/", include("editor.api.urls")),
    path("", include("editor.urls")),
]
handler400 = "editor.pages.errors.bad_request"
handler404 = "editor.pages.errors.not_found"
handler403 = "editor.pages.errors.forbidden"
handler500 = "editor.pages.errors.server_error"
