"""Vietnamese legal time: the zone, the bounds of a sane date, and the end of a day at 24:00."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ._text import _
from .errors import NaiveTimeError, RangeError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_YEAR = 1990
LAST_YEAR = 2100


def local(moment: datetime, where: str) -> datetime:
    """
    Bring a moment into Vietnamese time.

    Args:
        moment: any aware datetime.
        where: name of the argument, for the error.

    Returns:
        The same moment in `ZONE`.

    Raises:
        NaiveTimeError: it has no zone.
        RangeError: its year is outside 1990 to 2100.
    """
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NaiveTimeError(
            _("Thời điểm {moment} không ghi múi giờ.").format(moment=moment.isoformat()),
            where,
            _("Ghi kèm múi giờ, ví dụ 2026-11-23T08:00:00+07:00."),
        )
    check_year(moment.year, where)
    here = moment.astimezone(ZONE)
    check_year(here.year, where)
    return here


def check_day(day: date, where: str) -> date:
    """
    Return the day if it is one a limit can be counted on.

    A `datetime` is taken at its Vietnamese date.

    Raises:
        NaiveTimeError: a datetime without zone.
        RangeError: its year is outside 1990 to 2100.
    """
    if isinstance(day, datetime):
        return local(day, where).date()
    check_year(day.year, where)
    return day


def check_year(year: int, where: str) -> None:
    """Refuse a year outside 1990 to 2100. Raises RangeError."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise RangeError(
            _("Năm {year} nằm ngoài khoảng {first}–{last}, không tính được thời hạn.").format(
                year=year, first=FIRST_YEAR, last=LAST_YEAR
            ),
            where,
            _("Kiểm tra lại ngày tháng đã nhập hoặc đọc được từ văn bản."),
        )


def check_count(count: int, where: str, *, least: int = 1) -> int:
    """Return a count of days, months or years if it lies between `least` and 40 000. Raises RangeError."""
    if not least <= count <= 40_000:
        raise RangeError(
            _("Số đếm {count} không hợp lý; phải từ {least} đến 40000.").format(count=count, least=least),
            where,
            _("Kiểm tra lại số ngày, tháng hoặc năm trong quy chế."),
        )
    return count


def shift(day: date, days: int, where: str) -> date:
    """Move a day by a number of days. Raises RangeError when that leaves the years 1990 to 2100."""
    try:
        moved = day + timedelta(days=days)
    except OverflowError:
        moved = date.max if days > 0 else date.min
    check_year(moved.year, where)
    return moved


def midnight(day: date) -> datetime:
    """Return 00:00 of a day."""
    return datetime.combine(day, time(), tzinfo=ZONE)


def day_end(day: date) -> datetime:
    """Return 24:00 of a day (BLDS 91/2015 Điều 148.6), which is 00:00 of the next one."""
    return midnight(shift(day, 1, "day_end"))
