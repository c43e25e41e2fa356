"""The engine's errors: each has a stable code and says what happened in a sentence."""

from __future__ import annotations

from typing import Any


class EngineError(Exception):
    """The engine could not do what it was asked to do."""

    code = "engine_error"

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or self.code).splitlines()[0])

    def to_json(self) -> dict[str, Any]:
        """Return the error as events and the API show it."""
        return {"code": self.code, "message": str(self)}


class NodeError(EngineError):
    """A node could not do its work.

    Node code raises this (or lets any other exception escape, which the engine
    wraps as `node_crashed`). `kind` is what retry policies name ("timeout",
    "connection", "http_5xx"); `permanent` errors are never retried;
    `retry_after` (seconds) overrides the back-off; `data` is passed to the
    `error` port.
    """

    code = "node_failed"

    def __init__(
        self,
        message: str = "",
        *,
        kind: str = "error",
        permanent: bool = False,
        retry_after: float | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.permanent = permanent
        self.retry_after = retry_after
        self.data = data or {}

    def to_json(self) -> dict[str, Any]:
        """Return the error with its kind, and its data where it has any."""
        shown: dict[str, Any] = {"code": self.code, "message": str(self), "kind": self.kind}
        if self.data:
            shown["data"] = self.data
        return shown
