"""What others than the owner are not shown, piece by piece."""

from __future__ import annotations

from editor.veil import HIDDEN, veiled, veiled_document


def test_addresses_that_start_and_resume_runs_lose_their_ends_wherever_they_stand() -> None:
    told = {
        "mail": "Open https://site/hooks/resume/abc:1-d_e?x=1 or <https://site/hooks/tok>.",
        "list": [{"at": "/hooks/tok/more"}],
        "number": 1,
    }
    assert veiled(told) == {
        "mail": f"Open https://site/hooks/resume/{HIDDEN}?x=1 or <https://site/hooks/{HIDDEN}>.",
        "list": [{"at": f"/hooks/{HIDDEN}/more"}],
        "number": 1,
    }


def test_a_document_loses_its_secrets_and_of_kinds_that_nobody_knows_all_parameters() -> None:
    authentication = {"type": "bearer", "username": "ada", "password": "x1"}
    document = {
        "name": "D",
        "nodes": {
            "ask": {
                "kind": "http.request",
                "parameters": {"url": "https://a/hooks/x1", "authentication": authentication},
            },
            "open": {"kind": "http.request", "parameters": {"authentication": "{{ input }}"}},
            "gone": {"kind": "plugin.gone", "title": "T", "parameters": {"key": "x1", "n": {}}},
        },
    }
    shown = veiled_document(document)
    assert "x1" not in str(shown)
    assert shown["nodes"]["ask"]["parameters"] == {
        "url": f"https://a/hooks/{HIDDEN}",
        "authentication": {"type": "bearer", "username": "ada", "password": HIDDEN},
    }
    assert shown["nodes"]["open"] == document["nodes"]["open"]  # type: ignore[index]
    assert shown["nodes"]["gone"]["parameters"] == {"key": HIDDEN, "n": HIDDEN}
    assert authentication["password"] == "x1", "the document itself stays"
