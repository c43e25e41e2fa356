"""Finds the fenced blocks of all pages, and what a comment before one says about its test.

A comment `<!-- test: … -->` right before a block is for the tests alone:

    not run: REASON          nothing runs it; the reason is for whoever reads the source
    file NAME                that file in the working folder holds it, from the page's beginning
    fails STATUS             the command ends with this exit status
    stop                     what was started before is stopped first
    afresh                   that, and the environment is as at the beginning of the page
    postgresql NAME          a PostgreSQL server is needed; the database gets a name of its own
    webhook FILE AUTH        the blueprint in FILE is published with a webhook for its trigger;
                             $ADDRESS and $SECRET are its address and secret
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"<!-- test: (.+?) -->")
WORDS = ("not run", "file", "fails", "stop", "afresh", "postgresql", "webhook")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language, its text, and what its comments ask for."""

    page: Path
    line: int
    language: str
    text: str
    asked: tuple[tuple[str, str], ...] = ()

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def asks(self, word: str) -> str | None:
        """Return what a comment says after this word, None where none has it."""
        return dict(self.asked).get(word)


def pages() -> list[Path]:
    """Return every page for people."""
    found = [*ROOT.glob("*.md"), ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md")]
    return sorted(found)


def blocks_of(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page in order. Raises ValueError for a comment not known."""
    asked: list[tuple[str, str]] = []
    lines = enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
    for number, line in lines:
        if found := COMMENT.fullmatch(line.strip()):
            asked.append(_request(found[1], f"{page}:{number}"))
        elif line.startswith("```"):
            inside = []
            for _, content in lines:
                if content == "```":
                    break
                inside.append(content)
            text = "".join(f"{content}\n" for content in inside)
            yield Block(page, number, line[3:].strip(), text, tuple(asked))
            asked = []
        elif line.strip() and asked:
            raise ValueError(f"{page}:{number}: a comment for the tests has no block after it")


def _request(text: str, place: str) -> tuple[str, str]:
    for word in WORDS:
        if text == word or text.startswith((f"{word} ", f"{word}: ")):
            return word, text.removeprefix(word).removeprefix(":").strip()
    raise ValueError(f"{place}: {text!r} is none of {', '.join(WORDS)}")
