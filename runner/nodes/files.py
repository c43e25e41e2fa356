"""Files below the one folder that the operator lends to blueprints."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from runner.engine.errors import NodeError
from runner.engine.node import Step, node
from runner.engine.replacing import replace_file
from runner.graph.literals import is_drawn
from runner.graph.spec import Effect, Runs
from runner.graph.titles import titled
from runner.graph.wording import json_type

LARGEST = 16 * 1024 * 1024
ENCODINGS = titled(("utf-8", "UTF-8"), ("latin-1", "Latin-1"), base64="Base64")
FILE: dict[str, JsonValue] = {"widget": "file"}


def file_error(message: str, *, permanent: bool = True) -> NodeError:
    """Return the error of a file that cannot be read or written."""
    return NodeError(message, kind="file", permanent=permanent)


def place_of(step: Step, path: str) -> Path:
    """Return where a path leads, below the folder that nodes may use.

    Raises NodeError where there is no such folder or the path leads out of it.
    """
    root = step.resources.files
    if root is None:
        raise file_error("No folder is open to blueprints here; the operator sets one.")
    return place_below(root, path)


def place_below(root: Path, path: str) -> Path:
    """Return where a path leads below a folder.

    Raises NodeError where it leads out of it, also through a symbolic link.
    """
    if not path.strip() or "\x00" in path or Path(path).is_absolute():
        raise file_error(f"{path!r} is no path below the blueprints' folder.")
    root = root.resolve()
    found = (root / path).resolve()
    if not found.is_relative_to(root) or found == root:
        raise file_error(f"{path!r} leads out of the blueprints' folder.")
    return found


def read_bytes(step: Step, path: str) -> bytes:
    """Return what is in a file. Raises NodeError where it cannot be read or is too large."""
    place = place_of(step, path)
    try:
        with place.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise file_error(f"{path!r} cannot be read: {error.strerror}.") from None
    if len(raw) > LARGEST:
        raise file_error(f"{path!r} is larger than {LARGEST:,} bytes.")
    return raw


class FileParameters(BaseModel):
    """Which file."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        title="Path",
        description="Below the blueprints' folder.",
        max_length=1000,
        json_schema_extra=FILE,
    )

    @field_validator("path")
    @classmethod
    def _is_below_the_folder(cls, path: str, info: ValidationInfo) -> str:
        if is_drawn(info):
            try:
                place_below(Path("/blueprints"), path)
            except NodeError as error:
                raise ValueError(
                    f"{str(error).removesuffix('.')}; give one such as orders/new.csv"
                ) from None
        return path


class ReadParameters(FileParameters):
    """The file."""

    encoding: Literal["utf-8", "latin-1", "base64"] = Field(
        default="utf-8",
        title="Encoding",
        description="base64 for files that are no text.",
        json_schema_extra=ENCODINGS,
    )


@node(
    "file.read",
    title="Read file",
    category="Files",
    icon="file-input",
    known_as=("open", "load", "download"),
    parameters=ReadParameters,
    runs=Runs.THREAD,
    effect=Effect.IDEMPOTENT,
    examples=(
        {
            "title": "A text",
            "files": {"note.txt": "hello"},
            "parameters": {"path": "note.txt"},
            "outputs": {"out": "hello"},
        },
        {
            "title": "A way out",
            "parameters": {"path": "{{ input }}"},
            "inputs": {"in": "../secret.key"},
            "error": "node_failed",
        },
    ),
)
def read(step: Step) -> str:
    """Read a file (at most 16 MB) below the blueprints' folder as text."""
    wanted: ReadParameters = step.parameters
    raw = read_bytes(step, wanted.path)
    if wanted.encoding == "base64":
        return base64.b64encode(raw).decode()
    try:
        return raw.decode(wanted.encoding)
    except UnicodeError:
        raise file_error(f"{wanted.path!r} is not {wanted.encoding}; choose base64.") from None


class WriteParameters(FileParameters):
    """The file and what is written."""

    content: Any = Field(
        default=None,
        title="Content",
        description="Text. Empty: the input.",
        json_schema_extra={"widget": "text"},
    )
    mode: Literal["overwrite", "append", "create"] = Field(
        default="overwrite", title="Mode", description="create fails where the file exists."
    )
    encoding: Literal["utf-8", "latin-1", "base64"] = Field(
        default="utf-8", title="Encoding", json_schema_extra=ENCODINGS
    )


def encoded(content: Any, encoding: str) -> bytes:
    """Return the bytes of a text. Raises NodeError where it is none, or cannot be encoded."""
    if not isinstance(content, str):
        raise file_error(f"The content is {json_type(content)}, but a text is needed.")
    try:
        if encoding == "base64":
            return base64.b64decode(content, validate=True)
        return content.encode(encoding)
    except ValueError:
        raise file_error(f"The content cannot be written as {encoding}.") from None


@node(
    "file.write",
    title="Write file",
    category="Files",
    icon="file-output",
    known_as=("save", "store", "upload"),
    parameters=WriteParameters,
    runs=Runs.THREAD,
    effect=Effect.EXTERNAL,
    examples=(
        {
            "title": "A line",
            "parameters": {"path": "log/today.txt", "content": "{{ input }}\n", "mode": "append"},
            "inputs": {"in": "hello"},
            "outputs": {"out": {"path": "log/today.txt", "bytes": 6}},
        },
        {
            "title": "Never over another",
            "files": {"a.txt": "old"},
            "parameters": {"path": "a.txt", "content": "new", "mode": "create"},
            "error": "node_failed",
        },
    ),
)
def write(step: Step) -> dict[str, Any]:
    """Write text to a file below the blueprints' folder: whole, at its end, or only if new."""
    wanted: WriteParameters = step.parameters
    place = place_of(step, wanted.path)
    content = step.input if wanted.content is None else wanted.content
    raw = encoded(content, wanted.encoding)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if wanted.mode == "overwrite":
            replace_file(place, raw)
        else:
            with place.open("ab" if wanted.mode == "append" else "xb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
    except FileExistsError:
        raise file_error(f"{wanted.path!r} exists already.") from None
    except OSError as error:
        raise file_error(
            f"{wanted.path!r} cannot be written: {error.strerror}.", permanent=False
        ) from None
    return {"path": wanted.path, "bytes": len(raw)}
