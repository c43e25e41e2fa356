"""The examples under examples/ are sound, tidy, and do what they say, by the real engine."""

from __future__ import annotations

import csv
import math
import shutil
import time
from collections import Counter, defaultdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from runner.engine import HostResources, Result, run
from runner.engine.expressions import check
from runner.graph import compile, dump, load, validate
from runner.nodes import node_types

EXAMPLES = Path(__file__).parents[2] / "examples"
DATA = EXAMPLES / "data" / "seattle-weather.csv"
FILES = sorted(EXAMPLES.glob("*.yaml"))


async def run_example(
    name: str, given: Any = None, *, site: str = "", files: Path | None = None
) -> Result:
    plan = compile(load(EXAMPLES / f"{name}.yaml"), node_types(), check)
    resources = HostResources(files=files, http_allow=frozenset({site.removeprefix("http://")}))
    return await run(plan, given, resources=resources, vars={"site": site})


def steps(result: Result, kind: str) -> set[str]:
    return {event.step for event in result.events if event.type == kind and event.step}


def request(body: Any, **headers: str) -> dict[str, Any]:
    return {"method": "POST", "path": "", "query": {}, "headers": headers, "body": body}


# --- all of them -------------------------------------------------------------


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_has_no_problem_not_even_a_warning(path: Path) -> None:
    assert validate(load(path), node_types(), check) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_node_of_an_example_has_a_place_of_its_own(path: Path) -> None:
    document = load(path)
    assert set(document.layout) == set(document.nodes)
    assert len(set(document.layout.values())) == len(document.nodes)
    assert document.notes
    assert document.description


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_survives_being_written_and_read(path: Path) -> None:
    written = dump(load(path))
    assert load(written) == load(path)
    assert dump(load(written)) == written


def test_there_are_seven_and_the_readme_tells_of_each() -> None:
    readme = (EXAMPLES / "README.md").read_text()
    assert len(FILES) == 7
    assert [path.name for path in FILES if path.name not in readme] == []


# --- 1: GitHub pushes --------------------------------------------------------

REPOSITORY = {"name": "Hello-World", "full_name": "Codertocat/Hello-World"}
PUSH = {
    "ref": "refs/heads/main",
    "repository": REPOSITORY,
    "pusher": {"name": "Codertocat", "email": "codertocat@example.com"},
    "commits": [
        {"id": "6113728f", "message": "Initial commit", "added": ["README.md"]},
        {"id": "a10867b1", "message": 'Say "hello", world\n\nIn two languages.', "added": []},
    ],
}
ISSUE = {
    "action": "opened",
    "issue": {"number": 2, "title": "Spelling error"},
    "repository": REPOSITORY,
    "sender": {"login": "Codertocat"},
}


async def test_a_push_is_posted_and_appended_to_the_file(tmp_path: Path, site: str) -> None:
    for _ in range(2):
        result = await run_example(
            "github-push", request(PUSH, **{"x-github-event": "push"}), site=site, files=tmp_path
        )
        assert result.status == "succeeded", result.error
    sentence = (
        "Codertocat pushed 2 commits to Codertocat/Hello-World (main): "
        'Initial commit; Say "hello", world'
    )
    assert result.outputs["post"]["body"]["body"] == {"text": sentence}
    rows = list(csv.reader((tmp_path / "github-events.csv").read_text().splitlines()))
    assert [row[1:] for row in rows] == [
        ["push", "Codertocat/Hello-World", "Codertocat", sentence]
    ] * 2
    assert steps(result, "step.skipped") == {"issue", "hello", "other"}


async def test_an_issue_takes_the_other_branch(tmp_path: Path, site: str) -> None:
    result = await run_example(
        "github-push", request(ISSUE, **{"x-github-event": "issues"}), site=site, files=tmp_path
    )
    assert result.status == "succeeded", result.error
    assert result.outputs["post"]["body"]["body"] == {
        "text": "Codertocat opened issue #2 of Codertocat/Hello-World: Spelling error"
    }
    assert "push" in steps(result, "step.skipped")


@pytest.mark.parametrize(
    ("headers", "node"),
    [({"x-github-event": "ping"}, "hello"), ({"x-github-event": "star"}, "other"), ({}, "other")],
)
async def test_what_is_not_told_is_logged(headers: dict[str, str], node: str) -> None:
    result = await run_example("github-push", request({"zen": "Design for failure."}, **headers))
    assert result.status == "succeeded", result.error
    assert steps(result, "step.logged") == {node}


# --- 2: measurements ---------------------------------------------------------


def test_the_measurements_are_those_of_the_package_named() -> None:
    # It is not imported, since it would bring pandas along.
    spec = find_spec("vega_datasets")
    assert spec
    assert spec.origin
    theirs = Path(spec.origin).parent / "_data" / "seattle-weather.csv"
    assert DATA.read_bytes() == theirs.read_bytes()


async def test_the_report_says_what_the_measurements_say(tmp_path: Path) -> None:
    shutil.copy(DATA, tmp_path)
    result = await run_example("measurements", files=tmp_path)
    assert result.status == "succeeded", result.error
    report = result.outputs["report"]
    assert (tmp_path / "reports" / "seattle-weather.md").read_text() == report

    days = list(csv.DictReader(DATA.read_text().splitlines()))
    warm = Counter(
        day["weather"]
        for day in days
        if float(day["temp_max"]) >= 20 and float(day["precipitation"]) == 0
    )
    fallen: dict[str, list[float]] = defaultdict(list)
    for day in days:
        fallen[day["date"][5:7]].append(float(day["precipitation"]))
    rain = {month: math.fsum(amounts) for month, amounts in fallen.items()}
    assert f"{warm.total()} of 1461 days were warm and dry" in report
    for weather, count in warm.items():
        assert f"- {weather}: {count} days" in report
    wettest = sorted(rain, key=lambda month: rain[month], reverse=True)
    for month in wettest[:3]:
        assert f"- month {month}: {round(rain[month])} mm" in report
    table = list(
        csv.DictReader((tmp_path / "reports" / "seattle-months.csv").read_text().splitlines())
    )
    assert [row["month"] for row in table] == wettest
    assert sum(int(row["days"]) for row in table) == len(days)


async def test_each_year_gets_a_report_of_its_own(tmp_path: Path) -> None:
    shutil.copy(DATA, tmp_path)
    result = await run_example("years", files=tmp_path)
    assert result.status == "succeeded", result.error
    rain: dict[str, list[float]] = defaultdict(list)
    for day in csv.DictReader(DATA.read_text().splitlines()):
        rain[day["date"][:4]].append(float(day["precipitation"]))
    paths = [f"reports/seattle-{year}.md" for year in sorted(rain)]
    assert [kept["path"] for kept in result.outputs["reports"]] == paths
    for year, amounts in rain.items():
        report = (tmp_path / "reports" / f"seattle-{year}.md").read_text()
        assert f"# Seattle in {year}" in report
        assert f"{round(math.fsum(amounts))} mm of rain in {len(amounts)} days" in report
    firings = {f"years[{place}]/{node}" for place in range(4) for node in ("report", "keep")}
    assert firings < steps(result, "step.succeeded")


async def test_an_input_says_what_is_warm(tmp_path: Path) -> None:
    shutil.copy(DATA, tmp_path)
    result = await run_example("measurements", {"warm": 100}, files=tmp_path)
    assert "0 of 1461 days were warm and dry" in result.outputs["report"]


async def test_each_morning_tells_of_the_day_that_it_is_meant_for(tmp_path: Path) -> None:
    shutil.copy(DATA, tmp_path)
    for day in ("2027-02-28", "2027-02-29"):
        meant = {"scheduled_for": f"{day}T07:00:00-08:00"}
        result = await run_example("this-day", meant, files=tmp_path)
        assert result.status == "succeeded", result.error
    diary = (tmp_path / "reports" / "this-day.md").read_text()
    days = [it for it in csv.DictReader(DATA.read_text().splitlines()) if "/02/28" in it["date"]]
    assert len(days) == 4
    for it in days:
        assert f"- {it['date'][:4]}: {it['weather']}, {float(it['temp_max'])} °C\n" in diary
    assert "2027-02-29:\n- 2012: " in diary


async def test_a_file_that_arrives_is_summed_up(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    shutil.copy(DATA, tmp_path / "inbox" / "rain.csv")
    came = {"path": "inbox/rain.csv", "name": "rain.csv"}
    result = await run_example("inbox", came, files=tmp_path)
    assert result.status == "succeeded", result.error
    warmest = max(float(day["temp_max"]) for day in csv.DictReader(DATA.read_text().splitlines()))
    line = f"- rain.csv: 1461 days, the warmest {warmest} °C\n"
    assert (tmp_path / "reports" / "inbox.md").read_text() == line


# --- 3: order intake ---------------------------------------------------------

ORDER = {
    "id": "A-17",
    "customer": "Ada",
    "lines": [
        {"item": "tea", "count": 3, "price": 4.5},
        {"item": "pot", "count": 1, "price": 89.9},
    ],
}


async def test_an_order_is_confirmed_when_all_three_have_answered(site: str) -> None:
    began = time.perf_counter()
    result = await run_example("order-intake", request(ORDER), site=site)
    took = time.perf_counter() - began
    assert result.status == "succeeded", result.error
    confirmed = {"order": "A-17", "total": 103.4, "reserved": True, "paid": True, "days": 1}
    assert result.outputs == {"order": confirmed}
    answers = {e.step: e.data["outputs"] for e in result.events if e.type == "step.succeeded"}
    assert answers["accept"]["response"] == {"status": 201, "headers": {}, "body": confirmed}
    # One after the other the three would take 370 ms at least.
    spans = {
        step: next(
            e.data["duration"] for e in result.events if e.step == step and "duration" in e.data
        )
        for step in ("stock", "payment", "shipping")
    }
    assert sum(spans.values()) >= 0.37
    assert took < sum(spans.values())


async def test_an_order_with_nothing_in_it_is_refused_without_a_call() -> None:
    result = await run_example("order-intake", request({**ORDER, "lines": []}))
    assert result.status == "succeeded", result.error
    answers = {e.step: e.data["outputs"] for e in result.events if e.type == "step.succeeded"}
    assert answers["refuse"]["response"] == {
        "status": 422,
        "headers": {},
        "body": {"error": "The order A-17 has nothing in it."},
    }
    assert {"stock", "payment", "shipping", "all", "accept"} <= steps(result, "step.skipped")


# --- 4: fan-out --------------------------------------------------------------


async def test_twenty_waits_take_as_long_as_one() -> None:
    began = time.perf_counter()
    result = await run_example("fan-out")
    took = time.perf_counter() - began
    assert result.outputs == {"result": "20 waits have ended."}
    # One after the other they would take two seconds.
    assert 0.1 <= took < 1
