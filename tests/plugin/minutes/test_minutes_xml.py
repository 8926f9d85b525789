"""Minutes written and read: round trips, equal bytes, refused content, refused XML."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from congkhai.plugin.errors import InputError
from congkhai.plugin.minutes import (
    FeedbackSummary,
    MinutesContent,
    Person,
    Role,
    body_sha256,
    completed,
    disclosed,
    minutes_xml,
    posted,
    read_minutes,
    validate,
)
from congkhai.plugin.records import Attachment, Direction, Document, Feedback, Posting, PostingState

Plant = Callable[[bytes, str, str], bytes]
NS = {"m": "urn:congkhai:minutes:1"}
DIGEST = "0" * 64
SIGNATURE = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="sig-1"><ds:SignedInfo/></ds:Signature>'


def signed(xml: bytes, times: int = 1) -> bytes:
    return xml.replace(b"</Minutes>", SIGNATURE.encode() * times + b"</Minutes>")


def test_posting_minutes_come_back_as_they_were_written(posting: MinutesContent) -> None:
    assert read_minutes(minutes_xml(posting)) == completed(posting)


def test_closing_minutes_come_back_as_they_were_written(closing: MinutesContent) -> None:
    again = read_minutes(minutes_xml(closing))
    assert again == completed(closing)
    assert again.feedback is not None
    assert again.feedback.comments[0].text == "Đề nghị bổ sung trách nhiệm.\nGắn với cải cách."


def test_document_has_the_shape_that_signers_expect(posting: MinutesContent) -> None:
    xml = minutes_xml(posting)
    root = etree.fromstring(xml)
    assert xml.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<Minutes xmlns=\"urn:congkhai:minutes:1\">")
    assert [child.tag for child in root] == ["{urn:congkhai:minutes:1}Body"]
    assert root[0].get("Id") == "body"
    roles = root.findall("m:Body/m:RequiredRoles/m:Role", NS)
    assert [(role.get("order"), role.get("key")) for role in roles] == [
        ("1", "front_chair"),
        ("2", "records_officer"),
        ("3", "head"),
    ]
    assert root.findtext("m:Body/m:Started", namespaces=NS) == "2024-02-05T14:30:00+07:00"
    code = root.find("m:Body/m:Code", NS)
    assert code is not None
    assert [child.text for child in code] == ["12", "BB-UBND"]


def test_equal_contents_give_equal_bytes(posting: MinutesContent) -> None:
    same = replace(
        posting,
        started=posting.started.astimezone(UTC),
        place=unicodedata.normalize("NFD", posting.place),
    )
    assert same.place != posting.place
    assert minutes_xml(same) == minutes_xml(posting)


def test_decomposed_text_is_written_composed(posting: MinutesContent) -> None:
    name = unicodedata.normalize("NFD", "Nguyễn Thị Mẫu")
    again = read_minutes(minutes_xml(replace(posting, participants=(Person(name),))))
    assert again.participants[0].name == "Nguyễn Thị Mẫu"
    assert unicodedata.is_normalized("NFC", minutes_xml(replace(posting, place=name)).decode())


@pytest.mark.parametrize(
    "number", ["", "12/BB-UBND", "127 /KH – UBND", "32-CV/BCĐ", "12/2025/QĐ-UBND", "12/", "/BB", "7"]
)
def test_number_and_symbol_are_split_without_loss(posting: MinutesContent, number: str) -> None:
    assert read_minutes(minutes_xml(replace(posting, number=number))).number == number


@pytest.mark.parametrize(
    "text", ['#panic("x") $x$ *a* @b \\', "<b>&amp;</b>]]>", "“ngoặc” 'đơn' \"kép\"", "a\u200bb", "  hai  "]
)
def test_hostile_text_stays_text(posting: MinutesContent, text: str) -> None:
    document = replace(posting.documents[0], subject=text)
    again = read_minutes(minutes_xml(replace(posting, documents=(document,))))
    assert again.documents[0].subject == text


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x7f", "\x85", "\ufffe", "\ud800"])
def test_control_characters_are_refused_with_their_place(posting: MinutesContent, character: str) -> None:
    document = replace(posting.documents[1], subject=f"Kế hoạch{character}năm")
    with pytest.raises(InputError, match=f"U\\+{ord(character):04X}") as caught:
        minutes_xml(replace(posting, documents=(posting.documents[0], document)))
    assert caught.value.where == "documents[2].subject"
    assert caught.value.advice


def test_line_ends_of_a_web_form_are_unified(closing: MinutesContent) -> None:
    comment = Feedback(closing.started, "", "một\r\nhai\rba")
    again = read_minutes(minutes_xml(replace(closing, feedback=FeedbackSummary(1, (comment,)))))
    assert again.feedback is not None
    assert again.feedback.comments[0].text == "một\nhai\nba"


def test_moment_without_zone_is_refused(posting: MinutesContent) -> None:
    naive = posting.finished.replace(tzinfo=None)
    with pytest.raises(InputError, match="múi giờ"):
        minutes_xml(replace(posting, finished=naive))


def test_no_comments_is_said_not_left_out(closing: MinutesContent) -> None:
    xml = minutes_xml(replace(closing, feedback=FeedbackSummary(0)))
    assert b'<Feedback count="0"/>' in xml
    assert read_minutes(xml).feedback == FeedbackSummary(0)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"documents": ()}, "documents"),
        ({"channels": ()}, "channels"),
        ({"roles": ()}, "roles"),
        ({"participants": ()}, "participants"),
        ({"id": ""}, "id"),
        ({"place": "   "}, "place"),
        ({"roles": (Role("head", (), "Lê Văn Mẫu"),)}, "roles"),
        ({"roles": (Role("head", ("CHỦ TỊCH",), "Lê Văn Mẫu"),) * 2}, "roles"),
        ({"participants": (Person("", "Chủ tịch"),)}, "participants[1].name"),
        ({"feedback": FeedbackSummary(0)}, "kind"),
        ({"finished": datetime(2024, 2, 5, tzinfo=UTC)}, "finished"),
    ],
)
def test_posting_minutes_that_lack_or_contradict_are_refused(
    posting: MinutesContent, change: dict[str, object], where: str
) -> None:
    with pytest.raises(InputError) as caught:
        minutes_xml(replace(posting, **change))  # type: ignore[arg-type]  # one wrong field at a time
    assert caught.value.where == where


@pytest.mark.parametrize("field", ["opening", "feedback"])
def test_closing_minutes_need_the_posting_minutes_and_the_feedback(closing: MinutesContent, field: str) -> None:
    with pytest.raises(InputError) as caught:
        minutes_xml(replace(closing, **{field: None}))  # type: ignore[arg-type]  # one wrong field at a time
    assert caught.value.where == field


def test_closing_needs_the_actual_end_of_a_posting_with_a_duration(closing: MinutesContent) -> None:
    board, portal = closing.channels
    with pytest.raises(InputError, match="thực tế") as caught:
        minutes_xml(replace(closing, channels=(replace(board, posted_to=None), portal)))
    assert caught.value.where == "channels[1].posted_to"


def test_early_closing_needs_a_reason_and_then_states_the_true_period(closing: MinutesContent) -> None:
    board, portal = closing.channels
    assert board.close_from is not None
    early = board.close_from.replace(day=25)
    short = replace(closing, channels=(replace(board, posted_to=early), portal))
    with pytest.raises(InputError, match="sớm"):
        minutes_xml(short)
    again = read_minutes(minutes_xml(replace(short, early_reason="bão, bảng tin bị đổ")))
    assert again.early_reason == "bão, bảng tin bị đổ"
    assert again.channels[0].posted_to == early


def test_posting_ended_at_the_earliest_moment_is_not_early(closing: MinutesContent) -> None:
    board, portal = closing.channels
    on_time = replace(closing, channels=(replace(board, posted_to=board.close_from), portal))
    assert read_minutes(minutes_xml(on_time)).early_reason == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind="posting"', 'kind="meeting"'),
        ('Id="body"', 'Id="other"'),
        (' Id="body"', ""),
        ('status="draft"', 'status="final"'),
        ('order="2"', 'order="0"'),
        ("2024-02-05T14:30:00+07:00", "2024-02-05T14:30:00"),
        ("2024-02-05T14:30:00+07:00", "2024-02-30T14:30:00+07:00"),
        ("2024-01-30", "30/01/2024"),
        ("<Size>182344</Size>", "<Size>-1</Size>"),
        ("9f86d081", "9F86D081"),
        ("<RequiredDays>20</RequiredDays>", "<RequiredDays>hai mươi</RequiredDays>"),
        ("<Place>Trụ sở UBND xã Mẫu Sơn</Place>", "<Place> </Place>"),
        ("<TypeName>Biên bản</TypeName>", "<TypeName>Báo cáo</TypeName>"),
        ("</Participants>", "</Participants><Extra/>"),
        ("<JournalHead ", '<JournalHead extra="1" '),
        ("</Body>", "</Body><Note>ngoài</Note>"),
        ("<Body ", "<Body xml:id='x' "),
        ('key="records_officer"', 'key="head"'),
        ("urn:congkhai:minutes:1", "urn:congkhai:minutes:2"),
    ],
)
def test_schema_refuses_planted_faults(posting: MinutesContent, planted: Plant, old: str, new: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(planted(minutes_xml(posting), old, new))
    assert caught.value.code == "congkhai-E131"


@pytest.mark.parametrize("element", ["Subject", "Organ", "Regulation", "Documents", "Channels", "RequiredRoles"])
def test_schema_refuses_missing_parts(posting: MinutesContent, element: str) -> None:
    root = etree.fromstring(minutes_xml(posting))
    child = root.find(f"m:Body/m:{element}", NS)
    assert child is not None
    root[0].remove(child)
    with pytest.raises(InputError):
        validate(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def test_roles_out_of_order_are_refused_on_reading(posting: MinutesContent, planted: Plant) -> None:
    xml = planted(minutes_xml(posting), 'key="head" order="3"', 'key="head" order="9"')
    with pytest.raises(InputError, match="out of order"):
        read_minutes(xml)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Minutes ", '<!DOCTYPE Minutes [<!ENTITY e "x">]><Minutes '),
        ("<Minutes ", '<!DOCTYPE Minutes SYSTEM "file:///etc/passwd"><Minutes '),
        ("<Minutes ", "<!-- note --><Minutes "),
        ("<Minutes ", "<?run it?><Minutes "),
        ("<Place>Trụ", "<Place>Trụ<!-- x -->"),
        ("<Place>Trụ", "<Place><?run it?>Trụ"),
        ("<Place>Trụ", "<Place>&undefined;Trụ"),
        ("UTF-8", "ISO-8859-1"),
        ("</Minutes>", ""),
    ],
)
def test_dangerous_xml_is_refused(posting: MinutesContent, planted: Plant, old: str, new: str) -> None:
    with pytest.raises(InputError):
        read_minutes(planted(minutes_xml(posting), old, new))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe<\x00", b"%PDF-1.7", b"<a>", "<Minutes/>".encode("utf-16")])
def test_what_is_no_minutes_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        read_minutes(data)


def test_signatures_beside_the_body_are_accepted_and_do_not_change_it(posting: MinutesContent) -> None:
    xml = minutes_xml(posting)
    both = signed(xml, 1).replace(b"</Minutes>", SIGNATURE.replace("sig-1", "sig-2").encode() + b"</Minutes>")
    assert read_minutes(both) == read_minutes(xml)
    assert body_sha256(both) == body_sha256(xml)


def test_only_signatures_may_stand_beside_the_body(posting: MinutesContent, planted: Plant) -> None:
    stranger = '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></Minutes>'
    with pytest.raises(InputError, match="chữ ký"):
        read_minutes(planted(minutes_xml(posting), "</Minutes>", stranger))


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", "xml:id"])
def test_second_element_that_a_reference_could_mean_is_refused(posting: MinutesContent, attribute: str) -> None:
    xml = signed(minutes_xml(posting)).replace(b"<ds:SignedInfo/>", f'<ds:Object {attribute}="body"/>'.encode())
    with pytest.raises(InputError):
        read_minutes(xml)


def test_body_digest_changes_with_any_word(posting: MinutesContent, planted: Plant) -> None:
    xml = minutes_xml(posting)
    assert body_sha256(xml) != body_sha256(planted(xml, "Lê Văn Mẫu", "Lê Văn Mậu"))
    assert len(body_sha256(xml)) == 64


def test_stored_document_is_taken_over_whole() -> None:
    file = Attachment(1, "127.pdf", "application/pdf", 10, DIGEST)
    document = Document(
        "d1", "xa", "ioffice", "9", 1, Direction.OUT, "Kế hoạch", "127/KH-UBND", date(2024, 1, 30), None, "UBND xã",
        "Tổ chức lấy ý kiến", "Lê Văn Mẫu", datetime(2024, 1, 30, tzinfo=UTC), page_amount=4, attachments=(file,),
    )  # fmt: skip
    taken = disclosed(document, draft=True)
    assert (taken.status, taken.number, taken.page_amount) == ("draft", "127/KH-UBND", 4)
    assert taken.attachments[0].sha256 == DIGEST


def test_posting_that_was_never_put_up_cannot_be_minuted() -> None:
    planned = Posting("p1", "d1", "board", "notice_board", "Bảng tin", PostingState.PLANNED, 20, "strict", "Điều 7")
    with pytest.raises(InputError, match="Bảng tin"):
        posted(planned, name="Niêm yết", counting="đủ 20 ngày")
    up = replace(planned, posted_from=datetime(2024, 2, 5, 8, tzinfo=UTC))
    taken = posted(up, name="Niêm yết", counting="đủ 20 ngày")
    assert (taken.posting, taken.form, taken.basis, taken.required_days, taken.counting) == (
        "p1",
        "notice_board",
        "Điều 7",
        20,
        "đủ 20 ngày",
    )


_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\u061c\u200e\u200f\ufffe\uffff"
                  + "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))),
    min_size=1, max_size=40,
).filter(lambda text: unicodedata.normalize("NFC", text).strip() != "")  # fmt: skip
_MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone follows


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=_TEXTS,
    names=st.lists(_TEXTS, min_size=1, max_size=4),
    start=_MOMENTS,
    number=st.one_of(st.just(""), _TEXTS),
    size=st.integers(0, 2**40),
    day=st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
)
def test_any_clean_content_survives_the_round_trip(
    posting: MinutesContent,
    text: str,
    names: list[str],
    start: datetime,
    number: str,
    size: int,
    day: date | None,
) -> None:
    file = replace(posting.documents[0].attachments[0], name=text, size=size)
    document = replace(posting.documents[0], subject=text, number=number, issued=day, attachments=(file,))
    content = replace(
        posting,
        started=start,
        finished=start,
        documents=(document,),
        bases=tuple(names),
        participants=tuple(Person(name, text) for name in names),
        roles=tuple(Role(f"r{place}", (text,), name) for place, name in enumerate(names)),
    )
    xml = minutes_xml(content)
    assert read_minutes(xml) == completed(content)
    assert minutes_xml(read_minutes(xml)) == xml
