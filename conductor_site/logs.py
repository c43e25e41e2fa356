"""The lines of the log: as people read them, or each as a JSON object. Both say of which run."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import orjson

from runner.engine import current


class Lines(logging.Formatter):
    """Time, level, part, message; behind it the run, where the line is of one."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname:<7} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        """Return the line without what follows it, such as a traceback."""
        line, run = super().formatMessage(record), current.RUN.get()
        # Many lines name their run themselves.
        return f"{line} [run {run}]" if run and run not in line else line


class Objects(logging.Formatter):
    """One JSON object a line: time (UTC), level, part, message; run, step and exception if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object; a line break in what is told does not break its line."""
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if run := current.RUN.get():
            told["run"] = run
        if step := current.STEP.get():
            told["step"] = step
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            told["stack"] = record.stack_info
        # What is no text, such as half of a surrogate pair, must not cost the line.
        safe = {key: text.encode("utf-8", "replace").decode() for key, text in told.items()}
        return orjson.dumps(safe).decode()
