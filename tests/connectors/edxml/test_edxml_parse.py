"""Parsing of edXML packets: what is refused and under which code, what dirt is tolerated, what is read."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from congkhai.connectors.edxml_packet import Packet, read_packet
from congkhai.connectors.edxml_parse import Limits, parse_tree
from congkhai.connectors.edxml_reasons import HELD, PacketError, attachment_error, packet_error
from congkhai.connectors.simulators.edxml_packets import (
    FAULTS,
    PacketFields,
    PacketFile,
    Party,
    document_packet,
    status_packet,
)

FIELDS = PacketFields(
    identifier="000.00.00.TT1,2025/01/02,123/UBND-VX",
    number="123/UBND-VX",
    issued="2025/01/02",
    type="Công văn",
    subject="V/v nội dung mẫu",
    sender=Party("000.00.00.TT1", "UBND xã Mẫu Một"),
    receivers=(Party("001.00.20.TT2", "Sở Mẫu Hai"),),
    signer="Nguyễn Văn Mẫu",
    priority="2",
    due="2025/01/31",
    pages="22",
    files=(
        PacketFile("van_ban.txt", b"Noi dung van ban mau, du dai de cat doi."),
        PacketFile("phu_luc.doc", b"Phu luc"),
    ),
)


def read(data: bytes, limits: Limits | None = None, trim: int = 0) -> Packet:
    limits = limits or Limits()
    root, _junk = parse_tree(data, limits, trim=trim)
    return read_packet(root, limits)


def code_of(data: bytes, limits: Limits | None = None, trim: int = 0) -> str:
    with pytest.raises(PacketError) as caught:
        read(data, limits, trim)
    return caught.value.code


def test_a_clean_packet_gives_its_fields() -> None:
    packet = read(document_packet(FIELDS))
    assert (packet.act, packet.identifier, packet.named) == ("new", FIELDS.identifier, ())
    assert (packet.number, packet.issued, packet.due) == ("123/UBND-VX", date(2025, 1, 2), date(2025, 1, 31))
    assert (packet.subject, packet.signer, packet.type) == ("V/v nội dung mẫu", "Nguyễn Văn Mẫu", "Công văn")
    assert (packet.sender_id, packet.sender) == ("000.00.00.TT1", "UBND xã Mẫu Một")
    assert (packet.receivers, packet.urgency, packet.page_amount) == (("001.00.20.TT2",), "Thượng khẩn", 22)
    assert [(part.content_id, part.name) for part in packet.parts] == [("209", "van_ban.txt"), ("210", "phu_luc.doc")]
    assert packet.marks == ("signature-present-unchecked",)
    assert packet.hold == ""


@pytest.mark.parametrize(
    "dirt", ["comments", "shuffled", "prefix", "crlf", "base64_lines", "lying_types", "zip_bit3", "bad_date"]
)
def test_tolerated_dirt_changes_no_field(dirt: str) -> None:
    clean, dirty = read(document_packet(FIELDS)), read(document_packet(FIELDS, {dirt}))
    identifier = dirty.identifier if dirt == "bad_date" else clean.identifier
    if dirt == "shuffled":  # attachments keep the order in which they stand
        assert {(part.content_id, part.content) for part in dirty.parts} == {
            (part.content_id, part.content) for part in clean.parts
        }
    parts = dirty.parts if dirt in {"zip_bit3", "shuffled"} else clean.parts
    assert dirty == replace(clean, identifier=identifier, parts=parts)


def test_all_tolerated_dirt_at_once() -> None:
    dirty = read(document_packet(FIELDS, {"comments", "shuffled", "prefix", "crlf", "base64_lines"}))
    assert (dirty.subject, dirty.number, len(dirty.parts)) == (FIELDS.subject, FIELDS.number, 2)


def test_an_impossible_date_inside_the_identifier_is_no_problem() -> None:
    packet = read(document_packet(FIELDS, {"bad_date"}))
    assert packet.identifier == "000.00.00.TT1,2014/02/30,123/UBND-VX"
    assert packet.marks == ("signature-present-unchecked",)


def test_an_impossible_issue_date_is_marked_and_not_guessed() -> None:
    packet = read(document_packet(FIELDS, {"bad_issue_date"}))
    assert packet.issued is None
    assert "date-unreadable" in packet.marks


@pytest.mark.parametrize(
    "written", ["2025/01/02", "2025/01/02 08:30:00", "02/01/2025", "02/01/2025 08:30:00", " 2025/01/02\n"]
)
def test_both_date_forms_are_read(written: str) -> None:
    assert read(document_packet(replace(FIELDS, issued=written))).issued == date(2025, 1, 2)


@pytest.mark.parametrize(
    ("written", "mark"), [("", "date-missing"), ("2025", "date-unreadable"), ("x", "date-unreadable")]
)
def test_a_date_that_is_missing_or_unreadable_is_marked(written: str, mark: str) -> None:
    packet = read(document_packet(replace(FIELDS, issued=written)))
    assert packet.issued is None
    assert mark in packet.marks


def test_contradicting_dates_are_kept_and_marked() -> None:
    packet = read(document_packet(replace(FIELDS, due="2024/12/01")))
    assert packet.due == date(2024, 12, 1)
    assert "due-before-issued" in packet.marks


@pytest.mark.parametrize("identifier", ["3f2b5f0e-0000-4000-8000-000000000001", "a,2025/01/02,1/X", "  x \n"])
def test_the_identifier_is_opaque_and_trimmed(identifier: str) -> None:
    assert read(document_packet(replace(FIELDS, identifier=identifier))).identifier == identifier.strip()


def test_an_odd_number_is_kept_as_text_and_marked() -> None:
    packet = read(document_packet(replace(FIELDS, number="12345678901234/QĐ-UBND")))
    assert packet.number == "12345678901234/QĐ-UBND"
    assert "number-odd" in packet.marks


@pytest.mark.parametrize(
    ("act", "named"),
    [("recall", (FIELDS.identifier,)), ("update", ("old-1", FIELDS.identifier)), ("replace", ("old-1",))],
)
def test_business_types_name_the_papers_they_are_about(act: str, named: tuple[str, ...]) -> None:
    packet = read(document_packet(replace(FIELDS, act=act, target="old-1")))
    assert (packet.act, packet.named, packet.hold) == (act, named, "")


def test_a_replacement_without_target_is_held() -> None:
    assert read(document_packet(replace(FIELDS, act="replace", target=""))).hold == "target_missing"


def test_a_missing_business_block_means_new_and_is_marked() -> None:
    packet = read(document_packet(FIELDS, {"no_business"}))
    assert packet.act == "new"
    assert "business-missing" in packet.marks


def test_an_unknown_business_type_is_held() -> None:
    data = document_packet(FIELDS).replace(b"BussinessDocType>0<", b"BussinessDocType>7<")
    assert code_of(data) == "business_type_unknown"


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
def test_status_packets_are_recognised_whoever_sent_them(code: str) -> None:
    packet = read(status_packet(FIELDS.receivers[0], FIELDS.sender, code, FIELDS.identifier, "Văn thư: đã nhận"))
    assert (packet.act, packet.status, packet.named) == ("status", code, (FIELDS.identifier,))


@pytest.mark.parametrize(
    ("fault", "state"), [("", "present"), ("empty_signature", "empty"), ("no_signature", "absent")]
)
def test_the_signature_is_recorded_but_never_called_valid(fault: str, state: str) -> None:
    packet = read(document_packet(FIELDS, {fault} - {""}))
    assert packet.signature == state
    assert not any("valid" in mark or "verified" in mark for mark in packet.marks)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("leading_junk", "leading_junk"),
        ("undeclared_prefix", "not_wellformed"),
        ("half", "not_wellformed"),
        ("entity", "dtd"),
        ("dtd", "dtd"),
        ("external_entity", "dtd"),
        ("parameter_entity", "dtd"),
        ("utf16", "encoding"),
        ("utf7", "encoding"),
        ("second_header", "second_header"),
        ("second_subject", "repeated_element"),
        ("many_receivers", "limit_elements"),
        ("deep", "limit_depth"),
        ("not_edxml", "not_edxml"),
    ],
)
def test_bad_packets_are_refused_under_their_code(fault: str, code: str) -> None:
    assert code_of(document_packet(FIELDS, {fault})) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"no xml at all", "not_wellformed"),
        (b"\xff\xfe<\x00a\x00/\x00>\x00", "encoding"),
        (b"<a/>", "not_edxml"),
        (b'<edXML xmlns="urn:other"/>', "not_edxml"),
        (b'<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"/>', "no_header"),
        (b"<edXML>&nothing;</edXML>", "not_wellformed"),
        (b"<edXML>\xff</edXML>", "not_wellformed"),
        (b"<edXML><x:y/></edXML>", "not_wellformed"),
        (b"<edXML x:y='1'/>", "not_wellformed"),
        (b"<!DOCTYPE edXML [", "dtd"),
        (b"<a>" * 1000, "limit_depth"),
        (b"<?xml version='1.0' encoding='windows-1258'?><edXML/>", "encoding"),
    ],
)
def test_what_is_no_packet_is_refused_under_its_code(data: bytes, code: str) -> None:
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(packet=100), "limit_packet_size"),
        (Limits(depth=4), "limit_depth"),
        (Limits(elements=20), "limit_elements"),
        (Limits(attributes=0), "limit_attributes"),
        (Limits(text=10), "limit_text"),
        (Limits(receivers=0), "limit_receivers"),
        (Limits(attachments=1), "limit_attachments"),
        (Limits(attachment=6), "limit_attachment_size"),
        (Limits(decoded=100), "limit_decoded_size"),
    ],
)
def test_each_limit_has_its_own_code(limits: Limits, code: str) -> None:
    assert code_of(document_packet(FIELDS), limits) == code


def test_a_packet_exactly_at_its_limits_passes() -> None:
    data = document_packet(replace(FIELDS, files=(PacketFile("a.doc", b"x" * 40),)))
    packet = read(data, Limits(packet=len(data), attachments=1, attachment=40, decoded=40, receivers=1))
    assert len(packet.parts[0].content) == 40


def test_parsing_stops_when_its_time_is_over() -> None:
    ticks = iter(range(0, 10_000, 100))
    with pytest.raises(PacketError) as caught:
        parse_tree(document_packet(FIELDS), Limits(), monotonic=lambda: float(next(ticks)))
    assert caught.value.code == "limit_parse_time"


def test_many_receivers_meet_their_own_limit() -> None:
    data = document_packet(replace(FIELDS, receivers=FIELDS.receivers * 6_000))
    assert code_of(data, Limits(elements=1_000_000)) == "limit_receivers"


def test_leading_junk_is_trimmed_only_as_far_as_allowed() -> None:
    data = document_packet(FIELDS, {"leading_junk"})
    root, junk = parse_tree(data, Limits(), trim=4)
    assert (junk, read_packet(root, Limits()).subject) == (4, FIELDS.subject)
    assert code_of(data, trim=3) == "leading_junk"


def test_a_byte_order_mark_is_no_junk() -> None:
    assert read(b"\xef\xbb\xbf" + document_packet(FIELDS)).identifier == FIELDS.identifier


def test_equal_repetitions_of_a_single_element_are_one() -> None:
    line = "<edXML:Subject>V/v nội dung mẫu</edXML:Subject>".encode()
    data = document_packet(FIELDS)
    assert read(data.replace(line, line * 2)).subject == FIELDS.subject


def test_lookups_keep_to_their_path() -> None:
    """The attachments' Description, the trace's OrganId and ToPlaces/Place are other things than the header's."""
    sender = b"<edXML:From><edXML:OrganId>000.00.00.TT1</edXML:OrganId>"
    packet = read(document_packet(FIELDS).replace(sender, b"<edXML:From>"))
    assert packet.sender_id == ""


def test_an_element_of_a_foreign_namespace_is_not_ours() -> None:
    subject = "<edXML:Subject>V/v nội dung mẫu</edXML:Subject>".encode()
    data = document_packet(FIELDS).replace(subject, b'<q:Subject xmlns:q="urn:other">x</q:Subject>')
    assert read(data).subject == FIELDS.subject  # from Content
    assert "subject-missing" not in read(data).marks


@pytest.mark.parametrize(
    ("fault", "hold"), [("bad_base64", "bad_base64"), ("duplicate_content_id", "duplicate_content_id")]
)
def test_doubtful_attachments_hold_the_packet(fault: str, hold: str) -> None:
    assert read(document_packet(FIELDS, {fault})).hold == hold
    assert hold in HELD


def test_orphans_between_manifest_and_attachments_are_marked() -> None:
    packet = read(document_packet(FIELDS, {"missing_attachment"}))
    assert "attachment-missing" in packet.marks
    unlisted = document_packet(FIELDS).replace(b"<edXML:ContentId>cid:210", b"<edXML:ContentId>cid:9")
    assert "attachment-unlisted" not in read(unlisted).marks, "the name still matches"
    unlisted = unlisted.replace(b"<edXML:AttachmentName>phu_luc.doc", b"<edXML:AttachmentName>khac.doc")
    assert {"attachment-missing", "attachment-unlisted"} <= set(read(unlisted).marks)


def test_an_endless_identifier_is_refused() -> None:
    assert code_of(document_packet(replace(FIELDS, identifier="x" * 300))) == "limit_identifier"


def test_attachment_names_lose_separators_and_control_characters() -> None:
    files = (PacketFile("../../etc/a\tb.doc", b"x"), PacketFile("C:\\x\\y.doc", b"x"))
    assert [part.name for part in read(document_packet(replace(FIELDS, files=files))).parts] == [
        "_.._etc_ab.doc",
        "C_x_y.doc",
    ]


def test_errors_and_records_never_show_packet_text() -> None:
    canary = "CHIM-HOANG-YEN"
    packet = read(document_packet(replace(FIELDS, subject=canary, signer=canary)))
    assert canary not in repr(packet)
    for fault in FAULTS:
        try:
            read(document_packet(replace(FIELDS, subject=canary), {fault}))
        except PacketError as error:
            chain: BaseException | None = error
            while chain is not None:
                assert canary not in f"{chain!r}{chain}"
                chain = chain.__cause__


@pytest.mark.parametrize("code", sorted(HELD))
def test_every_hold_code_has_its_sentence(code: str) -> None:
    error = packet_error(code)
    assert error.held
    assert error.what
    assert error.advice


def test_attachment_errors_say_what_to_do() -> None:
    error = attachment_error("zip_mismatch", "attachment 1")
    assert (error.code, error.where) == ("zip_mismatch", "attachment 1")
    assert error.advice


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_parsing_any_bytes_raises_only_our_errors(data: bytes) -> None:
    try:
        read(data, trim=16)
    except PacketError as error:
        assert error.what


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_parsing_a_damaged_packet_raises_only_our_errors(data: st.DataObject) -> None:
    packet = bytearray(document_packet(FIELDS, data.draw(st.sets(st.sampled_from(["comments", "shuffled", "prefix"])))))
    for _change in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(packet) - 1))
        length = data.draw(st.integers(0, 40))
        packet[start : start + length] = data.draw(
            st.binary(max_size=12) | st.sampled_from([b"<", b"&a;", b"]]>", b"\x00"])
        )
        if not packet:
            break
    try:
        read(bytes(packet), trim=16)
    except PacketError as error:
        assert error.what
