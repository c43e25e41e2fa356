"""The pages that people read, as the browser gets them."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from editor.actions.sharing import share_with
from editor.gallery import examples
from editor.models import Blueprint, Drawing, Right
from editor.pages.steps import steps_of
from editor.together.shared import SharedDraft
from runner import long_lists
from runner.engine.events import Event
from runner.graph import load, to_json
from runner.journal.encoding import encode_events
from runner.models import JournalChunk, Run, RunStatus, Wait

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT: dict[str, Any] = {
    "format": "conductor/1",
    "name": "Greeting",
    "description": "Says hello",
    "nodes": {
        "start": {"kind": "trigger.manual"},
        "out": {"kind": "flow.output", "title": "The greeting"},
    },
    "edges": ["start.out -> out.in"],
}


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ada", password="analytical-engine-1")


@pytest.fixture
def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def draw(owner: User, name: str = "Greeting") -> Blueprint:
    return Blueprint.objects.create(owner=owner, name=name, draft={**DOCUMENT, "name": name})


def run_of(blueprint: Blueprint, status: str = "succeeded", events: int = 0) -> Run:
    drawing, _ = Drawing.objects.get_or_create(hash="1" * 64, document=DOCUMENT)
    now = timezone.now()
    run = Run.objects.create(
        blueprint=blueprint,
        drawing=drawing,
        owner=blueprint.owner,
        status=status,
        trigger="manual",
        inputs={"who": "<b>you</b>"},
        error={"code": "node_failed", "message": "It broke", "node": "out"}
        if status == "failed"
        else None,
        created=now,
        started=now,
        noted_seq=events,
    )
    facts = [
        Event(seq, now.timestamp(), "step.succeeded", f"out#{seq}", {"outputs": {}, "duration": 1})
        for seq in range(1, events + 1)
    ]
    if facts:
        JournalChunk.objects.create(
            run=run, first_seq=1, last_seq=events, epoch=1, events=encode_events(facts)
        )
    return run


def text(answer: Response, status: int = 200) -> str:
    assert answer.status_code == status
    return answer.content.decode()


def test_pages_ask_who_is_not_signed_in_to_sign_in(db: None, client: Client) -> None:
    for path in ("/blueprints/", "/runs/"):
        assert client.get(path).headers["Location"] == f"/sign-in/?next={path}"
    assert client.get("/").headers["Location"] == "/blueprints/"


def test_signing_in_leads_to_where_one_wanted_to_go(user: User, client: Client) -> None:
    wrong = client.post("/sign-in/", {"username": "ada", "password": "no"})
    assert "do not go together" in text(wrong)
    right = {"username": "ada", "password": "analytical-engine-1", "next": "/runs/"}
    assert client.post("/sign-in/", right).headers["Location"] == "/runs/"
    away = Client().post("/sign-in/", {**right, "next": "https://elsewhere.example/"})
    assert away.headers["Location"] == "/blueprints/"
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"


def test_the_list_shows_own_blueprints_and_their_last_run(user: User, browser: Client) -> None:
    assert "Draw your first blueprint" in text(browser.get("/blueprints/"))
    mine = draw(user)
    run_of(mine, "failed")
    draw(User.objects.create_user("eve"), "Of Eve")
    page = text(browser.get("/blueprints/"))
    assert "Greeting" in page
    assert "Says hello" in page
    assert "pill-failed" in page
    assert "Of Eve" not in page
    assert "Greeting" in text(browser.get("/blueprints/?search=GREET"))
    assert "No blueprint is named like" in text(browser.get("/blueprints/?search=zzz"))


def test_a_long_list_comes_in_pages(user: User, browser: Client) -> None:
    for number in range(30):
        draw(user, f"Number {number:02}")
    first, second = (text(browser.get(f"/blueprints/?page={page}")) for page in (1, 2))
    assert (first.count('class="name"'), second.count('class="name"')) == (25, 5)
    assert text(browser.get("/blueprints/?page=nonsense")).count('class="name"') == 25


def test_a_list_of_very_many_is_counted_no_further_than_needed(
    user: User, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_lists, "MOST_COUNTED", 60)
    monkeypatch.setattr(long_lists, "MOST_KEYS", 10)
    drawn = draw(user)
    for _ in range(121):
        run_of(drawn, "succeeded")
    eve = User.objects.create_user("eve")
    share_with(drawn, "eve", Right.VIEW)
    reader = Client()
    reader.force_login(eve)
    for who in (browser, reader):
        told = [text(who.get(f"/runs/?page={page}")) for page in (1, 2, 3)]
        assert "1–50 of more than 60" in told[0]
        assert "51–60 of more than 60" in told[1]
        # Beyond what is counted the list goes on from its last run, however far that is.
        assert told[2].count("51–60 of more than 60") == 1
        assert "51–60 of more than 60" in text(who.get(f"/runs/?page={10**7}"))
        seen: dict[str, None] = {}
        address = "/runs/?status=succeeded&page=1"
        for _ in range(10):
            page = text(who.get(address))
            assert "status=succeeded" in address
            seen |= dict.fromkeys(re.findall(r'class="name" href="/runs/([^/"]+)/"', page))
            further = re.search(r'rel="next" href="([^"]+)"', page)
            if further is None:
                break
            address = "/runs/" + html.unescape(further[1])
        assert "Older →" not in page
        assert "← Newest" in text(who.get(address.partition("&page=")[0]))
        assert list(seen) == [str(it) for it in Run.objects.values_list("pk", flat=True)]
        assert "No such runs" in text(who.get("/runs/?until=1999-01-01"))
        assert "1–50 of more than 60" in text(who.get("/runs/?until=yesterday"))
        for nonsense in ("0", "-1", "x", "9" * 40):
            assert "1–50 of more than 60" in text(who.get(f"/runs/?page={nonsense}"))


def test_new_makes_a_blueprint_and_opens_it(browser: Client) -> None:
    answer = browser.post("/blueprints/new/")
    made = Blueprint.objects.get()
    assert answer.headers["Location"] == f"/blueprints/{made.pk}/"
    assert browser.get("/blueprints/new/").status_code == 405


def test_a_file_is_imported_or_refused_with_the_reason(browser: Client) -> None:
    good = SimpleUploadedFile("a.yaml", b"format: conductor/1\nname: From a file\nnodes: {}\n")
    answer = browser.post("/blueprints/import/", {"file": good})
    made = Blueprint.objects.get()
    assert (made.name, answer.headers["Location"]) == ("From a file", f"/blueprints/{made.pk}/")
    for content in (b"\xff\xfe\x00", b"nodes: [", b"- a list", b'{"format": "conductor/9"}'):
        bad = SimpleUploadedFile("bad.yaml", content)
        page = text(browser.post("/blueprints/import/", {"file": bad}, follow=True))
        assert "bad.yaml: " in page
    page = text(browser.post("/blueprints/import/", follow=True))
    assert "Choose a blueprint file first" in page
    assert Blueprint.objects.count() == 1


def test_an_openapi_file_becomes_a_blueprint_for_each_operation(browser: Client) -> None:
    shop = b"openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\npaths:\n  /orders:\n    post: %s\n"
    good = SimpleUploadedFile("shop.yaml", shop % b"{summary: Make}\n    get: {summary: Read}")
    page = text(browser.post("/blueprints/import/", {"file": good}, follow=True))
    assert "2 blueprints were made" in page
    assert {it.name for it in Blueprint.objects.all()} == {"Make", "Read"}
    one = SimpleUploadedFile("one.yaml", shop % b"{summary: Alone}")
    answer = browser.post("/blueprints/import/", {"file": one})
    alone = Blueprint.objects.get(name="Alone")
    assert answer.headers["Location"] == f"/blueprints/{alone.pk}/"
    bad = SimpleUploadedFile("bad.yaml", b"openapi: 2.0\npaths: {}\n")
    page = text(browser.post("/blueprints/import/", {"file": bad}, follow=True))
    assert "bad.yaml: " in page
    assert Blueprint.objects.count() == 3


def test_an_exported_picture_is_imported_like_any_file(browser: Client) -> None:
    inside = "{&quot;name&quot;: &quot;From a picture&quot;}"
    picture = f'<svg><metadata id="conductor-blueprint">{inside}</metadata></svg>'
    good = SimpleUploadedFile("a.svg", picture.encode())
    browser.post("/blueprints/import/", {"file": good})
    assert Blueprint.objects.get().name == "From a picture"
    bad = SimpleUploadedFile("bad.svg", b"<svg></svg>")
    page = text(browser.post("/blueprints/import/", {"file": bad}, follow=True))
    assert "bad.svg: This SVG picture holds no blueprint" in page


def test_every_example_opens_as_a_fresh_copy(user: User, browser: Client) -> None:
    assert len(examples()) == 7
    page = text(browser.get("/blueprints/"))
    assert '<details class="gallery" open>' in page
    for key, example in examples().items():
        assert example.document.name in page
        answer = browser.post(f"/blueprints/examples/{key}/")
        made = Blueprint.objects.get(name=example.document.name)
        assert (made.owner, answer.headers["Location"]) == (user, f"/blueprints/{made.pk}/")
        assert load(made.draft) == example.document
    browser.post("/blueprints/examples/fan-out/")
    browser.post("/blueprints/examples/fan-out/")
    names = Blueprint.objects.filter(name__startswith="Fan-out").values_list("name", flat=True)
    assert sorted(names) == ["Fan-out", "Fan-out 2", "Fan-out 3"]
    # Where there are blueprints already, the examples step back.
    assert '<details class="gallery">' in text(browser.get("/blueprints/"))
    assert browser.post("/blueprints/examples/none/").status_code == 404
    assert browser.get("/blueprints/examples/fan-out/").status_code == 405


def test_the_editor_gets_all_that_its_first_picture_needs(user: User, browser: Client) -> None:
    blueprint = draw(user, "</script><script>alert(1)</script>")
    page = text(browser.get(f"/blueprints/{blueprint.pk}/"))
    assert '<div id="editor"></div>' in page
    assert "<script>alert(1)" not in page
    found = re.search(r'<script id="bootstrap" type="application/json">(.*?)</script>', page)
    assert found
    bootstrap = json.loads(found[1])
    api = browser.get(f"/api/blueprints/{blueprint.pk}/").json()
    document = api.pop("document")
    assert bootstrap["blueprint"] == api
    shared = SharedDraft.of([b64decode(bootstrap["draft"]["state"])])
    assert to_json(load(shared.read())) == document
    assert bootstrap["draft"]["sequence"] == 1
    assert bootstrap["node_types"] == browser.get("/api/node-types/").json()
    assert "trigger.manual" in {spec["kind"] for spec in bootstrap["node_types"]}
    assert bootstrap["user"] == {"name": "ada", "staff": False}
    assert bootstrap["urls"]["socket"] == "/ws/"
    assert 'src="/static/editor/editor.js"' in page
    # The site's design tokens are the canvas' too, and must be there before its own styles.
    assert page.index("/static/site/tokens.css") < page.index("/static/editor/editor.css")


def test_others_pages_are_not_found(user: User, browser: Client) -> None:
    theirs = draw(User.objects.create_user("eve"))
    run = run_of(theirs, "running")
    for path in (f"/blueprints/{theirs.pk}/", f"/runs/{run.pk}/"):
        assert "There is nothing here" in text(browser.get(path), 404)
    assert browser.post(f"/runs/{run.pk}/cancel/").status_code == 404


def test_runs_are_listed_and_filtered(user: User, browser: Client) -> None:
    one, two = draw(user, "One"), draw(user, "Two")
    run_of(one, "failed")
    run_of(two)
    assert text(browser.get("/runs/")).count('class="name"') == 2
    failed = text(browser.get("/runs/?status=failed"))
    assert failed.count('class="name"') == 1
    assert "It broke" in failed
    assert text(browser.get(f"/runs/?blueprint={two.pk}")).count('class="name"') == 1
    assert "No such runs" in text(browser.get("/runs/?status=queued"))
    assert text(browser.get("/runs/?status=x&blueprint=y")).count('class="name"') == 2


def test_the_list_of_runs_says_what_each_waits_for(
    user: User, browser: Client, django_assert_max_num_queries: Any
) -> None:
    blueprint, now = draw(user), timezone.now()
    wake = datetime(2031, 5, 6, 7, 8, tzinfo=UTC)

    def waiting(kinds: str = "", title: str = "Refund?", wake_at: datetime | None = None) -> Run:
        run = run_of(blueprint, "waiting")
        Run.objects.filter(pk=run.pk).update(wake_at=wake_at)
        for step, kind in enumerate(kinds.split()):
            offer = {"title": title} if kind == "approval" else {}
            fields = {"step": f"s{step}", "kind": kind, "offer": offer, "created": now}
            Wait.objects.create(pk=uuid4(), run=run, **fields)
        return run

    waiting(wake_at=wake)
    waiting("call", wake_at=wake)
    over = waiting("approval", "Over and done")
    Wait.objects.filter(run=over).update(closed=now)
    waiting("approval approval call")
    child = run_of(draw(user, "Charging"), "running")
    Run.objects.filter(pk=child.pk).update(parent=waiting(), parent_step="call")
    long = "<i>" + "x" * 190
    waiting("approval", long)
    for _ in range(10):
        waiting("approval")
    with django_assert_max_num_queries(9):
        page = text(browser.get("/runs/"))
    instant = "2031-05-06T07:08:00Z"
    shown = f'<time datetime="{instant}" title="{instant}" data-local="seconds">'
    shown += "6 May 2031, 07:08:00</time><"
    assert f">Waits until {shown}" in page
    assert f">Waits for a call at its address, at most until {shown}" in page
    assert ">Waits for 2 approvals and a call at its address<" in page
    assert ">Waits for a run of Charging<" in page
    assert page.count(">Waits for an approval: “Refund?”<") == 10
    assert "Over and done" not in page
    # A long title stands whole on the page of approvals.
    assert f"Waits for an approval: “&lt;i&gt;{'x' * 76}…”<" in page


def test_a_run_shows_its_values_steps_and_events(user: User, browser: Client) -> None:
    run = run_of(draw(user), "failed", events=250)
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "It broke" in page
    assert "&lt;b&gt;you&lt;/b&gt;" in page
    assert page.count('<strong class="step">The greeting</strong>') == 250
    assert f'href="/blueprints/{run.blueprint_id}/?run={run.pk}"' in page
    assert "Cancel the run" not in page
    assert page.count("<code>step.succeeded</code>") == 100
    last = text(browser.get(f"/runs/{run.pk}/?after=200"))
    assert last.count("<code>step.succeeded</code>") == 50
    assert text(browser.get(f"/runs/{run.pk}/?after=x")).count("<code>step.succeeded</code>") == 100


def test_a_run_offers_the_others_of_its_blueprint_to_compare_with(
    user: User, browser: Client
) -> None:
    blueprint, another = draw(user), draw(user)
    run, repeated, latest = (run_of(blueprint) for _ in range(3))
    assert 'name="with"' not in text(browser.get(f"/runs/{run_of(another).pk}/"))
    run.rerun_of = repeated
    run.save()
    page = text(browser.get(f"/runs/{run.pk}/"))
    offered = re.findall(r'<option value="([^"]+)">([^<]+)<', page)
    assert [pk for pk, _ in offered] == [str(repeated.pk), str(latest.pk)]
    assert offered[0][1].endswith("repeated by this one")


def test_a_queued_run_is_cancelled_from_its_page(user: User, browser: Client) -> None:
    run = run_of(draw(user), "queued")
    Run.objects.filter(pk=run.pk).update(held=True)
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "Cancel the run" in page
    assert "It waits for other runs of its blueprint to end" in page
    assert "It waits for other runs of its blueprint to end" in text(browser.get("/runs/"))
    page = text(browser.post(f"/runs/{run.pk}/cancel/", follow=True))
    run.refresh_from_db()
    assert run.status == RunStatus.CANCELLED
    assert "pill-cancelled" in page


def test_steps_are_read_from_events_also_where_a_step_begins_with_its_end() -> None:
    def event(kind: str, step: str, **data: Any) -> dict[str, Any]:
        return {"seq": 1, "time": 5.0, "type": kind, "step": step, "data": data}

    rows = steps_of(
        [
            event("step.succeeded", "start", duration=0.1, started=4.0),
            event("step.started", "out", attempt=1),
            event("step.retrying", "out", attempt=1, error={"message": "again"}),
            event("step.started", "out", attempt=2),
            event("step.failed", "out", error={"message": "no"}, duration=2.0),
            event("step.skipped", "gone#2", reason="not reached"),
            event("step.cancelled", "late", reason="the run ended"),
            event("step.waiting", "box/wait[3]"),
        ],
        DOCUMENT,
    )
    assert [(row.path, row.node, row.status) for row in rows] == [
        ("start", "start", "succeeded"),
        ("out", "out", "failed"),
        ("gone#2", "gone", "skipped"),
        ("late", "late", "cancelled"),
        ("box/wait[3]", "wait", "waiting"),
    ]
    assert rows[0].started is not None
    assert (rows[0].started.timestamp(), rows[0].seconds) == (4.0, 0.1)
    assert (rows[1].attempts, rows[1].note, rows[1].title) == (2, "no", "The greeting")
    # What never began has had no attempt, and no moment at which it did.
    assert [row.attempts for row in rows] == [1, 2, None, None, 1]
    assert [row.started is None for row in rows] == [False, False, True, True, False]


def test_a_cancelled_run_is_shown_as_no_error(user: User, browser: Client) -> None:
    run = run_of(draw(user), "cancelled")
    run.error = {"code": "cancelled", "message": "cancelled by ada"}
    run.save()
    page = text(browser.get(f"/runs/{run.pk}/"))
    assert "<h2>It was cancelled</h2>" in page
    assert "<p>Cancelled by ada</p>" in page
    assert "notice-error" not in page
    listed = text(browser.get("/runs/"))
    assert "cancelled by ada" in listed
    assert "under-error" not in listed


def test_messages_show_code_as_code(user: User, browser: Client) -> None:
    run = run_of(draw(user), "failed")
    run.error = {"code": "bad", "message": "No `<b>` in `input` at 2031-05-06T07:08:00Z"}
    run.unhandled = "It is `gone`."
    run.save()
    for path in (f"/runs/{run.pk}/", "/runs/"):
        page = text(browser.get(path))
        assert "No <code>&lt;b&gt;</code> in <code>input</code> at <time " in page
    assert "It is <code>gone</code>." in text(browser.get(f"/runs/{run.pk}/"))


def test_errors_have_the_same_look(db: None, browser: Client) -> None:
    assert "There is nothing here" in text(browser.get("/nothing/"), 404)
    strict = Client(enforce_csrf_checks=True)
    assert "This form was too old" in text(strict.post("/sign-in/", {}), 403)


def test_pages_need_no_inline_script(user: User, browser: Client) -> None:
    run = run_of(draw(user), "running", events=3)
    for path in ("/blueprints/", "/runs/", f"/runs/{run.pk}/", "/sign-in/"):
        answer = browser.get(path, follow=True)
        assert "script-src 'self' 'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        page = text(answer)
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"\son\w+=", page) == []
