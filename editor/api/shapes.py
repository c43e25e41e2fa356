"""What goes in and comes out of the API, from which its OpenAPI schema is made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers as s

from editor.models import ReferenceKind
from runner.actions.rerun import Start
from runner.models import SHOWN_STATUSES, Authentication


class Inbound(s.Serializer[Any]):
    """A body or query; a member that it does not know is an error, not ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Refuse unknown members by name."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            known = ", ".join(self.fields)
            raise s.ValidationError({name: [f"This is none of: {known}."] for name in unknown})
        return super().to_internal_value(data)


def page_of(shape: type[s.Serializer[Any]], name: str) -> s.Serializer[Any]:
    """Describe one page of a list."""
    members: dict[str, s.Field[Any, Any, Any, Any]] = {
        "next": s.URLField(allow_null=True),
        "previous": s.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(name, members)


class ProblemPlace(s.Serializer[Any]):
    """One thing that is wrong with a document, and where."""

    code = s.CharField()
    message = s.CharField()
    severity = s.ChoiceField(["error", "warning"])
    node = s.CharField(required=False)
    port = s.CharField(required=False)
    parameter = s.CharField(required=False)
    edge = s.CharField(required=False)
    written = s.CharField(required=False, help_text="what stands in the parameter")
    instead = s.CharField(required=False, help_text="what was probably meant by it")


class ProblemDetails(s.Serializer[Any]):
    """An error (RFC 9457)."""

    type = s.CharField()
    title = s.CharField()
    status = s.IntegerField()
    detail = s.CharField()
    code = s.CharField()
    problems = ProblemPlace(many=True, required=False)


class Conflict(ProblemDetails):
    """A save on an older revision: both documents."""

    yours = s.JSONField()
    current = s.JSONField()


class Version(s.Serializer[Any]):
    """A published, immutable state of a blueprint."""

    number = s.IntegerField()
    created = s.DateTimeField()
    message = s.CharField()
    name = s.CharField(help_text="a label that may be changed; empty where it has none")
    hash = s.CharField()


class VersionListed(Version):
    """A version in the history of its blueprint."""

    published_by = s.CharField(allow_null=True, help_text="null where the user is gone")
    published = s.BooleanField(help_text="whether it is the one that runs now")


class VersionDetail(VersionListed):
    """A version with its document."""

    document = s.JSONField()


class RunShape(s.Serializer[Any]):
    """A run."""

    id = s.UUIDField()
    blueprint = s.UUIDField()
    blueprint_name = s.CharField()
    version = s.IntegerField(allow_null=True, help_text="null for a run of the draft")
    status = s.ChoiceField(SHOWN_STATUSES)
    trigger = s.CharField()
    trigger_node = s.CharField()
    rerun_of = s.UUIDField(allow_null=True, help_text="the run that this one repeats")
    rerun_from = s.CharField(help_text="where it began to repeat it: start, failed, or a step")
    parent_step = s.CharField(help_text="the step that called it, if one did")
    depth = s.IntegerField(help_text="how many calls lead to it")
    inputs = s.JSONField()
    outputs = s.JSONField(allow_null=True)
    error = s.JSONField(allow_null=True)
    created = s.DateTimeField()
    started = s.DateTimeField(allow_null=True)
    finished = s.DateTimeField(allow_null=True)
    last_seq = s.IntegerField()
    unhandled = s.CharField(help_text="why its error blueprint was not started; empty: it was")
    pruned = s.DateTimeField(allow_null=True, help_text="since when its journal is gone")

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `parent`, which means something else to a serializer."""
        parent = s.UUIDField(
            allow_null=True, help_text="the run whose call, error or end started this one"
        )
        return {**super().get_fields(), "parent": parent}


class RunDetail(RunShape):
    """A run with the document that it executes."""

    document = s.JSONField()


class BlueprintWebhook(s.Serializer[Any]):
    """An address of a blueprint, as its editor shows it."""

    id = s.UUIDField()
    node = s.CharField()
    url = s.URLField()
    enabled = s.BooleanField()
    authentication = s.ChoiceField(Authentication.choices)


class BlueprintListed(s.Serializer[Any]):
    """A blueprint in a list."""

    id = s.UUIDField()
    name = s.CharField()
    revision = s.IntegerField()
    published = Version(allow_null=True)
    changed = s.BooleanField(help_text="whether the draft differs from what is published")
    created = s.DateTimeField()
    updated = s.DateTimeField()
    last_run = RunShape(allow_null=True)


class BlueprintShape(BlueprintListed):
    """A blueprint with its draft."""

    document = s.JSONField()
    problems = ProblemPlace(many=True)
    webhooks = BlueprintWebhook(many=True)


class Interface(s.Serializer[Any]):
    """What a blueprint's published version declares to those who run it."""

    id = s.UUIDField()
    name = s.CharField()
    version = s.IntegerField(allow_null=True, help_text="null where it was never published")
    inputs = s.DictField(help_text="JSON schemas by name, with `required` beside them")
    outputs = s.ListField(child=s.CharField())
    error_trigger = s.BooleanField(help_text="whether it can be started for errors")


class User(s.Serializer[Any]):
    """A blueprint whose published version names another one."""

    blueprint = s.UUIDField()
    name = s.CharField()
    version = s.IntegerField()
    kind = s.ChoiceField(ReferenceKind.choices)
    nodes = s.ListField(child=s.CharField(), help_text="empty for the error blueprint")


class UsedBy(s.Serializer[Any]):
    """Who uses a blueprint."""

    used_by = User(many=True)
    others = s.IntegerField(help_text="how many more use it that you may not see")


class Deletion(Inbound):
    """How a blueprint is deleted."""

    even_if_used = s.BooleanField(
        required=False, default=False, help_text="delete it though others use it"
    )


class NewBlueprint(Inbound):
    """What makes a blueprint: a name, a document, or both (then the name given holds)."""

    name = s.CharField(max_length=200, required=False)
    document = s.DictField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for one of the two."""
        if not attrs:
            raise s.ValidationError("Give a name, a document, or both.")
        return attrs


class ChangedBlueprint(Inbound):
    """A save: the document, and another name where it is renamed."""

    name = s.CharField(max_length=200, required=False)
    document = s.DictField()


class Publication(Inbound):
    """What is said with a published version."""

    message = s.CharField(max_length=500, required=False, allow_blank=True, default="")


class VersionName(Inbound):
    """How a version is called."""

    name = s.CharField(max_length=100, allow_blank=True, help_text="empty takes the name away")


class DocumentForm(Inbound):
    """In which form a document is wanted."""

    format = s.ChoiceField(
        ["json", "yaml"], required=False, help_text="else as the header Accept says"
    )


class ExportQuery(DocumentForm):
    """What of a blueprint is exported."""

    version = s.IntegerField(required=False, min_value=1, help_text="else the draft")


class ToValidate(Inbound):
    """A document to check; without one the draft is checked."""

    document = s.DictField(required=False)


class ProblemList(s.Serializer[Any]):
    """What is wrong with a document."""

    problems = ProblemPlace(many=True)


class DebugStart(Inbound):
    """How a run starts under the debugger."""

    breakpoints = s.ListField(
        child=s.DictField(child=s.CharField()),
        required=False,
        default=list,
        help_text="{node, when: before or after} or {edge: 'a.out -> b.in'}",
    )
    paused = s.BooleanField(default=False, help_text="pause before the first step")


class BreakpointsSet(Inbound):
    """The breakpoints of a run, instead of those that it has."""

    breakpoints = s.ListField(child=s.DictField(child=s.CharField()))


class GoOn(Inbound):
    """A paused run goes on."""

    wait = s.FloatField(
        default=0,
        min_value=0,
        max_value=60,
        help_text="how many seconds to wait until it is paused again, or over",
    )


class StepOn(GoOn):
    """One step of a paused run."""

    step = s.CharField(
        required=False, max_length=2000, help_text="which of those that are held; else the next"
    )
    over = s.BooleanField(default=False, help_text="of a frame: all that is in it")


class EditedToken(Inbound):
    """Another value for a token in flight."""

    token = s.CharField(max_length=2000)
    value = s.JSONField(allow_null=True)


class TokenQuery(Inbound):
    """Which token is asked for."""

    token = s.CharField(required=False, max_length=2000, help_text="only this one, with its value")
    format = s.CharField(required=False)


class TokenShape(s.Serializer[Any]):
    """A token in flight."""

    id = s.CharField()
    node = s.CharField(help_text="where it waits")
    port = s.CharField()
    type = s.CharField(help_text="what the port takes")
    step = s.CharField(allow_null=True, help_text="the step that has it and has not begun")
    place = s.CharField(help_text="the frames around it, such as 'all[0]/'")
    origin = s.JSONField(allow_null=True, help_text="{step, port} that it came from")
    edge = s.CharField(allow_null=True, help_text="the edge that it came over")
    size = s.IntegerField(help_text="of its value as JSON, in bytes")
    value = s.JSONField(allow_null=True, help_text="null where large")
    large = s.BooleanField(help_text="whether its value is only shown when it is asked for alone")


class DebuggedRun(s.Serializer[Any]):
    """How a run stands in the debugger."""

    run = s.UUIDField()
    at = s.IntegerField(help_text="the number of the last event that counts")
    status = s.ChoiceField(SHOWN_STATUSES)
    paused = s.BooleanField()
    reason = s.CharField(help_text="why it is paused: start, asked, breakpoint or step")
    step = s.CharField(allow_null=True, help_text="the step that the reason is about")
    held = s.ListField(child=s.CharField(), help_text="the steps that could begin, in order")
    breakpoints = s.JSONField()
    tokens = TokenShape(many=True)


class NewRun(Inbound):
    """What starts a run."""

    inputs = s.DictField(
        required=False, help_text="those of the earlier run where its results are taken over"
    )
    draft = s.BooleanField(required=False, default=False, help_text="run the draft as it is now")
    wait = s.FloatField(
        required=False,
        default=0,
        min_value=0,
        max_value=60,
        help_text="how many seconds to wait for its end (then 201) or a pause (202, as otherwise)",
    )
    trigger = s.CharField(
        required=False, allow_blank=True, default="", max_length=64, help_text="a trigger node"
    )
    to = s.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=64,
        help_text="run this node, and of the others only those that lead to it",
    )
    reuse = s.JSONField(
        required=False,
        help_text="whether what has not changed is taken over from the draft's last run, or from "
        "the run of this id; true with to and from",
    )
    mocks = s.DictField(
        required=False,
        default=dict,
        child=s.DictField(),
        help_text="nodes that are not run: {node: {outputs: {port: value}}} or {node: {error: …}}",
    )
    debug = DebugStart(required=False, help_text="run it under the debugger")

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        since = s.CharField(
            required=False,
            allow_blank=True,
            default="",
            max_length=64,
            help_text="run this node with its last inputs, and what comes after it",
        )
        return {**super().get_fields(), "from": since}

    def validate_reuse(self, value: Any) -> bool | str:
        """Ask for true, false, or the id of a run."""
        if isinstance(value, bool):
            return value
        try:
            return str(UUID(value))
        except (ValueError, TypeError, AttributeError):
            raise s.ValidationError("This is true, false, or the id of a run.") from None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for a run to take inputs from where a node is to run with its last ones."""
        if attrs["from"] and attrs.get("reuse") is False:
            raise s.ValidationError({"reuse": "'from' takes the inputs of an earlier run."})
        return attrs


class NewRerun(Inbound):
    """How a run is repeated."""

    version = s.ChoiceField(["same", "published", "draft"], default="same")
    inputs = s.DictField(required=False, help_text="other inputs of the run, with from: start")
    dry = s.BooleanField(default=False, help_text="only say what would be taken over")
    debug = DebugStart(required=False, help_text="run it under the debugger")

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `from`, which no attribute can be called."""
        begins = s.JSONField(help_text='"start", "failed", or {"step": path, "inputs"?: {…}}')
        return {"from": begins, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read `from` as the place where the rerun begins."""
        begins = attrs["from"]
        if isinstance(begins, dict):
            if "inputs" in attrs:
                raise s.ValidationError({"inputs": "Those of a step stand within 'from'."})
            if not {"step"} <= set(begins) <= {"step", "inputs"}:
                raise s.ValidationError({"from": 'A step is {"step": PATH, "inputs": {…}}.'})
            step, inputs = begins["step"], begins.get("inputs")
            if not isinstance(step, str) or not isinstance(inputs, dict | None):
                raise s.ValidationError({"from": "'step' is a text, 'inputs' an object."})
            return {**attrs, "start": Start("step", step, inputs)}
        if begins not in ("start", "failed"):
            raise s.ValidationError({"from": "This is none of: start, failed, {step: PATH}."})
        if begins == "failed" and "inputs" in attrs:
            raise s.ValidationError({"inputs": "Other inputs begin at the start, or at a step."})
        return {**attrs, "start": Start(begins, inputs=attrs.get("inputs"))}


class ReusedStep(s.Serializer[Any]):
    """A step that is taken over."""

    step = s.CharField()
    was = s.CharField(help_text="its path in the run that is repeated")


class RepeatedStep(s.Serializer[Any]):
    """A step that runs again."""

    step = s.CharField()
    code = s.CharField()
    reason = s.CharField()


class RerunShape(s.Serializer[Any]):
    """A rerun: the new run (null where it was only asked what would be), and what it takes over."""

    run = RunDetail(allow_null=True)
    reused = ReusedStep(many=True)
    repeated = RepeatedStep(many=True)


class WantedTests(Inbound):
    """Which test cases are run, and of which document."""

    version = s.IntegerField(required=False, min_value=1, help_text="the draft's by default")
    names = s.ListField(child=s.CharField(), required=False, help_text="all by default")


class DifferenceShape(s.Serializer[Any]):
    """A place where something else was expected."""

    place = s.CharField()
    expected = s.JSONField(allow_null=True)
    actual = s.JSONField(allow_null=True)
    message = s.CharField()


class CaseShape(s.Serializer[Any]):
    """What became of a test case."""

    name = s.CharField()
    passed = s.BooleanField()
    seconds = s.FloatField()
    status = s.CharField(allow_null=True)
    refused = s.CharField(allow_null=True, help_text="why it was not run")
    differences = DifferenceShape(many=True)


class CoveredShape(s.Serializer[Any]):
    """What some case went through, and what none did."""

    covered = s.ListField(child=s.CharField())
    missed = s.ListField(child=s.CharField())


class CoverageShape(s.Serializer[Any]):
    """What the cases went through."""

    nodes = CoveredShape()
    edges = CoveredShape()


class TestReportShape(s.Serializer[Any]):
    """What became of a blueprint's test cases."""

    passed = s.BooleanField()
    cases = CaseShape(many=True)
    coverage = CoverageShape()


class RunQuery(Inbound):
    """Which runs are asked for."""

    status = s.CharField(required=False, help_text="one or more, with commas between")
    blueprint = s.UUIDField(required=False)
    step = s.CharField(required=False, help_text="with parent: the step that called them")
    cursor = s.CharField(required=False)
    limit = s.CharField(required=False)
    format = s.CharField(required=False)

    def get_fields(self) -> dict[str, s.Field[Any, Any, Any, Any]]:
        """Add `parent`, which means something else to a serializer."""
        parent = s.UUIDField(required=False, help_text="runs that this one has started")
        return {**super().get_fields(), "parent": parent}

    def validate_status(self, value: str) -> list[str]:
        """Read the statuses."""
        wanted = [part.strip() for part in value.split(",") if part.strip()]
        for name in wanted:
            if name not in SHOWN_STATUSES:
                known = ", ".join(SHOWN_STATUSES)
                raise s.ValidationError(f"{name!r} is none of {known}.")
        return wanted


class BlueprintQuery(Inbound):
    """Which blueprints are asked for."""

    search = s.CharField(required=False, allow_blank=True, help_text="a part of the name")
    cursor = s.CharField(required=False)
    limit = s.CharField(required=False)
    format = s.CharField(required=False)


class EventQuery(Inbound):
    """Which events are asked for."""

    after = s.IntegerField(required=False, default=0, min_value=0, max_value=2**31 - 1)
    limit = s.IntegerField(required=False, default=1000, min_value=1, max_value=10_000)
    format = s.CharField(required=False)


class ValueQuery(Inbound):
    """Which part of which value is asked for."""

    seq = s.IntegerField(
        required=False,
        default=1,
        min_value=1,
        max_value=2**31 - 1,
        help_text="the event that has it; the first one has what the run began with",
    )
    at = s.CharField(
        required=False,
        default="",
        allow_blank=True,
        trim_whitespace=False,
        help_text="a JSON pointer (RFC 6901) into the event's data, such as /outputs/out",
    )
    offset = s.IntegerField(required=False, default=0, min_value=0, max_value=2**62)
    limit = s.IntegerField(required=False, default=100, min_value=1, max_value=100_000)
    whole = s.BooleanField(
        required=False, default=False, help_text="all of it, as JSON, in place of a page"
    )
    format = s.CharField(required=False)


class ValuePage(s.Serializer[Any]):
    """Some parts of a value: `items` of a list, `entries` of an object, or some of a `text`."""

    kind = s.ChoiceField(["list", "object", "text", "other"])
    length = s.IntegerField(help_text="how many parts there are: items, keys, or characters")
    offset = s.IntegerField()
    items = s.ListField(child=s.JSONField(), required=False)
    entries = s.DictField(child=s.JSONField(), required=False)
    text = s.CharField(required=False)
    value = s.JSONField(required=False)


class EventShape(s.Serializer[Any]):
    """One fact about a run."""

    seq = s.IntegerField()
    time = s.FloatField(help_text="seconds since the epoch")
    type = s.CharField()
    step = s.CharField(allow_null=True)
    data = s.JSONField()  # type: ignore[assignment]
    spilled = s.JSONField(
        required=False, help_text="which values of the data are large, and only begun in it"
    )


class EventPage(s.Serializer[Any]):
    """Events after the one asked for, and the number of the run's last one."""

    events = EventShape(many=True)
    last_seq = s.IntegerField()


class ExplainQuery(Inbound):
    """Which node, at which moment of the run."""

    node = s.CharField(
        required=False, max_length=2000, help_text="a node's id, or a step path such as `fetch#2`"
    )
    at = s.IntegerField(
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text="the number of the last event that counts; the last one there is, if not said",
    )
    format = s.CharField(required=False)


class ReasonShape(s.Serializer[Any]):
    """One sentence of a chain of reasons; one of depth n + 1 says why the one before it is so."""

    code = s.CharField()
    message = s.CharField()
    depth = s.IntegerField()
    node = s.CharField(allow_null=True)
    port = s.CharField(allow_null=True)
    step = s.CharField(allow_null=True)


class ExplanationShape(s.Serializer[Any]):
    """How a node stands, and why."""

    node = s.CharField()
    step = s.CharField(allow_null=True)
    status = s.CharField()
    reasons = ReasonShape(many=True)


class Explanations(s.Serializer[Any]):
    """The explanations, and the number of the last event that they take into account."""

    at = s.IntegerField()
    nodes = ExplanationShape(many=True)


class ToEvaluate(Inbound):
    """An expression that is being written, and the values that it is tried on."""

    node = s.CharField(max_length=64)
    parameter = s.CharField(max_length=200, required=False, allow_blank=True, default="")
    text = s.CharField(
        required=False,
        max_length=50_000,
        allow_blank=True,
        trim_whitespace=False,
        help_text="the parameter's text; its value is wanted",
    )
    members_of = s.CharField(
        required=False,
        max_length=2_000,
        allow_blank=True,
        help_text="an expression whose keys or items are wanted; empty: the names",
    )
    run = s.UUIDField(required=False, help_text="the newest run of the blueprint, if not said")
    iteration = s.CharField(
        required=False, max_length=2_000, allow_blank=True, help_text="such as `orders[3]`"
    )
    step = s.CharField(required=False, max_length=2_000, help_text="one firing, such as `fetch#2`")
    index = s.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=2**31 - 1,
        help_text="which item, where the parameter is evaluated for each",
    )


class EvaluatedItem(s.Serializer[Any]):
    """Which item of a list the expression was evaluated for."""

    index = s.IntegerField()
    of = s.IntegerField()


class EvaluatedValue(s.Serializer[Any]):
    """A value: how it begins, a text as it is and all else as JSON."""

    type = s.CharField()
    length = s.IntegerField(allow_null=True)
    text = s.CharField()
    cut = s.BooleanField()


class EvaluationError(s.Serializer[Any]):
    """Why there is no value, and where: `column` counts from 1 in the expression `source`."""

    message = s.CharField()
    column = s.IntegerField(allow_null=True)
    source = s.CharField()  # type: ignore[assignment]


class EvaluationOwner(s.Serializer[Any]):
    """What the members belong to; `expected` where no run has given it."""

    type = s.CharField()
    expected = s.BooleanField()


class EvaluationMember(s.Serializer[Any]):
    """A key, or the place of an item, with the type and the beginning of what is there."""

    key = s.JSONField(help_text="a text or a number")
    type = s.CharField()
    sample = s.CharField()
    expected = s.BooleanField(help_text="by declaration, pin or example: no run has given it")


class Evaluation(s.Serializer[Any]):
    """The value, or why there is none, and the run and the step whose values it was tried on."""

    run = s.UUIDField(allow_null=True)
    origin = s.ChoiceField(["step", "upstream", "pinned", "none"])
    step = s.CharField(allow_null=True)
    iteration = s.CharField()
    item = EvaluatedItem(allow_null=True)
    value = EvaluatedValue(allow_null=True)
    error = EvaluationError(allow_null=True)
    missing = s.ListField(child=s.CharField(), help_text="names that no run has given a value yet")
    hidden = s.BooleanField(help_text="there is a value, which is a secret")
    owner = EvaluationOwner(allow_null=True)
    members = EvaluationMember(many=True, allow_null=True)


class OfferedCall(s.Serializer[Any]):
    """A function or method, as it is called and what it gives."""

    name = s.CharField()
    usage = s.CharField()
    gives = s.CharField()


class Language(s.Serializer[Any]):
    """What expressions can call: functions, and methods by the type that has them."""

    functions = OfferedCall(many=True)
    methods = s.DictField(child=s.ListField(child=OfferedCall()))


class WebhookShape(BlueprintWebhook):
    """A webhook."""

    blueprint = s.UUIDField()
    header = s.CharField()
    username = s.CharField()
    created = s.DateTimeField()
    updated = s.DateTimeField()


class WebhookWithSecret(WebhookShape):
    """A webhook just made, with its secret, which is never shown again."""

    secret = s.CharField()


class Secret(s.Serializer[Any]):
    """A new secret, which is never shown again."""

    secret = s.CharField()


class NewWebhook(Inbound):
    """What makes a webhook."""

    blueprint = s.UUIDField()
    node = s.CharField(max_length=64)
    authentication = s.ChoiceField(Authentication.choices, default=Authentication.HMAC)
    header = s.CharField(max_length=100, required=False, allow_blank=True, default="")
    username = s.CharField(max_length=100, required=False, allow_blank=True, default="")
    enabled = s.BooleanField(default=True)


class ChangedWebhook(Inbound):
    """What may be changed of a webhook."""

    node = s.CharField(max_length=64, required=False)
    authentication = s.ChoiceField(Authentication.choices, required=False)
    header = s.CharField(max_length=100, required=False, allow_blank=True)
    username = s.CharField(max_length=100, required=False, allow_blank=True)
    enabled = s.BooleanField(required=False)


class WebhookQuery(Inbound):
    """Which webhooks are asked for."""

    blueprint = s.UUIDField(required=False)
    cursor = s.CharField(required=False)
    limit = s.CharField(required=False)
    format = s.CharField(required=False)


class PortShape(s.Serializer[Any]):
    """A port of a node type."""

    name = s.CharField()
    type = s.CharField()
    required = s.BooleanField()  # type: ignore[assignment]
    multiple = s.BooleanField()
    title = s.CharField()
    description = s.CharField()


class NodeTypeShape(s.Serializer[Any]):
    """The declaration of a node type."""

    kind = s.CharField()
    version = s.IntegerField()
    title = s.CharField()
    category = s.CharField()
    icon = s.CharField()
    description = s.CharField()
    parameters = s.JSONField(help_text="JSON schema")
    inputs = PortShape(many=True)
    outputs = PortShape(many=True)
    begins = s.ListField(child=s.CharField())
    ends = s.ListField(child=s.CharField())
    controls = s.ListField(child=s.CharField())
    ports_from = s.CharField(allow_null=True)
    effect = s.CharField()
    runs = s.CharField()
    trigger = s.BooleanField()
    examples = s.JSONField()


class ApprovalShape(s.Serializer[Any]):
    """What somebody is asked to approve; nothing else of the run is shown."""

    id = s.UUIDField()
    title = s.CharField()
    note = s.CharField()
    value = s.JSONField(allow_null=True, help_text="what is to be approved")
    quorum = s.IntegerField(help_text="how many must approve")
    rejections = s.IntegerField(help_text="how many reject it")
    approved = s.IntegerField(help_text="how many have approved")
    rejected = s.IntegerField(help_text="how many have rejected")
    mine = s.CharField(allow_null=True, help_text="what you decided: approve or reject")
    open = s.BooleanField(help_text="whether decisions still count")
    created = s.DateTimeField()
    until = s.DateTimeField(allow_null=True)


class Approvals(s.Serializer[Any]):
    """The open approvals that you are asked for."""

    results = ApprovalShape(many=True)


class Decision(Inbound):
    """What you decide."""

    decision = s.ChoiceField(["approve", "reject"])
    comment = s.CharField(required=False, default="", allow_blank=True, max_length=2000)
