"""The older form: a SOAP envelope with MIME attachments."""

from dataclasses import replace
from typing import Any

import pytest

from congkhai.connectors.edxml_mime import is_mime, split_mime
from congkhai.connectors.edxml_parse import Limits
from congkhai.connectors.edxml_reasons import PacketError
from congkhai.connectors.simulators.edxml_packets import PacketFields, PacketFile, Party, document_packet
from congkhai.connectors.simulators.edxml_soap import soap_packet
from congkhai.plugin.records import PulledProblem

THEM, US = Party("000.00.00.H99", "UBND tỉnh Mẫu"), Party("001.00.20.TT2", "UBND xã Mẫu Một")
PDF = b"%PDF-1.7\r\n--x\r\n\x00\xff mau"
FIELDS = PacketFields(
    identifier="000.00.00.H99,2025/01/02,12/UBND-VX", number="12/UBND-VX", issued="2025/01/02", type="Công văn",
    subject="V/v nội dung mẫu", sender=THEM, receivers=(US,), signer="Nguyễn Văn Mẫu",
    files=(PacketFile("công văn.pdf", PDF), PacketFile("phụ lục.txt", b"hai")),
)  # fmt: skip


@pytest.mark.parametrize(
    "faults", [(), ("bare",), ("quoted",), ("base64",), ("crlf_free",), ("root_last",), ("base64", "quoted", "bare")]
)
def test_a_soap_packet_says_the_same_as_one_of_the_regulation(desk: Any, faults: tuple[str, ...]) -> None:
    desk.drop("a.xml", soap_packet(FIELDS, faults))
    (document,) = desk.house.run(settle=False)
    desk.drop("b.xml", document_packet(replace(FIELDS, identifier="khác")))
    twin = desk.house.run(settle=False)[-1]
    for name in ("number", "issued", "issuer", "subject", "signer", "direction", "act", "type"):
        assert getattr(document, name) == getattr(twin, name), name
    refs = desk.house.connector.list_attachments(document)
    assert [ref.name for ref in refs] == ["công văn.pdf", "phụ lục.txt"]
    assert [desk.house.connector.open_attachment(ref) for ref in refs] == [PDF, b"hai"]


def test_a_soap_recall_names_its_paper(desk: Any) -> None:
    desk.drop("a.xml", soap_packet(FIELDS))
    desk.house.run()
    desk.drop("b.xml", soap_packet(replace(FIELDS, act="recall", target=FIELDS.identifier)))
    (document,) = desk.house.run()
    assert (document.act, document.targets) == ("recall", (FIELDS.identifier,))


@pytest.mark.parametrize(
    ("fault", "code", "folder"),
    [("no_boundary", "mime_broken", "rejected"), ("nested", "mime_broken", "rejected"),
     ("noise", "bad_base64", "held")],
)  # fmt: skip
def test_a_broken_message_is_kept_aside_with_its_reason(desk: Any, fault: str, code: str, folder: str) -> None:
    desk.drop("a.xml", soap_packet(FIELDS, {fault}))
    desk.drop("b.xml", soap_packet(replace(FIELDS, identifier="khác")))
    desk.house.run()
    assert [(problem.code, problem.ref) for problem in desk.house.problems] == [(code, "a.xml")]
    assert "a.xml" in desk.names(folder)
    assert desk.names("processed") == ["b.xml"]


def test_a_part_that_the_manifest_names_and_nobody_sent_is_marked(desk: Any) -> None:
    desk.drop("a.xml", soap_packet(FIELDS, {"orphan"}))
    (document,) = desk.house.run(settle=False)
    assert "attachment-missing" in document.marks


def code_of(data: bytes, **limits: int) -> str:
    with pytest.raises(PacketError) as caught:
        split_mime(data, Limits(**limits))
    return caught.value.code


def test_limits_hold_for_messages_too() -> None:
    packet = soap_packet(FIELDS)
    assert code_of(packet, attachments=1) == "limit_attachments"
    assert code_of(packet, attachment=10) == "limit_attachment_size"
    assert code_of(packet, decoded=22) == "limit_decoded_size"
    assert code_of(b"Content-Type: multipart/related; boundary=x\r\n" + b"a: b\r\n" * 9000) == "mime_broken"
    assert code_of(b"Content-Type: multipart/related; boundary=x\r\n\r\n--x--\r\n") == "mime_broken"
    assert code_of(b"Content-Type: text/plain\r\n\r\nhello") == "mime_broken"


@pytest.mark.parametrize("data", [b"", b"<?xml version='1.0'?><a/>", b"1212<?xml?>", b"--", b"-- \n", b"PK\x03\x04"])
def test_xml_and_rubbish_are_no_messages(data: bytes) -> None:
    assert is_mime(data) is False


def test_a_message_cut_anywhere_is_refused_and_never_half_read(desk: Any) -> None:
    whole = soap_packet(FIELDS)
    for place in range(0, len(whole) - 4, 97):
        desk.drop(f"{place:05d}.xml", whole[:place])
    items = desk.house.run()
    assert items
    assert all(isinstance(item, PulledProblem) for item in items)
