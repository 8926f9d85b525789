"""
The older form of edXML packets (công văn 512 era): a SOAP envelope with its attachments as MIME parts.

A packet is one multipart message (RFC 2045, RFC 2387 "related"): the first part, or the one that ``start`` names, is
the XML; the others are attachments, found by their ``Content-ID``. It is cut as bytes, without the standard library's
mail parser, which copies a large message several times over and repairs what it should refuse.
"""

import binascii
import quopri
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .edxml_parse import Limits
from .edxml_reasons import packet_error

_HEAD = 16 * 1024
"""Longest block of header lines, bytes."""
_BEGINS = re.compile(rb"\s*(?:mime-version|content-type)\s*:", re.IGNORECASE)
_BARE = re.compile(rb"\s*--([^\r\n]{1,70}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE)
_FIELD = re.compile(r"""([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))""")
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class LoosePart:
    """An attachment that travels beside the XML: id without brackets, name as its headers give it, bytes or None."""

    content_id: str
    name: str
    content: bytes | None = field(repr=False)


def is_mime(data: bytes) -> bool:
    """Tell whether a packet is a multipart message rather than XML."""
    head = data[:4096].removeprefix(b"\xef\xbb\xbf")
    return bool(_BEGINS.match(head) or _BARE.match(head))


def split_mime(data: bytes, limits: Limits) -> tuple[bytes, tuple[LoosePart, ...]]:
    """
    Cut a multipart packet into its XML and its attachments.

    Args:
        data: the whole packet.
        limits: ``attachments``, ``attachment`` and ``decoded`` count here.

    Returns:
        The XML's bytes, and the other parts in order; one whose transfer encoding is broken has no content.

    Raises:
        PacketError: ``mime_broken`` or a ``limit_…`` code.
    """
    start, boundary, first = _frame(data)
    found: list[tuple[Mapping[str, str], bytes]] = []
    for headers, body in _sections(data, start, boundary):
        found.append((headers, body))
        if len(found) > limits.attachments + 1:
            raise packet_error("limit_attachments")
    if not found:
        raise packet_error("mime_broken")
    ids = [_bare_id(headers.get("content-id", "")) for headers, _body in found]
    root = ids.index(first) if first and first in ids else 0
    xml = _decoded(found[root][0], found[root][1])
    if xml is None:
        raise packet_error("mime_broken")
    total, parts = 0, []
    for place, (headers, body) in enumerate(found):
        if place == root:
            continue
        content = _decoded(headers, body)
        total += len(content or b"")
        if content is not None and len(content) > limits.attachment:
            raise packet_error("limit_attachment_size")
        if total > limits.decoded:
            raise packet_error("limit_decoded_size")
        parts.append(LoosePart(ids[place], _name(headers), content))
    return xml, tuple(parts)


def _frame(data: bytes) -> tuple[int, bytes, str]:
    """Return where the parts begin, the boundary, and the id of the root part (empty: the first one)."""
    bare = _BARE.match(data[:4096].removeprefix(b"\xef\xbb\xbf"))
    if bare:
        return data.find(b"--"), bare[1], ""
    headers, start = _headers(data, len(data) - len(data.removeprefix(b"\xef\xbb\xbf").lstrip()))
    kind = headers.get("content-type", "")
    fields = _fields(kind)
    boundary = fields.get("boundary", "")
    if not kind.lower().startswith("multipart/") or not 0 < len(boundary) <= 70 or not boundary.isprintable():
        raise packet_error("mime_broken")
    return start, boundary.encode("utf-8"), _bare_id(fields.get("start", ""))


def _sections(data: bytes, start: int, boundary: bytes) -> Iterator[tuple[Mapping[str, str], bytes]]:
    mark = b"--" + boundary
    place = data.find(mark, start)
    while place >= 0:
        begin = place + len(mark)
        if data.startswith(b"--", begin):
            return
        line = data.find(b"\n", begin)
        end = _next(data, mark, begin)
        if line < 0 or end < 0:
            break  # no closing boundary: the message was cut off
        headers, body = _headers(data, line + 1, end)
        if headers.get("content-type", "").lower().startswith("multipart/"):
            break
        stop = end - 2 if data[end - 2 : end] == b"\r\n" else end - 1
        yield headers, data[body : max(body, stop)]
        place = end
    raise packet_error("mime_broken")


def _next(data: bytes, mark: bytes, begin: int) -> int:
    """Return where the next boundary line begins: at the start of a line only."""
    found = data.find(b"\n" + mark, begin)
    return found + 1 if found >= 0 else -1


def _headers(data: bytes, start: int, end: int | None = None) -> tuple[Mapping[str, str], int]:
    """Read header lines from `start`; return them, names in lower case, and where the body begins."""
    limit = min(len(data) if end is None else end, start + _HEAD)
    place, lines = start, list[str]()
    while place < limit:
        stop = data.find(b"\n", place, limit)
        if stop < 0:
            raise packet_error("mime_broken")
        line = data[place:stop].rstrip(b"\r").decode("utf-8", "replace")
        place = stop + 1
        if not line.strip():
            break
        if line[:1] in " \t" and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    else:
        raise packet_error("mime_broken")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}, place


def _decoded(headers: Mapping[str, str], body: bytes) -> bytes | None:
    how = headers.get("content-transfer-encoding", "").strip().lower()
    if how in _PLAIN:
        return body
    try:
        if how == "base64":
            return binascii.a2b_base64(body.translate(None, b" \t\r\n"), strict_mode=True)
        if how == "quoted-printable":
            return quopri.decodestring(body)
    except (binascii.Error, ValueError):
        return None
    raise packet_error("mime_broken")


def _fields(value: str) -> dict[str, str]:
    """Return the parameters of a header, names in lower case, quotes taken off."""
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        for name, quoted, plain in _FIELD.findall(value.partition(";")[2])
    }


def _name(headers: Mapping[str, str]) -> str:
    disposition = _fields(headers.get("content-disposition", ""))
    return disposition.get("filename") or _fields(headers.get("content-type", "")).get("name", "")


def _bare_id(text: str) -> str:
    bare = text.strip().removeprefix("<").removesuffix(">")
    return bare[4:].strip() if bare[:4].lower() == "cid:" else bare
