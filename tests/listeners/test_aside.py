"""A message that can never be accepted is set aside; what comes after it goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DataError, OperationalError
from django.test import Client
from django.urls import reverse

from conductor_site.command import CommandError, command_line
from runner.actions.triggered import start_triggered
from runner.listeners import control
from runner.listeners import held as holding
from runner.listeners.control import ReplayRefused, replay
from runner.listeners.held import Held, ListenFailed
from runner.models import Listener, MessageAside, Run
from tests.listeners.conftest import Site

NEVER = {"path": "huge", "size": 2**70}


@pytest.fixture
def held(site: Site, monkeypatch: pytest.MonkeyPatch) -> Held:
    """A listener; its database refuses numbers that have more than 64 bits."""

    def start(blueprint: Any, node: str, trigger: str, inputs: Any, **more: Any) -> Run:
        if inputs.get("size", 0) >= 2**63:
            raise DataError("more than 64-bit")
        return start_triggered(blueprint, node, trigger, inputs, **more)

    monkeypatch.setattr(holding, "PAUSE", 0.0)
    monkeypatch.setattr(holding, "start_triggered", start)
    monkeypatch.setattr(control, "start_triggered", start)
    row = site.listener("trigger.file", folder="inbox")
    return Held(row.pk, row.blueprint_id, row.epoch, row.kind, row.parameters, {}, 0)


def ask(*words: str) -> int:
    options = command_line().parse_args(["listeners", *words])
    return int(options.perform(options))


def test_what_can_never_be_accepted_is_set_aside_and_the_stream_goes_on(
    held: Held, caplog: pytest.LogCaptureFixture
) -> None:
    runs = held.take([{"path": "a"}, NEVER, {"path": "b"}], {"seen": 3})
    assert [run.inputs["path"] for run in runs] == ["a", "b"]
    row = Listener.objects.get()
    assert (row.cursor, row.count) == ({"seen": 3}, 2)
    message = MessageAside.objects.get()
    assert "64-bit" in message.reason
    assert str(2**70) in message.content
    assert "has set a message aside" in caplog.text
    with pytest.raises(ReplayRefused, match="still cannot be accepted"):
        replay(message, None)
    # Somebody mends it.
    MessageAside.objects.update(content='{"path": "huge", "size": 1}')
    assert replay(message, None).inputs == {"path": "huge", "size": 1}
    with pytest.raises(ReplayRefused, match="replayed or deleted"):
        replay(message, None)


def test_trouble_with_the_database_sets_nothing_aside(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OperationalError("disk full")

    monkeypatch.setattr(holding, "start_triggered", full)
    with pytest.raises(OperationalError):
        held.take([{"path": "a"}], {"seen": 1})
    assert not MessageAside.objects.exists()


def test_many_that_nobody_looks_at_stop_the_stream(
    held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "MOST_ASIDE", 1)
    with pytest.raises(ListenFailed, match="Replay or delete them"):
        held.take([NEVER, NEVER], {"seen": 2})
    assert Listener.objects.get().cursor == {}
    assert not MessageAside.objects.exists()


def test_listeners_are_controlled_from_the_command_line_and_the_admin(
    held: Held, capsys: pytest.CaptureFixture[str]
) -> None:
    held.take([NEVER, NEVER, NEVER], {})
    first, second, third = MessageAside.objects.order_by("id")
    assert ask("list") == 0
    assert f"{str(held.key)[:8]}  waiting" in capsys.readouterr().out
    assert ask("pause", str(held.key)[:8]) == 0
    assert ask("list", "--state", "paused", "--json") == 0
    assert '"state": "paused"' in capsys.readouterr().out
    assert ask("resume", "Listens/start") == 0
    with pytest.raises(CommandError, match="There is no listener 'x'"):
        ask("pause", "x")
    assert ask("aside") == 0
    assert capsys.readouterr().out.count("64-bit") == 3
    assert ask("replay", str(first.pk)) == 1
    assert ask("dismiss", str(first.pk)) == 0
    with pytest.raises(CommandError, match="No message"):
        ask("dismiss", str(first.pk))

    client = Client()
    client.force_login(User.objects.create_superuser("owner"))
    assert (
        b"2 messages that could not be accepted"
        in client.get(reverse("admin:runner_listener_change", args=[held.key])).content
    )
    MessageAside.objects.filter(pk=second.pk).update(content='{"path": "b"}')
    rows = reverse("admin:runner_messageaside_changelist")
    body = {"action": "replay_selected", "_selected_action": [str(second.pk), str(third.pk)]}
    page = client.post(rows, body, follow=True).content.decode()
    assert "1 of 2 messages started a run." in page
    assert Run.objects.get().inputs == {"path": "b"}
    one = reverse("admin:runner_messageaside_change", args=[third.pk])
    assert str(2**70) in client.get(one).content.decode()
    again = reverse("admin:runner_messageaside_replay", args=[third.pk])
    assert b"still cannot be accepted" in client.post(again, follow=True).content
    assert client.post(f"{rows}{third.pk}/delete/", {"post": "yes"}).status_code == 302
    assert MessageAside.objects.get() == second
