"""A mail becomes what a run is started with, however it is encoded, and however broken it is."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.listeners.mail_parts import MOST_PARTS, read_mail


def rich() -> bytes:
    mail = EmailMessage()
    mail["From"] = '"Łukasz, of the shop" <l@shop.example>'
    mail["To"] = "Orders <orders@example.com>, other@example.com"
    mail["Subject"] = "Größe 4711 für 東京"
    mail["Date"] = "Mon, 29 Mar 2027 09:00:00 +0200"
    mail["Message-ID"] = "<1@shop.example>"
    mail.set_content("Zwei Stühle", charset="iso-8859-15")
    mail.add_alternative("<p>Zwei <img src='cid:logo'></p>", subtype="html")
    mail.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<logo>")  # type: ignore
    mail.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="Bücher.csv")
    inner = EmailMessage()
    inner["Subject"] = "within"
    inner.set_content("forwarded")
    mail.add_attachment(inner)
    return mail.as_bytes()


def test_bodies_addresses_and_attachments_are_decoded() -> None:
    found = read_mail(rich())
    assert found["from"] == {"name": "Łukasz, of the shop", "address": "l@shop.example"}
    assert [it["address"] for it in found["to"]] == ["orders@example.com", "other@example.com"]
    assert found["subject"] == "Größe 4711 für 東京"
    assert found["date"] == "2027-03-29T09:00:00+02:00"
    assert found["message_id"] == "<1@shop.example>"
    assert found["text"].strip() == "Zwei Stühle"
    assert "<p>Zwei" in found["html"]
    logo, books, inner = found["attachments"]
    assert (logo["content_type"], logo["inline"]) == ("image/png", True)
    assert base64.b64decode(logo["base64"]) == b"\x89PNG"
    assert (books["filename"], books["size"], books["inline"]) == ("Bücher.csv", 4, False)
    assert b"Subject: within" in base64.b64decode(inner["base64"])
    assert found["problem"] == ""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", {"subject": "", "text": ""}),
        (b"\xff\xfe\x00\x00", {"attachments": []}),
        (b"Subject: =?x-unknown?Q?caf=E9?=\r\n\r\nx", {"subject": "café"}),
        (b"Subject: =?utf-8?B?!!!?=\r\n\r\nx", {"text": "x"}),
        (b"Subject: caf\xc3\xa9\r\n\r\nx", {"subject": "café"}),
        (b"Content-Type: text/plain; charset=martian\r\n\r\ncaf\xe9", {"text": "café"}),
        (b"Content-Transfer-Encoding: base64\r\n\r\n%%%", {"attachments": []}),
        (b"Subject: a\0b\r\n\r\nc\0d", {"subject": "a\ufffdb", "text": "c\ufffdd"}),
        (b"Date: the 99th of Nonsense\r\n\r\nx", {"date": None}),
        (b"To: " + b"(" * 5000 + b"\r\n\r\nx", {"text": "x", "to": []}),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx", {"text": "x"}),
        (b"Content-Disposition: attachment; filename*=martian''%FF\r\n\r\nx", {"text": ""}),
    ],
)
def test_what_is_broken_is_read_as_well_as_it_goes(raw: bytes, expected: dict[str, Any]) -> None:
    found = read_mail(raw)
    assert {key: found[key] for key in expected} == expected
    json.dumps(found, ensure_ascii=False).encode()


def test_a_mail_of_many_or_deep_parts_is_bounded() -> None:
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 2000
    found = read_mail(many)
    assert found["text"].count("x") == MOST_PARTS
    assert "left out" in found["problem"]
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (it, it)
        for it in range(300)
    )
    assert read_mail(b"Subject: deep\r\n" + deep)["subject"] == "deep"


@given(st.binary(max_size=300), st.sampled_from([b"", b"From: ", b"Subject: =?", rich()[:600]]))
def test_nothing_that_anybody_sends_raises(raw: bytes, before: bytes) -> None:
    json.dumps(read_mail(before + raw), ensure_ascii=False).encode()
