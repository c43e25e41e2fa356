"""Large values of a run: cut in events and lists, and read page by page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from tests.api.conftest import Caller

Check = Callable[..., dict[str, Any]]
ROWS = [{"n": n, "name": f"row {n}", "a/b": {"~": n}} for n in range(12_000)]
TEXT = "äöü€" * 100_000
INPUTS = {"rows": ROWS, "text": TEXT, "small": [1, 2, 3], "one": {"key": "v" * 5_000}}


def size_of(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":")))


@pytest.fixture(autouse=True)
def values(settings: Settings, tmp_path: Path) -> Path:
    settings.CONDUCTOR_VALUES = tmp_path / "values"
    return tmp_path / "values"


@pytest.fixture
def run(call: Caller) -> str:
    made = call.make()
    body = {"draft": True, "inputs": INPUTS}
    status, run, _ = call("POST", f"blueprints/{made['id']}/runs/", body)
    assert status == 201
    return str(run["id"])


def test_runs_events_and_lists_carry_no_large_values(call: Caller, run: str) -> None:
    status, shown, answer = call("GET", f"runs/{run}/")
    assert status == 200
    assert len(answer.content) < 20_000
    cut = shown["inputs"]["rows"]["$cut"]
    assert (cut["seq"], cut["path"]) == (1, ["inputs", "rows"])
    assert (cut["kind"], cut["length"], cut["size"]) == ("list", 12_000, size_of(ROWS))
    assert cut["start"].startswith('[{"n":0,"name":"row 0"')
    assert shown["inputs"]["text"]["$cut"]["length"] == len(TEXT)
    assert shown["inputs"]["small"] == [1, 2, 3]
    assert shown["inputs"]["one"] == INPUTS["one"]

    (event,) = call("GET", f"runs/{run}/events/")[1]["events"]
    assert event["data"]["inputs"] == shown["inputs"]
    assert [it["at"] for it in event["spilled"]] == [["inputs", "rows"], ["inputs", "text"]]

    listed = call("GET", "runs/")[1]["results"][0]
    assert listed["inputs"]["rows"] == shown["inputs"]["rows"]
    assert listed["inputs"]["one"]["$cut"]["path"] == ["inputs", "one"]
    last = call("GET", "blueprints/")[1]["results"][0]["last_run"]
    assert last["inputs"] == listed["inputs"]


def page(call: Caller, run: str, at: str, **more: Any) -> dict[str, Any]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    status, found, _ = call("GET", f"runs/{run}/values/?seq=1&at={at}{query}")
    assert status == 200, found
    return dict(found)


def test_a_list_an_object_and_a_text_are_read_page_by_page(call: Caller, run: str) -> None:
    found = page(call, run, "/inputs/rows", offset=11_998)
    assert found == {"kind": "list", "offset": 11_998, "length": 12_000, "items": ROWS[-2:]}
    assert page(call, run, "/inputs/rows", offset=12_000)["items"] == []
    found = page(call, run, "/inputs", limit=2)
    assert found["length"] == 4
    assert list(found["entries"]) == ["rows", "text"]
    assert found["entries"]["rows"]["$cut"]["path"] == ["inputs", "rows"]
    found = page(call, run, "/inputs/text", offset=4, limit=6)
    assert found == {"kind": "text", "offset": 4, "length": len(TEXT), "text": "äöü€äö"}
    assert page(call, run, "/inputs/rows/7/a~1b/~0") == {
        "kind": "other", "offset": 0, "length": 1, "value": 7,
    }  # fmt: skip
    # Also what is not large, and the event's data as a whole.
    assert page(call, run, "/inputs/one/key")["length"] == 5_000
    assert set(page(call, run, "")["entries"]) == {"inputs", "trigger", "by"}


@pytest.mark.parametrize(("at", "value"), [("/inputs/rows", ROWS), ("/inputs", INPUTS)])
def test_all_of_a_value_is_downloaded_as_a_file(
    call: Caller, run: str, at: str, value: Any
) -> None:
    status, found, answer = call("GET", f"runs/{run}/values/?seq=1&at={at}&whole=true")
    assert (status, found) == (200, value)
    assert answer.headers["Content-Type"] == "application/json"
    name = at.rpartition("/")[2]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{run}-1-{name}.json"'


@pytest.mark.parametrize(
    ("query", "status", "code", "said"),
    [
        ("seq=2", 404, "no_such_value", "no event 2"),
        ("seq=1&at=/inputs/rows/12000", 404, "no_such_value", "inputs/rows/12000"),
        ("seq=1&at=/inputs/rows/-1", 404, "no_such_value", "inputs/rows/-1"),
        ("seq=1&at=/inputs/nothing/x", 404, "no_such_value", "inputs/nothing"),
        ("seq=1&at=inputs", 422, "not_a_pointer", "begins with '/'"),
        ("seq=0", 400, "invalid", "seq"),
        ("seq=1&limit=0", 400, "invalid", "limit"),
        ("seq=1&offset=-1", 400, "invalid", "offset"),
        ("seq=x", 400, "invalid", "seq"),
    ],
)
def test_what_is_asked_wrongly_is_said(
    call: Caller, run: str, problem: Check, query: str, status: int, code: str, said: str
) -> None:
    found = problem(call("GET", f"runs/{run}/values/?{query}"), status, code)
    assert said in str(found)


def test_a_lost_value_is_named_and_the_rest_is_there(
    call: Caller, run: str, problem: Check, values: Path
) -> None:
    for file in values.rglob("*"):
        if file.is_file() and file.read_bytes().startswith(b"["):
            file.unlink()
    found = problem(call("GET", f"runs/{run}/values/?seq=1&at=/inputs/rows"), 409, "value_lost")
    assert "missing" in found["detail"]
    assert page(call, run, "/inputs/text", limit=4)["text"] == "äöü€"
    assert call("GET", f"runs/{run}/")[0] == 200


def test_values_of_others_are_not_there(other: Caller, run: str, problem: Check) -> None:
    problem(other("GET", f"runs/{run}/values/?seq=1"), 404, "not_found")
