"""Reads the operations of an OpenAPI file (3.0 to 3.2), or says exactly what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.graph import DocumentInvalid, Problem
from runner.graph.files import parse
from runner.graph.wording import shown
from runner.nodes.paths import read_path
from runner.openapi.schemas import example_of, plain, pointed

METHODS = ("get", "post", "put", "patch", "delete", "head")
OTHERS = ("options", "trace")
MOST_OPERATIONS = 200
MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it takes, and an example of its success.

    `route` is its path as webhook triggers write it; empty where it has none.
    """

    method: str
    path: str
    route: str
    id: str
    title: str
    description: str
    schema: dict[str, Any]
    status: int
    answer: Any


@dataclass(frozen=True, slots=True)
class Api:
    """What a file describes."""

    title: str
    operations: tuple[Operation, ...]


def is_openapi(value: Any) -> bool:
    """Say whether plain values mean to be an OpenAPI document."""
    return isinstance(value, Mapping) and ("openapi" in value or "swagger" in value)


def read(source: bytes, only: str = "") -> Api:
    """Return the operations that a JSON or YAML file describes.

    `only` is a tag that they have, or how their paths begin: the rest of the file may hold
    what no webhook can take. Raises DocumentInvalid, with the place of each problem; then
    nothing of the file is used.
    """
    value = parse(source)
    reader = _Reader(value, only)
    api = reader.api()
    if reader.problems:
        raise DocumentInvalid(reader.problems[:MOST_PROBLEMS])
    return api


class _Reader:
    def __init__(self, root: Any, only: str = "") -> None:
        self.root = root
        self.only = only
        self.problems: list[Problem] = []

    def wrong(self, place: str, message: str) -> None:
        where = f"{place}: " if place else ""
        self.problems.append(Problem("openapi_invalid", f"{where}{message}"))

    def api(self) -> Api:
        root = self.root
        if not is_openapi(root):
            self.wrong("", "This is no OpenAPI document: it is an object with the member openapi.")
            return Api("", ())
        version = root.get("openapi")
        if not isinstance(version, str) or not version.startswith(("3.0", "3.1", "3.2")):
            told = shown(version if "openapi" in root else root.get("swagger"))
            self.wrong("openapi", f"must be a version 3.0, 3.1 or 3.2; it is {told}.")
            return Api("", ())
        info = root.get("info")
        title = str(info.get("title") or "") if isinstance(info, Mapping) else ""
        found: list[Operation] = []
        for section in ("paths", "webhooks"):
            items = root.get(section, {})
            if not isinstance(items, Mapping):
                self.wrong(section, f"must be an object; it is {shown(items)}.")
                continue
            for path, item in items.items():
                found += self.item(section, str(path), item)
        if not found and not self.problems:
            which = (
                f" with the tag or at a path that begins with {self.only!r}" if self.only else ""
            )
            self.wrong("paths", f"has no operation{which}, so there is nothing to draw.")
        if len(found) > MOST_OPERATIONS:
            self.wrong(
                "paths",
                f"has {len(found):,} operations, and the most is {MOST_OPERATIONS}. "
                "Take a part of it: conductor hooks import --only PART.",
            )
        return Api(title.strip()[:200], tuple(found))

    def item(self, section: str, path: str, given: Any) -> list[Operation]:
        place = f"{section}.{path}"
        if path.startswith("x-"):
            return []
        if section == "paths" and not path.startswith("/"):
            self.wrong(place, "must begin with a slash.")
            return []
        item = self.resolved(given, place)
        if item is None:
            return []
        asked = {name: it for name, it in item.items() if self.is_asked(path, it)}
        if not asked:
            return []
        route = self.route(place, path) if section == "paths" else ""
        found = []
        for name, operation in asked.items():
            if name in OTHERS:
                self.wrong(f"{place}.{name}", "cannot be taken by a webhook; leave it out.")
            elif name in METHODS:
                read = self.operation(f"{place}.{name}", path, route, name, operation)
                if read is not None:
                    found.append(read)
        return found

    def is_asked(self, path: str, operation: Any) -> bool:
        """Say whether an operation is among those that are wanted."""
        if path.startswith(self.only):
            return True
        tags = operation.get("tags") if isinstance(operation, Mapping) else None
        return isinstance(tags, list) and self.only in tags

    def route(self, place: str, path: str) -> str:
        """Return a path with :names for its {names}."""
        found = re.sub(r"\{([^{}/]*)\}", lambda it: ":" + re.sub(r"\W", "_", it[1])[:40], path)
        try:
            read_path(found)
        except ValueError as error:
            self.wrong(place, f"{error}.")
        return found

    def operation(
        self, place: str, path: str, route: str, method: str, given: Any
    ) -> Operation | None:
        operation = self.resolved(given, place)
        if operation is None:
            return None
        texts = {}
        for name in ("operationId", "summary", "description"):
            text = operation.get(name, "")
            if not isinstance(text, str):
                self.wrong(f"{place}.{name}", f"must be a text; it is {shown(text)}.")
                text = ""
            texts[name] = text.replace("\0", "").strip()
        status, answer = self.success(f"{place}.responses", operation.get("responses", {}))
        return Operation(
            method.upper(),
            path,
            route,
            texts["operationId"],
            texts["summary"],
            texts["description"],
            self.body(f"{place}.requestBody", operation.get("requestBody")),
            status,
            answer,
        )

    def body(self, place: str, given: Any) -> dict[str, Any]:
        """Return the schema of a JSON body; of other bodies nothing is declared."""
        if given is None:
            return {}
        body = self.resolved(given, place)
        found = self.media(f"{place}.content", body.get("content", {})) if body else None
        if found is None or "schema" not in found[1]:
            return {}
        try:
            schema = plain(self.root, found[1]["schema"], f"{found[0]}.schema")
        except DocumentInvalid as error:
            self.problems += error.problems
            return {}
        # A body that may be missing comes as null.
        if schema and body and body.get("required") is not True:
            return {"anyOf": [schema, {"type": "null"}]}
        return schema

    def media(self, place: str, given: Any) -> tuple[str, Mapping[str, Any]] | None:
        """Return the JSON among media types, with its place; None where there is none."""
        if not isinstance(given, Mapping):
            self.wrong(place, f"must be an object; it is {shown(given)}.")
            return None
        for name, media in given.items():
            kind = str(name).partition(";")[0].strip().lower()
            if kind == "application/json" or kind.endswith("+json"):
                found = self.resolved(media, f"{place}.{name}")
                return (f"{place}.{name}", found) if found is not None else None
        return None

    def success(self, place: str, given: Any) -> tuple[int, Any]:
        """Return status and example of the first success."""
        if not isinstance(given, Mapping):
            self.wrong(place, f"must be an object; it is {shown(given)}.")
            return 200, None
        codes: dict[int, Any] = {}
        for name, response in given.items():
            code = str(name).upper()
            if code.isdigit() and 200 <= int(code) <= 299:
                codes[int(code)] = (name, response)
            elif code == "2XX":
                codes.setdefault(299, (name, response))
            elif code != "DEFAULT" and not code.startswith("X-") and not _is_code(code):
                self.wrong(f"{place}.{name}", "must be a status such as 200, 2XX or default.")
        if not codes:
            return 200, None
        status = min(codes)
        name, response = codes[status]
        status = 200 if status == 299 and str(name).upper() == "2XX" else status
        response = self.resolved(response, f"{place}.{name}")
        if response is None or "content" not in response:
            return status, None
        found = self.media(f"{place}.{name}.content", response["content"])
        return status, self.example(*found) if found else None

    def example(self, place: str, media: Mapping[str, Any]) -> Any:
        if "example" in media:
            return media["example"]
        examples = media.get("examples")
        if isinstance(examples, Mapping):
            for name, given in examples.items():
                example = self.resolved(given, f"{place}.examples.{name}")
                if example is not None and "value" in example:
                    return example["value"]
        if "schema" not in media:
            return None
        try:
            return example_of(plain(self.root, media["schema"], f"{place}.schema"))
        except DocumentInvalid as error:
            self.problems += error.problems
            return None

    def resolved(self, given: Any, place: str) -> Mapping[str, Any] | None:
        """Return an object, or the one that its `$ref` names; None, with a problem, for others."""
        for _ in range(20):
            if not isinstance(given, Mapping):
                self.wrong(place, f"must be an object; it is {shown(given)}.")
                return None
            if "$ref" not in given:
                return given
            try:
                given = pointed(self.root, given["$ref"], place)
            except DocumentInvalid as error:
                self.problems += error.problems
                return None
        self.wrong(place, "has a $ref that leads round in a circle.")
        return None


def _is_code(code: str) -> bool:
    return len(code) == 3 and code[0] in "12345" and (code.isdigit() or code[1:] == "XX")
