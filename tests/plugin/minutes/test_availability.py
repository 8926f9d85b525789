"""The availability record: counts, stretches nobody can speak of, one sign for each day, and its picture."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from congkhai.plugin.clock import ZONE
from congkhai.plugin.minutes import MinutesContent, availability, interruptions, minutes_pdf, minutes_xml, read_minutes
from congkhai.plugin.minutes.availability import Availability, Certificate, Unobserved
from congkhai.plugin.minutes.availability_view import availability_blocks
from congkhai.plugin.records import Break, Look, Posting, PostingState

START = datetime(2026, 7, 6, 8, tzinfo=ZONE)
POSTING = Posting("p", "c", "kenh", "intranet", "Trang", PostingState.UP, 20, "", "", posted_from=START)
END = START + timedelta(days=6)


def look(hours: float, result: str, **more: object) -> Look:
    at = START + timedelta(hours=hours)
    return Look(at, result, at, **more)  # type: ignore[arg-type]  # fields by name


def gap(kind: str, first: float, last: float | None) -> Break:
    ended = None if last is None else START + timedelta(hours=last)
    started = START + timedelta(hours=first)
    return Break(1, "p", kind, started, started - timedelta(hours=5), ended, "extend", "lý do", "x")


def test_looks_are_counted_and_each_day_has_its_worst_sign() -> None:
    looks = (
        look(1, "seen"), look(2, "unknown"), look(26, "seen"), look(27, "gone"), look(50, "missed"),
        look(51, "missed"), look(74, "seen"), look(98, "changed"), look(999, "gone"),
    )  # fmt: skip
    record = availability(POSTING, looks, (gap("gap", 27, 74), gap("pause", 122, None)), END)
    assert record is not None
    assert (record.seen, record.gone, record.changed, record.unknown, record.missed) == (3, 1, 1, 1, 2)
    assert record.total == 6
    assert record.days == "vxxxcpp"


def test_the_longest_stretch_counts_only_what_proves_something() -> None:
    looks = (look(10, "seen"), look(40, "unknown"), look(70, "missed"), look(100, "seen"))
    record = availability(POSTING, looks, (), START + timedelta(hours=110))
    assert record is not None
    assert (record.longest_to - record.longest_from) == timedelta(hours=90)
    assert record.unobserved == (
        Unobserved(START + timedelta(hours=10), START + timedelta(hours=100), "missed"),
    )  # fmt: skip


def test_a_stretch_that_reaches_to_the_end_is_stated_too() -> None:
    record = availability(POSTING, (look(5, "seen"), look(30, "unknown")), (), END)
    assert record is not None
    assert record.unobserved == (Unobserved(START + timedelta(hours=5), END, "unknown"),)


def test_where_nobody_looked_nothing_is_claimed() -> None:
    assert availability(POSTING, (), (), END) is None
    assert availability(replace(POSTING, posted_from=None), (look(1, "seen"),), (), END) is None


def test_each_certificate_is_named_once_with_its_end() -> None:
    until = datetime(2027, 1, 1, tzinfo=ZONE)
    seen = [look(n, "seen", certificate_sha256="a" * 64, certificate_until=until) for n in (1, 2)]
    record = availability(POSTING, (*seen, look(3, "seen", certificate_sha256="b" * 64)), (), END)
    assert record is not None
    assert record.certificates == (Certificate("a" * 64, until), Certificate("b" * 64, None))


@pytest.mark.parametrize("kind", ["gap", "change", "pause", "correction"])
def test_an_interruption_says_from_when_why_and_what_it_cost(kind: str) -> None:
    (one,) = interruptions((gap(kind, 20, 30),), END)
    assert one.start == START + timedelta(hours=15)
    assert one.end == START + timedelta(hours=30)
    assert one.reason.endswith("thời hạn được kéo dài")


@pytest.fixture
def recorded(closing: MinutesContent) -> MinutesContent:
    """Closing minutes whose first channel was looked at."""
    first = closing.channels[0]
    days = "vvxxpum.c" + "v" * 40
    record = Availability(
        12, 2, 1, 1, 3, first.posted_from, first.posted_from + timedelta(hours=40), days,
        (Unobserved(first.posted_from, first.posted_from + timedelta(hours=40), "missed"),),
        (Certificate("c" * 64, datetime(2027, 1, 1, tzinfo=ZONE)), Certificate("d" * 64)),
    )  # fmt: skip
    channels = (replace(first, availability=record, exact=True), *closing.channels[1:])
    return replace(closing, channels=channels)


def test_the_record_comes_back_from_the_signed_xml_as_it_was_written(recorded: MinutesContent) -> None:
    back = read_minutes(minutes_xml(recorded))
    assert back.channels[0].availability == recorded.channels[0].availability
    assert back.channels[0].exact is True
    assert all(channel.availability is None and not channel.exact for channel in back.channels[1:])


def test_minutes_without_a_record_are_the_bytes_they_always_were(closing: MinutesContent) -> None:
    assert b"Availability" not in minutes_xml(closing)
    assert b"ExactDuration" not in minutes_xml(closing)


def test_the_picture_has_a_cell_for_each_day_and_the_papers_can_be_laid_out(recorded: MinutesContent) -> None:
    record = recorded.channels[0].availability
    assert record is not None
    blocks = availability_blocks(record, START.date())
    strip = blocks[-1]
    assert [len(strip["cells"]), strip["cells"][0]["day"], strip["cells"][26]["day"]] == [49, "06", "01"]
    assert {one["look"] for one in strip["legend"]} == {
        "seen", "gone", "changed", "paused", "unknown", "missed", "nothing",
    }  # fmt: skip
    text = " ".join(block["text"] for block in blocks if "text" in block)
    assert "16 lần" in text
    assert "40 giờ" in text
    assert "3 lần theo lịch không kiểm tra được" in text
    xml = minutes_xml(recorded)
    assert minutes_pdf(recorded, xml, recorded.finished).startswith(b"%PDF")


@pytest.mark.parametrize("days", ["", "vvz", "V"])
def test_signs_that_nobody_knows_are_refused(recorded: MinutesContent, days: str) -> None:
    from congkhai.plugin.errors import CongkhaiError

    first = recorded.channels[0]
    assert first.availability is not None
    wrong = replace(first, availability=replace(first.availability, days=days))
    with pytest.raises(CongkhaiError):
        minutes_xml(replace(recorded, channels=(wrong, *recorded.channels[1:])))
