"""
Reading zip files that may be hostile.

The central directory says what is there; every local header must agree with it, members follow one another without
gaps or overlaps from the first byte to the directory, and nothing stands after it. Bytes are counted while they are
inflated; sizes in headers are checked, never trusted.

Source: PKWARE APPNOTE 6.3 sections 4.3 and 4.4.
"""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from ._text import _
from .errors import ContainerError
from .limits import Limits
from .names import check_name, fold

_LOCAL = struct.Struct("<4s2HH2H3I2H")
_END_SIZE = 22
_PIECE = 256 * 1024


def entries(path: Path, limits: Limits) -> list[zipfile.ZipInfo]:
    """
    Return the members of a zip file, directory entries left out, in the order in which they lie in the file.

    Raises:
        ContainerError: not a zip file, broken, hostile, or beyond the limits.
        OSError: the file cannot be read.
    """
    _check_end(path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
            start, comment = archive.start_dir, archive.comment
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        raise _broken(_("không mở được như tệp zip ({reason})").format(reason=error)) from error
    if len(infos) > limits.members:
        raise _broken(_("có {count} tệp, quá giới hạn {limit}").format(count=len(infos), limit=limits.members))
    if sum(info.file_size for info in infos) > limits.container_bytes:
        raise _broken(_("tổng dung lượng khi giải nén vượt giới hạn"))
    if comment:
        raise _broken(_("có dữ liệu thừa ở cuối"))
    with path.open("rb") as stream:
        _check_layout(stream, infos, start)
    _check_names(infos)
    return [info for info in infos if not info.is_dir()]


def _broken(reason: str) -> ContainerError:
    return ContainerError(what=_("Gói không được chấp nhận: {reason}.").format(reason=reason), code="congkhai-S311")


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for info in infos:
        check_name(info.filename)
        folded = fold(info.filename)
        if folded in seen:
            raise _broken(_("hai tệp trùng tên {name}").format(name=ascii(info.filename)))
        seen.add(folded)
        if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise _broken(_("{name} không phải tệp thường").format(name=ascii(info.filename)))
        if info.is_dir() and info.file_size:
            raise _broken(_("thư mục {name} lại có nội dung").format(name=ascii(info.filename)))


def _check_layout(stream: BinaryIO, infos: list[zipfile.ZipInfo], directory: int) -> None:
    """Follow the local headers; each must begin where the one before ended."""
    position = 0
    for info in infos:
        if info.header_offset != position:
            raise _broken(_("có dữ liệu chen giữa hoặc các tệp chồng lên nhau"))
        position = _data_start(stream, info) + info.compress_size
        if info.flag_bits & 0x08:
            position += _descriptor_length(stream, position, info)
    if position != directory:
        raise _broken(_("có dữ liệu chen trước mục lục hoặc các tệp chồng lên nhau"))


def _data_start(stream: BinaryIO, info: zipfile.ZipInfo) -> int:
    stream.seek(info.header_offset)
    head = stream.read(_LOCAL.size)
    if len(head) != _LOCAL.size:
        raise _broken(_("tệp bị cắt cụt"))
    magic, _version, flags, method, _time, _date, crc, packed, size, name_length, extra_length = _LOCAL.unpack(head)
    name = stream.read(name_length)
    if magic != b"PK\x03\x04" or len(name) != name_length:
        raise _broken(_("tiêu đề tệp bị hỏng"))
    if flags & 0x41 or info.flag_bits & 0x41:
        raise _broken(_("có tệp bị mã hóa"))
    if method not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} or method != info.compress_type:
        raise _broken(_("cách nén không được chấp nhận"))
    try:
        shown = name.decode("utf-8" if flags & 0x800 else "cp437")
    except UnicodeDecodeError as error:
        raise _broken(_("tên tệp không phải UTF-8")) from error
    if shown != info.orig_filename or shown != info.filename or (flags ^ info.flag_bits) & 0x808:
        raise _broken(_("mục lục và tiêu đề của {name} không khớp").format(name=ascii(info.filename)))
    stated = (crc, packed, size)
    wide = 0xFFFFFFFF in (packed, size)
    if not flags & 0x08 and not wide and stated != (info.CRC, info.compress_size, info.file_size):
        raise _broken(_("mục lục và tiêu đề của {name} không khớp").format(name=ascii(info.filename)))
    start: int = info.header_offset + _LOCAL.size + name_length + extra_length
    return start


def _descriptor_length(stream: BinaryIO, position: int, info: zipfile.ZipInfo) -> int:
    """Return the length of the data descriptor after a member that was written as a stream."""
    stream.seek(position)
    head = stream.read(24)
    for signature in (b"PK\x07\x08", b""):
        for form in ("<3I", "<I2Q"):
            expected = signature + struct.pack(form, info.CRC, *_sizes(info, form))
            if head.startswith(expected):
                return len(expected)
    raise _broken(_("mô tả sau tệp {name} không khớp").format(name=ascii(info.filename)))


def _sizes(info: zipfile.ZipInfo, form: str) -> tuple[int, int]:
    mask = 0xFFFFFFFF if form == "<3I" else 0xFFFFFFFFFFFFFFFF
    return info.compress_size & mask, info.file_size & mask


class MemberReader(io.RawIOBase):
    """
    Reads one member, counting what comes out; reading to the end proves length and CRC.

    Raises ContainerError while reading when the member is not what the directory says, or inflates beyond the ratio.
    """

    def __init__(self, path: Path, info: zipfile.ZipInfo, limits: Limits) -> None:
        super().__init__()
        self._info, self._limits = info, limits
        self._file = path.open("rb")
        self._file.seek(_data_start(self._file, info))
        self._left = info.compress_size
        self._inflate = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        self._out = self._crc = 0
        self._finished = False

    def readable(self) -> bool:
        """Tell that this stream can be read."""
        return True

    def close(self) -> None:
        """Close the container's file."""
        self._file.close()
        super().close()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed names it WriteableBuffer
        """Fill the buffer; 0 at the end, which is only reached when everything agrees."""
        if self._inflate is None:
            return self._stored(buffer)
        piece = self._next(self._inflate, len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _stored(self, buffer: memoryview) -> int:
        if self._finished:
            return 0
        target = memoryview(buffer)[: self._left]
        count = self._file.readinto(target)
        self._left -= count
        self._finished = not count
        self._count(target[:count])
        return count

    def _next(self, inflate: "zlib._Decompress", size: int) -> bytes:
        piece = b""
        while not piece and not self._finished:
            piece = self._inflated(inflate, size)
            self._count(piece)
        return piece

    def _inflated(self, inflate: "zlib._Decompress", size: int) -> bytes:
        data = inflate.unconsumed_tail
        if not data and self._left:
            data = self._file.read(min(_PIECE, self._left))
            self._left -= len(data)
        try:
            piece = inflate.decompress(data, size)
        except zlib.error as error:
            raise self._wrong() from error
        if inflate.eof:
            self._finished = not piece
            if inflate.unused_data or self._left:
                raise self._wrong()
        elif not piece and not data:
            raise self._wrong()
        return piece

    def _count(self, piece: bytes | memoryview) -> None:
        self._out += len(piece)
        self._crc = zlib.crc32(piece, self._crc)
        if self._out > self._info.file_size:
            raise self._wrong()
        if self._out > self._limits.ratio_from and self._out > self._limits.ratio * max(self._info.compress_size, 1):
            raise _broken(_("{name} nén quá mức cho phép").format(name=ascii(self._info.filename)))
        if self._finished and (self._out != self._info.file_size or self._crc != self._info.CRC):
            raise self._wrong()

    def _wrong(self) -> ContainerError:
        return _broken(_("nội dung {name} bị hỏng hoặc không đúng độ dài").format(name=ascii(self._info.filename)))


def _check_end(path: Path) -> None:
    """Refuse a zip file whose last bytes are not its own end record (raises ContainerError)."""
    with path.open("rb") as stream:
        stream.seek(0, io.SEEK_END)
        if stream.tell() < _END_SIZE:
            raise _broken(_("tệp bị cắt cụt"))
        stream.seek(-_END_SIZE, io.SEEK_END)
        tail = stream.read(_END_SIZE)
    if not tail.startswith(b"PK\x05\x06") or tail[-2:] != b"\x00\x00":
        raise _broken(_("có dữ liệu thừa ở cuối"))
