"""The pages that people read, as the browser gets them."""

from __future__ import annotations

import html
import json
import re
from base64 import b64decode

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from editor.actions.sharing import share_with
from editor.gallery import examples
from editor.models import Blueprint, Right
from editor.together.shared import SharedDraft
from runner import long_lists
from runner.graph import load, to_json
from runner.models import Run
from tests.pages.showing import draw, run_of, text


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
