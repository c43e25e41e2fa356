"""Use cases: inputs are checked, drafts conflict, versions never double."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from editor.actions import (
    RevisionConflict,
    create_blueprint,
    publish,
    save_draft,
    store_drawing,
)
from editor.models import BlueprintVersion, Drawing
from runner.actions import InputsInvalid, cancel_run
from runner.graph import DocumentInvalid, load, to_json
from runner.journal.reader import read_events
from runner.models import Run
from tests.running.conftest import PURE, Site
from tests.starting import start_run


def declared(**inputs: Any) -> dict[str, Any]:
    return {**PURE, "inputs": inputs}


def test_a_run_is_queued_with_its_first_event(site: Site) -> None:
    run = site.start(a=1)
    assert (run.status, run.last_seq, run.epoch, run.inputs) == ("queued", 1, 0, {"a": 1})
    (event,) = read_events(run.pk)
    assert event["type"] == "run.queued"
    assert event["time"] == run.created.timestamp()
    assert event["data"] == {"inputs": {"a": 1}, "trigger": None, "by": "manual"}


@pytest.mark.parametrize(
    ("declaration", "given", "said"),
    [
        ({"type": "number", "required": True}, {}, "'n' is required"),
        ({"type": "number"}, {"n": "x"}, "'n' must be a number; it is"),
        (
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"n": {"a": "b"}},
            "'n.a' must be a whole number",
        ),
        ({"enum": [1, 2]}, {"n": 3}, "must be one of 1, 2; it is 3"),
        ({"type": "bogus"}, {"n": 3}, "declaration of the input 'n' cannot be used"),
        ({"$ref": "http://192.0.2.1/x"}, {"n": 3}, "declaration of the input 'n' cannot be used"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_and_leave_no_run(
    site: Site, declaration: dict[str, Any], given: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputsInvalid) as caught:
        site.start(declared(n=declaration), **given)
    assert said in caught.value.problems[0].message
    assert Run.objects.count() == 0


def test_every_problem_of_the_inputs_is_told_at_once(site: Site) -> None:
    needed = {"type": "text", "required": True}
    with pytest.raises(InputsInvalid) as caught:
        site.start(declared(a=needed, b=needed))
    assert [problem.port for problem in caught.value.problems] == ["a", "b"]


def test_missing_inputs_get_their_declared_defaults(site: Site) -> None:
    run = site.start(declared(n={"type": "number", "required": True, "default": 7}))
    assert run.inputs == {"n": 7}


def test_a_trigger_that_is_not_there_is_refused(site: Site) -> None:
    with pytest.raises(DocumentInvalid, match="nowhere"):
        start_run(site.blueprint, PURE, trigger_node="nowhere")


def test_a_run_that_has_ended_stays_as_it_is_when_it_is_cancelled(site: Site) -> None:
    run = cancel_run(site.start(), "first")
    again = cancel_run(run, "second")
    assert again.status == "cancelled"
    assert again.cancel_reason == "first"
    assert again.last_seq == 2


def test_the_same_drawing_is_stored_once(site: Site) -> None:
    assert store_drawing(load(PURE)).pk == store_drawing(load(PURE)).pk
    assert Drawing.objects.count() == 1


def test_a_save_on_an_older_revision_is_a_conflict_that_shows_both(site: Site) -> None:
    other = load({**PURE, "description": "theirs"})
    saved = save_draft(site.blueprint, other, 1)
    assert (saved.revision, saved.draft["description"]) == (2, "theirs")
    with pytest.raises(RevisionConflict) as caught:
        save_draft(site.blueprint, load({**PURE, "description": "mine"}), 1)
    assert caught.value.yours["description"] == "mine"
    assert caught.value.current.draft["description"] == "theirs"
    assert caught.value.current.revision == 2


def test_publishing_numbers_versions_and_publishes_the_same_only_once(site: Site) -> None:
    first = publish(site.blueprint, site.owner, "one")
    assert publish(site.blueprint, site.owner, "again") == first
    save_draft(site.blueprint, load({**PURE, "description": "new"}), 1)
    second = publish(site.blueprint, site.owner, "two")
    assert (first.number, second.number) == (1, 2)
    assert site.blueprint.published == second
    assert BlueprintVersion.objects.count() == 2
    assert load(second.drawing.document).description == "new"


def test_a_draft_that_could_not_run_is_not_published(site: Site) -> None:
    broken = {**PURE, "nodes": {"a": {"kind": "acme.unknown"}}, "edges": []}
    blueprint = create_blueprint(owner=site.owner, name="Broken", document=load(broken))
    with pytest.raises(DocumentInvalid) as caught:
        publish(blueprint, site.owner)
    assert caught.value.problems[0].code == "unknown_kind"
    assert BlueprintVersion.objects.count() == 0
    assert Drawing.objects.count() == 0


def test_a_new_blueprint_is_empty_and_has_its_name(db: None) -> None:
    owner = User.objects.create_user("ada")
    blueprint = create_blueprint(owner=owner, name="New")
    document = load(blueprint.draft)
    assert (document.name, document.nodes) == ("New", {})
    assert to_json(document) == blueprint.draft
