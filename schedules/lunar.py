"""
The Vietnamese lunar calendar (âm lịch), computed for the zone UTC+7.

Rules: a month begins on the local day of the new moon; the month that holds the winter solstice is the 11th; when
13 months lie between two such months, the first without a principal term (trung khí) is the leap month. New moons
and the sun's longitude follow J. Meeus, *Astronomical Algorithms*, 2nd edition, chapters 49 and 25. The zone makes
it differ from the Chinese calendar in some years (Tết 2007, 2030, 2053).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from math import floor, radians, sin

from ._text import _
from .errors import RangeError

_ZONE_DAYS = 7 / 24
_JD_OF_ORDINAL_ZERO = 1721424.5  # Julian date of 00:00 UT on the day whose `date.toordinal()` would be 0
_NEW_MOON_2000 = 2451550.09766  # JDE of the mean new moon of 06/01/2000, k = 0
_SYNODIC = 29.530588861

# Periodic terms of the new moon: days, power of E, multiples of M, M', F.
_MOON_TERMS = (
    (-0.40720, 0, 0, 1, 0),
    (0.17241, 1, 1, 0, 0),
    (0.01608, 0, 0, 2, 0),
    (0.01039, 0, 0, 0, 2),
    (0.00739, 1, -1, 1, 0),
    (-0.00514, 1, 1, 1, 0),
    (0.00208, 2, 2, 0, 0),
    (-0.00111, 0, 0, 1, -2),
    (-0.00057, 0, 0, 1, 2),
    (0.00056, 1, 1, 2, 0),
    (-0.00042, 0, 0, 3, 0),
    (0.00042, 1, 1, 0, 2),
    (0.00038, 1, 1, 0, -2),
    (-0.00024, 1, -1, 2, 0),
    (-0.00007, 0, 2, 1, 0),
    (0.00004, 0, 0, 2, -2),
    (0.00004, 0, 3, 0, 0),
    (0.00003, 0, 1, 1, -2),
    (0.00003, 0, 0, 2, 2),
    (-0.00003, 0, 1, 1, 2),
    (0.00003, 0, -1, 1, 2),
    (-0.00002, 0, -1, 1, -2),
    (-0.00002, 0, 1, 3, 0),
    (0.00002, 0, 0, 4, 0),
)
# Planetary terms: days, argument in degrees at k = 0, degrees per month.
_PLANET_TERMS = (
    (0.000325, 299.77, 0.107408),
    (0.000165, 251.88, 0.016321),
    (0.000164, 251.83, 26.651886),
    (0.000126, 349.42, 36.412478),
    (0.000110, 84.66, 18.206239),
    (0.000062, 141.74, 53.303771),
    (0.000060, 207.14, 2.453732),
    (0.000056, 154.84, 7.306860),
    (0.000047, 34.52, 27.261239),
    (0.000042, 207.19, 0.121824),
    (0.000040, 291.34, 1.844379),
    (0.000037, 161.72, 24.198154),
    (0.000035, 239.56, 25.513099),
    (0.000023, 331.55, 3.592518),
)


@dataclass(frozen=True, slots=True)
class LunarDate:
    """
    A day of the Vietnamese lunar calendar.

    Attributes:
        day: 1 to 30.
        month: 1 (tháng Giêng) to 12 (tháng Chạp).
        year: the solar year in which that lunar year's Tết falls.
        leap: True in the leap month (tháng nhuận) that follows the month of the same number.
    """

    day: int
    month: int
    year: int
    leap: bool = False


@dataclass(frozen=True, slots=True)
class _Month:
    start: date
    number: int
    year: int
    leap: bool


def lunar_to_solar(day: int, month: int, year: int, *, leap: bool = False) -> date:
    """
    Return the solar date of a lunar day.

    Args:
        day: 1 to 30.
        month: 1 to 12.
        year: lunar year, named by the solar year of its Tết; 1900 to 2150.
        leap: the leap month of that number.

    Raises:
        RangeError: there is no such day, e.g. the 30th of a short month.
    """
    if 1900 <= year <= 2150 and 1 <= day <= 30:
        months = _months(year) + _months(year + 1)
        for this, following in pairwise(months):
            if (this.number, this.year, this.leap) == (month, year, leap):
                found = this.start + timedelta(days=day - 1)
                if found < following.start:
                    return found
    raise RangeError(
        _("Không có ngày {day}/{month} âm lịch năm {year}.").format(day=day, month=month, year=year),
        "lunar_to_solar",
        _("Kiểm tra lại ngày âm lịch."),
    )


def solar_to_lunar(day: date) -> LunarDate:
    """Return the lunar date of a solar day. Raises RangeError outside 1900 to 2150."""
    if not 1900 <= day.year <= 2150:
        raise RangeError(
            _("Năm {year} nằm ngoài phạm vi tính âm lịch (1900–2150).").format(year=day.year),
            "solar_to_lunar",
            _("Kiểm tra lại ngày tháng."),
        )
    month = max(
        (month for month in _months(day.year) + _months(day.year + 1) if month.start <= day),
        key=lambda month: month.start,
    )
    return LunarDate((day - month.start).days + 1, month.number, month.year, month.leap)


@lru_cache(maxsize=512)
def _months(year: int) -> tuple[_Month, ...]:
    """List the months from the 11th that begins in `year` - 1 to the one before the 11th that begins in `year`."""
    first, last = _solstice_month(year - 1), _solstice_month(year)
    starts = [_new_moon_day(k) for k in range(first, last + 1)]
    months: list[_Month] = []
    number, must_leap = 11, last - first == 13
    for start, following in pairwise(starts):
        without_term = _term(start) == _term(following)
        leap = must_leap and without_term and bool(months)
        if leap:
            must_leap = False
        elif months:
            number = number % 12 + 1
        months.append(_Month(start, number, year - 1 if number >= 11 else year, leap))
    return tuple(months)


def _solstice_month(year: int) -> int:
    """Return the index of the new moon that opens the month of the winter solstice (sun at 270°) of a year."""
    k = floor((date(year, 12, 31).toordinal() + _JD_OF_ORDINAL_ZERO - _NEW_MOON_2000) / _SYNODIC) + 1
    while _new_moon_day(k) > date(year, 12, 31) or _longitude(_new_moon_day(k)) >= 270:
        k -= 1
    return k


@lru_cache(maxsize=4096)
def _new_moon_day(k: int) -> date:
    """Return the local day of new moon number `k`, counted from 06/01/2000."""
    t = k / 1236.85
    e = 1 - 0.002516 * t - 0.0000074 * t**2
    sun = 2.5534 + 29.10535670 * k - 0.0000014 * t**2 - 0.00000011 * t**3
    moon = 201.5643 + 385.81693528 * k + 0.0107582 * t**2 + 0.00001238 * t**3
    latitude = 160.7108 + 390.67050284 * k - 0.0016118 * t**2 - 0.00000227 * t**3
    node = 124.7746 - 1.56375588 * k + 0.0020672 * t**2
    jde = _NEW_MOON_2000 + _SYNODIC * k + 0.00015437 * t**2 - 0.00000015 * t**3
    jde += -0.00017 * sin(radians(node))
    for days, power, m, m1, f in _MOON_TERMS:
        jde += days * e**power * sin(radians(m * sun + m1 * moon + f * latitude))
    for days, start, rate in _PLANET_TERMS:
        jde += days * sin(radians(start + rate * k))
    return date.fromordinal(floor(jde - _delta_t(2000 + k / 12.3685) + _ZONE_DAYS - _JD_OF_ORDINAL_ZERO))


def _longitude(day: date) -> float:
    """Return the sun's apparent longitude in degrees at 00:00 local time of a day."""
    t = (day.toordinal() + _JD_OF_ORDINAL_ZERO - _ZONE_DAYS + _delta_t(day.year) - 2451545.0) / 36525
    mean = 280.46646 + 36000.76983 * t + 0.0003032 * t**2
    anomaly = radians(357.52911 + 35999.05029 * t - 0.0001537 * t**2)
    centre = (
        (1.914602 - 0.004817 * t) * sin(anomaly)
        + (0.019993 - 0.000101 * t) * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    node = radians(125.04 - 1934.136 * t)
    return (mean + centre - 0.00569 - 0.00478 * sin(node)) % 360


def _term(day: date) -> int:
    """Return the number of the principal term (trung khí) that the sun has reached by 00:00 of a day, 0 to 11."""
    return floor(_longitude(day) / 30)


def _delta_t(year: float) -> float:
    """Return dynamical minus universal time in days; a straight line is close enough, as it is about a minute."""
    return (64 + 0.5 * (year - 2000)) / 86400
