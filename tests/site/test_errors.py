"""What is answered to a request that Django itself refuses."""

from __future__ import annotations

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
