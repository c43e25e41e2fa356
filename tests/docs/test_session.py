"""The tests of the pages can fail: what a page says wrongly is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, Block, blocks_of
from tests.docs.session import Session

PAGE = ROOT / "docs" / "page.md"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    session = Session(tmp_path)
    yield session
    session.close()


def block(language: str, text: str, **asked: str) -> Block:
    return Block(PAGE, 7, language, text, tuple(asked.items()))


def test_a_command_that_fails_is_found_with_its_place(session: Session) -> None:
    with pytest.raises(AssertionError, match=r"docs/page.md:7: ended with 3\nbroken"):
        session.do(block("sh", "echo broken\nsh -c 'exit 3'\n"))
    session.do(block("sh", "sh -c 'exit 3'\n", fails="3"))


def test_another_output_is_found_and_an_ellipsis_is_anything(session: Session) -> None:
    session.do(block("sh", "NAME=Ada\necho one\n"))
    session.do(block("sh", 'echo "$NAME" two three\n'))
    session.do(block("text", "Ada … three\n"))
    with pytest.raises(AssertionError, match="but this was printed:\nAda two three"):
        session.do(block("text", "Ada … four\n"))


@pytest.mark.parametrize("language", ["", "nginx", "javascript"])
def test_a_block_that_nothing_runs_must_say_why(session: Session, language: str) -> None:
    with pytest.raises(AssertionError, match="mark it with"):
        session.do(block(language, "x\n"))


def test_an_unsound_document_is_found(session: Session) -> None:
    with pytest.raises(AssertionError, match="unknown_kind"):
        session.do(block("yaml", "format: conductor/1\nnodes: {a: {kind: no.such}}\n"))


@pytest.mark.server
def test_another_answer_is_found(session: Session) -> None:
    session.do(block("http", "GET /healthz\n"))
    session.do(block("http", 'HTTP/1.1 200 OK\n\n{"status": "$WORD"}\n'))
    assert session.environment["WORD"] == "ok"
    for wrong in ("HTTP/1.1 201 Created", 'HTTP/1.1 200 OK\n\n{"status": "bad"}'):
        with pytest.raises(AssertionError, match=r"docs/page.md:7"):
            session.do(block("http", f"{wrong}\n"))


@pytest.mark.parametrize(
    "text", ["<!-- test: skip -->\n```sh\n```\n", "<!-- test: stop -->\nText\n"]
)
def test_a_comment_that_means_nothing_is_found(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=r"page.md:"):
        list(blocks_of(page))
