"""Lạng Sơn's briefings and weekly reports, under both readings and on days off."""

from datetime import date, datetime

import pytest

from congkhai.schedules import (
    ZONE,
    Calendar,
    CountingRule,
    RangeError,
    monthly_briefing,
    weekly_briefings,
    weekly_report,
)

CALENDAR = Calendar()
READING_A = CountingRule(monthly_briefing="monday_before_15th")
READING_B = CountingRule(monthly_briefing="monday_of_week_before_week_of_15th")

MONTHS = [
    (2024, 6, 10, 3),
    (2024, 7, 8, 8),
    (2026, 2, 9, 2),
    (2026, 6, 8, 8),
    (2026, 9, 14, 7),
    (2026, 10, 12, 5),
    (2026, 11, 9, 2),
    (2026, 12, 14, 7),
    (2027, 2, 8, 8),
]


@pytest.mark.parametrize(("year", "month", "a", "b"), MONTHS)
def test_the_monthly_briefing_follows_the_chosen_reading(year: int, month: int, a: int, b: int) -> None:
    assert monthly_briefing(year, month, CALENDAR, READING_A).day == date(year, month, a)
    assert monthly_briefing(year, month, CALENDAR, READING_B).day == date(year, month, b)


def test_without_a_choice_both_dates_are_shown_and_the_earlier_is_reminded_of() -> None:
    briefing = monthly_briefing(2026, 10, CALENDAR)
    assert briefing.day is None
    assert dict(briefing.readings) == {
        "monday_before_15th": date(2026, 10, 12),
        "monday_of_week_before_week_of_15th": date(2026, 10, 5),
    }
    assert briefing.remind_on == date(2026, 10, 5)
    assert all(day in briefing.notes[-1] for day in ("05/10/2026", "12/10/2026"))
    assert monthly_briefing(2026, 10, CALENDAR, READING_A).notes == ()


def test_a_briefing_in_tet_is_reminded_of_on_the_last_certain_working_day() -> None:
    briefing = monthly_briefing(2027, 2, CALENDAR, READING_A)
    assert briefing.remind_on == date(2027, 2, 3)
    assert any("Tết" in note and "ngày nghỉ" in note for note in briefing.notes)


@pytest.mark.parametrize(
    ("year", "month", "days"),
    [(2026, 4, [6, 20]), (2026, 8, [3, 17, 24]), (2026, 11, [2, 16, 23, 30])],  # 27/4 and 31/8/2026 are off
)
def test_weekly_briefings_skip_the_monthly_monday_and_days_off(year: int, month: int, days: list[int]) -> None:
    assert [day.day for day in weekly_briefings(year, month, CALENDAR, READING_A)] == days


def test_the_weekly_report_of_a_friday_off_is_reminded_of_on_the_working_day_before() -> None:
    report = weekly_report(date(2025, 12, 30), CALENDAR)
    assert report.due == datetime(2026, 1, 2, 16, tzinfo=ZONE)
    assert report.remind_before == datetime(2025, 12, 31, 16, tzinfo=ZONE)


def test_the_weekly_report_belongs_to_the_friday_of_the_same_week() -> None:
    for day in (date(2026, 10, 5), date(2026, 10, 9), date(2026, 10, 11)):
        report = weekly_report(day, CALENDAR)
        assert report.due == report.remind_before == datetime(2026, 10, 9, 16, tzinfo=ZONE)


@pytest.mark.parametrize(("year", "month"), [(2026, 13), (2026, 0), (1989, 5)])
def test_months_that_do_not_exist_are_refused(year: int, month: int) -> None:
    with pytest.raises(RangeError):
        monthly_briefing(year, month, CALENDAR)
