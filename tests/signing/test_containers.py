"""Containers: written atomically and reproducibly, read with suspicion."""

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from congkhai.signing import (
    CompleteError,
    ContainerError,
    FileKey,
    Limits,
    Member,
    PrepareError,
    complete_container,
    member_from_bytes,
    member_from_file,
    prepare_container,
    read_container,
    write_container,
)

from .pki import NOW
from .samples import container_signature, members, sealed

DEFAULT_LIMITS = Limits()
TYPE = b"application/vnd.etsi.asic-e+zip"


def test_the_order_and_form_of_members(tmp_path: Path, key: FileKey) -> None:
    path = sealed(tmp_path / "a.asice", key)
    assert path.read_bytes()[30:69] == b"mimetype" + TYPE
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[0] == "mimetype"
        assert names[-2:] == ["META-INF/manifest.xml", "META-INF/signatures001.xml"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "kế hoạch + phụ lục.pdf" in names


def test_equal_content_gives_equal_bytes_and_the_digest_is_returned(tmp_path: Path, key: FileKey) -> None:
    signature = container_signature(members(), key)
    first, second = (write_container(tmp_path / name, members(), [signature]) for name in ("a.asice", "b.asice"))
    assert first == second == hashlib.sha256((tmp_path / "a.asice").read_bytes()).hexdigest()
    assert (tmp_path / "a.asice").read_bytes() == (tmp_path / "b.asice").read_bytes()


def test_a_second_signer_leaves_the_first_signature_file_as_it_was(
    tmp_path: Path, key: FileKey, rsa_key: FileKey
) -> None:
    first, second = container_signature(members(), key), container_signature(members(), rsa_key)
    write_container(tmp_path / "a.asice", members(), [first])
    once = read_container(tmp_path / "a.asice")
    write_container(tmp_path / "b.asice", once.members, [*(data for _name, data in once.signatures), second])
    twice = read_container(tmp_path / "b.asice")
    assert [data for _name, data in twice.signatures] == [first, second]
    assert [one.sha256 for one in twice.members] == [one.sha256 for one in members()]


def test_a_member_that_is_not_as_declared_leaves_no_file_behind(tmp_path: Path, key: FileKey) -> None:
    good = members()
    signature = container_signature(good, key)
    for data in (b"other content", good[0].open().read()[:-1], good[0].open().read() + b" "):
        liar = Member(
            good[0].name, good[0].media_type, good[0].sha256, good[0].size, lambda data=data: io.BytesIO(data)
        )
        with pytest.raises(ContainerError):
            write_container(tmp_path / "a.asice", [liar, *good[1:]], [signature])
    assert list(tmp_path.iterdir()) == []


def test_an_old_container_stays_when_writing_the_new_one_fails(tmp_path: Path, key: FileKey) -> None:
    path = sealed(tmp_path / "a.asice", key)
    before = path.read_bytes()
    with pytest.raises(ContainerError):
        write_container(path, members(), [])
    assert path.read_bytes() == before


def test_large_members_are_streamed(tmp_path: Path, key: FileKey) -> None:
    big = tmp_path / "big.bin"
    with big.open("wb") as stream:
        stream.seek(40 * 1024 * 1024)
        stream.write(b"end")
    largest = 0

    class Watched(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
            nonlocal largest
            largest = max(largest, 10**12 if size is None or size < 0 else size)
            return super().read(size)

    plain = member_from_file("big.bin", "application/octet-stream", big)
    member = Member(plain.name, plain.media_type, plain.sha256, plain.size, lambda: Watched(big))
    write_container(tmp_path / "a.asice", [member], [container_signature([member], key)])
    assert 0 < largest <= 1024 * 1024
    assert read_container(tmp_path / "a.asice").members[0].sha256 == plain.sha256


@pytest.mark.parametrize(
    "name",
    [
        "../a",
        "/a",
        "a/../b",
        "a\\b",
        "",
        "C:/a",
        "a//b",
        "./a",
        "META-INF/x",
        "meta-inf/x",
        "mimetype",
        "a\x00b",
        "a\nb",
        "x" * 2000,
        "a/",
    ],
)
def test_names_that_lead_elsewhere_are_never_written(key: FileKey, name: str) -> None:
    with pytest.raises(ContainerError):
        container_signature([member_from_bytes(name, "text/plain", b"")], key)


def test_names_that_some_system_takes_for_one_are_never_written(key: FileKey) -> None:
    for one, two in [("Á.txt", "á.TXT"), ("a\u0301.txt", "\u00e1.txt"), ("a.txt", "a.txt")]:
        with pytest.raises(ContainerError):
            container_signature([member_from_bytes(name, "text/plain", b"") for name in (one, two)], key)


def test_nothing_is_nothing_to_sign(key: FileKey) -> None:
    with pytest.raises(PrepareError):
        container_signature([], key)


def test_complete_refuses_other_members(key: FileKey) -> None:
    good = members()
    prepared = prepare_container(good, certificate=key.certificate_der, algorithm=key.algorithm, signing_time=NOW)
    value = key.sign(prepared.octets)
    for wrong in (
        good[:-1],
        [*good, member_from_bytes("z", "text/plain", b"")],
        [*good[:-1], member_from_bytes(good[-1].name, "text/html", b"x")],
    ):
        with pytest.raises(CompleteError):
            complete_container(wrong, prepared, value)


def raw_zip(
    path: Path,
    extra: list[tuple[str, bytes]] = (),
    *,
    mimetype: bytes | None = TYPE,
    compress: int = zipfile.ZIP_STORED,
) -> Path:
    """Write a container-like zip by hand."""
    with zipfile.ZipFile(path, "w") as archive:
        if mimetype is not None:
            archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name, data in extra:
            info = zipfile.ZipInfo(name)
            info.compress_type = compress
            archive.writestr(info, data)
    return path


def test_deflated_members_are_read(tmp_path: Path) -> None:
    text = b"ho so " * 5000
    container = read_container(raw_zip(tmp_path / "a", [("a.txt", text), ("b", b"")], compress=zipfile.ZIP_DEFLATED))
    assert [(one.name, one.size) for one in container.members] == [("a.txt", len(text)), ("b", 0)]
    assert container.members[0].open().read() == text


def test_members_with_data_descriptors_are_read(tmp_path: Path) -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self, stream: io.BufferedWriter) -> None:
            self._stream = stream

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            return self._stream.write(data)  # type: ignore[arg-type]

    with (tmp_path / "a").open("wb") as stream, zipfile.ZipFile(Unseekable(stream), "w") as archive:  # type: ignore[arg-type]
        archive.writestr(zipfile.ZipInfo("mimetype"), TYPE)
        archive.writestr("a.txt", b"hello", zipfile.ZIP_DEFLATED)
    assert read_container(tmp_path / "a").members[0].open().read() == b"hello"


def refused(path: Path, limits: Limits = DEFAULT_LIMITS) -> str:
    with pytest.raises(ContainerError) as caught:
        read_container(path, limits=limits)
    return caught.value.what


def test_a_zip_bomb_is_stopped_while_it_inflates(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("bomb", bytes(30_000_000))], compress=zipfile.ZIP_DEFLATED)
    assert "nén quá mức" in refused(path)


def test_sizes_in_headers_are_not_believed(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", bytes(5000))], compress=zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    for claimed in (100, 6000):
        path.write_bytes(data.replace(struct.pack("<I", 5000), struct.pack("<I", claimed)))
        assert "độ dài" in refused(path)


def test_a_changed_byte_is_found_by_its_checksum(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", b"content")])
    path.write_bytes(path.read_bytes().replace(b"content", b"Content"))
    refused(path)


def test_limits_hold(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [(f"{index}", bytes(1000)) for index in range(20)])
    refused(path, Limits(members=10))
    refused(path, Limits(container_bytes=5000))


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a\\..\\b", "C:x", "a/./b"])
def test_traversal_names_are_refused(tmp_path: Path, name: str) -> None:
    refused(raw_zip(tmp_path / "a", [(name, b"x")]))


def test_two_names_that_are_one_are_refused(tmp_path: Path) -> None:
    refused(raw_zip(tmp_path / "a", [("a.txt", b"1"), ("A.TXT", b"2")]))
    with pytest.warns(UserWarning, match="Duplicate"):
        raw_zip(tmp_path / "b", [("a.txt", b"1"), ("a.txt", b"2")])
    refused(tmp_path / "b")


def test_the_mimetype_decides(tmp_path: Path) -> None:
    refused(raw_zip(tmp_path / "a", [("a", b"x")], mimetype=None))
    refused(raw_zip(tmp_path / "a", [("a", b"x")], mimetype=b"application/zip"))
    refused(raw_zip(tmp_path / "a", [("a", b"x")], mimetype=TYPE + b"\n"))


def test_foreign_bytes_around_or_between_members_are_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", b"text")])
    data = path.read_bytes()
    directory = data.index(b"PK\x01\x02")
    for changed in (
        b"junk" + data,
        data + b"junk",
        data[:directory] + b"junk" + data[directory:],
        data[: len(data) // 2],
        b"",
        b"PK",
    ):
        path.write_bytes(changed)
        refused(path)


def test_a_local_header_that_tells_another_name_is_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", b"text")])
    path.write_bytes(path.read_bytes().replace(b"a.txt", b"b.txt", 1))
    refused(path)


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", b"text"), ("b.txt", b"text")])
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"b.txt", data.index(b"PK\x01\x02")) - 46)
    first_offset = data.index(b"PK\x03\x04", 10)
    data[second + 42 : second + 46] = struct.pack("<I", first_offset)
    path.write_bytes(bytes(data))
    refused(path)


def test_symlinks_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), TYPE)
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    refused(path)


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "a", [("a.txt", b"text")])
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(magic) + place] |= 1
    path.write_bytes(bytes(data))
    refused(path)


def test_a_deflate_stream_with_a_tail_is_refused(tmp_path: Path) -> None:
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = body.compress(b"shown") + body.flush() + b"hidden"
    path = raw_zip(tmp_path / "a", [("a.txt", packed)])
    data = bytearray(path.read_bytes())
    for magic, method, crc in ((b"PK\x03\x04", 8, 14), (b"PK\x01\x02", 10, 16)):
        start = data.rindex(magic)
        data[start + method : start + method + 2] = struct.pack("<H", 8)
        data[start + crc : start + crc + 4] = struct.pack("<I", zlib.crc32(b"shown"))
        data[start + crc + 8 : start + crc + 12] = struct.pack("<I", 5)
    path.write_bytes(bytes(data))
    refused(path)


def test_a_manifest_that_disagrees_is_a_problem(tmp_path: Path, key: FileKey) -> None:
    path = sealed(tmp_path / "a.asice", key)
    assert read_container(path).problems == ()
    manifest = b'<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">%s</m:manifest>'
    entry = b'<m:file-entry m:full-path="%s" m:media-type="%s"/>'
    whole = entry % (b"/", TYPE)
    for content in (
        b"",
        whole,
        whole + entry % (b"b.txt", b"x"),
        whole + entry % (b"a.txt", b"x") * 2,
        entry % (b"a.txt", b"x"),
    ):
        raw_zip(path, [("a.txt", b"x"), ("META-INF/manifest.xml", manifest % content)])
        assert {finding.id for finding in read_container(path).problems} >= {"V14"}, content
    for broken in (b"<!DOCTYPE a><a/>", b"no xml"):
        raw_zip(path, [("a.txt", b"x"), ("META-INF/manifest.xml", broken)])
        assert [finding.id for finding in read_container(path).problems] == ["V13"]


def test_unknown_files_in_the_meta_folder_and_a_late_mimetype_are_problems(tmp_path: Path) -> None:
    path = tmp_path / "a"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/evil.bin", b"x")
        archive.writestr(zipfile.ZipInfo("mimetype"), TYPE)
    assert {"V11", "V12", "V13"} <= {finding.id for finding in read_container(path).problems}
