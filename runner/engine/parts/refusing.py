"""Why a part cannot be collapsed or expanded: all reasons at once, each with its node."""

from __future__ import annotations

from runner.graph import Problem


class PartRefused(ValueError):
    """What is asked would change what the blueprint does; `problems` says where and how to mend."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.message for problem in problems))


class Reasons:
    """Collects reasons, each once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, code: str, message: str, node: str | None = None) -> None:
        """Note one reason."""
        problem = Problem(code, message, node=node)
        if problem not in self.problems:
            self.problems.append(problem)

    def stop(self) -> None:
        """Raise PartRefused where there is any reason."""
        if self.problems:
            raise PartRefused(self.problems)
