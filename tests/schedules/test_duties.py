"""Periodic duties: Lạng Sơn's schedule, duties without a day, reminders on working days."""

from datetime import date, time, timedelta

import pytest

from congkhai.schedules import Calendar, CountingRule, Rhythm, RuleError, occurrences, remind_days

CALENDAR = Calendar()
WEEKLY_REPORT = Rhythm("week", "before", weekday=4, hour=time(16))
WEEKLY_BRIEFING = Rhythm("week", "on", weekday=0)
MONTHLY_BRIEFING = Rhythm("month", "on", weekday=0)


def days(rhythm: Rhythm, first: str, last: str, rule: CountingRule | None = None) -> list[str]:
    found = occurrences(rhythm, date.fromisoformat(first), date.fromisoformat(last), CALENDAR, rule or CountingRule())
    return [one.last_day.isoformat() for one in found]


def test_the_weekly_report_is_late_from_16_on_friday_and_a_friday_off_is_reminded_of_before() -> None:
    (report,) = occurrences(WEEKLY_REPORT, date(2025, 12, 29), date(2026, 1, 4), CALENDAR)
    assert report.late_from.isoformat() == "2026-01-02T16:00:00+07:00"
    assert report.target == date(2025, 12, 31)
    assert report.period == "2026-W01"
    assert any("31/12/2025" in note for note in report.notes)


@pytest.mark.parametrize(
    ("rhythm", "period", "last"),
    [
        (Rhythm("month", "before", ((10, 0),)), "2026-05", "2026-05-09"),
        (Rhythm("quarter", "before", ((10, 3), (10, 6), (10, 9), (10, 12))), "2026-Q2", "2026-06-09"),
        (Rhythm("half_year", "before", ((10, 6),)), "2026-H1", "2026-06-09"),
        (Rhythm("nine_months", "before", ((10, 9),)), "2026-9M", "2026-09-09"),
        (Rhythm("year", "before", ((10, 7),)), "2026", "2026-07-09"),
        (Rhythm("year", "not_later_than", ((31, 3),)), "2026", "2026-03-31"),
    ],
)
def test_before_ends_the_day_before_and_the_period_keeps_its_name(rhythm: Rhythm, period: str, last: str) -> None:
    found = {one.period: one for one in occurrences(rhythm, date(2026, 1, 1), date(2026, 12, 31), CALENDAR)}
    assert found[period].last_day.isoformat() == last
    following = date.fromisoformat(last) + timedelta(days=1)
    assert found[period].late_from.isoformat() == f"{following}T00:00:00+07:00"
    assert not found[period].assumed


def test_the_monthly_report_of_may_2026_ends_on_a_saturday_and_is_reminded_of_on_friday() -> None:
    (report,) = occurrences(Rhythm("month", "before", ((10, 0),)), date(2026, 5, 1), date(2026, 5, 31), CALENDAR)
    assert (report.last_day, report.target) == (date(2026, 5, 9), date(2026, 5, 8))


@pytest.mark.parametrize(
    ("reading", "monday", "weekly"),
    [
        ("monday_before_15th", "2026-09-14", ["2026-09-07", "2026-09-21", "2026-09-28"]),
        ("monday_of_week_before_week_of_15th", "2026-09-07", ["2026-09-14", "2026-09-21", "2026-09-28"]),
    ],
)
def test_the_weekly_briefing_makes_way_for_the_monthly_one(reading: str, monday: str, weekly: list[str]) -> None:
    rule = CountingRule.read({"monthly-briefing": reading})
    assert days(MONTHLY_BRIEFING, "2026-09-01", "2026-09-30", rule) == [monday]
    assert days(WEEKLY_BRIEFING, "2026-09-01", "2026-09-30", rule) == weekly


def test_an_unchosen_reading_gives_the_earlier_monday_and_says_so() -> None:
    (briefing,) = occurrences(MONTHLY_BRIEFING, date(2026, 9, 1), date(2026, 9, 30), CALENDAR)
    assert briefing.last_day == date(2026, 9, 7)
    assert briefing.assumed
    assert any("Chưa chọn" in note for note in briefing.notes)


def test_no_weekly_briefing_on_a_monday_off() -> None:
    assert "2026-04-27" not in days(WEEKLY_BRIEFING, "2026-04-01", "2026-04-30")
    assert "2026-08-31" not in days(WEEKLY_BRIEFING, "2026-08-01", "2026-08-31")


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        ("quarter", ["2026-03-31", "2026-06-30", "2026-09-30", "2026-12-31"]),
        ("half_year", ["2026-06-30", "2026-12-31"]),
        ("year", ["2026-12-31"]),
        ("nine_months", ["2026-09-30"]),
    ],
)
def test_a_duty_without_a_day_falls_on_the_end_of_its_period_and_is_marked_as_assumed(
    every: str, expected: list[str]
) -> None:
    found = occurrences(Rhythm(every, "unset"), date(2026, 1, 1), date(2026, 12, 31), CALENDAR)  # type: ignore[arg-type]  # a word of the ini
    assert [one.last_day.isoformat() for one in found] == expected
    assert all(one.assumed and any("không nêu ngày" in note for note in one.notes) for one in found)


def test_29_february_is_the_last_day_of_february_in_other_years() -> None:
    assert days(Rhythm("year", "not_later_than", ((29, 2),)), "2026-01-01", "2028-12-31") == [
        "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip


def test_an_unconfirmed_year_is_said() -> None:
    (found,) = occurrences(Rhythm("year", "not_later_than", ((31, 3),)), date(2027, 3, 1), date(2027, 3, 31), CALENDAR)
    assert any("2027" in note for note in found.notes)


@pytest.mark.parametrize(
    ("target", "before", "expected"),
    [
        ("2026-03-06", (2, 0), ["2026-03-04", "2026-03-06"]),
        ("2026-02-23", (2, 0), ["2026-02-12", "2026-02-23"]),  # Tết lies between
        ("2026-02-17", (0,), ["2026-02-13"]),  # the target itself is off
        ("2026-03-06", (0, 0), ["2026-03-06"]),
    ],
)
def test_reminders_count_working_days_back(target: str, before: tuple[int, ...], expected: list[str]) -> None:
    found = remind_days(date.fromisoformat(target), before, CALENDAR)
    assert [day.isoformat() for day in found] == expected


def test_an_unknown_rhythm_is_refused() -> None:
    with pytest.raises(RuleError):
        Rhythm("decade", "unset")  # type: ignore[arg-type]  # what the test is about
