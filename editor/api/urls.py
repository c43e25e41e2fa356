"""The addresses of the API."""

from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from editor.api import (
    approvals,
    blueprints,
    cases,
    debug,
    documents,
    evaluate,
    explain,
    node_types,
    parts,
    reruns,
    root,
    runs,
    updates,
    values,
    versions,
    webhooks,
)
from editor.pages import errors

urlpatterns = [
    path("", root.Conductor.as_view(), name="api"),
    path("blueprints/", blueprints.Blueprints.as_view()),
    path("blueprints/<uuid:blueprint_id>/", blueprints.OneBlueprint.as_view()),
    path("blueprints/<uuid:blueprint_id>/updates/", updates.Updates.as_view()),
    path("blueprints/<uuid:blueprint_id>/publish/", blueprints.Publish.as_view()),
    path("blueprints/<uuid:blueprint_id>/validate/", blueprints.Validate.as_view()),
    path("blueprints/<uuid:blueprint_id>/evaluate/", evaluate.Evaluate.as_view()),
    path("blueprints/<uuid:blueprint_id>/used-by/", blueprints.UsedBy.as_view()),
    path("blueprints/<uuid:blueprint_id>/interface/", blueprints.OneInterface.as_view()),
    path("blueprints/<uuid:blueprint_id>/document/", documents.BlueprintDocument.as_view()),
    path("blueprints/<uuid:blueprint_id>/versions/", versions.Versions.as_view()),
    path("blueprints/<uuid:blueprint_id>/versions/<int:number>/", versions.OneVersion.as_view()),
    path("blueprints/<uuid:blueprint_id>/runs/", runs.StartRun.as_view()),
    path("blueprints/<uuid:blueprint_id>/tests/", cases.Tests.as_view()),
    path("blueprints/<uuid:blueprint_id>/collapse/", parts.Collapse.as_view()),
    path("blueprints/<uuid:blueprint_id>/expand/", parts.Expand.as_view()),
    path("documents/", documents.Documents.as_view()),
    path("runs/", runs.Runs.as_view()),
    path("runs/<uuid:run_id>/", runs.OneRun.as_view()),
    path("runs/<uuid:run_id>/events/", runs.Events.as_view()),
    path("runs/<uuid:run_id>/values/", values.Values.as_view()),
    path("runs/<uuid:run_id>/explain/", explain.Explain.as_view()),
    path("runs/<uuid:run_id>/cancel/", runs.Cancel.as_view()),
    path("runs/<uuid:run_id>/rerun/", reruns.Rerun.as_view()),
    path("runs/<uuid:run_id>/pause/", debug.Pause.as_view()),
    path("runs/<uuid:run_id>/continue/", debug.Continue.as_view()),
    path("runs/<uuid:run_id>/step/", debug.Step.as_view()),
    path("runs/<uuid:run_id>/breakpoints/", debug.Breakpoints.as_view()),
    path("runs/<uuid:run_id>/tokens/", debug.Tokens.as_view()),
    path("approvals/", approvals.Approvals.as_view()),
    path("approvals/<uuid:approval_id>/", approvals.OneApproval.as_view()),
    path("webhooks/", webhooks.Webhooks.as_view()),
    path("webhooks/<uuid:webhook_id>/", webhooks.OneWebhook.as_view()),
    path("webhooks/<uuid:webhook_id>/rotate/", webhooks.Rotate.as_view()),
    path("expressions/", evaluate.Expressions.as_view()),
    path("node-types/", node_types.NodeTypes.as_view()),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    # There is nothing to protect, and a script that mistypes shall read that, not a page.
    re_path(r"^.*$", csrf_exempt(errors.api_not_found)),
]
