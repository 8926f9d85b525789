"""The shipped years: reads ``calendar.ini`` of this package."""

from collections.abc import Mapping
from configparser import ConfigParser
from datetime import date
from functools import lru_cache
from importlib.resources import files

from ._text import _
from .days import Certainty, Day, DayState, YearTable
from .errors import CalendarError

_STATES = {"off": DayState.OFF, "work": DayState.WORKING, "maybe": DayState.POSSIBLY_OFF}


@lru_cache(maxsize=1)
def shipped_years() -> Mapping[int, YearTable]:
    """Return the years of the package's own table, by year. Raises CalendarError when the file is damaged."""
    text = files(__package__ or "congkhai.schedules").joinpath("calendar.ini").read_text(encoding="utf-8")
    return read_years(text, "calendar.ini")


def read_years(text: str, where: str) -> Mapping[int, YearTable]:
    """
    Read years from the text of a calendar file.

    Args:
        text: ini text as described at the top of ``calendar.ini``.
        where: name of the file, for errors.

    Raises:
        CalendarError: a key, state or certainty that cannot be read; names file, year and key.
    """
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(text)
    return {int(section): _read_year(int(section), dict(parser[section]), where) for section in parser.sections()}


def _read_year(year: int, values: Mapping[str, str], where: str) -> YearTable:
    days = {}
    for key, value in values.items():
        if key not in {"confirmed", "source"}:
            day = _read_day(year, key, value, where)
            days[day.date] = day
    return YearTable(year, values.get("confirmed") == "yes", values.get("source", ""), days)


def _read_day(year: int, key: str, value: str, where: str) -> Day:
    try:
        state, name, source, certainty = (part.strip() for part in value.split(";"))
        return Day(date.fromisoformat(f"{year}-{key}"), _STATES[state], name, source, Certainty(certainty))
    except (ValueError, KeyError) as error:
        raise CalendarError(
            _("Không đọc được ngày {key} năm {year}: {value}").format(key=key, year=year, value=value),
            f"{where} [{year}] {key}",
            _("Viết theo dạng: MM-DD = off|work|maybe ; tên ngày ; nguồn ; mức chắc chắn."),
        ) from error
