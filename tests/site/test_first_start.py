"""The first start of a new user, with the real server."""

import re
import subprocess
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from tests.faults.conductor import Conductor
from tests.patience import PATIENCE

pytestmark = pytest.mark.server


class Server(Conductor):
    begins = subprocess.Popen  # the start itself is what is tested


def test_a_new_user_gets_an_address_a_way_in_and_examples(tmp_path: Path) -> None:
    server = Server(tmp_path / "home")
    server.start()
    try:
        link = server.wait_for_link()
        assert server.get("/healthz") == (200, {"status": "ok"})

        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        page = browser.open(link, timeout=PATIENCE)
        assert page.url.endswith("/welcome/password/")
        form = page.read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token
        words = "new_password1=draw-it-live-7&new_password2=draw-it-live-7"
        fields = f"csrfmiddlewaretoken={token[1]}&{words}"
        after = browser.open(page.url, fields.encode(), timeout=PATIENCE)
        assert after.url.endswith("/blueprints/")
        assert "Order intake" in after.read().decode()

        with pytest.raises(urllib.error.HTTPError) as used:
            urllib.request.urlopen(link, timeout=PATIENCE)
        assert used.value.code == 410
        used.value.close()
        assert len(server.get("/api/blueprints/")[1]["results"]) == 7
    finally:
        assert server.stop() == 0


def test_servers_that_start_at_once_on_a_new_home_all_start(tmp_path: Path) -> None:
    servers = [Server(tmp_path / "home") for _ in range(3)]
    try:
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, servers))
        for server in servers:
            assert len(server.get("/api/blueprints/")[1]["results"]) == 7
    finally:
        for server in servers:
            server.kill()


def test_a_second_start_is_quick_and_keeps_everything(tmp_path: Path) -> None:
    server = Server(tmp_path / "home")
    server.start()
    try:
        created, blueprint = server.call("POST", "/api/blueprints/", {"name": "Kept"})
        assert created == 201
        gone = server.get("/api/blueprints/")[1]["results"][-1]["id"]
        assert server.call("DELETE", f"/api/blueprints/{gone}/")[0] == 204
        before = {row["id"] for row in server.get("/api/blueprints/")[1]["results"]}
        server.kill()

        server.start()
        assert server.cpu() < 10
        assert {row["id"] for row in server.get("/api/blueprints/")[1]["results"]} == before
        assert blueprint["id"] in before
    finally:
        server.stop()


def test_a_taken_port_is_said_before_anything_is_made(tmp_path: Path) -> None:
    first = Server(tmp_path / "first")
    first.start()
    try:
        second = Server(tmp_path / "second", PORT=str(first.port))
        with pytest.raises(AssertionError, match="Choose another with HOST and PORT"):
            second.start()
        assert not (tmp_path / "second" / "db.sqlite3").exists()
    finally:
        first.stop()
