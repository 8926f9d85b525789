"""The zip files we write: read by others, equal for equal content, hashed while they grow."""

import hashlib
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from congkhai.signing import (
    ContainerError,
    FileKey,
    Member,
    member_from_file,
    read_container,
    write_container,
    zipwrite,
)
from congkhai.signing.streams import CHUNK, StreamDigest, crc32_of, digest_of
from congkhai.signing.zipwrite import StoredZip

from .samples import container_signature

FILES = {"mimetype": b"application/vnd.etsi.asic-e+zip", "tài liệu/Quyết định.pdf": b"%PDF" * 1000, "a.txt": b""}


def written(files: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with StreamDigest() as digest:
        archive = StoredZip(stream, digest)
        for name, data in files.items():
            archive.add(name, data, zlib.crc32(data))
        archive.finish()
        assert digest.digest() == hashlib.sha256(stream.getvalue()).digest()
    return stream.getvalue()


def test_pythons_own_reader_finds_every_member() -> None:
    with zipfile.ZipFile(BytesIO(written(FILES))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == FILES
        assert all(info.compress_type == zipfile.ZIP_STORED and not info.extra for info in archive.infolist())


def test_the_bytes_are_those_that_pythons_writer_makes() -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in FILES.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, data)
    assert written(FILES) == stream.getvalue()


def test_lengths_beyond_32_bits_are_written_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipwrite, "_WIDE", 100)
    with zipfile.ZipFile(BytesIO(written(FILES))) as archive:
        assert archive.testzip() is None
        assert {info.filename: archive.read(info) for info in archive.infolist()} == FILES


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 5])
def test_digests_of_streams_are_those_of_their_bytes(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert digest_of(BytesIO(data)) == hashlib.sha256(data).digest()
    assert digest_of(BytesIO(data), "sha512") == hashlib.sha512(data).digest()
    assert crc32_of(BytesIO(data)) == zlib.crc32(data)


def test_a_file_of_many_chunks_survives_the_way_through_a_container(key: FileKey, tmp_path: Path) -> None:
    source = tmp_path / "lớn.bin"
    source.write_bytes(b"".join(hashlib.sha256(bytes([n])).digest() * (CHUNK // 32) for n in range(40)) + b"end")
    stated = member_from_file("lớn.bin", "application/octet-stream", source)
    unknown = Member(stated.name, stated.media_type, stated.sha256, stated.size, stated.open)
    digests = set()
    for member in (stated, unknown):  # with and without a CRC known beforehand
        path = tmp_path / "a.asice"
        digests.add(write_container(path, [member], [container_signature([member], key)[:200] + b"..."]))
        (found,) = read_container(path).members
        assert (found.sha256, found.size) == (stated.sha256, stated.size)
    assert len(digests) == 2  # the signatures differ, each is random


def test_a_member_that_changed_after_it_was_digested_is_not_written(key: FileKey, tmp_path: Path) -> None:
    source = tmp_path / "a.bin"
    source.write_bytes(b"one")
    member = member_from_file("a.bin", "application/octet-stream", source)
    for changed in (b"two", b"longer", b""):
        source.write_bytes(changed)
        with pytest.raises(ContainerError):
            write_container(tmp_path / "a.asice", [member], [b"<x/>"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.bin"]
