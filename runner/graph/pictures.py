"""Pictures that carry the blueprint which they show: PNG in a text chunk, SVG in its metadata."""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Iterator

from runner.graph.document import Document
from runner.graph.files import MOST_BYTES, load
from runner.graph.problems import DocumentInvalid, Problem

# The keyword of the PNG's iTXt chunk, and the id of the SVG's metadata element.
KEYWORD = "conductor-blueprint"
_PNG = b"\x89PNG\r\n\x1a\n"
_SVG = re.compile(rb"^\s*(?:<\?xml[^>]*\?>|<!--.*?-->|<!DOCTYPE[^>]*>|\s)*<svg[\s>]", re.DOTALL)
_METADATA = re.compile(
    rf"<metadata\b[^>]*\bid=[\"']{KEYWORD}[\"'][^>]*>(.*?)</metadata>", re.DOTALL
)


def load_file(content: bytes) -> Document:
    """Return the document that a file holds: JSON, YAML, or a picture with one inside.

    Raises DocumentInvalid where there is none, or where it cannot be read.
    """
    if content.startswith(_PNG):
        return load(_found(_in_png(content), "PNG"))
    if _SVG.match(content[:5000]):
        return load(_found(_in_svg(content), "SVG"))
    return load(content)


def is_picture(content: bytes) -> bool:
    """Say whether a file is a picture, which may hold a document."""
    return content.startswith(_PNG) or _SVG.match(content[:5000]) is not None


def _found(text: bytes | None, form: str) -> bytes:
    if text is None:
        raise DocumentInvalid(
            [
                Problem(
                    "no_blueprint",
                    f"This {form} picture holds no blueprint. Only pictures that Conductor has "
                    "exported do, unless another program has taken it out.",
                )
            ]
        )
    return text


def _in_svg(content: bytes) -> bytes | None:
    found = _METADATA.search(content.decode("utf-8", "replace"))
    if not found:
        return None
    text = found[1].strip()
    if text.startswith("<![CDATA["):
        return text.removeprefix("<![CDATA[").removesuffix("]]>").encode()
    return html.unescape(text).encode()


def _in_png(content: bytes) -> bytes | None:
    for kind, data in _chunks(content):
        keyword, _, rest = data.partition(b"\0")
        if kind != b"iTXt" or keyword != KEYWORD.encode() or len(rest) < 2:
            continue
        packed = rest[0] == 1
        _language, _, rest = rest[2:].partition(b"\0")
        _translated, _, text = rest.partition(b"\0")
        return _unpacked(text) if packed else text
    return None


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks whose checksum is right; what follows a damaged one is not looked at."""
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        end = at + 8 + length
        if end + 4 > len(content):
            return
        (sum_,) = struct.unpack_from(">I", content, end)
        if zlib.crc32(kind + data) != sum_:
            return
        yield kind, data
        at = end + 4


def _unpacked(text: bytes) -> bytes | None:
    """Unpack what another program has packed, but no more than a document may have."""
    try:
        return zlib.decompressobj().decompress(text, MOST_BYTES + 1)
    except zlib.error:
        return None
