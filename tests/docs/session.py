"""Does what a page says, block by block, as a reader would: in one folder, with one environment."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
import threading
import urllib.request
import venv
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.engine.expressions import check
from runner.graph import dump, load, validate
from runner.nodes import node_types
from tests.docs.blocks import ROOT, Block
from tests.docs.stand_in import write_script
from tests.patience import PATIENCE
from tests.serving import answer_to, free_port
from tests.thorough import THOROUGH

READY = re.compile(r"^Conductor (?:is ready at|worker \S+ is ready)")
STAYS = re.compile(r"^((?:[A-Z_]+=\S+ )*)((?:make|conductor) serve.*|conductor worker)$")
SHOWN = "127.0.0.1:8000"


def make_environment(folder: Path) -> Path:
    """Make a virtual environment that also has all of this one's; return where its commands are.

    What a page installs is then for that page alone.
    """
    venv.create(folder)
    site, here = (
        Path(sysconfig.get_path("purelib", vars=at)) for at in ({"base": str(folder)}, {})
    )
    (site / "outer.pth").write_text(f"import site; site.addsitedir({str(here)!r})\n")
    binaries = folder / "bin"
    for outer in (Path(sys.executable).parent / name for name in ("conductor", "pytest")):
        inner = binaries / outer.name
        inner.write_text(outer.read_text().replace(sys.executable, str(binaries / "python")))
        inner.chmod(0o755)
    (folder / ".serve").touch()
    return binaries


class Session:
    """A reader's terminal: a folder that looks like a clone, and what was set and started there.

    `as_installed`: its `conductor` is the script itself, which begins by itself.
    """

    def __init__(self, folder: Path, *, as_installed: bool = False) -> None:
        self.folder = folder
        for path in ROOT.iterdir():
            if path.name not in {".venv", ".conductor", ".git"} and not path.name.endswith(
                "_cache"
            ):
                (folder / path.name).symlink_to(path)
        binaries = make_environment(folder / ".venv")
        if not (as_installed or THOROUGH) and sys.platform == "linux":
            write_script(binaries / "conductor")
        own = {"CONDUCTOR_HOME", "DJANGO_SETTINGS_MODULE", "CONDUCTOR_DATABASE_URL"}
        self.address = f"127.0.0.1:{free_port()}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in own},
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "HOST": "127.0.0.1",
            "PORT": self.address.rpartition(":")[2],
            "PYTHONUNBUFFERED": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.first_environment = dict(self.environment)
        self.instead = {SHOWN: self.address}
        self.databases: list[str] = []
        self.running: list[subprocess.Popen[str]] = []
        self.output: list[str] = []
        self.printed = ""
        self.answer: tuple[int, Any] | None = None

    def lay_out(self, blocks: list[Block]) -> None:
        """Write the files of a page: a reader may be shown at the end what they have made."""
        for block in blocks:
            if name := block.asks("file"):
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(self.here(block.text))

    # --- one block --------------------------------------------------------

    def do(self, block: Block) -> None:
        """Do what the block says; AssertionError says where and how it is not as it says."""
        if block.asks("not run") is not None:
            return
        if block.asks("stop") is not None or block.asks("afresh") is not None:
            self.stop()
        if block.asks("afresh") is not None:
            self.environment = dict(self.first_environment)
        if database := block.asks("postgresql"):
            self.need_postgresql(database)
        if wanted := block.asks("webhook"):
            self.make_webhook(*wanted.split())
        if name := block.asks("file"):
            if block.language == "python":
                compile(block.text, name, "exec")
                return
            if block.language not in {"yaml", "json"}:
                return
        runners = {
            "sh": self.shell,
            "python": self.python,
            "text": self.shown,
            "http": self.http,
            "yaml": self.document,
            "json": self.document,
        }
        assert block.language in runners, (
            f"{block.place}: nothing runs {block.language or 'a block without a language'}; "
            "mark it with <!-- test: not run: REASON -->"
        )
        runners[block.language](block)

    def here(self, text: str) -> str:
        """Return the text with this session's address and database for those the pages show."""
        for shown, own in self.instead.items():
            text = text.replace(shown, own)
        return text

    # --- languages --------------------------------------------------------

    def shell(self, block: Block) -> None:
        """Run the lines; what is assigned stays, and a server or worker in the last one too."""
        *lines, last = block.text.rstrip("\n").split("\n")
        stays = STAYS.fullmatch(last)
        text = "\n".join(lines if stays else [*lines, last])
        if text:
            after = self.folder / ".environment"
            script = (
                f"set -euo pipefail\nset -a\n{self.here(text)}\nenv -0 >{shlex.quote(str(after))}"
            )
            self.printed = self.run(["bash", "-c", script], block)
            if after.exists():
                pairs = after.read_text().split("\0")
                self.environment = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
                after.unlink()
        if stays:
            self.start(f"exec env {stays[1]}{stays[2]}", block)

    def python(self, block: Block) -> None:
        """Run the program."""
        self.printed = self.run(["python", "-c", self.here(block.text)], block)

    def run(self, command: list[str], block: Block) -> str:
        """Run a command and return what it printed; it must end as the page says."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        expected = int(block.asks("fails") or 0)
        assert done.returncode == expected, (
            f"{block.place}: ended with {done.returncode}\n{done.stdout}\n{''.join(self.output)}"
        )
        return done.stdout

    def shown(self, block: Block) -> None:
        """Compare what was printed with what the page says; … stands for anything."""
        printed = self.printed.replace(self.address, SHOWN)
        parts = [re.escape(part) for part in block.text.strip().split("…")]
        assert re.fullmatch(".*".join(parts), printed.strip(), re.DOTALL), (
            f"{block.place}: the page says\n{block.text}\nbut this was printed:\n{printed}"
        )

    def document(self, block: Block) -> None:
        """Check a blueprint, or a node of one: no problem, and writing it changes nothing."""
        if block.language == "json" and "conductor/1" not in block.text:
            json.loads(block.text)
            return
        value = yaml.safe_load(block.text)
        if "openapi" in value:
            # It is no blueprint; the command that reads it says whether it is sound.
            return
        alone = "kind" in value
        document = load({"nodes": {"it": value}}) if alone else load(block.text)
        assert load(dump(document)) == document, block.place
        # One in a file is used by what follows, perhaps with a node type that the page declares.
        if block.asks("file") is None:
            found = validate(document, node_types(), check)
            problems = [one for one in found if not (alone and one.code == "missing_input")]
            assert problems == [], f"{block.place}: {problems}"

    def http(self, block: Block) -> None:
        """Send a request, or compare the last answer with the one that the page shows."""
        head, _, body = block.text.partition("\n\n")
        first, *headers = head.strip().splitlines()
        if first.startswith("HTTP/"):
            assert self.answer is not None, f"{block.place}: an answer to no request"
            status, given = self.answer
            assert first.split()[1] == str(status), f"{block.place}: {status} {given}"
            if body:
                self.match(json.loads(self.here(body)), given, block.place)
            return
        self.serve()
        method, path = self.filled(first).split()
        request = urllib.request.Request(
            f"http://{self.address}{path}", self.filled(body).encode() or None, method=method
        )
        for header in headers:
            name, _, value = self.filled(header).partition(": ")
            request.add_header(name, value)
        status, text = answer_to(request)
        self.answer = status, json.loads(text) if text else None

    def filled(self, text: str) -> str:
        """Return the text with the values of the names that it has after a dollar sign."""
        return re.sub(r"\$([A-Z]+)", lambda found: self.environment[found[1]], self.here(text))

    def match(self, shown: Any, given: Any, place: str) -> None:
        """Compare an answer: … is anything, and $NAME is what it was, or from now on is, this."""
        if shown == "…":
            return
        if isinstance(shown, str) and re.fullmatch(r"\$[A-Z]+", shown):
            assert self.environment.setdefault(shown[1:], str(given)) == str(given), place
        elif isinstance(shown, dict):
            assert isinstance(given, dict), (place, given)
            # An answer may have more than the page shows.
            assert shown.keys() <= given.keys(), (place, shown, given)
            for key, value in shown.items():
                self.match(value, given[key], f"{place} {key}")
        elif isinstance(shown, list):
            assert isinstance(given, list), (place, given)
            assert len(shown) == len(given), (place, given)
            for one, other in zip(shown, given, strict=True):
                self.match(one, other, place)
        else:
            assert shown == given, f"{place}: the page says {shown!r}, but it is {given!r}"

    # --- what goes on beside ----------------------------------------------

    def serve(self) -> None:
        """Start the site, where the page has not done so itself."""
        if not self.running:
            self.start("exec conductor serve", None)

    def start(self, command: str, block: Block | None) -> None:
        """Start something that stays, and wait until it says that it is ready."""
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.running.append(process)
        ready, said = threading.Event(), ""
        first_line = len(self.output)

        def read() -> None:
            nonlocal said
            assert process.stdout is not None
            with process.stdout as lines:
                for line in lines:
                    self.output.append(line)
                    if READY.match(line):
                        said = line
                        ready.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        place = block.place if block else "the server"
        assert ready.wait(PATIENCE), f"{place}: neither ready nor ended"
        assert said, f"{place}: no ready line:\n{''.join(self.output[first_line:])}"
        self.printed = said

    def stop(self) -> None:
        """Stop what was started, as Ctrl+C does; it must end well."""
        running, self.running = self.running, []
        for process in reversed(running):
            os.killpg(process.pid, signal.SIGINT)
        for process in running:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise

    def need_postgresql(self, name: str) -> None:
        """Skip the page without a server; else let the database have a name of its own."""
        if subprocess.run(["psql", "-qd", "postgres", "-c", ""], check=False).returncode:
            pytest.skip("no PostgreSQL server answers")
        own = f"{name}_{self.address.rpartition(':')[2]}"
        self.instead[name] = own
        self.databases.append(own)

    def close(self) -> None:
        """Stop what was started and drop what was made outside of the folder."""
        try:
            self.stop()
        finally:
            for name in self.databases:
                subprocess.run(["dropdb", "--if-exists", name], check=True)

    def make_webhook(self, name: str, authentication: str) -> None:
        """Publish the blueprint of a file and make a webhook for its trigger."""
        self.serve()
        token = self.run(["conductor", "token", "create", "docs"], _NOWHERE).strip()
        document = json.loads(dump(load(self.folder / name), "json"))
        node = next(
            key for key, node in document["nodes"].items() if node["kind"] == "trigger.webhook"
        )

        def call(path: str, body: Any) -> Any:
            request = urllib.request.Request(
                f"http://{self.address}/api/{path}",
                json.dumps(body).encode(),
                {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return json.load(response)

        blueprint = call("blueprints/", {"document": document})["id"]
        call(f"blueprints/{blueprint}/publish/", {})
        asked = {"blueprint": blueprint, "node": node, "authentication": authentication}
        made = call("webhooks/", asked)
        self.environment |= {"ADDRESS": made["url"], "SECRET": made["secret"] or ""}


_NOWHERE = Block(ROOT / "tests" / "docs", 0, "sh", "")
