"""
Attachments of edXML packets: the transport zip opened without trusting it, and the type told by magic bytes.

Source: edXML reference section 6 (zip rule) and section 10, rules 7 and 8.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from congkhai.plugin.errors import InputError

from .edxml_media import extension_of, fits, is_active, is_container, media_type
from .edxml_packet import Part
from .edxml_parse import Limits
from .edxml_reasons import attachment_error

_CHUNK = 64 * 1024
_RATIO_FROM = 1024 * 1024  # small texts of one repeated letter compress beyond any ratio and harm nobody
_LOCAL_HEADER = 30
_DIRECTORY_LIMIT = 1024 * 1024
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True, slots=True)
class Opened:
    """An attachment as it can be used: bytes out of their transport zip, and the type by magic bytes."""

    media_type: str
    content: bytes = field(repr=False)


def open_part(part: Part, limits: Limits, *, keep_active: bool = False) -> Opened:
    """
    Take an attachment out of its transport zip and check that it is what its name says.

    Args:
        part: from `congkhai.connectors.edxml_packet.read_packet`.
        limits: ``zip_entries``, ``unpacked`` and ``ratio`` count here.
        keep_active: keep programs, scripts, HTML, SVG and macro files (inert) instead of refusing them.

    Raises:
        InputError: code ``empty_attachment``, ``zip_…``, ``type_mismatch`` or ``active_content``.
    """
    where = f"attachment {part.ordinal}"
    if not part.content:
        raise attachment_error("empty_attachment", where)
    content, unpacked = part.content, False
    if is_transport_zip(part.name, content):
        content, unpacked = _unpack(content, part.name, limits, where), True
        if not content:
            raise attachment_error("empty_attachment", where)
    found = media_type(content)
    if not fits(extension_of(part.name), found):
        raise attachment_error("zip_mismatch" if unpacked else "type_mismatch", where)
    if not keep_active and is_active(part.name, content, found):
        raise attachment_error("active_content", where)
    return Opened(found, content)


def is_transport_zip(name: str, content: bytes) -> bool:
    """
    Decide by magic bytes whether a content travels inside a zip that is not part of the paper (section 6).

    The labels lie in real packets. A name that promises a zip is believed; one that promises an office or archive
    format is believed when the content is such a format.
    """
    if not content.startswith(_ZIP):
        return False
    return extension_of(name) != "zip" and not is_container(name, content)


def _unpack(content: bytes, name: str, limits: Limits, where: str) -> bytes:
    try:
        _check_directory(content, limits, where)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entry = _only_entry(archive, limits, where)
            inner = _inflate(archive, entry, limits, where)
    except InputError:
        raise
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError,
        RuntimeError, ValueError, OverflowError, IndexError, KeyError,
    ):  # fmt: skip
        # The cause is left out: the library's message quotes names out of the archive.
        raise attachment_error("zip_broken", where) from None
    if inner.startswith(_ZIP) and not is_container(name, inner):
        raise attachment_error("zip_nested", where)
    return inner


def _check_directory(content: bytes, limits: Limits, where: str) -> None:
    """Refuse an oversized central directory before the library reads it into memory."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - 65_557))
    if end < 0 or end + 22 > len(content):
        raise attachment_error("zip_broken", where)
    entries, size = struct.unpack_from("<HI", content, end + 10)
    if entries > limits.zip_entries or size > _DIRECTORY_LIMIT:
        raise attachment_error("zip_entries", where)


def _only_entry(archive: zipfile.ZipFile, limits: Limits, where: str) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) > limits.zip_entries:
        raise attachment_error("zip_entries", where)
    names = set()
    for entry in entries:
        _check_entry(entry, where)
        name = entry.orig_filename.casefold()
        if name in names:
            raise attachment_error("zip_duplicate_name", where)
        names.add(name)
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in ordered[1:]), archive.start_dir]
    for entry, end in zip(ordered, ends, strict=True):
        if entry.header_offset + _LOCAL_HEADER + entry.compress_size > end:
            raise attachment_error("zip_overlap", where)
    files = [entry for entry in entries if not entry.is_dir()]
    if len(files) != 1:
        # A transport zip holds one file; with several nobody can tell which one the name means.
        raise attachment_error("zip_mismatch", where)
    return files[0]


def _check_entry(entry: zipfile.ZipInfo, where: str) -> None:
    name = entry.orig_filename
    if entry.flag_bits & (0x1 | 0x40 | 0x2000):
        raise attachment_error("zip_encrypted", where)
    kind = (entry.external_attr >> 16) & 0o170000
    if kind not in {0, 0o100000, 0o040000}:
        raise attachment_error("zip_link", where)
    path = PurePosixPath(name.replace("\\", "/"))
    unsafe = any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in name)
    if not name or unsafe or path.is_absolute() or ".." in path.parts or name[1:2] == ":":
        raise attachment_error("zip_name", where)
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise attachment_error("zip_broken", where)


def _inflate(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, where: str) -> bytes:
    """Inflate one entry while counting; the sizes that the archive claims are not believed."""
    pieces, total = [], 0
    with archive.open(entry) as stream:
        while piece := stream.read(_CHUNK):
            total += len(piece)
            if total > limits.unpacked:
                raise attachment_error("zip_size", where)
            if total > _RATIO_FROM and total > limits.ratio * max(1, entry.compress_size):
                raise attachment_error("zip_ratio", where)
            pieces.append(piece)
    return b"".join(pieces)
