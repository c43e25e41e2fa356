"""The files that blueprints may read and write, as people choose from them and add to them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from runner.engine.errors import NodeError
from runner.engine.replacing import replace_file
from runner.nodes.files import place_below

MOST = 1000
LONGEST = 1000


class FileRefused(Exception):
    """The file cannot be had or kept."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or a folder; its path is the one that nodes know it by."""

    name: str
    path: str
    folder: bool
    size: int
    modified: datetime


def list_files(path: str) -> tuple[list[Entry], bool]:
    """Return what is in a folder, folders first, and whether there is more than is told.

    Hidden files and what leads out of the folder are left out. Raises FileRefused.
    """
    root = settings.CONDUCTOR_FILES.resolve()
    place = _below(root, path) if path else root
    if not path and not place.exists():
        return [], False  # nothing was ever written
    try:
        inside = sorted(place.iterdir())
    except OSError as error:
        raise FileRefused(404, "no_such_folder", f"There is no folder {path!r}.") from error
    found = [entry for one in inside if (entry := _entry(root, one))]
    found.sort(key=lambda entry: (not entry.folder, entry.name.lower()))
    return found[:MOST], len(found) > MOST


def keep_file(path: str, content: bytes, *, over: bool) -> None:
    """Keep a file, whole or not at all; over one that is there only if that is wanted.

    Raises FileRefused.
    """
    root = settings.CONDUCTOR_FILES.resolve()
    place = _below(root, path)
    if place.name.startswith("."):
        raise FileRefused(422, "bad_path", "The name of a file does not begin with a dot.")
    if place.is_dir():
        raise FileRefused(409, "is_folder", f"{path!r} is a folder.")
    if place.exists() and not over:
        raise FileRefused(409, "file_exists", f"There is a file {path!r} already.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, content)
    except OSError as error:
        detail = f"{path!r} cannot be written: {error.strerror}."
        raise FileRefused(422, "not_written", detail) from error


def _below(root: Path, path: str) -> Path:
    try:
        return place_below(root, path)
    except (NodeError, OSError) as error:
        raise FileRefused(
            422, "bad_path", f"{path!r} leads to nothing below the folder."
        ) from error


def _entry(root: Path, place: Path) -> Entry | None:
    if place.name.startswith("."):
        return None
    with contextlib.suppress(OSError):
        if not place.resolve().is_relative_to(root):
            return None
        about = place.stat()
        folder = place.is_dir()
        if not folder and not place.is_file():
            return None
        return Entry(
            name=place.name,
            path=place.relative_to(root).as_posix(),
            folder=folder,
            size=0 if folder else about.st_size,
            modified=datetime.fromtimestamp(about.st_mtime, UTC),
        )
    return None
