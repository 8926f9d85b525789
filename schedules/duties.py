"""
Periodic duties (báo cáo định kỳ, họp giao ban, hội nghị …): when each one falls due, and when to remind of it.

None of the regulations says what happens when the day falls on a day off; the legal last day is then left where the
text puts it, and the reminder goes to the working day before (a reading on the safe side).
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from ._text import _, say_date
from .calendar import Calendar
from .counting import STRICT, CountingRule, check_choice
from .days import DayState
from .meetings import monthly_briefing
from .moments import ZONE, check_day, day_end

Every = Literal["week", "month", "quarter", "half_year", "nine_months", "year"]
DutyBound = Literal["on", "before", "not_later_than", "unset"]

_LAST_MONTHS = {
    "month": tuple(range(1, 13)), "quarter": (3, 6, 9, 12), "half_year": (6, 12), "nine_months": (9,), "year": (12,),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rhythm:
    """
    How a duty recurs.

    Attributes:
        every: its rhythm.
        bound: ``on`` a day (a meeting), ``before`` a day or hour (that day or hour is too late), ``not_later_than``,
            or ``unset`` where the text names no day.
        days: (day, month); month 0 means every month. With ``unset`` they are the agency's own choice.
        weekday: 0 = Monday; None when the duty has none.
        hour: local hour that bounds the last day, or None for its end at 24:00.
    """

    every: Every
    bound: DutyBound
    days: tuple[tuple[int, int], ...] = ()
    weekday: int | None = None
    hour: time | None = None

    def __post_init__(self) -> None:
        check_choice(self.every, get_args(Every), "every")
        check_choice(self.bound, get_args(DutyBound), "bound")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """
    One time that a duty falls due.

    Attributes:
        period: what it is for, the same at every computation: ``2026-W48``, ``2026-11``, ``2026-Q4``, ``2026-H1``,
            ``2026-9M``, ``2026``.
        last_day: last day on which it is in time, local date; of a meeting its day.
        late_from: first moment that is too late, with zone.
        target: last working day not after `last_day`; reminders count back from it.
        assumed: the text names no day; this one is the end of the period, or the agency's choice.
        notes: what is uncertain, in Vietnamese.
    """

    period: str
    last_day: date
    late_from: datetime
    target: date
    assumed: bool = False
    notes: tuple[str, ...] = ()


def occurrences(
    rhythm: Rhythm, first: date, last: date, calendar: Calendar, rule: CountingRule = STRICT
) -> tuple[Occurrence, ...]:
    """
    List the times a duty falls due.

    Args:
        rhythm: of the duty.
        first: earliest `last_day` wanted; `last`: latest, both included.
        calendar: of the agency.
        rule: `monthly_briefing` says how "tuần trước ngày 15" is read; the weekly briefing makes way for it.

    Returns:
        In order of time. A meeting (``on``) that falls on a day off is not held and not listed; the monthly briefing
        stays, with a note.

    Raises:
        NaiveTimeError, RangeError: a day outside 1990 to 2100.

    Source: Quy chế 64/QĐ-SCT (Lạng Sơn) Điều 19, 21; Luật 10/2022/QH15 Điều 51.
    """
    first, last = check_day(first, "first"), check_day(last, "last")
    if rhythm.every == "week":
        found = _weekly(rhythm, first, last, calendar, rule)
    elif rhythm.bound == "on" and rhythm.weekday is not None and not rhythm.days:
        found = _briefings(rhythm, first, last, calendar, rule)
    else:
        found = _dated(rhythm, first, last, calendar)
    return tuple(found)


def remind_days(target: date, before: tuple[int, ...], calendar: Calendar) -> tuple[date, ...]:
    """
    Return the days on which to remind.

    Args:
        target: last working day in time, or any day; one that is off counts from the working day before it.
        before: working days before the target, e.g. ``(2, 0)``.

    Returns:
        Working days in order, each once.

    Raises:
        RangeError: before the year 1990.
    """
    days = set()
    for count in before:
        day = calendar.roll_back(check_day(target, "target"))
        for _step in range(count):
            day = calendar.previous_working_day(day)
        days.add(day)
    return tuple(sorted(days))


def _weekly(rhythm: Rhythm, first: date, last: date, calendar: Calendar, rule: CountingRule) -> Iterator[Occurrence]:
    weekday = 4 if rhythm.weekday is None else rhythm.weekday
    day = first + timedelta(days=(weekday - first.weekday()) % 7)
    while day <= last:
        year, week, _day = day.isocalendar()
        if rhythm.bound != "on":
            yield _occurrence(rhythm, f"{year}-W{week:02d}", day, calendar, assumed=rhythm.weekday is None)
        elif calendar.is_working_day(day, doubtful=True) and not _monthly_instead(day, calendar, rule):
            yield _occurrence(rhythm, f"{year}-W{week:02d}", day, calendar)
        day += timedelta(days=7)


def _monthly_instead(day: date, calendar: Calendar, rule: CountingRule) -> bool:
    """Tell whether the monthly briefing is held on this Monday; the weekly one is then not (Điều 19 khoản 1)."""
    return day.weekday() == 0 and monthly_briefing(day.year, day.month, calendar, rule).day == day


def _briefings(rhythm: Rhythm, first: date, last: date, calendar: Calendar, rule: CountingRule) -> Iterator[Occurrence]:
    """Give the Mondays of the monthly briefings ("tuần trước ngày 15"); the earlier reading while none is chosen."""
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        briefing = monthly_briefing(year, month, calendar, rule)
        day = briefing.day or min(monday for _reading, monday in briefing.readings)
        if first <= day <= last:
            late = _late_from(day, rhythm.hour)
            assumed = briefing.day is None
            yield Occurrence(f"{year}-{month:02d}", day, late, briefing.remind_on, assumed, briefing.notes)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _dated(rhythm: Rhythm, first: date, last: date, calendar: Calendar) -> Iterator[Occurrence]:
    """Give the days that the text names, or the last days of the periods where it names none."""
    early = timedelta(days=1) if rhythm.bound == "before" and rhythm.hour is None else timedelta()
    assumed = rhythm.bound == "unset"
    day = first
    while day <= last:
        named = day + early
        if rhythm.days:
            due = any(named.month in (month or named.month,) and named.day == _in_month(number, named)
                      for number, month in rhythm.days)  # fmt: skip
        else:
            ends = named.month in _LAST_MONTHS[rhythm.every] and named.day == monthrange(named.year, named.month)[1]
            due = assumed and ends
        if due:
            yield _occurrence(rhythm, _period(rhythm.every, named), day, calendar, assumed=assumed)
        day += timedelta(days=1)


def _in_month(number: int, day: date) -> int:
    """Return a day's number in a month; the 31st of a shorter month, and 29 February, is its last day (Điều 148.3)."""
    return min(number, monthrange(day.year, day.month)[1])


def _period(every: str, named: date) -> str:
    if every == "month":
        return f"{named:%Y-%m}"
    if every == "quarter":
        return f"{named.year}-Q{(named.month + 2) // 3}"
    if every == "half_year":
        return f"{named.year}-H{1 if named.month <= 6 else 2}"
    return f"{named.year}-9M" if every == "nine_months" else f"{named.year}"


def _occurrence(rhythm: Rhythm, period: str, day: date, calendar: Calendar, *, assumed: bool = False) -> Occurrence:
    target = calendar.roll_back(day)
    notes = list(calendar.notes(target, day))
    if calendar.day(day).state is not DayState.WORKING and rhythm.bound != "on":
        notes.append(
            _("Ngày cuối {day} là ngày nghỉ ({name}); nên xong trong {target}.").format(
                day=say_date(day), name=calendar.day(day).name, target=say_date(target)
            )
        )
    if assumed:
        notes.append(_("Văn bản không nêu ngày; tạm lấy {day}.").format(day=say_date(day)))
    return Occurrence(period, day, _late_from(day, rhythm.hour), target, assumed, tuple(notes))


def _late_from(day: date, hour: time | None) -> datetime:
    return day_end(day) if hour is None else datetime.combine(day, hour, tzinfo=ZONE)
