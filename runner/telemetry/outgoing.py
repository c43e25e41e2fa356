"""Accompanies the requests that nodes make: measures them, and says of which trace they are."""

from __future__ import annotations

from collections.abc import Mapping

from runner.telemetry import tracing
from runner.telemetry.figures import HTTP_SECONDS

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Accompanied:
    """The engine's `Outgoing` at this site."""

    def headers(self, run: str, step: str) -> Mapping[str, str]:
        """Return the W3C trace context of a step; nothing where no traces are made."""
        found = tracing.traceparent(run, step)
        return {"traceparent": found} if found else {}

    def answered(self, method: str, status: int | None, seconds: float) -> None:
        """Measure a request; its status is told as 2xx, 3xx, 4xx or 5xx, or `none`."""
        told = f"{status // 100}xx" if status is not None else "none"
        HTTP_SECONDS.labels(method if method in METHODS else "other", told).observe(seconds)
