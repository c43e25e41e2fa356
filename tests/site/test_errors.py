"""What is answered to a request that Django itself refuses."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.test import Client


def test_a_request_for_another_host_gets_the_site_s_own_page(db: None) -> None:
    answer = Client(headers={"Host": "elsewhere.example"}).get("/blueprints/")
    assert answer.status_code == 400
    assert "This request cannot be read" in answer.content.decode()


def test_below_api_it_gets_a_problem_in_json(db: None) -> None:
    answer = Client(headers={"Host": "elsewhere.example"}).get("/api/blueprints/")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_request"


def test_a_refused_request_writes_no_line_where_a_healthy_site_is_silent(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(enforce_csrf_checks=True)
    answers = [
        client.get("/api/nope/"),
        client.get("/api/runs/"),
        client.get("/nowhere/"),
        client.post("/sign-in/"),
        client.put("/health/ready"),
        client.get("/blueprints/", headers={"Host": "elsewhere.example"}),
        client.get("/api/runs/", headers={"Host": "elsewhere.example"}),
        client.post("/sign-in/", {str(number): "" for number in range(2000)}),
    ]
    assert all(400 <= answer.status_code < 500 for answer in answers), answers
    assert [it.getMessage() for it in caplog.records if it.levelno >= logging.WARNING] == []


def test_a_fault_of_the_site_writes_its_line(
    db: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("editor.pages.runs.newest_runs_of", broken)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("ada"))
    assert client.get("/runs/").status_code == 500
    assert [(it.name, it.levelname) for it in caplog.records] == [("django.request", "ERROR")]
