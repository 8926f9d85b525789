"""Minutes of every kind: what each must say, what it may not, and files of the first version."""

from dataclasses import replace
from pathlib import Path

import pytest

from congkhai.plugin.errors import InputError
from congkhai.plugin.lint.of_xml import paper_of
from congkhai.plugin.lint.records import PaperKind
from congkhai.plugin.minutes import (
    Ballot,
    Choice,
    Meeting,
    MinutesContent,
    MinutesKind,
    Person,
    minutes_xml,
    read_minutes,
    read_report,
    validate,
)
from congkhai.plugin.minutes.view import minutes_view

from .papers import (
    ballot_minutes,
    closing_minutes,
    conference_minutes,
    declarations_minutes,
    every_minutes,
    meeting,
    posting_minutes,
    results_report,
)

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("kind", list(MinutesKind))
def test_minutes_of_every_kind_come_back_as_they_were_written(kind: MinutesKind) -> None:
    content = every_minutes()[kind]
    again = read_minutes(minutes_xml(content))
    assert replace(again, subject="") == replace(content, subject="")
    assert again.subject
    assert minutes_xml(again) == minutes_xml(content)


def test_files_of_the_first_version_are_valid_and_read_as_ever() -> None:
    for name, content in (("posting", posting_minutes()), ("closing", closing_minutes())):
        xml = (FILES / f"{name}-first.xml").read_bytes()
        assert replace(read_minutes(xml), subject="") == content
    assert replace(read_report((FILES / "report-first.xml").read_bytes()), subject="") == results_report()


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (MinutesKind.DECLARATIONS, "Niêm yết công khai bản kê khai tài sản, thu nhập"),
        (MinutesKind.CONFERENCE, "Hội nghị"),
        (MinutesKind.BALLOT, "Kiểm phiếu"),
    ],
)
def test_a_kind_has_its_usual_subject(kind: MinutesKind, subject: str) -> None:
    assert read_minutes(minutes_xml(replace(every_minutes()[kind], subject=""))).subject == subject


def test_declarations_are_named_without_any_content() -> None:
    content = declarations_minutes(40)
    words = str(minutes_view(read_minutes(minutes_xml(content))))
    assert "của 40 người được công khai (chỉ ghi tên)" in words
    assert "Nguyễn Văn Khai 40" in words


def test_the_end_of_a_meeting_is_said_as_the_form_has_it() -> None:
    assert (
        minutes_view(conference_minutes())["end"]
        == "Hội nghị kết thúc vào 15 giờ 00 phút, ngày 05 tháng 02 năm 2024./."
    )
    assert minutes_view(ballot_minutes())["end"].startswith("Cuộc kiểm phiếu kết thúc vào")


def test_shares_are_rounded_half_up_with_a_comma() -> None:
    ballot = Ballot("Bầu", "bỏ phiếu kín", 8, 8, 8, 0, (Choice("A", 5), Choice("B", 1), Choice("C", 0)))
    view = minutes_view(replace(ballot_minutes(), meeting=replace(meeting(), ballots=(ballot,))))
    [table] = [block for section in view["sections"] for block in section["blocks"] if block["kind"] == "table"]
    assert [row[3] for row in table["rows"]] == ["62,50 %", "12,50 %", "0,00 %"]
    third = Ballot("Bầu", "giơ tay", 0, 0, 3, 0, (Choice("A", 2),))
    view = minutes_view(replace(ballot_minutes(), meeting=replace(meeting(), ballots=(third,))))
    assert "66,67 %" in str(view)
    assert "3 người biểu quyết" in str(view)


def _with(**changes: object) -> MinutesContent:
    return replace(ballot_minutes(), meeting=replace(meeting(), **changes))


def _ballot(**changes: object) -> MinutesContent:
    return _with(ballots=(replace(meeting().ballots[0], **changes),))


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (_with(present=321), "meeting.present"),
        (_with(ballots=()), "meeting.ballots"),
        (_with(counters=()), "meeting.counters"),
        (_with(chair=Person("")), "meeting.chair.name"),
        (_with(secretary=Person(" ")), "meeting.secretary.name"),
        (_ballot(returned=299), "meeting.ballots[1]"),
        (_ballot(valid=296), "meeting.ballots[1]"),
        (_ballot(choices=()), "meeting.ballots[1].choices"),
        (_ballot(choices=(Choice("Tán thành", 296),)), "meeting.ballots[1]"),
        (_ballot(form=""), "meeting.ballots[1].form"),
        (replace(conference_minutes(), meeting=None), "meeting"),
        (replace(posting_minutes(), meeting=meeting()), "meeting"),
        (replace(declarations_minutes(), declarations=()), "declarations"),
        (replace(declarations_minutes(), channels=()), "channels"),
        (replace(posting_minutes(), documents=()), "documents"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(content: MinutesContent, where: str) -> None:
    with pytest.raises(InputError) as caught:
        minutes_xml(content)
    assert caught.value.where == where
    assert caught.value.advice
    assert caught.value.code == "congkhai-E130"


@pytest.mark.parametrize(
    ("kind", "part"), [("conference", "Meeting"), ("declarations", "Declarants"), ("declarations", "Channels")]
)
def test_a_file_without_a_part_of_its_kind_is_refused(kind: str, part: str) -> None:
    text = minutes_xml(every_minutes()[kind]).decode()
    start, end = text.index(f"<{part}"), text.index(f"</{part}>") + len(f"</{part}>")
    with pytest.raises(InputError) as caught:
        validate((text[:start] + text[end:]).encode())
    assert caught.value.code == "congkhai-E131"


def test_the_checks_know_every_kind() -> None:
    kinds = {kind: paper_of(content, "a.xml").kind for kind, content in every_minutes().items()}
    assert kinds["conference"] is PaperKind.MEETING
    assert kinds["ballot"] is PaperKind.BALLOT
    assert PaperKind.OTHER not in kinds.values()


def test_marks_that_reverse_the_reading_order_are_shown() -> None:
    hidden = replace(posting_minutes(), place="Trụ sở \u202egnp.exe\u202c \u200fxã")
    xml = minutes_xml(hidden)
    assert read_minutes(xml).place == "Trụ sở [U+202E]gnp.exe[U+202C] [U+200F]xã"
    assert not {"\u202e", "\u202c", "\u200f"} & set(xml.decode())
    meeting_: Meeting | None = read_minutes(minutes_xml(conference_minutes())).meeting
    assert meeting_ is not None
