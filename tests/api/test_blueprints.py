"""Blueprints over the API: made, saved, published, deleted."""

import json
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from editor.models import Blueprint, Drawing
from runner.models import Run, RunStatus
from tests.api.conftest import DOCUMENT, Caller

Check = Callable[..., dict[str, Any]]


def test_a_blueprint_is_made_read_and_listed(call: Caller) -> None:
    status, made, answer = call("POST", "blueprints/", {"name": "Mine", "document": DOCUMENT})
    assert status == 201
    assert (made["name"], made["revision"], made["published"]) == ("Mine", 1, None)
    assert made["document"]["name"] == "Mine"
    assert made["document"]["edges"] == ["start.out -> out.in"]
    assert (made["changed"], made["problems"], made["webhooks"]) == (True, [], [])
    assert answer.headers["Location"] == f"/api/blueprints/{made['id']}/"
    status, read, answer = call("GET", f"blueprints/{made['id']}/")
    assert (status, read, answer.headers["ETag"]) == (200, made, '"1"')
    listed = call("GET", "blueprints/")[1]["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    assert listed[0].items() <= made.items()


def test_a_name_alone_makes_an_empty_blueprint(call: Caller) -> None:
    status, made, _ = call("POST", "blueprints/", {"name": "Empty"})
    assert status == 201
    assert made["document"] == {
        "format": "conductor/1",
        "name": "Empty",
        "nodes": {},
        "edges": [],
    }


def test_a_body_without_name_and_document_is_refused(call: Caller, problem: Check) -> None:
    assert "name" in problem(call("POST", "blueprints/", {}), 400, "invalid")["detail"]
    assert not Blueprint.objects.exists()


def test_a_member_that_is_not_known_is_named(call: Caller, problem: Check) -> None:
    found = problem(call("POST", "blueprints/", {"nmae": "x"}), 400, "invalid")
    assert found["errors"][0]["field"] == "nmae"


def test_a_save_raises_the_revision(call: Caller) -> None:
    made = call.make()
    changed = {**made["document"], "description": "says hello"}
    path = f"blueprints/{made['id']}/"
    status, saved, answer = call("PUT", path, {"document": changed}, If_Match='"1"')
    assert (status, saved["revision"], answer.headers["ETag"]) == (200, 2, '"2"')
    assert saved["document"]["description"] == "says hello"
    status, saved, _ = call("PUT", path, {"document": changed, "name": "Other"}, If_Match="2")
    assert (saved["name"], saved["document"]["name"]) == ("Other", "Other")


def test_a_save_on_an_older_revision_shows_both_and_changes_nothing(
    call: Caller, problem: Check
) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    first = {**made["document"], "description": "first"}
    second = {**made["document"], "description": "second"}
    assert call("PUT", path, {"document": first}, If_Match="1")[0] == 200
    found = problem(call("PUT", path, {"document": second}, If_Match="1"), 409, "revision_conflict")
    assert (found["yours"]["revision"], found["current"]["revision"]) == (1, 2)
    assert found["yours"]["document"]["description"] == "second"
    assert found["current"]["document"]["description"] == "first"
    assert call("GET", path)[1]["document"]["description"] == "first"


def test_a_save_must_name_its_revision(call: Caller, problem: Check) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    problem(call("PUT", path, {"document": DOCUMENT}), 428, "revision_required")
    problem(call("PUT", path, {"document": DOCUMENT}, If_Match="newest"), 400, "revision_malformed")
    assert call("GET", path)[1]["revision"] == 1


def test_a_draft_with_problems_is_saved_and_they_are_told(call: Caller) -> None:
    made = call.make()
    document = {**DOCUMENT, "nodes": {**DOCUMENT["nodes"], "x": {"kind": "no.such"}}}
    status, saved, _ = call(
        "PUT", f"blueprints/{made['id']}/", {"document": document}, If_Match="1"
    )
    assert status == 200
    assert ("unknown_kind", "x") in {(p["code"], p.get("node")) for p in saved["problems"]}


def test_a_document_that_cannot_be_read_is_refused_with_its_places(
    call: Caller, problem: Check
) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    broken = {**DOCUMENT, "nodes": {"a b": {"kind": 7}}, "format": "conductor/1"}
    found = problem(call("PUT", path, {"document": broken}, If_Match="1"), 400, "document_invalid")
    assert found["problems"]
    assert call("GET", path)[1]["revision"] == 1


def test_publishing_makes_numbered_versions_that_never_change(call: Caller) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    status, version, _ = call("POST", f"{path}publish/", {"message": "first"})
    assert (status, version["number"], version["message"]) == (201, 1, "first")
    now = call("GET", path)[1]
    assert (now["published"]["number"], now["changed"]) == (1, False)
    document = {**made["document"], "description": "new"}
    saved = call("PUT", path, {"document": document}, If_Match="1")[1]
    assert saved["changed"] is True
    assert call("POST", f"{path}publish/")[1]["number"] == 2
    versions = call("GET", f"{path}versions/")[1]["results"]
    assert [row["number"] for row in versions] == [2, 1]
    first = call("GET", f"{path}versions/1/")[1]
    assert first["document"] == made["document"]
    assert first["hash"] == version["hash"]
    assert [(row["published"], row["published_by"]) for row in versions] == [
        (True, "ada"),
        (False, "ada"),
    ]


def test_a_version_is_named_and_nothing_else_of_it_changes(call: Caller, problem: Check) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    call("POST", f"{path}publish/", {"message": "first"})
    before = call("GET", f"{path}versions/1/")[1]
    assert before["name"] == ""
    status, named, _ = call("PATCH", f"{path}versions/1/", {"name": " Before the move "})
    assert (status, named["name"]) == (200, "Before the move")
    assert call("GET", f"{path}versions/1/")[1] == {**before, "name": "Before the move"}
    assert call("GET", path)[1]["published"]["name"] == "Before the move"
    assert call("PATCH", f"{path}versions/1/", {"name": ""})[1]["name"] == ""

    problem(call("PATCH", f"{path}versions/1/", {"message": "other"}), 400, "invalid")
    problem(call("PATCH", f"{path}versions/1/", {"name": "x" * 101}), 400, "invalid")
    problem(call("PATCH", f"{path}versions/2/", {"name": "x"}), 404, "not_found")


def test_the_history_comes_in_pages(call: Caller) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    for revision in (1, 2, 3):
        document = {**made["document"], "description": str(revision)}
        call("PUT", path, {"document": document}, If_Match=str(revision))
        call("POST", f"{path}publish/")
    page = call("GET", f"{path}versions/?limit=2")[1]
    assert [row["number"] for row in page["results"]] == [3, 2]
    rest = call("GET", page["next"].split("/api/")[1])[1]
    assert ([row["number"] for row in rest["results"]], rest["next"]) == ([1], None)


def test_what_cannot_run_is_not_published(call: Caller, problem: Check) -> None:
    made = call.make(nodes={"x": {"kind": "no.such"}}, edges=[])
    found = problem(call("POST", f"blueprints/{made['id']}/publish/", {}), 422, "document_unsound")
    assert found["problems"][0]["node"] == "x"
    assert call("GET", f"blueprints/{made['id']}/")[1]["published"] is None
    assert not Drawing.objects.exists()


def test_publishing_repeats_what_a_check_warns_of(call: Caller) -> None:
    join = {"kind": "flow.join", "parameters": {"wait_for": "n", "count": 3}}
    nodes = {**DOCUMENT["nodes"], "join": join}
    made = call.make(nodes=nodes, edges=[*DOCUMENT["edges"], "start.out -> join.in"])
    path = f"blueprints/{made['id']}/"
    status, published, _ = call("POST", f"{path}publish/")
    assert (status, [it["code"] for it in published["problems"]]) == (201, ["too_few_edges"])
    assert published["problems"] == call("POST", f"{path}validate/", {})[1]["problems"]


def test_validate_checks_what_is_sent_or_else_the_draft(call: Caller) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/validate/"
    assert call("POST", path, {})[1] == {"problems": []}
    bad = {**DOCUMENT, "edges": ["start.out -> nowhere.in"]}
    status, answer, _ = call("POST", path, {"document": bad})
    assert status == 200
    assert answer["problems"]
    assert call("GET", f"blueprints/{made['id']}/")[1]["problems"] == []


def test_a_blueprint_is_deleted_but_not_while_it_runs(call: Caller, problem: Check) -> None:
    made = call.make()
    path = f"blueprints/{made['id']}/"
    blueprint = Blueprint.objects.get(pk=made["id"])
    drawing = Drawing.objects.create(hash="0" * 64, document=DOCUMENT)
    run = Run.objects.create(
        blueprint=blueprint,
        drawing=drawing,
        owner=call.user,
        status=RunStatus.RUNNING,
        trigger="manual",
        created=timezone.now(),
    )
    problem(call("DELETE", path), 409, "blueprint_runs")
    run.status = RunStatus.SUCCEEDED
    run.save()
    assert call("DELETE", path)[0] == 204
    assert call("GET", path)[0] == 404
    assert not Run.objects.exists()


def test_others_blueprints_are_not_found(call: Caller, other: Caller, problem: Check) -> None:
    path = f"blueprints/{call.make()['id']}/"
    assert other("GET", "blueprints/")[1]["results"] == []
    problem(other("GET", path), 404, "not_found")
    problem(other("PUT", path, {"document": DOCUMENT}, If_Match="1"), 404, "not_found")
    problem(other("DELETE", path), 404, "not_found")
    problem(other("POST", f"{path}publish/"), 404, "not_found")
    problem(other("POST", f"{path}runs/", {"draft": True}), 404, "not_found")
    other.user.is_superuser = True
    other.user.save()
    assert other("GET", path)[0] == 200


def test_lists_come_in_pages_that_hold_each_row_once(call: Caller) -> None:
    made = [call("POST", "blueprints/", {"name": f"B{n}"})[1]["id"] for n in range(5)]
    seen, path = [], "blueprints/?limit=2"
    while path:
        page = call("GET", path)[1]
        assert set(page) == {"next", "previous", "results"}
        seen += [row["id"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/")[2]
    assert seen == made[::-1]
    assert [row["name"] for row in call("GET", "blueprints/?search=b3")[1]["results"]] == ["B3"]


def test_a_list_of_many_asks_the_database_no_more_than_one_of_few(
    call: Caller, django_assert_max_num_queries: Any
) -> None:
    made = [
        call.make(nodes={"start": {"kind": "trigger.manual"}}, edges=[])["id"] for _ in range(12)
    ]
    runs = [
        call("POST", f"blueprints/{key}/runs/", {"draft": True})[1]["id"]
        for key in (*made, made[0])
    ]
    with django_assert_max_num_queries(6):
        rows = json.loads(call("GET", "blueprints/")[2].content)["results"]
    newest = {row["id"]: row["last_run"]["id"] for row in rows}
    assert newest == dict(zip(made, [runs[-1], *runs[1:12]], strict=True))
