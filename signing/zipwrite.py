"""
Writing zip files whose members are stored, in one go from the first byte to the last.

Length and CRC of a member are known before it is written, so that nothing is ever patched afterwards: what has been
written can be hashed and sent to the disk at once. Equal content gives equal bytes.

Source: PKWARE APPNOTE 6.3 sections 4.3 and 4.4; EN 319 162-1 annex A.1 (mimetype first, stored, without extra field).
"""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from .streams import CHUNK, StreamDigest

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s4B4H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_WIDE = 0x7FFFFFFF
"""From here on lengths and places are written with 64 bits; some programs read 32 bits with a sign."""
_ALL = 0xFFFFFFFF
_FIRST_DAY = (1 << 5) | 1
"""1 January 1980, the format's first day: equal content must give equal bytes."""
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
_UTF8 = 0x800
_FLUSH = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class _Entry:
    name: bytes
    flags: int
    crc: int
    size: int
    offset: int


class StoredZip:
    """
    A zip file that grows at its end only, and its SHA-256 with it.

    Call `begin` once for each member and `write` for its bytes; `finish` writes the directory.
    """

    def __init__(self, stream: BinaryIO, digest: StreamDigest) -> None:
        """Begin at the start of an empty file; `digest` is fed with all that is written."""
        self._stream, self._digest = stream, digest
        self._entries: list[_Entry] = []
        self._offset = self._flushed = 0

    def begin(self, name: str, size: int, crc: int) -> None:
        """Write the header of a member whose `size` bytes follow."""
        encoded = name.encode()
        entry = _Entry(encoded, 0 if name.isascii() else _UTF8, crc, size, self._offset)
        self._entries.append(entry)
        wide = size > _WIDE
        extra = struct.pack("<2H2Q", 1, 16, size, size) if wide else b""
        shown = _ALL if wide else size
        self.write(
            _LOCAL.pack(
                b"PK\x03\x04", 45 if wide else 20, entry.flags, 0, 0, _FIRST_DAY, crc, shown, shown, len(encoded),
                len(extra),
            )
            + encoded
            + extra
        )  # fmt: skip

    def write(self, piece: bytes) -> None:
        """Write bytes of the member that was begun last."""
        self._digest.update(piece)
        self._stream.write(piece)
        self._offset += len(piece)
        if self._offset - self._flushed >= _FLUSH and len(piece) == CHUNK:
            self._send()

    def add(self, name: str, data: bytes, crc: int) -> None:
        """Write a whole member."""
        self.begin(name, len(data), crc)
        self.write(data)

    def finish(self) -> None:
        """Write the directory and the end record."""
        start = self._offset
        for entry in self._entries:
            self.write(_central(entry))
        size, count = self._offset - start, len(self._entries)
        if start + size > _WIDE or count >= 0xFFFF:
            self.write(
                _END64.pack(b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, start)
                + _LOCATOR.pack(b"PK\x06\x07", 0, start + size, 1)
            )
            start, size, count = min(start, _ALL), min(size, _ALL), min(count, 0xFFFF)
        self.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))

    def _send(self) -> None:
        """Have the system begin to write to the disk, so that the flush at the end finds little left to do."""
        self._stream.flush()
        if hasattr(os, "posix_fadvise"):
            place, self._flushed = self._flushed, self._offset
            os.posix_fadvise(self._stream.fileno(), place, self._offset - place, os.POSIX_FADV_DONTNEED)


def _central(entry: _Entry) -> bytes:
    values = [value for value in (entry.size, entry.size, entry.offset) if value > _WIDE]
    extra = struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values) if values else b""
    size, offset = (_ALL if value > _WIDE else value for value in (entry.size, entry.offset))
    version = 45 if values else 20
    return (
        _CENTRAL.pack(
            b"PK\x01\x02", version, _UNIX, version, 0, entry.flags, 0, 0, _FIRST_DAY, entry.crc, size, size,
            len(entry.name), len(extra), 0, 0, 0, _REGULAR_FILE, offset,
        )
        + entry.name
        + extra
    )  # fmt: skip
