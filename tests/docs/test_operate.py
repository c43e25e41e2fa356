"""The operator's page has every setting and limit as the code has it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from conductor_site import settings
from editor.api.pages import NewestFirst
from editor.pages import uploads
from editor.together import grammar
from editor.together.consumer import MOST_MESSAGE
from runner.engine import attempts, step, values
from runner.engine.parking import STAYS
from runner.graph import files as graph_files
from runner.graph.document import NodeSettings
from runner.live import consumer
from runner.nodes import answers, files, http
from runner.nodes.http import RequestParameters
from runner.nodes.triggers import WebhookParameters
from runner.queue.claim import LEASE
from runner.schedules.control import MOST_BACKFILLED
from runner.timetable import MOST_MADE_UP
from runner.webhooks import answering, request, resume

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "operate.md").read_text(encoding="utf-8")
MIB = 1024 * 1024


def section(title: str) -> str:
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
    assert found
    return found[1]


def readings() -> dict[str, object]:
    """Return each variable that the settings read, with its default where that is a literal."""
    found: dict[str, object] = {}
    tree = ast.parse((ROOT / "conductor_site" / "settings.py").read_text())
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        if not isinstance(call.func.value, ast.Name) or call.func.value.id != "environment":
            continue
        name, *rest = call.args
        assert isinstance(name, ast.Constant)
        given = [*rest, *(word.value for word in call.keywords if word.arg == "default")]
        default = given[0] if given else None
        found[str(name.value)] = default.value if isinstance(default, ast.Constant) else None
    return found


def test_every_setting_is_told_with_its_default_and_no_other() -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \| ", section("Settings"), re.M))
    read = readings()
    assert set(told) == set(read)
    for name, default in read.items():
        # As a key, 0 would be taken for False.
        shown = {"True": "yes", "False": "no"}.get(str(default), default)
        if shown not in (None, ""):
            assert told[name] == f"`{shown}`", name


def test_no_other_part_of_the_code_reads_the_environment() -> None:
    for path in (*ROOT.glob("runner/**/*.py"), *ROOT.glob("editor/**/*.py")):
        assert "os.environ" not in path.read_text(), path


def most(model: type, field: str) -> int:
    limits = [getattr(one, "le", None) for one in model.model_fields[field].metadata]  # type: ignore[attr-defined]
    return int(next(limit for limit in limits if limit is not None))


@pytest.mark.parametrize(
    ("what", "limit"),
    [
        (
            "a document",
            f"{graph_files.MOST_BYTES // 10**6} MB, {graph_files.MOST_DEPTH} levels deep",
        ),
        ("a request to the API", f"{settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MIB} MiB"),
        ("an imported file", f"{uploads.LARGEST // MIB} MiB"),
        (
            "a change in the editor, such as a paste",
            f"{grammar.MOST_BYTES // MIB} MiB, in a websocket message of up to "
            f"{-(-MOST_MESSAGE // MIB)} MiB",
        ),
        (
            "a webhook's body",
            f"as its node says: {WebhookParameters().body_limit // MIB} MiB, at most "
            f"{most(WebhookParameters, 'body_limit') // MIB} MiB; "
            f"{request.LONGEST:g} seconds to arrive",
        ),
        ("a caller's wait for a run", f"{answering.LONGEST_WAIT:g} seconds"),
        (
            f"a run that waits for more than {STAYS:g} seconds",
            "parked: it counts among no worker's runs, and goes on up to about a second after its "
            "moment",
        ),
        (
            "a resume address",
            f"one call, {resume.BODY_LIMIT // MIB} MiB, until its time (a week, if not said)",
        ),
        (
            "an HTTP node's answer",
            f"{answers.LARGEST // MIB} MiB; {http.MOST_REDIRECTS} redirects; "
            f"{most(RequestParameters, 'timeout')} seconds",
        ),
        ("a file node", f"{files.LARGEST // MIB} MiB"),
        ("a value between nodes", f"{values.DEEPEST} levels deep, {values.MOST_VALUES:,} values"),
        ("a step's log", f"{step.MOST_MESSAGES:,} lines of {step.LONGEST_MESSAGE:,} characters"),
        (
            "a node's firings in a run",
            f"{NodeSettings().max_firings:,}, unless it says otherwise",
        ),
        ("node code in threads", f"{attempts.THREADS._max_workers} at once in a process"),
        (
            "a page's websocket",
            f"{consumer.MOST_RUNS} runs, {consumer.MOST_BLUEPRINTS} blueprints",
        ),
        ("missed times that are made up for", f"the last {MOST_MADE_UP:,} of a schedule"),
        ("a backfill", f"{MOST_BACKFILLED:,} runs at once"),
        ("a page of a list in the API", f"{NewestFirst.max_page_size} rows"),
    ],
)
def test_a_limit_is_told_as_it_is(what: str, limit: str) -> None:
    assert f"\n| {what} | {limit} |\n" in section("Limits")


def test_every_limit_that_is_told_is_compared() -> None:
    rows = re.findall(r"^\| (?!what|---)", section("Limits"), re.M)
    (mark,) = test_a_limit_is_told_as_it_is.pytestmark  # type: ignore[attr-defined]
    assert len(rows) == len(mark.args[1])


def test_the_time_after_which_a_worker_is_gone_is_told() -> None:
    assert f"says nothing for {LEASE.seconds} seconds" in PAGE


def test_the_lines_of_the_log_are_those_that_the_code_writes() -> None:
    told = re.findall(r"^\| `(.+?)` \|", section("Is it well?"), re.M)
    code = [*(ROOT / "runner").rglob("*.py"), *(ROOT / "conductor_site").rglob("*.py")]
    sources = "".join(path.read_text() for path in code)
    written = re.sub(r"%(?:[sdg]|\.[01]f)", "…", sources)
    ours = [line for line in told if "HTTP_HOST" not in line]
    assert len(ours) == 23
    for line in ours:
        assert line in written, line
