"""The addresses of the pages."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.generic import RedirectView

from editor.pages import approvals, blueprints, credentials, runs, sharing

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="blueprints"), name="home"),
    path("blueprints/", blueprints.listed, name="blueprints"),
    path("blueprints/new/", blueprints.new, name="new-blueprint"),
    path("blueprints/import/", blueprints.imported, name="import-blueprint"),
    path("blueprints/examples/<slug:key>/", blueprints.example, name="open-example"),
    path("blueprints/<uuid:blueprint_id>/", blueprints.editor, name="editor"),
    path("share/", sharing.door, name="share"),
    path("share/opened/", sharing.opened, name="share-opened"),
    path("runs/", runs.listed, name="runs"),
    path("runs/<uuid:run_id>/", runs.detail, name="run"),
    path("runs/<uuid:run_id>/cancel/", runs.cancel, name="cancel-run"),
    path("approvals/", approvals.listed, name="approvals"),
    path("approvals/<uuid:approval_id>/", approvals.detail, name="approval"),
    path("credentials/", credentials.listed, name="credentials"),
    path("credentials/new/", credentials.new, name="new-credential"),
    path("credentials/connected/", credentials.connected, name="connected-credential"),
    path("credentials/<uuid:credential_id>/", credentials.detail, name="credential"),
    path(
        "credentials/<uuid:credential_id>/connect/",
        credentials.connect,
        name="connect-credential",
    ),
    path(
        "credentials/<uuid:credential_id>/disconnect/",
        credentials.disconnect,
        name="disconnect-credential",
    ),
    path(
        "credentials/<uuid:credential_id>/delete/",
        credentials.delete,
        name="delete-credential",
    ),
    path(
        "sign-in/",
        LoginView.as_view(template_name="sign-in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
]
