"""What no sender should send: each is kept aside or marked with its reason, and the next packet is read anyway."""

import tracemalloc
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from congkhai.connectors.simulators.edxml_packets import PacketFields, PacketFile, Party, document_packet
from congkhai.plugin.errors import InputError

THEM, US = Party("000.00.00.H99", "UBND tỉnh Mẫu"), Party("001.00.20.TT2", "UBND xã Mẫu Một")
FIELDS = PacketFields(
    identifier="000.00.00.H99,2025/01/02,12/UBND-VX", number="12/UBND-VX", issued="2025/01/02", type="Công văn",
    subject="V/v nội dung mẫu", sender=THEM, receivers=(US,), files=(PacketFile("a.txt", b"mot"),),
)  # fmt: skip
GOOD = document_packet(replace(FIELDS, identifier="gói tốt"))


def run(desk: Any, bad: bytes) -> list[tuple[str, str]]:
    """Drop a bad packet and a good one after it; return what was said of the bad one."""
    desk.drop("a.edxml", bad)
    desk.drop("b.edxml", GOOD)
    desk.house.run()
    assert "gói tốt" in [document.remote_id for document in desk.house.offered]
    assert "b.edxml" in desk.names("processed")
    return [(problem.code, problem.ref) for problem in desk.house.problems]


def test_a_packet_of_200_mb_is_kept_aside_without_being_read_into_memory(desk: Any) -> None:
    path = desk.inbox / "a.edxml"
    with path.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    desk.drop("b.edxml", GOOD)
    desk.connector()  # what is imported on first use is no part of the measure
    tracemalloc.start()
    try:
        desk.house.run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(problem.code, problem.ref) for problem in desk.house.problems] == [("limit_packet_size", "a.edxml")]
    assert "a.edxml" in desk.names("rejected")
    assert desk.names("processed") == ["b.edxml"]
    assert peak < 140 * 1024 * 1024


def test_ten_thousand_attachments_are_kept_aside(desk: Any) -> None:
    files = tuple(PacketFile(f"{number}.pdf", b"%PDF-1.7 x") for number in range(10_000))
    assert run(desk, document_packet(replace(FIELDS, files=files))) == [("limit_elements", "a.edxml")]
    assert "a.edxml" in desk.names("rejected")


def test_as_many_attachments_as_elements_allow_meet_their_own_limit(desk: Any) -> None:
    files = tuple(PacketFile(f"{number}.pdf", b"%PDF-1.7 x") for number in range(201))
    assert run(desk, document_packet(replace(FIELDS, files=files))) == [("limit_attachments", "a.edxml")]


@pytest.mark.parametrize("noise", ["\x7f", "é", "%%%", "=A", "-_"])
def test_base64_with_line_noise_is_held(desk: Any, noise: str) -> None:
    packet = document_packet(FIELDS)
    start = packet.index(b"UEsDB")  # a .txt travels in a transport zip
    bad = packet[: start + 8] + noise.encode() + packet[start + 8 :]
    assert run(desk, bad) == [("bad_base64", "a.edxml")]
    assert "a.edxml" in desk.names("held")


def test_a_zip_bomb_marks_the_file_and_keeps_the_paper(desk: Any) -> None:
    assert run(desk, document_packet(FIELDS, {"zip_bomb"})) == []
    document = next(item for item in desk.house.offered if item.remote_id == FIELDS.identifier)
    (ref,) = desk.house.connector.list_attachments(document)
    with pytest.raises(InputError) as caught:
        desk.house.connector.open_attachment(ref)
    assert caught.value.code == "zip_ratio"


def test_names_that_attack_a_file_system_are_kept_as_harmless_text(desk: Any) -> None:
    long = unicodedata.normalize("NFD", "Phụ lục " + "ố" * 300) + ".pdf"
    names = ("../../etc/passwd", "CON.pdf", long, "a\u202efdp.exe", "..\\..\\x.docx", ".pdf", "...", "a" * 400)
    packet = document_packet(replace(FIELDS, files=tuple(PacketFile(name, b"%PDF-1.7 x") for name in names)))
    assert run(desk, packet) == []
    document = next(item for item in desk.house.offered if item.remote_id == FIELDS.identifier)
    assert "attachment-renamed" in document.marks
    kept = [ref.name for ref in desk.house.connector.list_attachments(document)]
    assert kept[0].endswith("_etc_passwd")
    assert kept[1] == "attachment-2.pdf"
    assert kept[2].endswith(".pdf")
    assert unicodedata.is_normalized("NFC", kept[2])
    for name in kept:
        assert 0 < len(name.encode()) <= 240
        assert not set(name) & set('/\\:*?"<>|\u202e\x00')
        assert name.strip(". ") == name


@pytest.mark.parametrize(
    ("issued", "code"),
    [("0001/01/01", "date-implausible"), ("2090/05/06", "date-implausible"), ("1/1/2", None), ("", None)],
)
def test_a_date_that_cannot_be_is_not_used_and_shown(desk: Any, issued: str, code: str | None) -> None:
    assert run(desk, document_packet(replace(FIELDS, issued=issued))) == ([(code, "a.edxml")] if code else [])
    document = next(item for item in desk.house.offered if item.remote_id == FIELDS.identifier)
    assert document.issued is None
    if code:
        assert f"date-as-written: {issued.replace('/', '-')}" in document.marks


@pytest.mark.parametrize(("change", "code"), [({"number": ""}, "number-missing"), ({"subject": ""}, "subject-missing")])
def test_a_paper_without_number_or_subject_is_taken_in_and_shown(desk: Any, change: dict[str, str], code: str) -> None:
    assert run(desk, document_packet(replace(FIELDS, **change))) == [(code, "a.edxml")]
    assert "a.edxml" in desk.names("processed")


def test_the_same_id_with_changed_content_is_held(desk: Any) -> None:
    desk.drop("0.edxml", document_packet(FIELDS))
    desk.house.run()
    assert run(desk, document_packet(replace(FIELDS, subject="V/v nội dung khác"))) == [
        ("same_id_other_content", "a.edxml")
    ]
    assert "a.edxml" in desk.names("held")


def test_nothing_is_said_of_fields_while_the_source_is_not_declared_plain(make_desk: Any) -> None:
    desk = make_desk(**{"source-is-plain": None, "source-is-plain-basis": None})
    desk.drop("a.edxml", document_packet(replace(FIELDS, number="", issued="2090/01/01")))
    desk.house.run()
    assert desk.house.problems == []
    assert desk.names("inbox") == ["a.edxml"]
