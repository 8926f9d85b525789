"""The Vietnamese lunar calendar against dates known from printed calendars."""

from datetime import date, timedelta

import pytest

from congkhai.schedules import LunarDate, RangeError, lunar_to_solar, solar_to_lunar

TET = [
    *("1995-01-31", "2000-02-05", "2005-02-09", "2010-02-14", "2012-01-23", "2015-02-19", "2017-01-28", "2018-02-16"),
    *("2019-02-05", "2020-01-25", "2021-02-12", "2022-02-01", "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17"),
    *("2027-02-06", "2028-01-26", "2029-02-13"),
]


@pytest.mark.parametrize("day", TET)
def test_tet_falls_on_its_known_day(day: str) -> None:
    assert lunar_to_solar(1, 1, int(day[:4])) == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2007-02-17", "2030-02-02", "2053-02-18"])
def test_tet_follows_hanoi_and_not_beijing_where_the_two_differ(day: str) -> None:
    assert lunar_to_solar(1, 1, int(day[:4])) == date.fromisoformat(day)


@pytest.mark.parametrize("day", ["2024-04-18", "2025-04-07", "2026-04-26", "2027-04-16"])
def test_gio_to_falls_on_its_known_day(day: str) -> None:
    assert lunar_to_solar(10, 3, int(day[:4])) == date.fromisoformat(day)


@pytest.mark.parametrize(("year", "month"), [(2020, 4), (2023, 2), (2025, 6), (2028, 5), (2033, 11)])
def test_leap_months_stand_where_printed_calendars_have_them(year: int, month: int) -> None:
    first = lunar_to_solar(1, month, year, leap=True)
    assert solar_to_lunar(first) == LunarDate(1, month, year, leap=True)
    before = solar_to_lunar(first - timedelta(days=1))
    assert (before.month, before.leap) == (month, False)


@pytest.mark.parametrize(("year", "month"), [(2024, 2), (2026, 6), (2033, 7)])
def test_there_is_no_leap_month_elsewhere(year: int, month: int) -> None:
    with pytest.raises(RangeError):
        lunar_to_solar(1, month, year, leap=True)


def test_both_directions_agree_and_days_follow_each_other() -> None:
    day, before = date(2020, 1, 1), solar_to_lunar(date(2019, 12, 31))
    while day < date(2036, 1, 1):
        lunar = solar_to_lunar(day)
        assert lunar_to_solar(lunar.day, lunar.month, lunar.year, leap=lunar.leap) == day
        assert lunar.day == before.day + 1 or (lunar.day == 1 and before.day in {29, 30})
        day, before = day + timedelta(days=1), lunar


@pytest.mark.parametrize(
    ("day", "month", "year"), [(30, 12, 2024), (31, 1, 2024), (0, 1, 2024), (1, 13, 2024), (1, 1, 1)]
)
def test_days_that_do_not_exist_are_refused(day: int, month: int, year: int) -> None:
    with pytest.raises(RangeError):
        lunar_to_solar(day, month, year)
