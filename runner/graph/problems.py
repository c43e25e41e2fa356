"""What is wrong with a drawing: each problem with its place, a sentence and a stable code."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a document, and where.

    `code` is stable (`unknown_kind`, `type_mismatch`, …); `message` is a plain
    sentence that says what is wrong and how to mend it. `edge` is the edge's
    text form (`a.out -> b.in`). A `warning` does not stop a run. Where it is likely what was
    meant, `instead` is what should stand in the parameter where `written` does. `place` leads to
    what is wrong within the parameter's value, by keys and by places in lists.
    """

    code: str
    message: str
    node: str | None = None
    port: str | None = None
    parameter: str | None = None
    edge: str | None = None
    severity: Literal["error", "warning"] = "error"
    written: str | None = None
    instead: str | None = None
    place: tuple[str | int, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the problem as the API shows it, without the places that do not apply."""
        return {key: value for key, value in asdict(self).items() if value is not None}


class DocumentInvalid(ValueError):
    """The document cannot be read, compiled or published; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.message for problem in problems))
