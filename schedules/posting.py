"""
Posting periods (thời hạn niêm yết): how long a notice must stay up, and from when it may be taken down.

The strict reading is the default: the first day is not counted, the last day ends at 24:00, an end on a day off rolls
to the next working day. Days of which it is not known whether they are off count as off here, so that the period
never ends too early.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import get_args

from ._text import _, say_date
from .calendar import Calendar
from .counting import STRICT, CountingRule, Interruption, check_choice
from .errors import RangeError
from .moments import ZONE, check_count, day_end, local, shift


@dataclass(frozen=True, slots=True)
class PostingPeriod:
    """
    How long a notice must stay posted.

    Attributes:
        first_day: first counted day, local date.
        days: consecutive days required; 0 means permanent (thường xuyên), and then the next three are None.
        last_counted: last day as counted, before any roll.
        end_day: last day of the period, after the roll of BLDS Điều 148.5.
        close_from: first moment at which closing is lawful, with zone.
        counting: the convention, in the words of the ini file.
        notes: what is uncertain or was decided differently than asked, in Vietnamese.
    """

    first_day: date
    days: int
    last_counted: date | None
    end_day: date | None
    close_from: datetime | None
    counting: str
    notes: tuple[str, ...] = ()

    def may_close(self, moment: datetime) -> bool:
        """Tell whether closing at `moment` is lawful; never for a permanent posting. Raises NaiveTimeError."""
        return self.close_from is not None and local(moment, "moment") >= self.close_from


@dataclass(frozen=True, slots=True)
class Start:
    """The moment from which a posting period counts, and notes about it in Vietnamese."""

    moment: datetime
    notes: tuple[str, ...] = ()


def posting_period(posted: datetime, days: int, calendar: Calendar, rule: CountingRule = STRICT) -> PostingPeriod:
    """
    Compute the posting period that follows from the moment of posting.

    Args:
        posted: moment the notice became visible, with zone.
        days: consecutive calendar days required; 0 for a permanent posting.
        calendar: of the agency; days off count, they only move the end.
        rule: `first_day`, `posting_roll` and `close_rule` are used.

    Raises:
        NaiveTimeError: `posted` has no zone.
        RangeError: a date outside 1990 to 2100, or an absurd number of days.

    Source: Luật 10/2022/QH15 Điều 48; BLDS Điều 147.2, 148.1, 148.5, 148.6.
    """
    posted, days = local(posted, "posted"), check_count(days, "days", least=0)
    start = posted.date()
    first = shift(start, 1, "posted") if rule.first_day == "excluded" else start
    if days == 0:
        return PostingPeriod(first, 0, None, None, None, rule.words, calendar.notes(start, start))
    if rule.first_day == "elapsed":
        end = local(posted + timedelta(days=days), "days")
        return PostingPeriod(first, days, end.date(), end.date(), end, rule.words, calendar.notes(start, end.date()))

    last = shift(first, days - 1, "days")
    end_day = calendar.roll_forward(last) if rule.posting_roll == "next_working_day" else last
    close_from, notes = _close_from(end_day, calendar, rule)
    return PostingPeriod(first, days, last, end_day, close_from, rule.words, calendar.notes(start, end_day) + notes)


def posting_start(recorded: datetime | None, minutes_finished: datetime | None, rule: CountingRule = STRICT) -> Start:
    """
    Choose the moment from which a posting counts.

    Args:
        recorded: moment of posting as recorded by the channel or a person.
        minutes_finished: moment the posting minutes were finished.
        rule: `posting_start` is used; when the moment it names is missing, the other one serves, with a note.

    Raises:
        NaiveTimeError: a moment without zone.
        RangeError: both are missing.
    """
    given = {"recorded_start": recorded, "minutes_finished": minutes_finished}
    wanted = given[rule.posting_start]
    chosen = wanted or recorded or minutes_finished
    if chosen is None:
        raise RangeError(
            _("Chưa ghi thời điểm bắt đầu niêm yết, cũng chưa có giờ lập xong biên bản niêm yết."),
            "recorded, minutes_finished",
            _("Ghi thời điểm bắt đầu niêm yết."),
        )
    chosen = local(chosen, "recorded" if chosen is recorded else "minutes_finished")
    if wanted is not None:
        return Start(chosen)
    missing = (
        _("Không ghi giờ bắt đầu niêm yết; tính từ lúc lập xong biên bản, {moment}.")
        if rule.posting_start == "recorded_start"
        else _("Chưa có giờ lập xong biên bản niêm yết; tính từ lúc ghi nhận niêm yết, {moment}.")
    )
    return Start(chosen, (missing.format(moment=f"{chosen:%H:%M} {say_date(chosen.date())}"),))


@dataclass(frozen=True, slots=True)
class Gap:
    """
    A time in which a notice was not visible, or not the right one.

    Attributes:
        down: when it was gone (the last moment at which it was surely there, where that is all one knows).
        up: when it was back, after `down`.
        effect: what it costs: ``restart`` counts anew from the return, ``extend`` adds each calendar day that was
            touched (or the exact time when `first_day` is ``elapsed``), ``note`` only mentions it.
    """

    down: datetime
    up: datetime
    effect: Interruption


def after_interruptions(
    posted: datetime,
    days: int,
    gaps: Sequence[tuple[datetime, datetime]],
    calendar: Calendar,
    rule: CountingRule = STRICT,
) -> PostingPeriod:
    """
    Compute the posting period of a notice whose interruptions all cost what `rule.interruption` says.

    Args:
        gaps: (gone, back again) of each interruption, with zone, in any order.

    Raises:
        NaiveTimeError, RangeError: as `interrupted_period`.
    """
    return interrupted_period(posted, days, [Gap(down, up, rule.interruption) for down, up in gaps], calendar, rule)


def interrupted_period(
    posted: datetime, days: int, gaps: Sequence[Gap], calendar: Calendar, rule: CountingRule = STRICT
) -> PostingPeriod:
    """
    Compute the posting period of a notice that was not visible all the time.

    Args:
        posted: as for `posting_period`, as are `days`, `calendar` and `rule`.
        gaps: its interruptions in any order. One that begins when closing was already lawful changes nothing.

    Raises:
        NaiveTimeError: a moment without zone.
        RangeError: an interruption that ends before it begins or begins before the posting; else as `posting_period`.

    Source: "liên tục" in Luật 10/2022/QH15 Điều 48; what an interruption costs is a reading.
    """
    posted = local(posted, "posted")
    start, notes = posted, []
    lost_days: set[date] = set()
    lost_time = timedelta()
    period = posting_period(posted, days, calendar, rule)
    for down, up, effect in sorted((local(gap.down, "gaps"), local(gap.up, "gaps"), gap.effect) for gap in gaps):
        check_choice(effect, get_args(Interruption), "effect")
        if up <= down or down < posted:
            raise RangeError(
                _("Khoảng gián đoạn {down} – {up} không hợp lệ.").format(down=down.isoformat(), up=up.isoformat()),
                "gaps",
                _("Giờ có lại phải sau giờ mất, và sau lúc bắt đầu niêm yết."),
            )
        if period.close_from is None or down >= period.close_from or up <= start:
            continue
        notes.append(_interrupted(down, up, effect))
        if effect == "restart":
            start, lost_days, lost_time = up, set(), timedelta()  # what was lost before the new start is gone with it
        elif effect == "extend":
            touched = {down.date() + timedelta(days=n) for n in range((up.date() - down.date()).days + 1)}
            lost_days |= {day for day in touched if day >= period.first_day}
            lost_time += up - max(down, start)
        if rule.first_day == "elapsed":
            moved = posting_period(start + lost_time, days, calendar, rule)
            period = moved if effect == "restart" else replace(moved, first_day=period.first_day)
        else:
            period = replace(posting_period(start, days + len(lost_days), calendar, rule), days=days)
    return replace(period, notes=period.notes + tuple(notes))


def _close_from(end_day: date, calendar: Calendar, rule: CountingRule) -> tuple[datetime, tuple[str, ...]]:
    """Return the first lawful moment of closing for a period that ends on `end_day`, and notes."""
    if rule.close_rule == "after_end":
        return day_end(end_day), ()
    if calendar.office_hours is None:
        return day_end(end_day), (
            _("Chưa khai giờ làm việc của cơ quan nên chỉ được kết thúc từ 00:00 ngày sau ngày cuối."),
        )
    if not calendar.is_working_day(end_day):
        return day_end(end_day), (
            _("Ngày cuối ({day}) không phải ngày làm việc nên chỉ được kết thúc từ 00:00 ngày sau.").format(
                day=say_date(end_day)
            ),
        )
    close = datetime.combine(end_day, calendar.office_hours.closes, tzinfo=ZONE)
    return close, (
        _(
            "Kết thúc niêm yết sau giờ làm việc của ngày cuối ({moment}) là cách hiểu rộng: theo Điều 148.6 BLDS"
            " ngày cuối hết lúc 24:00."
        ).format(moment=f"{close:%H:%M} {say_date(end_day)}"),
    )


def _interrupted(down: datetime, up: datetime, cost: Interruption) -> str:
    effect = {
        "restart": _("đếm lại từ đầu kể từ khi có lại"),
        "extend": _("kéo dài thêm số ngày bị mất"),
        "note": _("chỉ ghi nhận, không đổi thời hạn"),
    }[cost]
    return _("Niêm yết gián đoạn từ {down} đến {up}: {effect}.").format(
        down=f"{down:%H:%M %d/%m/%Y}", up=f"{up:%H:%M %d/%m/%Y}", effect=effect
    )
