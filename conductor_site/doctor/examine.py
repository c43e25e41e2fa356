"""All that is looked at, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conductor_site.doctor.finding import Finding, Grade, fail
from conductor_site.doctor.stores import NEEDED, STORES
from conductor_site.doctor.surroundings import SURROUNDINGS


def examine() -> Iterator[Finding]:
    """Give a finding or more for each thing that is looked at, in the order in which to mend them.

    Where the database does not answer or lacks its tables, what is in it is not looked at.
    """
    for check in SURROUNDINGS:
        yield from _safely(check)
    for check in STORES:
        found = list(_safely(check))
        yield from found
        if check in NEEDED and any(it.grade is Grade.FAIL for it in found):
            return


def _safely(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except Exception as error:  # a check that breaks is a finding, and the others are still made
        name = check.__name__.replace("_", " ")
        told = f"It cannot be checked: {type(error).__name__}: {str(error).strip()[:300]}"
        yield fail(name, told, "Mend what stands before this first, and look again.")
