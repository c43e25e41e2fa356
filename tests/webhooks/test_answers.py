"""What a respond node may send, and what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from runner.webhooks.answers import AnswerInvalid, from_node, problem


async def sent(answer: Any, *, head: bool = False) -> tuple[int, dict[bytes, bytes], bytes]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await answer.send(send, head=head)
    start, body = messages
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize(
    ("body", "content", "kind"),
    [
        ("héllo", "héllo".encode(), b"text/plain; charset=utf-8"),
        ({"a": 1}, b'{"a":1}', b"application/json"),
        ([1], b"[1]", b"application/json"),
        (0, b"0", b"application/json"),
        (None, b"", None),
    ],
)
async def test_a_text_is_sent_as_it_is_and_other_values_as_json(
    body: Any, content: bytes, kind: bytes | None
) -> None:
    status, headers, got = await sent(from_node({"status": 201, "headers": {}, "body": body}))
    assert (status, got, headers.get(b"content-type")) == (201, content, kind)
    assert headers[b"content-length"] == str(len(content)).encode()


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"headers": {"X-A": "a\r\nSet-Cookie: x=1"}}, "'X-A'"),
        ({"headers": {"X-A": "a\nb"}}, "'X-A'"),
        ({"headers": {"X-A": "a\0"}}, "'X-A'"),
        ({"headers": {"X-A": "☃"}}, "'X-A'"),
        ({"headers": {"X-A\r\nX-B": "a"}}, "name of a header"),
        ({"headers": {"": "a"}}, "name of a header"),
        ({"headers": {"X-A": ["a"]}}, "neither a text nor a number"),
        ({"headers": ["X-A"]}, "not an object"),
        ({"status": 99}, "99"),
        ({"status": 100}, "100"),
        ({"status": 600}, "600"),
        ({"status": "200"}, "'200'"),
        ({"status": True}, "True"),
        ({"file": "&"}, "not valid base64"),
        ({"file": {"filename": "a.png"}}, "neither base64 nor"),
        ({"file": None}, "neither base64 nor"),
        ({"file": {"base64": "", "content_type": "a\r\nX: b"}}, "'content-type'"),
    ],
)
def test_what_no_response_can_carry_is_refused(response: dict[str, Any], reason: str) -> None:
    with pytest.raises(AnswerInvalid) as caught:
        from_node(response)
    assert reason in str(caught.value)


async def test_headers_of_the_server_and_of_the_whole_site_are_dropped() -> None:
    given = {
        "Connection": "close",
        "Transfer-Encoding": "chunked",
        "Content-Length": "1",
        "Set-Cookie": "conductor_session=mine",
        "Content-Security-Policy": "default-src *",
        "Clear-Site-Data": "*",
        "X-Kept": 7,
        "Content-Type": "text/html",
    }
    _, headers, body = await sent(from_node({"headers": given, "body": "<b>hi</b>"}))
    assert body == b"<b>hi</b>"
    assert headers == {
        b"x-kept": b"7",
        b"content-type": b"text/html",
        b"content-security-policy": b"sandbox",
        b"x-content-type-options": b"nosniff",
        b"content-length": b"9",
    }


@pytest.mark.parametrize(
    ("file", "kind", "saved_as"),
    [
        ("iVBORw==", b"application/octet-stream", None),
        (
            {"base64": "iVBORw==", "filename": "a.png"},
            b"image/png",
            b'attachment; filename="a.png"',
        ),
        (
            {"base64": "iVBORw==", "filename": "é.bin", "content_type": "image/png"},
            b"image/png",
            b"attachment; filename*=utf-8''%C3%A9.bin",
        ),
    ],
)
async def test_a_file_is_sent_byte_for_byte_with_its_kind_and_name(
    file: Any, kind: bytes, saved_as: bytes | None
) -> None:
    _, headers, body = await sent(from_node({"headers": {"X-A": 1}, "file": file}))
    assert body == b"\x89PNG"
    assert (headers[b"content-type"], headers.get(b"content-disposition")) == (kind, saved_as)
    assert headers[b"x-a"] == b"1"


async def test_what_the_blueprint_says_of_a_file_counts_more_than_what_the_file_says() -> None:
    said = {"Content-Type": "text/csv", "Content-Disposition": "inline"}
    file = {"base64": "YQ==", "filename": "a.png"}
    _, headers, _ = await sent(from_node({"headers": said, "file": file}))
    assert (headers[b"content-type"], headers[b"content-disposition"]) == (b"text/csv", b"inline")


async def test_no_content_has_no_length_and_head_no_body() -> None:
    status, headers, body = await sent(from_node({"status": 204, "body": "lost"}))
    assert (status, body) == (204, b"")
    assert b"content-length" not in headers
    status, headers, body = await sent(from_node({"body": "four"}), head=True)
    assert (headers[b"content-length"], body) == (b"4", b"")


async def test_a_problem_has_the_shape_that_the_api_has() -> None:
    status, headers, body = await sent(problem(404, "not_found", "There is none.", run="r"))
    assert status == 404
    assert headers[b"content-type"] == b"application/problem+json"
    assert body == (
        b'{"type":"about:blank","title":"Not Found","status":404,'
        b'"detail":"There is none.","code":"not_found","run":"r"}'
    )
