"""The reference of the document says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from runner.engine.expressions import check
from runner.graph import Document, dump, load, validate
from runner.graph.document import BlueprintSettings, Node, NodeSettings, Note, Retry
from runner.nodes import node_types

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "document.md").read_text()
EXAMPLE = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)[0]
CODE = re.compile(
    r"(?:Problem\(|code[^=\n]*= \(?|code, sentence = )\s*\"([a-z_]+)\"|return \(\s*\"([a-z_]+)\""
)


def test_the_example_is_sound_and_survives_being_written() -> None:
    document = load(EXAMPLE)
    assert validate(document, node_types(), check) == []
    assert load(dump(document)) == document


def test_every_key_of_a_document_is_told() -> None:
    parts = (Document, Node, NodeSettings, BlueprintSettings, Retry, Note)
    keys = {key for part in parts for key in part.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", REFERENCE)} == set()


def test_every_code_of_a_problem_is_told_and_no_other() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "runner" / "graph").rglob("*.py"))
    given = {one or other for one, other in CODE.findall(sources)}
    given |= {"bad_document"}
    told = set(
        re.findall(
            r"`([a-z_]+)`",
            " ".join(re.findall(r"^\| (`.*?) \|", REFERENCE.split("## Problems")[1], re.MULTILINE)),
        )
    )
    assert told == given
