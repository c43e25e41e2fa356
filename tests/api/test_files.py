"""The files that blueprints may read and write: listed, added, and nothing outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Caller


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.CONDUCTOR_FILES = tmp_path / "files"
    return tmp_path / "files"


def names(call: Caller, path: str = "") -> list[str]:
    status, listed, _ = call("GET", f"files/?path={path}")
    assert status == 200, listed
    return [entry["path"] + ("/" if entry["folder"] else "") for entry in listed["entries"]]


def test_a_file_is_added_and_listed_as_nodes_know_it(call: Caller, folder: Path) -> None:
    assert names(call) == []
    status, kept, _ = call("POST", "files/?path=in/orders.csv", b"a,b\n1,2\n")
    assert (status, kept) == (201, {"path": "in/orders.csv", "bytes": 8})
    assert (folder / "in/orders.csv").read_bytes() == b"a,b\n1,2\n"
    (folder / "b.txt").write_text("b")
    (folder / "A.txt").write_text("a")
    assert names(call) == ["in/", "A.txt", "b.txt"]
    assert names(call, "in") == ["in/orders.csv"]


def test_a_file_is_replaced_only_where_that_is_asked_for(call: Caller, folder: Path) -> None:
    call("POST", "files/?path=a.txt", b"old")
    status, problem, _ = call("POST", "files/?path=a.txt", b"new")
    assert (status, problem["code"]) == (409, "file_exists")
    assert (folder / "a.txt").read_bytes() == b"old"
    assert call("POST", "files/?path=a.txt&replace=true", b"new")[0] == 201
    assert (folder / "a.txt").read_bytes() == b"new"


@pytest.mark.parametrize(
    "path",
    ["../secret.key", "/etc/passwd", "a/../../x", "out/x", "%00", ".hidden", "in/.writing-x"],
)
def test_nothing_outside_of_the_folder_is_read_or_written(
    path: str, call: Caller, folder: Path
) -> None:
    folder.mkdir()
    (folder / "in").mkdir()
    (folder.parent / "elsewhere").mkdir()
    (folder.parent / "elsewhere/x").write_text("x")
    (folder / "out").symlink_to(folder.parent / "elsewhere")
    (folder / ".hidden").write_text("h")
    assert names(call) == ["in/"]
    before = sorted(folder.parent.rglob("*"))
    status: Any = call("POST", f"files/?path={path}&replace=true", b"x")[0]
    assert status in (400, 422), status
    assert call("GET", f"files/?path={path}")[0] in (400, 404, 422)
    assert sorted(folder.parent.rglob("*")) == before
    assert (folder.parent / "elsewhere/x").read_text() == "x"


def test_what_is_too_large_or_a_folder_is_refused(call: Caller, folder: Path) -> None:
    assert call("POST", "files/?path=large.bin", b"x" * (8 * 1024 * 1024 + 1))[0] == 413
    call("POST", "files/?path=in/a.txt", b"a")
    assert call("POST", "files/?path=in&replace=true", b"a")[1]["code"] == "is_folder"
    assert call("POST", "files/?path=in/a.txt/b.txt", b"a")[1]["code"] == "not_written"
    assert call("GET", "files/?path=nowhere")[1]["code"] == "no_such_folder"
