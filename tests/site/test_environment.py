"""Settings from the environment: typed, and loud where they are wrong."""

import stat
from pathlib import Path

import pytest

from conductor_site import environment, home


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
        environment.database("CONDUCTOR_DATABASE_URL", Path("db.sqlite3"))
    assert "hunter2" not in str(raised.value)
    assert "postgresql://" in str(raised.value)


def test_a_postgresql_address_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_DATABASE_URL", "postgresql://me:p%40ss@db:5433/conductor")
    database = environment.database("CONDUCTOR_DATABASE_URL", Path("db.sqlite3"))
    assert database["PASSWORD"] == "p@ss"
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db", "5433", "conductor")


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    key = home.secret_key(folder)
    assert len(key) >= 50
    assert home.secret_key(folder) == key
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir() if path.name.startswith("secret")] == [
        "secret.key"
    ]
