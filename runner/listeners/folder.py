"""Listens to a folder: files that are new or changed, each once, when they are whole.

The folder is looked through again and again, which works on every file system, also where changes
come over a network. What was there at the last look is kept with the runs that came of it.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from runner.engine.errors import NodeError
from runner.listeners.held import Held, ListenFailed
from runner.nodes.files import place_below
from runner.nodes.listening import FileParameters

LOOK = 1.0  # seconds between two looks
SHARE = 20  # looks take at most one part in so many of the time
LONGEST = 60.0  # seconds between two looks, however long one took
MOST_FILES = 10_000  # that match in a folder
MOST_GONE = 2_000  # files that went, of which it is known that they had been there
MOST_AT_ONCE = 100  # runs that are started in one transaction

Marks = dict[str, str]


def listen(held: Held) -> None:
    """Start a run for each file that comes, until stopped. Raises ListenFailed."""
    wanted = FileParameters.model_validate(dict(held.parameters))
    place = _place(wanted.folder, first=not held.cursor)
    restless: dict[str, tuple[str, float]] = {}
    while True:
        began = time.monotonic()
        found = _found(place, wanted)
        # What is waited for the database says nothing of the folder.
        took = time.monotonic() - began
        if not held.cursor:
            held.take([], {"seen": {} if wanted.existing else found, "gone": {}})
        held.well()
        _take(held, wanted, found, restless)
        if not held.pause(min(LONGEST, max(LOOK, SHARE * took))):
            return


def _place(folder: str, *, first: bool) -> Path:
    try:
        place = place_below(settings.CONDUCTOR_FILES, folder)
        if first:
            place.mkdir(parents=True, exist_ok=True)
    except (NodeError, OSError) as error:
        raise ListenFailed(str(error)) from None
    return place


def _take(
    held: Held, wanted: FileParameters, found: Marks, restless: dict[str, tuple[str, float]]
) -> None:
    """Start the runs of what has come to rest since it was last taken."""
    seen: Marks = dict(held.cursor["seen"])
    gone: Marks = dict(held.cursor["gone"])
    for path in [it for it in seen if it not in found]:
        gone[path] = seen.pop(path)
    moment = time.monotonic()
    come: list[tuple[str, str]] = []
    for path, mark in found.items():
        if mark in (seen.get(path), gone.get(path)):
            # A folder that was away for a while has not brought its files anew.
            seen[path] = mark
            gone.pop(path, None)
            restless.pop(path, None)
            continue
        known, since = restless.get(path, ("", moment))
        if known != mark:
            restless[path] = (mark, since := moment)
        if moment - since < wanted.settle:
            continue
        come.append((path, "changed" if path in seen else "new"))
    for path in [it for it in restless if it not in found]:
        del restless[path]
    for first in range(0, len(come), MOST_AT_ONCE):
        messages = []
        for path, event in come[first : first + MOST_AT_ONCE]:
            seen[path] = found[path]
            gone.pop(path, None)
            if event == "new" or wanted.events == "new_and_changed":
                messages.append(_message(path, found[path], event))
        held.take(messages, _cursor(seen, gone))
    if (cursor := _cursor(seen, gone)) != held.cursor:
        held.take([], cursor)


def _cursor(seen: Marks, gone: Marks) -> dict[str, Any]:
    kept = islice(gone.items(), max(0, len(gone) - MOST_GONE), None)
    return {"seen": dict(seen), "gone": dict(kept)}


def _message(path: str, mark: str, event: str) -> Mapping[str, Any]:
    changed, size = mark.split(":")
    moment = datetime.fromtimestamp(int(changed) / 1e9, UTC)
    return {
        "path": path,
        "name": path.rpartition("/")[2],
        "size": int(size),
        "modified": moment.isoformat(timespec="seconds"),
        "event": event,
    }


def _found(place: Path, wanted: FileParameters) -> Marks:
    """Return the files that match, by their paths below the blueprints' folder."""
    root = settings.CONDUCTOR_FILES.resolve()
    try:
        found = dict(islice(_files(place, root, wanted), MOST_FILES + 1))
    except OSError as error:
        told = f"The folder {wanted.folder!r} cannot be read: {error.strerror}."
        raise ListenFailed(told) from None
    if len(found) > MOST_FILES:
        raise ListenFailed(
            f"More than {MOST_FILES:,} files match in the folder {wanted.folder!r}. Move those "
            "away that are done, or narrow the pattern."
        )
    return found


def _files(place: Path, root: Path, wanted: FileParameters) -> Iterator[tuple[str, str]]:
    with os.scandir(place) as entries:
        for entry in entries:
            # Hidden files are what programs write before they rename it.
            if entry.name.startswith("."):
                continue
            try:
                if wanted.recursive and entry.is_dir(follow_symlinks=False):
                    yield from _files(Path(entry.path), root, wanted)
                    continue
                if not fnmatchcase(entry.name, wanted.pattern):
                    continue
                status = entry.stat(follow_symlinks=False)
                path = Path(entry.path).relative_to(root).as_posix()
                path.encode()
            except (FileNotFoundError, UnicodeEncodeError):
                continue
            if stat.S_ISREG(status.st_mode):
                yield path, f"{status.st_mtime_ns}:{status.st_size}"
