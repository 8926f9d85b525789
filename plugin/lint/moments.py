"""Dates and times as papers write them: in figures, in words, with OCR noise, with a year that stands only once."""

import re
from collections.abc import Iterator
from datetime import date, time

from .flat import pattern
from .records import Day, Hour, Text

_D = r"[\do]{1,2}"
_YEAR = r"(?:19|20)[\do]{2}"
NUMERIC = rf"(?<![\d/])({_D})\s?[.,]?\s?[/.\-]\s?({_D})\s?[.,]?\s?[/.\-]\s?({_YEAR})(?!\d)"
WORDED = rf"ngay\s*:?\s*({_D})\s*thang\s*({_D})\s*nam\s*({_YEAR})(?!\d)"
_DATE = re.compile(rf"{NUMERIC}|{WORDED}")
_SHORT = re.compile(rf"(?<![\d/])({_D})\s?[.,]?\s?/\s?({_D})(?![\d/])")
_TIME = re.compile(r"(?<![\d/])([\do]{1,2})\s*(?:gio|h|g)\s*(?:([\do]{1,2})\s*(?:phut|p|ph|')?)?(?![a-z\d/])")
_CLOCK = re.compile(r"(?<![\d/])(\d{1,2}):(\d{2})(?![\d:])")
_ZEROS = str.maketrans("o", "0")
_WEEKDAYS = {
    "hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5,
}  # fmt: skip
_WEEKDAY = pattern(r"\b(?:thu (hai|ba|tu|nam|sau|bay|[2-7])|(chu nhat))\s*[,(]?\s*(?:ngay\s*)?$")
_UNITS = ("khong", "mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin")
_VARIANTS = {"lam": "nam", "tu": "bon", "moi": "muoi", "le": "linh", "nham": "nam"}


def days(text: Text, start: int = 0, end: int | None = None) -> Iterator[Day]:
    """Yield every full date between two places of the folded text, in order; an impossible one has no value."""
    flat = text.flat.text
    for match in _DATE.finditer(flat, start, len(flat) if end is None else end):
        parts = [part for part in match.groups() if part is not None]
        yield _day(text, parts[0], parts[1], parts[2], match.start(), match.end())


def first_day(text: Text, start: int, end: int) -> Day | None:
    """Return the first full date between two places, or None."""
    return next(days(text, start, end), None)


def short_day(text: Text, start: int, end: int, year: int) -> Day | None:
    """Return the first date without year (05/02) between two places, in the year that stands elsewhere."""
    match = _SHORT.search(text.flat.text, start, end)
    return _day(text, match[1], match[2], str(year), match.start(), match.end()) if match else None


def _day(text: Text, day: str, month: str, year: str, start: int, end: int) -> Day:
    numbers = [int(part.translate(_ZEROS)) for part in (year, month, day)]
    try:
        value = date(*numbers)
    except ValueError:
        value = None
    return Day(value, text.flat.written(start, end), text.place(start), start, end)


def first_hour(text: Text, start: int, end: int) -> Hour | None:
    """Return the first time of day between two places (14 giờ 00 phút, 16h00, 14:00), or None."""
    flat = text.flat.text
    found = _TIME.search(flat, start, end) or _CLOCK.search(flat, start, end)
    if found is None:
        return None
    hour, minute = int(found[1].translate(_ZEROS)), int((found[2] or "0").translate(_ZEROS))
    if hour > 23 or minute > 59:
        return None
    return Hour(time(hour, minute), text.flat.written(found.start(), found.end()), text.place(found.start()))


def weekday_before(text: Text, start: int) -> int | None:
    """Return the day of the week (0 = Monday) that is named right before a date, or None."""
    match = _WEEKDAY.search(text.flat.text, max(0, start - 30), start)
    if match is None:
        return None
    return 6 if match[2] else _WEEKDAYS[match[1]]


def number_in_words(words: str) -> int | None:
    """
    Read a number from 0 to 999 in folded Vietnamese words (``hai muoi lam``); None when it is none.

    Both ``hai muoi mot`` and ``hai mot`` are in use.
    """
    found = [_VARIANTS.get(word, word) for word in words.split()]
    if not found or any(word not in {*_UNITS, "muoi", "tram", "linh"} for word in found):
        return None
    total, rest = 0, found
    if "tram" in rest:
        index = rest.index("tram")
        if index != 1:
            return None
        total, rest = 100 * _UNITS.index(rest[0]), rest[2:]
    rest = [word for word in rest if word != "linh"]
    if "muoi" in rest:
        index = rest.index("muoi")
        tens = 1 if index == 0 else _UNITS.index(rest[0])
        unit = rest[index + 1 :]
        return total + 10 * tens + (_UNITS.index(unit[0]) if unit else 0) if len(unit) < 2 and index < 2 else None
    if len(rest) == 2:
        return total + 10 * _UNITS.index(rest[0]) + _UNITS.index(rest[1])
    return total + (_UNITS.index(rest[0]) if rest else 0) if len(rest) < 2 else None
