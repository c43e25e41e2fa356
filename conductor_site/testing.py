"""The pytest plugin of this project: a home of its own, and no silent skips in CI.

It is loaded by name before Django's settings are, which read the home.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator

import pytest

_home = tempfile.mkdtemp(prefix="conductor-tests-")
os.environ["CONDUCTOR_HOME"] = _home
# What is made once for all processes that test: those of pytest-xdist are started with it.
_shared = "" if "PYTEST_SHARED_FOLDER" in os.environ else tempfile.mkdtemp(prefix="conductor-")
if _shared:
    os.environ["PYTEST_SHARED_FOLDER"] = _shared
# Where the environment forbids it, each of the hundreds of processes that tests start would
# compile the project anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_configure(config: pytest.Config) -> None:
    """Let the servers that tests start be interrupted, however the tests were started."""
    # A shell starts what stands before `&` with interrupts ignored, and so would they.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the tests' home, and what all had in common where this process is their first."""
    shutil.rmtree(_home, ignore_errors=True)
    if _shared:
        shutil.rmtree(_shared, ignore_errors=True)


# The plugin's own answer comes first otherwise.
@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Use one process more than there are processors: tests often wait for their servers."""
    return min((os.cpu_count() or 1) + 1, 4)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest; run browser tests last.

    The tests that PostgreSQL runs once more are a single long test, for which nobody
    should wait at the end; and Playwright leaves an event loop in the thread. Of the browser
    tests the large files go first, so that all processes end at about the same time.
    """
    sizes = {path: path.stat().st_size for path in {item.path for item in items}}

    def turn(item: pytest.Item) -> tuple[bool, bool, int]:
        browser = item.get_closest_marker("e2e") is not None
        once_more = item.get_closest_marker("postgres") is not None
        return browser, not once_more, -sizes[item.path] if browser else 0

    items.sort(key=turn)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI everything is there to run with, so a skip is a failure that names its reason."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be: {reason}"
    return report
