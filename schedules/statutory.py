"""
Holidays of a year without a table, worked out from the Labour Code.

Bộ luật Lao động 45/2019/QH14 Điều 112.1 (which days), 112.3 (the Prime Minister decides Tết and the second National
Day), 111.3 (a holiday on a weekly day off is made up on the next working day); Nghị quyết 28/2026/QH16 Điều 2
(24 November). What the statute fixes is off; what hangs on the yearly decision is possibly off, under each of the
arrangements seen so far: Tết with one day before and four from mùng 1 on, or two before and three.
Swaps of working days cannot be computed; that is one reason why such a year is unconfirmed.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from ._text import _
from .days import Certainty, Day, DayState, YearTable
from .lunar import lunar_to_solar

CULTURE_DAY_FROM = 2026
_HUNG_KINGS_FROM = 2007  # Luật 84/2007/QH11 made Giỗ Tổ a day off
_SECOND_NATIONAL_DAY_FROM = 2021  # Bộ luật Lao động 45/2019/QH14 in force


@lru_cache(maxsize=256)
def computed_year(year: int, weekend: frozenset[int]) -> YearTable:
    """
    Work out the special days of a year; the result is never confirmed.

    Args:
        year: 1990 to 2100.
        weekend: weekly days off, 0 = Monday; decides which holidays are made up, and when.

    Returns:
        The year's table; holidays that fall on a weekly day off are in it too.
    """
    fixed = _fixed(year)
    certain = dict(fixed)
    _make_up(certain, fixed, weekend)

    possible: dict[date, str] = {}
    tet = lunar_to_solar(1, 1, year)
    for before in (1, 2):
        arrangement = {
            tet + timedelta(days=offset): _("Tết Nguyên đán (mùng 1)") if offset == 0 else _("Tết Nguyên đán")
            for offset in range(-before, 5 - before)
        }
        _make_up(arrangement, arrangement, weekend, taken=certain)
        possible |= arrangement
    if year >= _SECOND_NATIONAL_DAY_FROM:
        for offset in (-1, 1):
            second = {date(year, 9, 2) + timedelta(days=offset): _("Quốc khánh (ngày thứ hai, trước hoặc sau 02/9)")}
            _make_up(second, second, weekend, taken=certain)
            possible |= second
    if year >= CULTURE_DAY_FROM:  # no make-up day: 24/11 is not among the days of Điều 112.1, to which 111.3 refers
        certain[date(year, 11, 24)] = _("Ngày Văn hóa Việt Nam")

    source = _("tính theo Bộ luật Lao động 45/2019/QH14 Điều 111.3, 112 và âm lịch; chưa có quyết định của năm")
    days = {day: Day(day, DayState.POSSIBLY_OFF, name, source, Certainty.COMPUTED) for day, name in possible.items()}
    days |= {day: Day(day, DayState.OFF, name, source, Certainty.COMPUTED) for day, name in certain.items()}
    return YearTable(year, confirmed=False, source=source, days=days)


def _fixed(year: int) -> dict[date, str]:
    days = {
        date(year, 1, 1): _("Tết Dương lịch"),
        date(year, 4, 30): _("Ngày Chiến thắng"),
        date(year, 5, 1): _("Ngày Quốc tế lao động"),
        date(year, 9, 2): _("Quốc khánh"),
    }
    if year >= _HUNG_KINGS_FROM:
        days[lunar_to_solar(10, 3, year)] = _("Giỗ Tổ Hùng Vương (10/3 âm lịch)")
    return days


def _make_up(
    days: dict[date, str], holidays: Iterable[date], weekend: frozenset[int], taken: Iterable[date] = ()
) -> None:
    """Add to `days` one make-up day for each holiday that is a weekly day off (Điều 111.3), in order."""
    if len(weekend) == 7:
        return
    blocked = set(taken)
    for holiday in sorted(holidays):
        if holiday.weekday() in weekend:
            made_up = holiday
            while made_up in days or made_up in blocked or made_up.weekday() in weekend:
                made_up += timedelta(days=1)
            days[made_up] = _("nghỉ bù ngày {day}").format(day=f"{holiday:%d/%m}")
