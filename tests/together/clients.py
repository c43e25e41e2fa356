"""People at the other end: a document as a browser has it, and what they do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pycrdt import Doc, Map


class Client:
    """One editor's copy of the draft."""

    def __init__(self, state: bytes | None = None) -> None:
        self.doc: Doc[Any] = Doc()
        self.maps = {
            name: self.doc.get(name, type=Map)
            for name in ("blueprint", "nodes", "edges", "layout", "notes")
        }
        self._made: list[bytes] = []
        if state:
            self.doc.apply_update(state)
        self._watching = self.doc.observe(lambda event: self._made.append(event.update))

    def change(self, work: Callable[[Client], object]) -> bytes:
        """Do something, and return the update that says so."""
        self._made.clear()
        with self.doc.transaction():
            work(self)
        return self._made[-1] if self._made else b""

    def take(self, update: bytes) -> None:
        """Merge what somebody else did."""
        self.doc.apply_update(update)

    def set_name(self, name: str) -> None:
        self.maps["blueprint"]["name"] = name

    def add(self, name: str, kind: str, order: float = 0, **parameters: Any) -> None:
        self.maps["nodes"][name] = Map(
            {"kind": kind, "order": order, "parameters": Map(parameters), "settings": Map({})}
        )

    def set_title(self, name: str, title: str) -> None:
        if name in self.maps["nodes"]:
            self.maps["nodes"][name]["title"] = title

    def set_parameter(self, name: str, key: str, value: Any) -> None:
        if name in self.maps["nodes"]:
            self.maps["nodes"][name]["parameters"][key] = value

    def place(self, name: str, x: float, y: float) -> None:
        self.maps["layout"][name] = [x, y]

    def join(self, edge: str) -> None:
        self.maps["edges"][edge] = float(len(self.maps["edges"]))

    def remove(self, name: str) -> None:
        """Take a node away with its edges and its place, as the editor does."""
        for edge in list(self.maps["edges"].keys()):
            if f"{name}." in edge:
                del self.maps["edges"][edge]
        for part in ("nodes", "layout"):
            if name in self.maps[part]:
                del self.maps[part][name]

    def said(self) -> dict[str, Any]:
        """Return all that this copy says."""
        return {name: shared.to_py() for name, shared in self.maps.items()}
