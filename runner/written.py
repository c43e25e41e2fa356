"""What queries tell databases of indexes: SQLite does not know how many rows each would find."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Func, Q, Value


class Written(Value):
    """A value that stands in the statement itself; only for those that are written in the code."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Write it as it stands in the code."""
        return f"'{self.value}'", ()


def written_in(field: str, values: Iterable[str]) -> Q:
    """Return the condition of an index that has only rows with these values, letter by letter.

    SQLite uses such an index only where the query has its condition; a query brings its values
    apart.
    """
    return Q(**{f"{field}__in": [Written(it) for it in values]})


class Unindexed(Func):
    """A column for which SQLite takes no index, where another one has far fewer rows."""

    arity = 1
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, Any]:
        """Write it as what is computed: `+column`."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **more)
