"""
Safe parsing of one edXML packet: bytes in, a bounded element tree out, nothing outside touched.

Source: edXML reference section 10, rules 1, 2, 5 (QCVN 102:2016/BTTTT publishes no schema to validate against).
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from .edxml_reasons import PacketError, packet_error

_CHUNK = 64 * 1024
_HUGE = 9 * 1024 * 1024  # libxml2 refuses text nodes above 10 MB unless told that the tree may be huge
_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(rb"<\?xml[ \t\r\n]")
_ENCODING = re.compile(rb"""[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*["']([^"']*)["']""")
_WHITE = b" \t\r\n"

ATTACHMENT_TEXT = "ContentTransferEncoded"
"""The one element whose text is attachment data and not under the text limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a packet may cost (edXML reference section 10, rules 5 and 7).

    Attributes:
        packet: bytes of the whole packet.
        depth: nesting of elements, the root counts as 1.
        elements: elements in the packet.
        attributes: attributes of one element.
        text: bytes of text of one element that is not attachment data.
        receivers: ``To`` elements.
        attachments: ``Attachment`` elements.
        attachment: bytes of one attachment after base64.
        decoded: bytes of all attachments after base64.
        seconds: time for parsing.
        zip_entries: entries of a transport zip.
        unpacked: bytes of one unpacked entry.
        ratio: unpacked to packed, looked at above 1 MiB.
    """

    packet: int = 128 * 1024**2
    depth: int = 32
    elements: int = 20_000
    attributes: int = 32
    text: int = 64 * 1024
    receivers: int = 5_000
    attachments: int = 200
    attachment: int = 100 * 1024**2
    decoded: int = 256 * 1024**2
    seconds: float = 60.0
    zip_entries: int = 100
    unpacked: int = 100 * 1024**2
    ratio: int = 100


def parse_tree(
    data: bytes, limits: Limits, *, trim: int = 0, monotonic: Callable[[], float] = time.monotonic
) -> tuple[etree._Element, int]:
    """
    Parse a packet without DTD, entities, network or recovery.

    Args:
        data: the packet's original bytes.
        limits: see `Limits`.
        trim: how many stray bytes before the declaration may be cut off, 0 to refuse any.
        monotonic: seconds that only grow; for the time limit.

    Returns:
        The root element, without comments and processing instructions, and the number of bytes cut off in front.

    Raises:
        PacketError: ``empty``, ``encoding``, ``leading_junk``, ``dtd``, ``not_wellformed`` or a ``limit_…`` code.
    """
    if len(data) > limits.packet:
        raise packet_error("limit_packet_size")
    body, junk = _without_junk(data, trim)
    _check_encoding(body)
    # Well-formed XML knows these only in the prolog; elsewhere they would stand escaped. The packet is UTF-8 by now, so
    # the bytes cannot hide behind another encoding.
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise packet_error("dtd")
    return _feed(body, limits, monotonic), junk


def _without_junk(data: bytes, trim: int) -> tuple[bytes, int]:
    if not data.strip(_WHITE):
        raise packet_error("empty")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:4]:
        raise packet_error("encoding")
    body = data.removeprefix(_BOM)
    if body.startswith(b"<"):
        return body, 0
    start = _start_of_xml(body)
    if start is None:
        raise packet_error("not_wellformed")
    if body[:start].strip(_WHITE) == b"" and not _DECLARATION.match(body, start):
        return body[start:], 0  # white space before a root without declaration is legal
    if start > trim:
        raise packet_error("leading_junk")
    return body[start:].removeprefix(_BOM), len(data) - len(body) + start


def _start_of_xml(body: bytes) -> int | None:
    """Return where the declaration begins, or failing that the first tag; None when there is neither."""
    declaration = _DECLARATION.search(body)
    start = declaration.start() if declaration else body.find(b"<")
    return None if start < 0 else start


def _check_encoding(body: bytes) -> None:
    if not _DECLARATION.match(body):
        return
    end = body.find(b"?>", 0, 1024)
    if end < 0:
        raise packet_error("not_wellformed")
    declared = _ENCODING.search(body, 0, end)
    if declared and declared[1].strip().lower() not in {b"utf-8", b"utf8"}:
        raise packet_error("encoding")


def _feed(body: bytes, limits: Limits, monotonic: Callable[[], float]) -> etree._Element:
    parser: etree.XMLPullParser[etree._Element] = etree.XMLPullParser(
        events=("start", "end"), encoding="utf-8", resolve_entities=False, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, no_network=True, recover=False, huge_tree=len(body) > _HUGE, remove_comments=True,
        remove_pis=True,
    )  # fmt: skip
    meter = _Meter(limits)
    deadline = monotonic() + limits.seconds
    try:
        for position in range(0, len(body), _CHUNK):
            parser.feed(body[position : position + _CHUNK])
            meter.read(parser)
            if monotonic() > deadline:
                raise packet_error("limit_parse_time")
        root = parser.close()
        meter.read(parser)
    except etree.LxmlError as error:
        # libxml2 has limits of its own: when ours was crossed too, ours is the better answer.
        meter.read(parser)
        # The library's message may quote the packet, so it is not chained into what people or logs see.
        raise packet_error("not_wellformed") from _quiet(error)
    if root is None or root.getroottree().docinfo.doctype:
        raise packet_error("dtd" if root is not None else "not_wellformed")
    return root


def local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _quiet(error: Exception) -> Exception:
    return ValueError(type(error).__name__)


class _Meter:
    """Counts what a packet costs while it is being parsed, and stops it at the first limit it crosses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0

    def read(self, parser: "etree.XMLPullParser[etree._Element]") -> None:
        """Take what the parser has seen since the last call. Raises PacketError."""
        for event, element in parser.read_events():
            if event == "start":
                self._start(element)
            else:
                self._end(element)

    def _start(self, element: etree._Element) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise packet_error("limit_depth")
        if self._elements > self._limits.elements:
            raise packet_error("limit_elements")
        if len(element.attrib) > self._limits.attributes:
            raise packet_error("limit_attributes")
        for value in element.attrib.values():
            self._text(str(value))

    def _end(self, element: etree._Element) -> None:
        self._depth -= 1
        if local_name(element) != ATTACHMENT_TEXT:
            self._text(element.text)
        for child in element:
            self._text(child.tail)

    def _text(self, text: str | None) -> None:
        # Four bytes is the most one character takes in UTF-8: only texts near the limit are measured exactly.
        if text and len(text) * 4 > self._limits.text and len(text.encode()) > self._limits.text:
            raise packet_error("limit_text")


__all__ = ["ATTACHMENT_TEXT", "Limits", "PacketError", "local_name", "parse_tree"]
