"""One posting under every convention: Đông Sơn commune, posted 15:00 on 05/02/2024, closed 16:30 on 25/02/2024."""

from datetime import date, datetime, timedelta

import pytest

from congkhai.schedules import ZONE, Calendar, OfficeHours, RangeError, Verdict, span, summarize, verdicts

POSTED = datetime(2024, 2, 5, 15, tzinfo=ZONE)
CLOSED = datetime(2024, 2, 25, 16, 30, tzinfo=ZONE)
OFFICE = Calendar(office_hours=OfficeHours.parse("07:30-11:30, 13:30-17:00"))


def judge(days: int = 20, calendar: Calendar = OFFICE) -> dict[str, Verdict]:
    return {v.key: v for v in verdicts(POSTED, CLOSED, days, calendar, stated_end=date(2024, 2, 25))}


EXPECTED = {
    # key: met, last moment, margin in minutes, days counted, strict
    "touched": (True, None, None, 21, False),
    "included": (True, "2024-02-25T00:00:00+07:00", 16 * 60 + 30, 20, False),
    "elapsed": (True, "2024-02-25T15:00:00+07:00", 90, 20, False),
    "excluded": (False, "2024-02-26T00:00:00+07:00", -(7 * 60 + 30), 19, True),
    "strict": (False, "2024-02-27T00:00:00+07:00", -(31 * 60 + 30), 19, True),
    "office_close": (False, "2024-02-26T17:00:00+07:00", -(24 * 60 + 30), 19, True),
    "stated_end": (False, "2024-02-26T00:00:00+07:00", -(7 * 60 + 30), 20, True),
}


@pytest.mark.parametrize("key", EXPECTED)
def test_each_convention_gives_its_own_verdict(key: str) -> None:
    found = judge()[key]
    met, last, minutes, counted, strict = EXPECTED[key]
    assert (found.met, found.strict, found.counted_days) == (met, strict, counted)
    assert (found.last_moment and found.last_moment.isoformat()) == last
    assert found.margin == (None if minutes is None else timedelta(minutes=minutes))


def test_conventions_stand_lenient_first() -> None:
    assert list(judge()) == list(EXPECTED)


def test_minutes_signed_before_the_end_they_state_contradict_themselves() -> None:
    assert "mâu thuẫn" in judge()["stated_end"].note
    later = verdicts(POSTED, datetime(2024, 2, 26, tzinfo=ZONE), 20, OFFICE, stated_end=date(2024, 2, 25))
    assert (later[-1].met, later[-1].note) == (True, "")


def test_thirty_days_are_met_on_no_convention() -> None:
    found = judge(30)
    assert not any(verdict.met for key, verdict in found.items() if key != "stated_end")
    assert found["strict"].last_moment == datetime(2024, 3, 7, tzinfo=ZONE)


def test_without_office_hours_the_office_close_convention_waits_for_midnight_and_says_so() -> None:
    found = judge(calendar=Calendar())["office_close"]
    assert found.last_moment == datetime(2024, 2, 27, tzinfo=ZONE)
    assert "giờ làm việc" in found.note


def test_at_the_lawful_moment_every_convention_is_met() -> None:
    found = verdicts(POSTED, datetime(2024, 2, 27, tzinfo=ZONE), 20, OFFICE)
    assert all(verdict.met for verdict in found)
    assert summarize(found) == "Đủ thời hạn theo mọi cách đếm."


@pytest.mark.parametrize(("day", "met"), [(23, False), (24, True)])
def test_twenty_touched_days_are_enough_for_the_most_lenient_count(day: int, met: bool) -> None:
    touched = verdicts(POSTED, datetime(2024, 2, day, 8, tzinfo=ZONE), 20, OFFICE)[0]
    assert (touched.met, touched.counted_days) == (met, day - 4)


def test_the_summary_names_both_sides() -> None:
    found = verdicts(POSTED, CLOSED, 20, OFFICE)
    text = summarize(found)
    met, failed = text.split("Chưa đủ nếu")
    assert all(verdict.convention in (met if verdict.met else failed) for verdict in found)
    assert summarize(verdicts(POSTED, POSTED, 20, OFFICE)) == "Chưa đủ thời hạn theo cách đếm nào."


def test_tet_took_seven_of_the_twenty_one_days_and_ten_were_worked() -> None:
    found = span(POSTED.date(), CLOSED.date(), OFFICE)
    assert (found.days, found.working) == (21, 10)
    assert [day.date for day in found.holidays] == [date(2024, 2, day) for day in range(8, 15)]


def test_a_closing_before_the_posting_is_refused() -> None:
    with pytest.raises(RangeError):
        verdicts(CLOSED, POSTED, 20, OFFICE)
    with pytest.raises(RangeError):
        verdicts(POSTED, CLOSED, 0, OFFICE)
    with pytest.raises(RangeError):
        span(CLOSED.date(), POSTED.date(), OFFICE)
