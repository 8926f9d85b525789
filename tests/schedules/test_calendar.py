"""The working calendar: shipped years, computed years, an agency's own days, and what it warns about."""

from datetime import date, datetime, time, timedelta

import pytest

from congkhai.schedules import (
    Calendar,
    CalendarError,
    Certainty,
    DayState,
    NaiveTimeError,
    OfficeHours,
    RangeError,
    parse_dates,
    parse_weekend,
)
from congkhai.schedules._table import read_years, shipped_years

WEEKDAYS_OFF = {
    2024: "01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03",
    2025: "01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02",
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
    2027: "01-01 04-16 04-30 05-03 09-02 11-24",
}
WEEKENDS_WORKED = {2024: "05-04", 2025: "04-26", 2026: "01-10 08-22", 2027: ""}
WEEKDAYS_OPEN_2027 = "02-04 02-05 02-08 02-09 02-10 02-11 02-12 09-01 09-03"


def days(year: int, text: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{word}") for word in text.split()}


def all_days(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", WEEKDAYS_OFF)
def test_a_shipped_year_has_exactly_the_announced_weekdays_off_and_weekends_worked(year: int) -> None:
    calendar = Calendar()
    off = {day for day in all_days(year) if day.weekday() < 5 and calendar.day(day).state is DayState.OFF}
    worked = {day for day in all_days(year) if day.weekday() >= 5 and calendar.is_working_day(day)}
    assert off == days(year, WEEKDAYS_OFF[year])
    assert worked == days(year, WEEKENDS_WORKED[year])


def test_open_days_of_2027_are_possibly_off_and_the_caller_decides_what_they_count_as() -> None:
    calendar = Calendar()
    found = {day for day in all_days(2027) if calendar.day(day).state is DayState.POSSIBLY_OFF}
    assert found == days(2027, WEEKDAYS_OPEN_2027)
    assert calendar.is_working_day(date(2027, 2, 8), doubtful=True)
    assert not calendar.is_working_day(date(2027, 2, 8), doubtful=False)
    assert not calendar.is_working_day(date(2027, 2, 8))


def test_every_shipped_day_says_where_it_stands_and_how_sure_it_is() -> None:
    for table in shipped_years().values():
        for day in table.days.values():
            assert day.name and day.source
            assert day.certainty in {Certainty.LAW, Certainty.SECONDARY, Certainty.PROPOSAL}
            assert day.state is not DayState.POSSIBLY_OFF or day.certainty is Certainty.PROPOSAL


@pytest.mark.parametrize(
    ("year", "confirmed"), [(2023, False), (2024, True), (2025, True), (2026, True), (2027, False)]
)
def test_only_announced_years_are_confirmed(year: int, confirmed: bool) -> None:
    calendar = Calendar()
    assert calendar.confirmed(year) is confirmed
    noted = [note for note in calendar.notes(date(year, 3, 1), date(year, 3, 2)) if str(year) in note]
    assert bool(noted) is not confirmed


def test_every_unconfirmed_year_that_is_touched_is_named() -> None:
    notes = Calendar().notes(date(2026, 12, 1), date(2028, 1, 5))
    assert ["2027" in notes[0], "2028" in notes[1], len(notes)] == [True, True, 2]


@pytest.mark.parametrize(
    ("first", "last", "warned"),
    [
        (date(2026, 11, 1), date(2026, 11, 19), False),
        (date(2026, 11, 1), date(2026, 11, 20), True),
        (date(2026, 11, 30), date(2026, 12, 4), True),
        (date(2026, 12, 1), date(2026, 12, 4), False),
        (date(2026, 12, 4), date(2026, 11, 2), True),  # either order
    ],
)
def test_counting_that_touches_the_swap_window_is_noted(first: date, last: date, warned: bool) -> None:
    assert any("23/11/2026" in note for note in Calendar().notes(first, last)) is warned


@pytest.mark.parametrize(
    "answer",
    [
        Calendar(off=frozenset({date(2026, 11, 23)}), work=frozenset({date(2026, 11, 21)})),
        Calendar(work=frozenset({date(2026, 11, 23)})),
        Calendar(confirmed_years=frozenset({2026})),
    ],
)
def test_the_swap_note_ends_when_the_agency_has_answered(answer: Calendar) -> None:
    assert answer.notes(date(2026, 11, 18), date(2026, 11, 27)) == ()


def test_an_agencys_days_are_stronger_than_table_and_week() -> None:
    calendar = Calendar(off=frozenset({date(2024, 5, 4), date(2024, 5, 6)}), work=frozenset({date(2024, 4, 30)}))
    assert not calendar.is_working_day(date(2024, 5, 4))
    assert not calendar.is_working_day(date(2024, 5, 6))
    assert calendar.is_working_day(date(2024, 4, 30))
    assert calendar.day(date(2024, 4, 30)).certainty is Certainty.AGENCY


def test_a_year_confirmed_by_the_agency_has_only_the_days_off_that_it_named() -> None:
    calendar = Calendar(off=frozenset({date(2027, 2, 8)}), confirmed_years=frozenset({2027}))
    assert calendar.notes(date(2027, 2, 1), date(2027, 2, 28)) == ()
    assert not calendar.is_working_day(date(2027, 2, 8), doubtful=True)
    assert calendar.is_working_day(date(2027, 2, 9), doubtful=False)
    assert not calendar.is_working_day(date(2027, 4, 16)), "a day fixed by law stays off"


def test_an_office_that_rests_on_sunday_only_works_ordinary_saturdays_but_not_holiday_ones() -> None:
    calendar = Calendar(weekend=parse_weekend("chủ nhật"))
    assert calendar.is_working_day(date(2024, 3, 2))
    assert not calendar.is_working_day(date(2024, 2, 10)), "Saturday, first day of Tết"
    assert not calendar.is_working_day(date(2024, 3, 3))


@pytest.mark.parametrize(
    ("off", "possible", "working"),
    [
        # 2028: 01/01 is a Saturday, 30/4 a Sunday before 01/5, 02/9 a Saturday; Tết is Wed 26/01.
        ("2028-01-03 2028-04-04 2028-05-01 2028-05-02 2028-09-04 2028-11-24", "2028-01-24 2028-01-26 2028-09-01", ""),
        # 2029: 24/11 is a Saturday without make-up; Giỗ Tổ 23/4.
        ("2029-04-23 2029-11-24", "2029-02-12 2029-02-13", "2029-11-26"),
        ("2021-02-12 2021-04-21 2021-05-03", "2021-02-11 2021-09-03", "2021-11-24"),
    ],
)
def test_a_year_without_table_is_computed_from_the_labour_code(off: str, possible: str, working: str) -> None:
    calendar = Calendar()
    states = {
        **dict.fromkeys(off.split(), DayState.OFF),
        **dict.fromkeys(possible.split(), DayState.POSSIBLY_OFF),
        **dict.fromkeys(working.split(), DayState.WORKING),
    }
    states.pop("2021-02-12", None)  # mùng 1: hangs on the yearly decision like all of Tết
    assert {day: calendar.day(date.fromisoformat(day)).state for day in states} == states
    assert calendar.day(date(2021, 2, 12)).state is DayState.POSSIBLY_OFF


def test_make_up_days_follow_the_agencys_own_week() -> None:
    sunday_only = Calendar(weekend=frozenset({6}))
    assert sunday_only.is_working_day(date(2028, 1, 3)), "01/01/2028 is a Saturday, which this office works"
    assert not sunday_only.is_working_day(date(2028, 1, 1))


def test_culture_day_on_a_weekend_is_noted() -> None:
    near = Calendar().notes(date(2029, 11, 20), date(2029, 11, 26))
    far = Calendar().notes(date(2029, 11, 1), date(2029, 11, 20))
    assert any("nghỉ bù" in note for note in near)
    assert not any("nghỉ bù" in note for note in far)


def test_walking_skips_days_off_in_both_directions() -> None:
    calendar = Calendar()
    assert calendar.next_working_day(date(2024, 2, 7)) == date(2024, 2, 15)
    assert calendar.previous_working_day(date(2024, 2, 15)) == date(2024, 2, 7)
    assert calendar.next_working_day(date(2024, 5, 3)) == date(2024, 5, 4), "a worked Saturday"
    assert calendar.roll_forward(date(2024, 2, 9)) == date(2024, 2, 15)
    assert calendar.roll_back(date(2024, 2, 9)) == date(2024, 2, 7)
    assert calendar.roll_forward(date(2024, 2, 15)) == calendar.roll_back(date(2024, 2, 15)) == date(2024, 2, 15)


@pytest.mark.parametrize(
    "settings",
    [
        {"off": frozenset({date(2026, 5, 5)}), "work": frozenset({date(2026, 5, 5)})},
        {"weekend": frozenset(range(7))},
        {"weekend": frozenset({7})},
    ],
)
def test_overrides_that_contradict_each_other_are_refused(settings: dict[str, frozenset[date]]) -> None:
    with pytest.raises(CalendarError) as caught:
        Calendar(**settings)
    assert caught.value.advice


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2101, 1, 1), date(202, 6, 1)])
def test_absurd_years_are_refused_with_a_reason(day: date) -> None:
    with pytest.raises(RangeError) as caught:
        Calendar().is_working_day(day)
    assert str(day.year) in caught.value.what
    assert caught.value.code == "congkhai-E620"
    assert caught.value.explain().endswith(caught.value.advice)


def test_walking_past_the_known_years_is_refused() -> None:
    with pytest.raises(RangeError):
        Calendar().next_working_day(date(2100, 12, 31))


def test_a_naive_moment_is_no_day() -> None:
    with pytest.raises(NaiveTimeError):
        Calendar().is_working_day(datetime(2026, 11, 23, 8))  # noqa: DTZ001 - the missing zone is what is tested


def test_words_for_weekends_and_dates_are_read() -> None:
    assert parse_weekend("Thứ bảy, CN") == parse_weekend("saturday, sunday") == frozenset({5, 6})
    assert parse_dates("23/11/2026, 2026-11-21\n1/2/2027") == {
        date(2026, 11, 23),
        date(2026, 11, 21),
        date(2027, 2, 1),
    }
    assert parse_dates("") == frozenset()


@pytest.mark.parametrize("text", ["32/01/2026", "hôm nay", "2026-13-01", "1/1/26"])
def test_words_that_are_no_date_are_named(text: str) -> None:
    with pytest.raises(CalendarError) as caught:
        parse_dates(text)
    assert text.split()[0] in caught.value.what


def test_a_word_that_is_no_weekday_is_named() -> None:
    with pytest.raises(CalendarError, match="thứ tám"):
        parse_weekend("thứ tám")


def test_office_hours_are_read() -> None:
    hours = OfficeHours.parse("07:30-11:30, 13h30 – 17h")
    assert (hours.opens, hours.closes) == (time(7, 30), time(17))


@pytest.mark.parametrize("text", ["", "7-11", "17:00-07:30", "07:30-11:30, 11:00-17:00", "07:30-25:00"])
def test_unreadable_office_hours_are_refused(text: str) -> None:
    with pytest.raises(CalendarError):
        OfficeHours.parse(text)


@pytest.mark.parametrize("line", ["02-30 = off ; a ; b ; law", "02-01 = frei ; a ; b ; law", "02-01 = off ; a ; b"])
def test_a_damaged_calendar_file_names_file_year_and_key(line: str) -> None:
    with pytest.raises(CalendarError) as caught:
        read_years(f"[2031]\nconfirmed = no\nsource = x\n{line}\n", "own.ini")
    assert caught.value.where.startswith("own.ini [2031] 02-")
