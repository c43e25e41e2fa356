"""The reference of the document says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from runner.graph import Document
from runner.graph.document import BlueprintSettings, Node, NodeSettings, Note, Rate, Retry, Route
from runner.graph.queueing import Batch, Debounce, QueueSettings, RunRetry

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "document.md").read_text()
CODE = re.compile(
    r"(?:Problem\(|code[^=\n]*= \(?|code, sentence = )\s*\"([a-z_]+)\"|return \(\s*\"([a-z_]+)\""
)


def test_every_key_of_a_document_is_told() -> None:
    parts = (Document, Node, NodeSettings, BlueprintSettings, Retry, Note, Route, Rate)
    queueing = (QueueSettings, Debounce, Batch, RunRetry)
    keys = {key for part in (*parts, *queueing) for key in part.model_fields}
    assert {key for key in keys if not re.search(rf"\b{key}\b", REFERENCE)} == set()


def test_every_code_of_a_problem_is_told_and_no_other() -> None:
    places = [ROOT / "runner" / "graph", ROOT / "runner" / "engine" / "debug"]
    sources = "".join(path.read_text() for place in places for path in place.rglob("*.py"))
    for path in (
        "engine/fields.py",
        "actions/timetables.py",
        "actions/listened.py",
        "credentials/problems.py",
    ):
        sources += (ROOT / "runner" / path).read_text()
    given = {one or other for one, other in CODE.findall(sources)}
    given |= {"bad_document"}
    told = set(
        re.findall(
            r"`([a-z_]+)`",
            " ".join(re.findall(r"^\| (`.*?) \|", REFERENCE.split("## Problems")[1], re.MULTILINE)),
        )
    )
    assert told == given
