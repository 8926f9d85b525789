"""Our working days against those of the ``holidays`` package: every difference is listed here with its reason."""

from datetime import date, timedelta

import holidays

from congkhai.schedules import Calendar, lunar_to_solar

DIFFERENCES = {
    "2026-01-02": "off by swap (CV 12729); the package has no swap for it",
    "2026-01-10": "Saturday worked for 02/01/2026 (CV 12729); the package has no swap for it",
    "2027-02-11": "possibly off under the proposal 05–14/02/2027; the package computes one arrangement of Tết",
    "2027-02-12": "possibly off under the proposal 05–14/02/2027",
    "2027-09-01": "possibly off as second National Day; the package takes 03/9",
    "2028-01-31": "possible make-up day of Tết with one day before; the package computes two before",
    "2028-09-05": "possible make-up day when 03/9 is the second National Day; the package takes 01/9",
    "2029-11-26": "whether 24/11 on a Saturday is made up is unclear, we say no and warn; the package says yes",
    "2030-02-07": "possible make-up day of Tết with one day before; the package computes two before",
    "2030-11-25": "whether 24/11 on a Sunday is made up is unclear, we say no and warn; the package says yes",
    "2031-01-28": "possible make-up day of Tết with one day before; the package computes two before",
    "2031-09-03": "possibly off as second National Day; the package takes 01/9",
}


def test_every_difference_from_the_holidays_package_is_known() -> None:
    ours, theirs = Calendar(), holidays.country_holidays("VN", years=range(2024, 2032))
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range((date(2032, 1, 1) - date(2024, 1, 1)).days))
    found = {day.isoformat() for day in days if ours.is_working_day(day) != theirs.is_working_day(day)}
    # A newer release may come to agree with us on a listed day; a day that is not listed is to be looked into.
    assert found - DIFFERENCES.keys() == set()


def test_tet_and_gio_to_agree_with_the_holidays_package_in_every_year() -> None:
    theirs = holidays.country_holidays("VN", years=range(1990, 2101))
    missing = [
        day
        for year in range(1990, 2101)
        for day in (lunar_to_solar(1, 1, year), *([lunar_to_solar(10, 3, year)] if year >= 2007 else []))
        if day not in theirs
    ]
    assert missing == []
