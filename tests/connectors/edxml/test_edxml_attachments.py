"""The transport zip and the types by magic bytes: every lie of the labels, every hostile archive."""

import io
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congkhai.connectors.edxml_attachments import open_part
from congkhai.connectors.edxml_media import media_type
from congkhai.connectors.edxml_packet import Part
from congkhai.connectors.edxml_parse import Limits
from congkhai.connectors.simulators.edxml_zips import streamed_zip, transport_zip
from congkhai.connectors.simulators.paper import attachment_bytes
from congkhai.plugin.errors import InputError

PDF = attachment_bytes("a.pdf", "Thông báo mẫu")
DOCX = attachment_bytes("a.docx", "Thông báo mẫu")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def part(name: str, content: bytes) -> Part:
    return Part(1, "209", name, content)


def code_of(name: str, content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        open_part(part(name, content), limits or Limits())
    return caught.value.code


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        warnings.simplefilter("ignore")  # the library warns of duplicate names, which is the point here
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.SIGNED.PDF", PDF, "application/pdf"),
        ("a.doc", OLE, "application/x-ole-storage"),
        ("a.doc", "Nội dung mẫu".encode(), "text/plain"),
        ("a.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.doc", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.txt", b"x", "text/plain"),
    ],
)
def test_raw_and_transport_zipped_contents_come_out_the_same(name: str, content: bytes, found: str) -> None:
    for travelling in (content, transport_zip(name, content), streamed_zip(name, content)):
        opened = open_part(part(name, travelling), Limits())
        assert (opened.content, opened.media_type) == (content, found)


def test_a_zip_that_is_called_zip_stays_closed() -> None:
    archive = zipped(("a.txt", b"1"), ("b.txt", b"2"))
    assert open_part(part("phu_luc.ZIP", archive), Limits()).content == archive


def test_an_open_document_is_told_by_its_mimetype() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", "<x/>")
    assert open_part(part("a.odt", out.getvalue()), Limits()).media_type == "application/vnd.oasis.opendocument.text"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "empty_attachment"),
        ("a.pdf", transport_zip("a.pdf", b""), "empty_attachment"),
        ("a.pdf", b"plain text", "type_mismatch"),
        ("a.pdf", transport_zip("a.pdf", b"<?xml version='1.0'?><edXML></edXML>"), "zip_mismatch"),
        ("a.pdf", DOCX, "zip_mismatch"),
        ("a.pdf", zipped(("1.pdf", PDF), ("2.pdf", PDF)), "zip_mismatch"),
        ("a.pdf", zipped(), "type_mismatch"),
        ("a.pdf", transport_zip("a.pdf", PDF)[:-30], "zip_broken"),
        ("a.pdf", transport_zip("a.pdf", PDF, flags=1), "zip_encrypted"),
        ("a.pdf", transport_zip("a.pdf", PDF, inside="../a.pdf"), "zip_name"),
        ("a.pdf", transport_zip("a.pdf", PDF, inside="/a.pdf"), "zip_name"),
        ("a.pdf", transport_zip("a.pdf", PDF, inside="C:a.pdf"), "zip_name"),
        ("a.pdf", transport_zip("a.pdf", PDF, inside="x\\..\\a.pdf"), "zip_name"),
        ("a.pdf", transport_zip("a.pdf", PDF, inside="a\x07.pdf"), "zip_name"),
        ("a.pdf", transport_zip("a.pdf", transport_zip("a.pdf", PDF)), "zip_nested"),
        ("a.pdf", zipped(("a.pdf", PDF), ("A.PDF", PDF)), "zip_duplicate_name"),
        ("a.pdf", zipped(*((f"{n}.pdf", b"x") for n in range(101))), "zip_entries"),
        ("a.pdf", zipped(("a.pdf", PDF), method=zipfile.ZIP_BZIP2), "zip_broken"),
        ("a.txt", transport_zip("a.txt", bytes(4 * 1024 * 1024)), "zip_ratio"),
        ("a.exe", b"MZ\x90\x00\x03" + bytes(60), "active_content"),
        ("a.bin", b"MZ\x90\x00\x03" + bytes(60), "active_content"),
        ("a.html", b"<html><body>x</body></html>", "active_content"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "active_content"),
        ("a.docm", DOCX, "active_content"),
    ],
)
def test_what_is_not_the_file_is_refused_under_its_code(name: str, content: bytes, code: str) -> None:
    assert code_of(name, content) == code


def test_macros_inside_an_office_file_are_found() -> None:
    with zipfile.ZipFile(io.BytesIO(DOCX)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    assert code_of("a.docx", zipped(*members, ("word/vbaProject.bin", b"x"))) == "active_content"


def test_active_files_are_kept_inert_when_the_setting_says_so() -> None:
    opened = open_part(part("a.html", b"<html></html>"), Limits(), keep_active=True)
    assert opened.media_type == "text/html"


def test_a_link_inside_the_zip_is_refused() -> None:
    info = zipfile.ZipInfo("a.pdf")
    info.external_attr = 0o120777 << 16
    assert code_of("a.pdf", zipped((info, b"/etc/passwd"))) == "zip_link"


def test_overlapping_entries_are_refused() -> None:
    data = bytearray(zipped(("1.pdf", PDF), ("2.pdf", PDF)))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # the second entry points at the first one's data
    assert code_of("a.pdf", bytes(data)) == "zip_overlap"


def test_unpacked_bytes_are_counted_and_not_believed() -> None:
    content = bytes(range(256)) * 8
    assert code_of("a.bin", transport_zip("a.bin", content), Limits(unpacked=1000)) == "zip_size"
    lying = bytearray(transport_zip("a.bin", content))
    central = lying.rfind(b"PK\x01\x02")
    lying[central + 24 : central + 28] = struct.pack("<I", 10)  # claims ten bytes
    assert code_of("a.bin", bytes(lying)) == "zip_broken"


def test_a_huge_directory_is_refused_before_it_is_read() -> None:
    data = bytearray(transport_zip("a.pdf", PDF))
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = struct.pack("<I", 50_000_000)
    assert code_of("a.pdf", bytes(data)) == "zip_entries"


def test_errors_do_not_quote_names_out_of_the_archive() -> None:
    with pytest.raises(InputError) as caught:
        open_part(part("CHIM.pdf", transport_zip("CHIM.pdf", PDF, inside="../CHIM.pdf")), Limits())
    assert "CHIM" not in f"{caught.value!r}{caught.value.explain()}"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"BM is how this text begins", "text/plain"),
        (b"MZ too", "text/plain"),
        (("ạ" * 5000).encode(), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"<?xml version='1.0'?><!-- a --><!-- b --><svg></svg>", "image/svg+xml"),
        (b"<!-- a --><!DOCTYPE html><p>", "text/html"),
        (b"<!--" * 2000, "text/plain"),
        (b"\xff\xfea\x00", "text/plain"),
    ],
)
def test_types_are_told_by_content(content: bytes, found: str) -> None:
    assert media_type(content) == found


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_archive_is_opened_or_refused_by_our_errors_only(data: st.DataObject) -> None:
    archive = bytearray(
        data.draw(st.sampled_from([transport_zip("a.pdf", PDF), DOCX, streamed_zip("a.txt", b"abc" * 50)]))
    )
    for _change in range(data.draw(st.integers(0, 6))):
        position = data.draw(st.integers(0, len(archive) - 1))
        archive[position : position + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not archive:
            break
    name = data.draw(st.sampled_from(["a.pdf", "a.docx", "a.txt", "a.zip", "a", "a.odt"]))
    try:
        open_part(part(name, bytes(archive)), Limits())
    except InputError as error:
        assert error.what
