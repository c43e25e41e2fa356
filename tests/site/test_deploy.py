"""What examples/deploy has names only what there is: settings, commands, figures."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from conductor_site import health
from conductor_site.command import COMMANDS
from conductor_site.leaving import MORE
from runner.telemetry.figures import REGISTRY
from tests.docs.test_operate import readings

DEPLOY = Path(__file__).resolve().parents[2] / "examples" / "deploy"
OTHERS = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def test_the_compose_file_sets_what_there_is_and_waits_long_enough() -> None:
    read: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = read["services"]
    assert set(services) == {"web1", "web2", "worker1", "worker2", "database", "redis"}
    for name, service in services.items():
        environment = service.get("environment", {})
        assert set(environment) <= set(readings()) | OTHERS, name
        assert all(type(value) is str for value in environment.values()), name
        for volume in service.get("volumes", ()):
            assert volume.split(":")[0] in read["volumes"], name
        for needed in service.get("depends_on", {}):
            assert needed in services, name
        if name.startswith(("web", "worker")):
            patience = int(service["stop_grace_period"].removesuffix("s"))
            assert patience > int(environment["CONDUCTOR_DRAIN_SECONDS"]) + MORE
            assert environment["CONDUCTOR_SECRET_KEY"] == "${CONDUCTOR_SECRET_KEY:?}"
            dockerfile = DEPLOY.parents[1] / service["build"]["dockerfile"]
            (command,) = re.findall(r"^CMD (.+)$", dockerfile.read_text(), re.M)
            words = service.get("command") or json.loads(command)
            assert words[0] == "conductor"
            assert words[1] in COMMANDS


def test_the_image_has_no_secrets_of_whoever_builds_it() -> None:
    root = DEPLOY.parents[1]
    assert re.search(r"^COPY \. \.$", (DEPLOY / "Dockerfile").read_text(), re.M)
    left_out = set((root / ".dockerignore").read_text().splitlines())
    assert {".conductor", ".git", ".venv", "**/.env", "**/node_modules"} <= left_out


@pytest.mark.parametrize("name", ["web", "worker"])
def test_the_units_start_what_there_is_and_stop_it_gently(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / f"conductor-{name}.service")
    service = unit["Service"]
    program, command, *_ = service["ExecStart"].split()
    assert program == f"{service['WorkingDirectory']}/.venv/bin/conductor"
    assert command in COMMANDS
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"]) > 30 + MORE
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def figures_there_are() -> set[str]:
    """Return the names of all series that a process may give."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
    own = {it.name + end for it in REGISTRY.collect() for end in ends.get(it.type, [""])}
    told = health.site_figures().body.decode()
    return own | set(re.findall(r"^# TYPE (\w+)", told, re.M))


def test_every_query_of_the_dashboard_names_figures_that_there_are(db: None) -> None:
    board = json.loads((DEPLOY / "grafana.json").read_text())
    known = figures_there_are()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) > 10
    for panel in board["panels"]:
        for target in panel["targets"]:
            named = set(re.findall(r"\b(?:conductor|process|python)_\w+", target["expr"]))
            assert named, target
            assert named <= known, (panel["title"], named - known)
