"""
Deadlines (thời hạn phải làm): by when an act must be done, and when to remind.

Counting follows BLDS 91/2015/QH13 Điều 147 and 148. Where it is not known whether a day is off, the earlier date is
taken. A deadline that was counted over such days says so in its notes.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args

from ._text import _, say_date
from .calendar import Calendar
from .counting import STRICT, Bound, CountingRule, Unit, check_choice
from .errors import RangeError
from .moments import check_count, check_day, check_year, day_end, local, shift


@dataclass(frozen=True, slots=True)
class Deadline:
    """
    The last day to act.

    Attributes:
        trigger: day from which it was counted; for a counting back the event; for a fixed date that date.
        count: number of units; 0 for a fixed date.
        unit: ``working_day``, ``calendar_day``, ``month``, ``year``, or a bound for a fixed date.
        unrolled: last day as counted.
        legal_day: last lawful day.
        legal_until: 24:00 of the legal day, i.e. the first moment that is too late, with zone.
        target: day on which to remind, so that the act is done in time on every reading.
        notes: what is uncertain, in Vietnamese.
    """

    trigger: date
    count: int
    unit: str
    unrolled: date
    legal_day: date
    legal_until: datetime
    target: date
    notes: tuple[str, ...] = ()

    def in_time(self, moment: datetime) -> bool:
        """Tell whether an act at `moment` is in time. Raises NaiveTimeError, RangeError."""
        return local(moment, "moment") < self.legal_until


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    The day from which an incoming document's deadline counts.

    Attributes:
        day: the date chosen by the rule.
        other: the date that was not chosen, where there are two different ones.
        notes: why, in Vietnamese.
    """

    day: date
    other: date | None
    notes: tuple[str, ...] = ()


def act_by(trigger: date, count: int, unit: Unit, calendar: Calendar, rule: CountingRule = STRICT) -> Deadline:
    """
    Compute the deadline "chậm nhất là N … kể từ ngày D" (inclusive: the whole last day is in time).

    Args:
        trigger: day D, which is not counted; a datetime is taken at its Vietnamese date.
        count: N, at least 1.
        unit: working days, calendar days, months or years.
        calendar: of the agency.
        rule: `deadline_roll` and `deadline_target` are used.

    Raises:
        NaiveTimeError: a datetime without zone.
        RangeError: a date outside 1990 to 2100, or an absurd count.
        RuleError: an unknown unit.

    Source: BLDS Điều 147.2, 147.3, 148.1 to 148.6.
    """
    check_choice(unit, get_args(Unit), "unit")
    trigger, count = check_day(trigger, "trigger"), check_count(count, "count")
    unrolled = _count(trigger, count, unit, calendar, doubtful=True)
    legal = calendar.roll_forward(unrolled, doubtful=True) if rule.deadline_roll == "civil_code" else unrolled
    return _deadline(trigger, count, unit, unrolled, legal, calendar, rule)


def by_date(day: date, calendar: Calendar, rule: CountingRule = STRICT, *, bound: Bound = "not_later_than") -> Deadline:
    """
    Compute the deadline of a fixed date.

    Args:
        day: the date named.
        calendar: of the agency.
        rule: `deadline_target` is used; a fixed date is no period, so it never rolls forward.
        bound: ``before`` for "trước ngày D" (the last day is D - 1), ``not_later_than`` for "chậm nhất ngày D",
            "đến hết ngày D".

    Raises:
        NaiveTimeError, RangeError, RuleError: as for `act_by`.
    """
    check_choice(bound, get_args(Bound), "bound")
    day = check_day(day, "day")
    last = shift(day, -1, "day") if bound == "before" else day
    return _deadline(day, 0, bound, last, last, calendar, rule)


def latest_before(event: date, count: int, unit: Unit, calendar: Calendar) -> Deadline:
    """
    Count back: the last day allowed for what must be done N days before an event ("báo trước N ngày").

    The event's day is not counted; when the day reached is off, the working day before it is the last one.

    Returns:
        A deadline whose `legal_day` and `target` are that day.

    Raises:
        NaiveTimeError, RangeError, RuleError: as for `act_by`.
    """
    check_choice(unit, get_args(Unit), "unit")
    event, count = check_day(event, "event"), check_count(count, "count")
    unrolled = _count(event, -count, unit, calendar, doubtful=False)
    last = calendar.roll_back(unrolled)
    return Deadline(event, count, unit, unrolled, last, day_end(last), last, calendar.notes(last, event))


def hours_after(start: datetime, hours: int) -> datetime:
    """
    Return the end of a period in hours, which begins at the given moment (BLDS Điều 147.1).

    Raises:
        NaiveTimeError: `start` has no zone.
        RangeError: a year outside 1990 to 2100, or an absurd count.
    """
    begin = local(start, "start")
    return local(begin + timedelta(hours=check_count(hours, "hours")), "hours")


def retention_until(work_ended: date, years: int) -> date:
    """
    Return the last day of a retention period counted from the end of the year in which the work ended.

    Raises:
        RangeError: a year outside 1990 to 2100, or an absurd count.
    """
    year = check_day(work_ended, "work_ended").year + check_count(years, "years")
    check_year(year, "years")
    return date(year, 12, 31)


def incoming_trigger(document_date: date | None, arrival: date | None, rule: CountingRule = STRICT) -> Trigger:
    """
    Choose the day from which an incoming document's deadline counts.

    Args:
        document_date: date of the paper (ngày văn bản), if it is known.
        arrival: date of arrival (ngày đến), if it is known.
        rule: `incoming_trigger` is used; when the date it names is missing, the other one serves, with a note.

    Raises:
        RangeError: both dates are missing, or one is absurd.
    """
    given = {
        "document_date": None if document_date is None else check_day(document_date, "document_date"),
        "arrival": None if arrival is None else check_day(arrival, "arrival"),
    }
    known = [day for day in given.values() if day is not None]
    if not known:
        raise RangeError(
            _("Văn bản không có ngày ban hành, cũng không có ngày đến."),
            "document_date, arrival",
            _("Nhập một trong hai ngày để tính thời hạn công khai."),
        )
    wanted = given.get(rule.incoming_trigger) if rule.incoming_trigger != "earlier" else min(known)
    chosen = wanted or known[0]
    notes = []
    if wanted is None:
        notes.append(_("Thiếu ngày mà quy chế lấy làm mốc; tạm tính từ {day}.").format(day=say_date(chosen)))
    other = next((day for day in known if day != chosen), None)
    if other is not None and rule.incoming_trigger == "earlier":
        notes.append(
            _("Ngày văn bản và ngày đến khác nhau; tính từ ngày sớm hơn là {day}.").format(day=say_date(chosen))
        )
    return Trigger(chosen, other, tuple(notes))


def late_on_arrival(deadline: Deadline, arrival: date) -> bool:
    """Tell whether a document came only after its own deadline, which is no breach by the agency."""
    return check_day(arrival, "arrival") > deadline.legal_day


def _deadline(
    trigger: date, count: int, unit: str, unrolled: date, legal: date, calendar: Calendar, rule: CountingRule
) -> Deadline:
    """Add the reminder's day, the end at 24:00 and the notes."""
    target = calendar.roll_back(unrolled) if rule.deadline_target == "previous_working_day" else legal
    notes = calendar.notes(min(trigger, target), max(trigger, legal))
    return Deadline(trigger, count, unit, unrolled, legal, day_end(legal), target, notes)


def _count(day: date, count: int, unit: str, calendar: Calendar, *, doubtful: bool) -> date:
    """Count forward or, for a negative count, back; the day itself is not counted."""
    if unit == "working_day":
        for _step in range(abs(count)):
            move = calendar.next_working_day if count > 0 else calendar.previous_working_day
            day = move(day, doubtful=doubtful)
        return day
    if unit == "calendar_day":
        return shift(day, count, "count")
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    check_year(year, "count")
    # No such day in that month: its last day (BLDS Điều 148.3, stated for months; read alike for 29/02 plus a year).
    return date(year, month, min(day.day, monthrange(year, month)[1]))
