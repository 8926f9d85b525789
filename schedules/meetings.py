"""Periodic meetings and reports of Lạng Sơn's regulation (họp giao ban, báo cáo tuần), and when to remind of them."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ._text import _, say_date
from .calendar import Calendar
from .counting import STRICT, CountingRule
from .errors import RangeError
from .moments import ZONE, check_day, check_year, shift


@dataclass(frozen=True, slots=True)
class Briefing:
    """
    The monthly briefing (giao ban tháng) of one month.

    Attributes:
        readings: each reading of "tuần trước ngày 15" with its Monday.
        day: the Monday by the agency's own reading; None until it has chosen one.
        remind_on: working day on which to remind; without a choice, of the earlier date.
        notes: what is undecided or falls on a day off, in Vietnamese.
    """

    readings: tuple[tuple[str, date], ...]
    day: date | None
    remind_on: date
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """
    The weekly report of one week.

    Attributes:
        due: "trước 16h00 ngày thứ 6": the first moment that is too late, with zone.
        remind_before: the same hour of the last working day not after that Friday.
        notes: in Vietnamese.
    """

    due: datetime
    remind_before: datetime
    notes: tuple[str, ...] = ()


def monthly_briefing(year: int, month: int, calendar: Calendar, rule: CountingRule = STRICT) -> Briefing:
    """
    Compute the Monday of the monthly briefing under both readings.

    Args:
        year: 1990 to 2100.
        month: 1 to 12.
        calendar: of the agency.
        rule: `monthly_briefing` chooses; the two readings agree only when the 15th is a Monday.

    Raises:
        RangeError: no such month.
    """
    _check_month(year, month)
    middle = date(year, month, 15)
    readings = (
        ("monday_before_15th", middle - timedelta(days=middle.weekday() or 7)),
        ("monday_of_week_before_week_of_15th", middle - timedelta(days=middle.weekday() + 7)),
    )
    day = dict(readings).get(rule.monthly_briefing or "")
    meant = sorted({monday for _reading, monday in readings} if day is None else {day})
    notes = list(calendar.notes(calendar.roll_back(meant[0]), meant[-1]))
    if day is None:
        notes.append(
            _("Chưa chọn cách hiểu “tuần trước ngày 15” cho họp giao ban tháng: {days}.").format(
                days=_(" hoặc ").join(say_date(monday) for monday in meant)
            )
        )
    notes += [
        _("Họp giao ban tháng rơi vào ngày nghỉ: {day} ({name}).").format(
            day=say_date(monday), name=calendar.day(monday).name
        )
        for monday in meant
        if not calendar.is_working_day(monday)
    ]
    return Briefing(readings, day, calendar.roll_back(meant[0]), tuple(notes))


def weekly_briefings(year: int, month: int, calendar: Calendar, rule: CountingRule = STRICT) -> tuple[date, ...]:
    """
    List the Mondays of a month on which the weekly briefing is held.

    Not on the Monday of the monthly briefing (once its reading is chosen), nor on a Monday off; a Monday that is only
    possibly off stays in the list.

    Raises:
        RangeError: no such month.
    """
    monthly = monthly_briefing(year, month, calendar, rule).day
    days = (date(year, month, number) for number in range(1, monthrange(year, month)[1] + 1))
    return tuple(
        day for day in days if day.weekday() == 0 and day != monthly and calendar.is_working_day(day, doubtful=True)
    )


def weekly_report(day_in_week: date, calendar: Calendar, *, before: time = time(16)) -> WeeklyReport:
    """
    Compute when the weekly report is due ("trước 16h00 ngày thứ 6").

    Args:
        day_in_week: any day of the week from Monday to Sunday.
        calendar: of the agency; on a Friday off the reminder moves to the working day before.
        before: local hour; the bound is strict.

    Raises:
        RangeError: a year outside 1990 to 2100.
    """
    day = check_day(day_in_week, "day_in_week")
    friday = shift(day, 4 - day.weekday(), "day_in_week")
    remind = calendar.roll_back(friday)
    return WeeklyReport(
        datetime.combine(friday, before, tzinfo=ZONE),
        datetime.combine(remind, before, tzinfo=ZONE),
        calendar.notes(remind, friday),
    )


def _check_month(year: int, month: int) -> None:
    check_year(year, "year")
    if not 1 <= month <= 12:
        raise RangeError(_("Không có tháng {month}.").format(month=month), "month", _("Chọn tháng từ 1 đến 12."))
