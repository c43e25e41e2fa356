"""Blueprints inside pictures: PNG chunks and SVG metadata, sound, damaged and without one."""

from __future__ import annotations

import html
import json
import struct
import zlib

import pytest

from runner.graph import DocumentInvalid, to_json
from runner.graph.pictures import KEYWORD, load_file

DOCUMENT = {
    "format": "conductor/1",
    "name": "Grüße & <Zeichen> ]]>",
    "nodes": {"a": {"kind": "not.known.here", "parameters": {"x": "</metadata>"}}},
    "edges": [],
}
TEXT = json.dumps(DOCUMENT, ensure_ascii=False)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + b"".join([header, *chunks, pixels, chunk(b"IEND", b"")])


def text_chunk(text: bytes, packed: bool = False, keyword: str = KEYWORD) -> bytes:
    body = zlib.compress(text) if packed else text
    return chunk(b"iTXt", keyword.encode() + b"\0" + bytes([packed, 0]) + b"\0\0" + body)


def svg(metadata: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg">'
    return f"{head}{metadata}<rect/></svg>".encode()


@pytest.mark.parametrize("packed", [False, True])
def test_a_png_gives_its_blueprint_back(packed: bool) -> None:
    other = text_chunk(b"a comment", keyword="Comment")
    found = load_file(png(other, text_chunk(TEXT.encode(), packed)))
    assert to_json(found) == DOCUMENT


def test_an_svg_gives_its_blueprint_back() -> None:
    escaped = html.escape(TEXT)
    found = load_file(svg(f'<metadata id="{KEYWORD}">{escaped}</metadata>'))
    assert to_json(found) == DOCUMENT


@pytest.mark.parametrize(
    "content",
    [
        png(),
        png(text_chunk(b"x", keyword="Comment")),
        png(text_chunk(TEXT.encode())[:-1] + b"?"),
        png(text_chunk(TEXT.encode()))[:60],
        svg("<metadata>other</metadata>"),
        svg(""),
    ],
)
def test_a_picture_without_a_blueprint_says_so(content: bytes) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        load_file(content)
    assert caught.value.problems[0].code == "no_blueprint"


@pytest.mark.parametrize(
    "content",
    [
        png(text_chunk(b"garbage: [")),
        png(text_chunk(zlib.compress(b"x" * 20_000_000), packed=False)),
        png(text_chunk(b" " * 20_000_000, packed=True)),
        svg(f'<metadata id="{KEYWORD}">{{"nodes": 7}}</metadata>'),
        b"\x00\x01\x02",
    ],
)
def test_what_cannot_be_read_is_refused_as_any_document(content: bytes) -> None:
    with pytest.raises(DocumentInvalid):
        load_file(content)


def test_json_and_yaml_are_read_as_ever() -> None:
    assert to_json(load_file(TEXT.encode())) == DOCUMENT
    assert load_file(b"name: From YAML\nnodes: {}\n").name == "From YAML"
