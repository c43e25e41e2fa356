"""Settings from the environment: typed, and loud where they are wrong."""

import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conductor_site import environment, home
from runner.queue.labels import LEASE


def test_a_wrong_number_names_the_variable_and_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(environment.WrongSetting, match=r"PORT is 'eighty'.*from 1 to 65535"):
        environment.number("PORT", 8000, least=1, most=65535)


@pytest.mark.parametrize("value", ["0", "65536", "-1", "٣", "1e3"])
def test_a_number_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PORT", value)
    with pytest.raises(environment.WrongSetting):
        environment.number("PORT", 8000, least=1, most=65535)


def test_a_flag_takes_only_known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DEBUG", "Yes")
    assert environment.flag("CONDUCTOR_DEBUG", default=False) is True
    monkeypatch.setenv("CONDUCTOR_DEBUG", "maybe")
    with pytest.raises(environment.WrongSetting, match="CONDUCTOR_DEBUG"):
        environment.flag("CONDUCTOR_DEBUG", default=False)


def test_a_wrong_database_address_is_shown_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "mysql://me:hunter2@db/conductor")
    with pytest.raises(environment.WrongSetting) as raised:
        environment.database("CONDUCTOR_DATABASE_URL", Path("db.sqlite3"), 8)
    assert "hunter2" not in str(raised.value)
    assert "postgresql://" in str(raised.value)


def test_a_postgresql_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://me:p%40ss@db:5433/conductor")
    database = environment.database("CONDUCTOR_DATABASE_URL", Path("db.sqlite3"), 8)
    assert database["PASSWORD"] == "p@ss"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "conductor")


def test_who_is_cut_off_from_postgresql_holds_no_rows_for_longer_than_its_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://db/conductor")
    options: Any = environment.database("CONDUCTOR_DATABASE_URL", Path("db"), 8)["OPTIONS"]
    lease = LEASE.total_seconds() * 1000
    assert 0 < options["tcp_user_timeout"] < lease
    asked = dict(re.findall(r"-c (\w+)=(\d+)", options["options"]))
    assert 0 < int(asked["idle_in_transaction_session_timeout"]) < lease
    # Nor does anybody wait for what another program has locked longer than the operator wants.
    assert asked["lock_timeout"] == "8000"


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    key = home.secret_key(folder)
    assert len(key) >= 50
    assert home.secret_key(folder) == key
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir() if path.name.startswith("secret")] == [
        "secret.key"
    ]


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda name: environment.time_zone(name, "UTC"), "Mars/Base"),
        (lambda name: environment.time_zone(name, "UTC"), "../secret"),
        (lambda name: environment.choice(name, "WARNING", ("INFO", "WARNING")), "loud"),
        (environment.origins, "conductor.example.com"),
        (environment.channel_layer, "amqp://host"),
        (environment.channel_layer, "redis://"),
        (environment.origins, "https://conductor.example.com/path"),
        (
            lambda name: environment.database(name, Path("db"), 8),
            "postgresql://me@db:port/conductor",
        ),
    ],
)
def test_a_value_that_would_fail_later_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, reader: Callable[[str], object], value: str
) -> None:
    monkeypatch.setenv("CONDUCTOR_TRIED", value)
    with pytest.raises(environment.WrongSetting, match="CONDUCTOR_TRIED"):
        reader("CONDUCTOR_TRIED")


def test_good_values_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_TRIED", "info")
    assert environment.choice("CONDUCTOR_TRIED", "WARNING", ("INFO", "WARNING")) == "INFO"
    monkeypatch.setenv("CONDUCTOR_TRIED", "https://a.example, https://b.example:8443")
    assert environment.origins("CONDUCTOR_TRIED") == {"https://a.example", "https://b.example:8443"}


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(environment.WrongSetting, match=r"CONDUCTOR_HOME is .*Not a directory"):
        home.prepare(tmp_path / "file" / "home")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("redis://:hunter2@host", "a name is of a-z"),
        ("Orders=redis://:hunter2@host", "a name is of a-z"),
        ("orders=https://:hunter2@host", "'orders' has no URL of redis"),
        ("orders=redis://:hunter2@host:port", "'orders' has no URL of redis"),
        ("a=mqtt://host a=mqtts://:hunter2@host", "'a' is there twice"),
        ("orders=redis:///0", "'orders' has no URL of redis"),
        ("shop=postgresql:///", "'shop' has no URL of redis"),
    ],
)
def test_a_wrong_connection_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    monkeypatch.setenv("CONDUCTOR_CONNECTIONS", value)
    with pytest.raises(environment.WrongSetting, match=said) as raised:
        environment.connections("CONDUCTOR_CONNECTIONS")
    assert "hunter2" not in str(raised.value)
    monkeypatch.setenv(
        "CONDUCTOR_CONNECTIONS",
        " a=mqtt://host\n b-1=redis://:p%40@[::1]:6379/0 c=postgresql:///shop",
    )
    assert environment.connections("CONDUCTOR_CONNECTIONS") == {
        "a": "mqtt://host",
        "b-1": "redis://:p%40@[::1]:6379/0",
        "c": "postgresql:///shop",
    }
