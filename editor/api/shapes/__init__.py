"""What goes in and comes out of the API, from which its OpenAPI schema is made."""

from __future__ import annotations

from editor.api.shapes.approvals import Approvals, ApprovalShape, Decision
from editor.api.shapes.blueprints import (
    BlueprintListed,
    BlueprintQuery,
    BlueprintShape,
    BlueprintWebhook,
    ChangedBlueprint,
    Deletion,
    DraftChange,
    DraftNews,
    Interface,
    NewBlueprint,
    Publication,
    ToValidate,
    UsedBy,
    User,
)
from editor.api.shapes.cases import (
    CaseShape,
    CoverageShape,
    CoveredShape,
    DifferenceShape,
    TestReportShape,
    WantedTests,
)
from editor.api.shapes.debug import (
    BreakpointsSet,
    DebuggedRun,
    DebugStart,
    EditedToken,
    GoOn,
    StepOn,
    TokenQuery,
    TokenShape,
)
from editor.api.shapes.documents import DocumentForm, ExportQuery
from editor.api.shapes.evaluate import Evaluation, Language, ToEvaluate
from editor.api.shapes.explain import ExplainQuery, Explanations, ExplanationShape, ReasonShape
from editor.api.shapes.fields import page_of
from editor.api.shapes.journal import EventPage, EventQuery, EventShape, ValuePage, ValueQuery
from editor.api.shapes.node_types import NodeTypeShape, PortShape
from editor.api.shapes.parts import CollapsedPart, ExpandedCall, ToCollapse, ToExpand
from editor.api.shapes.problems import Conflict, ProblemDetails, ProblemList, ProblemPlace
from editor.api.shapes.reruns import NewRerun, RepeatedStep, RerunShape, ReusedStep
from editor.api.shapes.runs import NewRun, RunDetail, RunQuery, RunShape
from editor.api.shapes.versions import Version, VersionDetail, VersionListed, VersionName
from editor.api.shapes.webhooks import (
    ChangedWebhook,
    NewWebhook,
    Secret,
    WebhookQuery,
    WebhookShape,
    WebhookWithSecret,
)

__all__ = [
    "ApprovalShape",
    "Approvals",
    "BlueprintListed",
    "BlueprintQuery",
    "BlueprintShape",
    "BlueprintWebhook",
    "BreakpointsSet",
    "CaseShape",
    "ChangedBlueprint",
    "ChangedWebhook",
    "CollapsedPart",
    "Conflict",
    "CoverageShape",
    "CoveredShape",
    "DebugStart",
    "DebuggedRun",
    "Decision",
    "Deletion",
    "DifferenceShape",
    "DocumentForm",
    "DraftChange",
    "DraftNews",
    "EditedToken",
    "Evaluation",
    "EventPage",
    "EventQuery",
    "EventShape",
    "ExpandedCall",
    "ExplainQuery",
    "ExplanationShape",
    "Explanations",
    "ExportQuery",
    "GoOn",
    "Interface",
    "Language",
    "NewBlueprint",
    "NewRerun",
    "NewRun",
    "NewWebhook",
    "NodeTypeShape",
    "PortShape",
    "ProblemDetails",
    "ProblemList",
    "ProblemPlace",
    "Publication",
    "ReasonShape",
    "RepeatedStep",
    "RerunShape",
    "ReusedStep",
    "RunDetail",
    "RunQuery",
    "RunShape",
    "Secret",
    "StepOn",
    "TestReportShape",
    "ToCollapse",
    "ToEvaluate",
    "ToExpand",
    "ToValidate",
    "TokenQuery",
    "TokenShape",
    "UsedBy",
    "User",
    "ValuePage",
    "ValueQuery",
    "Version",
    "VersionDetail",
    "VersionListed",
    "VersionName",
    "WantedTests",
    "WebhookQuery",
    "WebhookShape",
    "WebhookWithSecret",
    "page_of",
]
