"""
Writing ASiC-E containers: one XAdES signature file per signer, each over every data file.

Members are stored, not compressed: equal content then gives equal bytes on every machine, whatever its zlib, and no
harmless file can look like a zip bomb. Papers (PDF, photos) are compressed in themselves already.

Source: EN 319 162-1 (ASiC-E with XAdES); ODF 1.2 part 3 (manifest).
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO

from ._text import _
from ._xades_text import SignedObject, escape_attribute
from .errors import ContainerError, PrepareError
from .names import CONTAINER_TYPE, MANIFEST_NAME, META, MIMETYPE, check_name, fold, uri_of
from .prepared import Prepared
from .streams import StreamDigest, crc32_of, pieces
from .xades_b import check_value, fill_value, finish_preparation
from .xmlsafe import ASIC, MANIFEST, is_xml_text
from .zipwrite import StoredZip


@dataclass(frozen=True, slots=True)
class Member:
    """
    A data file of a container.

    Attributes:
        name: path inside the container, NFC, ``/`` between parts; not under ``META-INF/``.
        media_type: e.g. ``application/pdf``.
        sha256: digest of the bytes, 64 lower-case hexadecimal digits.
        size: bytes.
        open: opens the bytes for reading from the beginning, as often as asked.
        crc32: as zip files state it; None has it computed when the container is written.
    """

    name: str
    media_type: str
    sha256: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    crc32: int | None = field(default=None, repr=False, compare=False)


def member_from_bytes(name: str, media_type: str, data: bytes) -> Member:
    """Make a member of bytes in memory."""
    digest = hashlib.sha256(data).hexdigest()
    return Member(name, media_type, digest, len(data), lambda: BytesIO(data), zlib.crc32(data))


def member_from_file(name: str, media_type: str, path: Path) -> Member:
    """Make a member of a file, which is read once for its digest; raises OSError."""
    crc = size = 0
    with path.open("rb") as stream, StreamDigest() as digest:
        for piece in pieces(stream):
            digest.update(piece)
            crc, size = zlib.crc32(piece, crc), size + len(piece)
        return Member(name, media_type, digest.digest().hex(), size, lambda: path.open("rb"), crc)


def mentions(stream: IO[bytes], word: bytes, before: bytes = b"") -> bool:
    """Tell whether a word occurs in `before` or in what the stream still holds, without keeping the whole of it."""
    if word in before:
        return True
    for piece in pieces(stream):
        if word in before[-len(word) :] + piece:
            return True
        before = piece
    return False


def member_list_digest(members: Sequence[Member]) -> str:
    """Return one SHA-256, hexadecimal, over names, types and digests of the members in their order."""
    lines = (f"{one.sha256} {one.size} {one.media_type} {one.name}\n" for one in members)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def prepare_container(
    members: Sequence[Member],
    *,
    certificate: bytes,
    algorithm: str,
    signing_time: datetime,
    role: str | None = None,
    place: str | None = None,
    chain: Sequence[bytes] = (),
) -> Prepared:
    """
    Prepare a signature over every data file of a container.

    Args:
        members: all data files, in the order in which they will be written.
        certificate, algorithm, signing_time, role, place, chain: as for `prepare`.

    Raises:
        ContainerError: a name that is not accepted, or that occurs twice.
        PrepareError: no member, or an algorithm that does not fit the key.
    """
    _check_members(members)
    objects = [
        SignedObject(uri_of(one.name), bytes.fromhex(one.sha256), one.media_type, canonicalised=False)
        for one in members
    ]
    return finish_preparation(
        "container", objects, body_id="", body_sha256=member_list_digest(members), certificate=certificate,
        algorithm=algorithm, signing_time=signing_time, role=role, place=place, chain=chain,
    )  # fmt: skip


def complete_container(
    members: Sequence[Member], prepared: Prepared, value: bytes, *, certificate: bytes | None = None
) -> bytes:
    """
    Return the signature file (``META-INF/signatures…xml``) of a prepared container signature.

    Raises:
        CompleteError: the members are not those that were prepared, or as for `complete`.
    """
    digests = {uri_of(one.name): bytes.fromhex(one.sha256) for one in members}
    check_value(prepared, value, digests, member_list_digest(members), certificate)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<asic:XAdESSignatures xmlns:asic="{ASIC}">'.encode()
        + fill_value(prepared, value)
        + b"</asic:XAdESSignatures>"
    )


def manifest(members: Sequence[Member]) -> bytes:
    """Return ``META-INF/manifest.xml``; it is not signed: a help for readers, never to be trusted."""
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{escape_attribute(name)}"'
        f' manifest:media-type="{escape_attribute(media_type)}"/>'
        for name, media_type in [("/", CONTAINER_TYPE), *((one.name, one.media_type) for one in members)]
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="{MANIFEST}"'
        f' manifest:version="1.2">{entries}</manifest:manifest>'
    ).encode()


def write_container(path: Path, members: Sequence[Member], signatures: Sequence[bytes]) -> str:
    """
    Write a container in one stream, so that either the whole file is there afterwards or nothing is.

    Written beside its place, flushed to disk, renamed, and the folder flushed. Every member is digested while it is
    written. An existing file of that name is replaced.

    Args:
        path: where it shall lie; its folder exists.
        members: data files, in order.
        signatures: signature files, in order; they become ``signatures001.xml`` and so on.

    Returns:
        SHA-256 of the file, hexadecimal.

    Raises:
        ContainerError: a name that is not accepted, no signature, or a member whose bytes are not as declared.
        OSError: the disk refuses.
    """
    _check_members(members)
    if not signatures:
        raise ContainerError(what=_("Gói không có chữ ký nào."), where=str(path), code="congkhai-S313")
    handle, temporary_name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent)
    temporary = Path(temporary_name)
    try:
        with os.fdopen(handle, "wb") as stream, StreamDigest() as whole:
            _write_zip(StoredZip(stream, whole), members, signatures)
            stream.flush()
            os.fsync(stream.fileno())
            digest = whole.digest().hex()
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return digest


def _write_zip(archive: StoredZip, members: Sequence[Member], signatures: Sequence[bytes]) -> None:
    _write_small(archive, MIMETYPE, CONTAINER_TYPE.encode())
    for member in members:
        _write_member(archive, member)
    _write_small(archive, MANIFEST_NAME, manifest(members))
    for index, signature in enumerate(signatures, start=1):
        _write_small(archive, f"{META}signatures{index:03}.xml", signature)
    archive.finish()


def _write_small(archive: StoredZip, name: str, data: bytes) -> None:
    archive.add(name, data, zlib.crc32(data))


def _write_member(archive: StoredZip, member: Member) -> None:
    stated, crc, size = member.crc32, 0, 0
    if stated is None:
        with member.open() as source:
            stated = crc32_of(source)
    archive.begin(member.name, member.size, stated)
    with member.open() as source, StreamDigest() as digest:
        for piece in pieces(source):
            size += len(piece)
            if size > member.size:
                break
            digest.update(piece)
            archive.write(piece)
            crc = zlib.crc32(piece, crc)
        if size != member.size or digest.digest().hex() != member.sha256 or crc != stated:
            raise ContainerError(
                what=_("Nội dung tệp không đúng với mã băm hoặc độ dài đã ghi nhận."), where=member.name,
                advice=_("Tệp trong kho đã thay đổi hoặc bị hỏng; kiểm tra bằng congkhai fsck."), code="congkhai-S314",
            )  # fmt: skip


def _check_members(members: Sequence[Member]) -> None:
    if not members:
        raise PrepareError(what=_("Gói không có tệp nào để ký."), code="congkhai-S205")
    seen: set[str] = set()
    for member in members:
        check_name(member.name)
        folded = fold(member.name)
        if folded in seen:
            raise ContainerError(
                what=_("Hai tệp trong gói trùng tên: {name}").format(name=member.name), code="congkhai-S315"
            )
        seen.add(folded)
        if folded.startswith(META.casefold()) or folded == MIMETYPE or member.name.endswith("/"):
            raise ContainerError(
                what=_("Tên tệp dành riêng cho gói: {name}").format(name=member.name), code="congkhai-S312"
            )
        if not is_xml_text(member.name + member.media_type) or not member.media_type:
            raise ContainerError(
                what=_("Tên hoặc kiểu tệp không ghi được vào XML: {name}").format(name=ascii(member.name)),
                code="congkhai-S312",
            )
