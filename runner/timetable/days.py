"""Days on which nothing starts: dates, spans of dates, dates of every year, days of the week."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARLY = re.compile(r"(\d{2})-(\d{2})")
FORM = "2027-12-24, 2027-12-24/2028-01-01, or 12-25 for each year"


@dataclass(frozen=True, slots=True)
class DaysOff:
    """A set of days."""

    spans: tuple[tuple[date, date], ...] = ()
    yearly: frozenset[tuple[int, int]] = frozenset()
    weekdays: frozenset[int] = frozenset()

    @classmethod
    def read(cls, dates: Iterable[str], weekdays: Iterable[str] = ()) -> DaysOff:
        """Read dates and names of weekdays. Raises ValueError for a date that is none."""
        spans: list[tuple[date, date]] = []
        yearly: set[tuple[int, int]] = set()
        for text in dates:
            try:
                if found := YEARLY.fullmatch(text.strip()):
                    month, day = int(found[1]), int(found[2])
                    date(2024, month, day)  # a leap year has all days
                    yearly.add((month, day))
                    continue
                first, _, last = text.partition("/")
                begin = date.fromisoformat(first.strip())
                end = date.fromisoformat(last.strip()) if last else begin
            except ValueError:
                raise ValueError(f"{text!r} is no day such as {FORM}") from None
            if end < begin:
                raise ValueError(f"{text!r} ends before it begins")
            spans.append((begin, end))
        return cls(tuple(spans), frozenset(yearly), frozenset(map(WEEKDAYS.index, weekdays)))

    def __or__(self, other: DaysOff) -> DaysOff:
        return DaysOff(
            self.spans + other.spans, self.yearly | other.yearly, self.weekdays | other.weekdays
        )

    def __contains__(self, day: date) -> bool:
        return (
            day.weekday() in self.weekdays
            or (day.month, day.day) in self.yearly
            or any(begin <= day <= end for begin, end in self.spans)
        )


def read_lines(text: str) -> DaysOff:
    """Read days, one a line, each perhaps with a comment after `#`.

    Raises ValueError, naming the line.
    """
    found = DaysOff()
    for number, line in enumerate(text.splitlines(), 1):
        written = line.partition("#")[0].strip()
        if not written:
            continue
        try:
            found |= DaysOff.read([written])
        except ValueError as error:
            raise ValueError(f"Line {number}: {error}.") from None
    return found
