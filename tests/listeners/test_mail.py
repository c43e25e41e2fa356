"""Mails start runs: each once, over restarts and new numbers, from a real IMAP server."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from runner.listeners.mail import _Box
from runner.models import Run
from tests.listeners import imap_server
from tests.listeners.conftest import Site, came, stands
from tests.listeners.imap_server import Mailbox, Server
from tests.patience import until

pytestmark = pytest.mark.skipif(
    not imap_server.installed(), reason="needs Dovecot (apt install dovecot-imapd)"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with imap_server.running() as it:
        yield it


@pytest.fixture
def box(server: Server, site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    found = server.mailbox()
    settings.CONDUCTOR_CONNECTIONS = {"office": found.url}
    monkeypatch.setattr("runner.listeners.mail.POLL", 0.05)
    return found


def mail(subject: str, body: str = "hello", sender: str = "ada@shop.example") -> bytes:
    made = EmailMessage()
    made["Message-ID"] = f"<{subject.replace(' ', '.')}@shop.example>"
    made["From"], made["To"], made["Subject"] = sender, "orders@example.com", subject
    made.set_content(body)
    return made.as_bytes()


def subjects(runs: list[Run]) -> list[str]:
    return [run.inputs["subject"] for run in runs]


def test_each_mail_starts_one_run_also_over_restarts_and_new_numbers(
    site: Site, box: Mailbox
) -> None:
    box.put(mail("before"))
    row = site.listener("trigger.email", connection="office")
    site.work()
    until(lambda: stands(row, "listening")() and row.cursor)
    box.put(mail("one"))
    (run,) = until(came(1))
    assert run.trigger == "email"
    assert run.inputs["from"] == {"name": "", "address": "ada@shop.example"}
    assert (run.inputs["uid"], run.inputs["folder"]) == (2, "INBOX")
    assert run.inputs["text"].strip() == "hello"
    assert box.flags() == {1: (), 2: ()}
    site.leave()
    # What comes while nobody listens starts its run later; what was moved out and in does not.
    box.put(mail("two"), b"\xff\0 no mail at all", mail("one"))
    site.work()
    runs = until(came(3))
    assert subjects(runs) == ["one", "two", ""]
    until(lambda: stands(row, "listening")() and row.cursor["next"] == 6)
    site.leave()
    # The server numbers its mails anew: those that were taken are known by what they are.
    for index in (box.root / "mail" / box.user).rglob("dovecot-uidlist"):
        index.unlink()
    for index in (box.root / "mail" / box.user).rglob("dovecot.index*"):
        index.unlink()
    before = row.cursor["validity"]
    site.work()
    until(lambda: stands(row, "listening")() and row.cursor["validity"] != before)
    box.put(mail("three"))
    assert subjects(until(came(4)))[3] == "three"
    until(lambda: stands(row, "listening")() and row.cursor["since"] is None)


def test_mails_are_chosen_marked_and_moved(site: Site, box: Mailbox) -> None:
    box.put(mail("Order 1"), mail("Order 2", sender="mallory@bad.example"), mail("News"))
    box.put(mail("Order 3"), flags=(b"\\Seen",))
    site.listener(
        "trigger.email",
        connection="office",
        begin="all",
        sender="SHOP.example",
        subject="order",
        unseen=True,
        after="move",
        move_to="Done",
    )
    site.work()
    assert subjects(until(came(1))) == ["Order 1"]
    until(lambda: set(box.flags()) == {2, 3, 4})
    assert set(box.flags("Done")) == {1}


def test_what_was_kept_but_not_marked_is_marked_by_whoever_listens_next(
    site: Site, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(mail("Order 1"), mail("Big", "x" * 1_100_000))
    row = site.listener("trigger.email", connection="office", begin="all", after="seen", largest=1)
    with monkeypatch.context() as patched:
        patched.setattr(_Box, "_put_away", lambda *_: (_ for _ in ()).throw(OSError("cut off")))
        site.work()
        until(stands(row, "trouble"))
        site.leave()
    assert box.flags() == {1: (), 2: ()}
    type(row).objects.update(retry_at=None)
    site.work()
    _, big = until(came(2))
    until(lambda: all(b"\\Seen" in it for it in box.flags().values()))
    assert (big.inputs["subject"], big.inputs["text"]) == ("Big", "")
    assert big.inputs["problem"] == "It is larger than 1 MB; only its headers came."


@pytest.mark.parametrize("how", ["starttls", "token", "polled"])
def test_a_mailbox_is_reached_in_each_way(
    site: Site, box: Mailbox, how: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if how == "token":
        (site.files / "token").write_text(box.token() + "\n")
        url = f"imaps://{box.user}@localhost:{box.tls}?auth=xoauth2&secret={site.files}/token"
    else:
        url = box.url.replace("imaps", "imap").replace(str(box.tls), str(box.plain))
    settings.CONDUCTOR_CONNECTIONS = {"office": url}
    if how == "polled":
        has = "imapclient.IMAPClient.has_capability"
        monkeypatch.setattr(has, lambda _, name: name not in {"IDLE", "MOVE"})
    row = site.listener("trigger.email", connection="office", after="move", move_to="Done")
    site.work()
    until(lambda: stands(row, "listening")() and row.cursor)
    box.put(mail("one"))
    until(came(1))
    until(lambda: not box.flags())
    assert len(box.flags("Done")) == 1


@pytest.mark.parametrize(
    ("url", "given", "said"),
    [
        ("imaps://{user}:wrong-hunter2@localhost:{tls}", {}, "AUTHENTICATIONFAILED"),
        ("imaps://{user}:wrong-hunter2@localhost:1", {}, "refused"),
        ("imaps://{user}:wrong-hunter2@localhost:{plain}", {}, "SSL"),
        ("imap://{user}:wrong-hunter2@localhost:{plain}?tls=never", {}, "starttls, none"),
        ("imaps://{user}@localhost:{tls}", {}, "a user and a password or token are missing"),
        ("imaps://{user}@localhost:{tls}?secret=/nowhere", {}, "cannot be read"),
        ("", {"folder": "Gone"}, "The mailbox has no folder 'Gone'."),
    ],
)
def test_a_mailbox_that_cannot_be_listened_to_is_told_without_its_password(
    site: Site,
    box: Mailbox,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
    url: str,
    given: dict[str, str],
    said: str,
) -> None:
    found = url.format(user=box.user, tls=box.tls, plain=box.plain) or box.url
    settings.CONDUCTOR_CONNECTIONS = {"office": found}
    row = site.listener("trigger.email", connection="office", **given)
    site.work()
    until(stands(row, "trouble"))
    assert said in row.error
    site.leave()
    assert "wrong-hunter2" not in row.error + caplog.text
