"""What the doctor says of a deployment that is not well."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from conductor_site.command import main
from conductor_site.doctor import stores, surroundings
from conductor_site.doctor.examine import examine
from conductor_site.doctor.surroundings import file_system_of
from conductor_site.environment import READ
from editor.actions import create_blueprint, store_drawing
from runner.actions.workers import drain
from runner.credentials.keeping import keep
from runner.graph import load
from runner.models import Credential, Worker
from runner.queue.claim import EMBEDDED, beat, host_name
from runner.queue.shared_folder import MARKS, SHARED, not_shared


@pytest.fixture(autouse=True)
def _alive(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # Those that steer the tests are no settings.
    for name in [it for it in os.environ if it.startswith("CONDUCTOR_") and it not in READ]:
        monkeypatch.delenv(name)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")  # as a site has it, unlike tests
    beat(f"{EMBEDDED}{host_name()}-1-a", 0.5)


def found() -> dict[str, str]:
    """Return what is not ok: the grade and, where it is longer, the sentence, by name."""
    return {it.name: f"{it.grade.value}: {it.says}" for it in examine() if it.grade.value != "ok"}


def test_a_laptop_is_well(settings: Any) -> None:
    assert found() == {}


def test_a_site_with_a_name_is_told_what_it_lacks(settings: Any) -> None:
    settings.CONDUCTOR_URL = "https://conductor.example.com"
    assert set(found()) == {"address", "tls"}
    settings.ALLOWED_HOSTS = ["localhost", "conductor.example.com"]
    assert found()["tls"].startswith("fail: People come by https, and cookies are not marked")
    settings.TLS = True
    assert found() == {}
    settings.ALLOWED_HOSTS = [".example.com"]
    settings.CSRF_TRUSTED_ORIGINS = ["http://other.example.com"]
    settings.DEBUG = True
    assert {name: told[:5] for name, told in found().items()} == {
        "debug": "fail:",
        "origins": "warn:",
    }
    settings.CONDUCTOR_URL = "http://conductor.example.com"
    assert "nobody stays signed in" in found()["tls"]


def test_a_misspelt_variable_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_REDIS_ULR", "redis://127.0.0.1:6379/0")
    (told,) = [it for it in examine() if it.grade.value != "ok"]
    assert (told.name, told.grade.value) == ("variables", "warn")
    assert told.says == "Nothing reads CONDUCTOR_REDIS_ULR."
    assert told.mend.startswith("Did you mean CONDUCTOR_REDIS_URL?")


def test_what_others_may_read_is_told(settings: Any, tmp_path: Path) -> None:
    settings.CONDUCTOR_HOME = tmp_path
    (tmp_path / "secret.key").write_text(settings.SECRET_KEY)
    tmp_path.chmod(0o755)
    (tmp_path / "secret.key").chmod(0o644)
    settings.CONDUCTOR_METRICS_ALLOW = (ip_network("0.0.0.0/0"),)
    assert {name: told[:5] for name, told in found().items()} == {
        "secret key": "fail:",
        "home": "warn:",
        "metrics": "warn:",
    }
    settings.SECRET_KEY = "a" * 60
    assert "can be guessed" in found()["secret key"]


def test_a_disk_that_is_nearly_full_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def usage(free: int, total: int = 2**40) -> None:
        told = SimpleNamespace(total=total, used=total - free, free=free)
        monkeypatch.setattr(surroundings, "shutil", SimpleNamespace(disk_usage=lambda _: told))

    usage(2**29)
    assert found()["disk"].startswith("warn: 0.5 of 1024.0 GiB are free")
    usage(2**20)
    assert found()["disk"].startswith("fail: 0.0 of 1024.0 GiB are free")
    usage(2**24, total=2**26)
    assert found()["disk"].startswith("fail: 16.0 of 64.0 MiB are free")
    assert shutil.disk_usage(os.curdir).total  # only the doctor's was replaced


def test_the_file_system_of_a_folder_is_that_of_the_nearest_mount() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nnas:/x /srv/my\\040data nfs4 rw 0 0\n"
    assert file_system_of(Path("/srv/my data/home"), mounts) == "nfs4"
    assert file_system_of(Path("/srv/my"), mounts) == "ext4"


def test_who_works_and_who_only_says_so_is_told() -> None:
    Worker.objects.create(
        name="other-7-b", started=timezone.now(), heartbeat=timezone.now(), version="0.0.9"
    )
    Worker.objects.filter(version="0.0.9").update(looked=timezone.now() - timedelta(seconds=40))
    told = [it.says for it in examine() if it.name == "workers"]
    assert told[0].startswith("other-7-b lives, and has not looked for runs for 4")
    assert "workers have 0.0.9" in told[1]
    if connection.vendor == "sqlite":
        assert told[2] == "Workers of other machines (other) have this file."
    Worker.objects.all().delete()
    assert found()["workers"] == "fail: None lives: runs wait."


def test_a_check_that_breaks_is_a_finding_and_the_others_are_made(
    settings: Any, tmp_path: Path
) -> None:
    settings.CONDUCTOR_HOME = tmp_path / "gone"
    told = found()
    assert told["folders"].startswith("fail: It cannot be checked: FileNotFoundError")
    assert "workers" not in told


def test_the_table_says_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    Worker.objects.all().delete()
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "fail  workers       None lives: runs wait.\n" in said
    assert "→ Start `conductor serve` or `conductor worker` on this database.\n" in said
    assert said.endswith(" ok, 0 to know, 1 to mend\n")


def test_a_layer_that_loses_messages_is_refused(settings: Any) -> None:
    hosts = ["redis://127.0.0.1:1/0"]
    backend = "channels_redis.core.RedisChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": {"hosts": hosts}}}
    assert found()["redis"].startswith("fail: The core layer of channels_redis loses messages")


def test_workers_that_drain_are_told() -> None:
    server, worker = f"{EMBEDDED}{host_name()}-1-a", f"{host_name()}-7-b"
    beat(worker, 0.5)
    drain([worker])
    assert found()["workers"].startswith(f"warn: {worker} takes no more runs")
    drain([server])
    told = found()["workers"]
    assert told.startswith(f"fail: {server}, {worker} take no more runs")
    assert told.endswith("nobody else does: runs wait.")


def test_a_database_that_somebody_holds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "LOCKED", 0.1)
    name = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert found()["writes"].startswith("fail: For 0 s it took none: database is locked")
        other.execute("ROLLBACK")
    assert found() == {}


def test_tables_of_a_newer_version_are_told() -> None:
    newer = MigrationRecorder.Migration(app="runner", name="0999_later")
    newer.save()
    try:
        assert found() == {
            "migrations": "warn: The tables are of a newer version, which has made "
            "runner.0999_later."
        }
    finally:
        newer.delete()


def test_a_damaged_file_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(question: str) -> None:
        raise UnicodeDecodeError("utf-8", b"\xad", 0, 1, "invalid start byte")

    monkeypatch.setattr(stores, "_one", damaged)
    told = [it for it in examine() if it.name == "database"]
    assert [it.grade.value for it in told] == ["fail"]
    assert "cannot be read" in told[0].says
    assert "backup" in told[0].mend


def test_labels_that_no_worker_has_are_told() -> None:
    node = {"kind": "blueprint.call", "settings": {"labels": ["eu"]}}
    owner = User.objects.create_user("ada")
    for name, asked in (("Render", ["gpu"]), ("Draft", ["tpu"]), ("Call", [])):
        settings_ = {"labels": asked}
        nodes = {"start": {"kind": "trigger.manual"}} | ({} if asked else {"call": node})
        document = {"format": "conductor/1", "name": name, "nodes": nodes, "settings": settings_}
        made = create_blueprint(owner=owner, name=name, document=load(document))
        if name != "Draft":
            drawing = store_drawing(load(document))
            made.published = made.versions.create(number=1, drawing=drawing, published_by=owner)
            made.save()
    says = [it for it in examine() if it.name == "labels"]
    assert [it.grade.value for it in says] == ["warn", "warn"]
    assert says[0].says.startswith("Call asks for workers with eu, and none that takes runs")
    assert says[1].says.startswith("Render asks for workers with gpu")
    assert says[1].mend == "Start one: conductor worker --labels gpu"
    beat("rich-8-c", 0.5, ["gpu", "eu"])
    assert "labels" not in found()
    drain(["rich-8-c"])
    assert found()["labels"].startswith("warn")


def test_folders_that_are_not_shared_are_told(settings: Any, tmp_path: Path) -> None:
    settings.CONDUCTOR_VALUES = tmp_path
    name = f"{EMBEDDED}{host_name()}-1-a"
    Worker.objects.filter(name=name).update(store=SHARED)
    assert found()["values"] == f"fail: On this machine {not_shared([name])}"
    (tmp_path / MARKS).mkdir()
    (tmp_path / MARKS / name).touch()
    assert found() == {}
    Worker.objects.filter(name=name).update(store="It is not.")
    assert found()["values"] == f"fail: {name} says: It is not."


def test_secrets_of_another_key_are_told(settings: Any) -> None:
    owner = User.objects.create_user("ada")
    for name in ("Shop", "Bank", "Post", "Club"):
        keep(Credential(owner=owner, name=name, kind="bearer"), {"token": "of-the-old-key"})
    assert [it.says for it in examine() if it.name == "secrets"] == ["The key opens all 4."]
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another key " * 6 + "1234567890"
    (told,) = [it for it in examine() if it.name == "secrets"]
    assert told.grade.value == "fail"
    assert told.says == (
        "The key does not open 4 of 4: credential Bank, credential Club, credential Post "
        "and 1 more."
    )
    assert "CONDUCTOR_OLD_SECRET_KEYS" in told.mend
    settings.SECRET_KEY_FALLBACKS = [old]
    assert [it.grade.value for it in examine() if it.name == "secrets"] == ["ok"]
