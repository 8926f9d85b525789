"""Whether one posting lasted long enough, under every convention side by side, lenient and strict."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ._text import _, say_date
from .calendar import Calendar
from .counting import CountingRule
from .days import Certainty, Day, DayState
from .errors import RangeError
from .moments import check_count, check_day, day_end, local
from .posting import posting_period


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    The answer of one convention.

    Attributes:
        key: ``touched``, ``included``, ``elapsed``, ``excluded``, ``strict``, ``office_close`` or ``stated_end``.
        convention: the way of counting, in Vietnamese.
        settings: the same in the words of the ini file; empty where there is no setting for it.
        strict: whether it belongs to the strict conventions.
        last_moment: end of the period under it (24:00 is written 00:00 of the next day), None for ``touched``.
        met: whether the posting reached it.
        margin: closing minus `last_moment`; negative when closed too early.
        counted_days: days that count under it at closing.
        note: what else to say, in Vietnamese; may be empty.
    """

    key: str
    convention: str
    settings: str
    strict: bool
    last_moment: datetime | None
    met: bool
    margin: timedelta | None
    counted_days: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """
    What days a stretch of time holds.

    Attributes:
        days: calendar days, both ends counted.
        working: working days among them; days of which it is not known are left out.
        holidays: its days off other than ordinary weekly ones, and those that may be off, in order.
    """

    days: int
    working: int
    holidays: tuple[Day, ...]


def verdicts(
    posted: datetime, closed: datetime, days: int, calendar: Calendar, *, stated_end: date | None = None
) -> tuple[Verdict, ...]:
    """
    Judge one posting under every convention, lenient ones first.

    Args:
        posted: start of the posting, with zone.
        closed: when it was closed, with zone; not before `posted`.
        days: consecutive days required, at least 1.
        calendar: of the agency.
        stated_end: D of "đến hết ngày D" when the minutes say so themselves; adds the verdict ``stated_end``.

    Raises:
        NaiveTimeError: a moment without zone.
        RangeError: closed before posted, or absurd dates or days.
    """
    posted, closed = local(posted, "posted"), local(closed, "closed")
    check_count(days, "days")
    if closed < posted:
        raise RangeError(
            _("Thời điểm kết thúc niêm yết đứng trước thời điểm bắt đầu."),
            "closed",
            _("Kiểm tra lại giờ ghi trong hai biên bản."),
        )
    touched = (closed.date() - posted.date()).days + 1
    found = [
        Verdict(
            "touched",
            _("đếm mọi ngày lịch có niêm yết, kể cả ngày đầu và ngày cuối"),
            "",
            strict=False,
            last_moment=None,
            met=touched >= days,
            margin=None,
            counted_days=touched,
        )
    ]
    for key, convention, rule, strict in _conventions():
        period = posting_period(posted, days, calendar, rule)
        if period.close_from is None:
            continue  # only a permanent posting has no end, and days is at least 1
        if rule.first_day == "elapsed":
            counted = (closed - posted) // timedelta(days=1)
        else:
            counted = _full_days(period.first_day, closed)
        margin = closed - period.close_from
        note = period.notes[-1] if key == "office_close" else ""  # its own note comes after the calendar's
        found.append(
            Verdict(
                key, convention, rule.words, strict, period.close_from, margin >= timedelta(), margin, counted, note
            )
        )
    if stated_end is not None:
        found.append(_stated(posted, closed, check_day(stated_end, "stated_end")))
    return tuple(found)


def summarize(found: tuple[Verdict, ...]) -> str:
    """Say in one Vietnamese sentence on which conventions a posting was long enough and on which it was not."""
    met = "; ".join(verdict.convention for verdict in found if verdict.met)
    failed = "; ".join(verdict.convention for verdict in found if not verdict.met)
    if not failed:
        return _("Đủ thời hạn theo mọi cách đếm.")
    if not met:
        return _("Chưa đủ thời hạn theo cách đếm nào.")
    return _("Đủ thời hạn nếu: {met}. Chưa đủ nếu: {failed}.").format(met=met, failed=failed)


def span(first: date, last: date, calendar: Calendar) -> Span:
    """
    Count what kinds of days lie between two days, both included.

    Raises:
        RangeError: `last` before `first`, or a year outside 1990 to 2100.
    """
    first, last = check_day(first, "first"), check_day(last, "last")
    if last < first:
        raise RangeError(_("Ngày cuối đứng trước ngày đầu."), "last", _("Đổi lại thứ tự hai ngày."))
    kinds = [calendar.day(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    return Span(
        len(kinds),
        sum(kind.state is DayState.WORKING for kind in kinds),
        tuple(kind for kind in kinds if kind.state is not DayState.WORKING and kind.certainty is not Certainty.WEEKLY),
    )


def _conventions() -> tuple[tuple[str, str, CountingRule, bool], ...]:
    strict = CountingRule()
    return (
        (
            "included",
            _("tính cả ngày đầu, không kéo dài khi ngày cuối là ngày nghỉ"),
            replace(strict, first_day="included", posting_roll="none"),
            False,
        ),
        ("elapsed", _("đủ số lần 24 giờ kể từ giờ niêm yết"), replace(strict, first_day="elapsed"), False),
        (
            "excluded",
            _("không tính ngày đầu, không kéo dài khi ngày cuối là ngày nghỉ"),
            replace(strict, posting_roll="none"),
            True,
        ),
        (
            "strict",
            _("không tính ngày đầu, ngày cuối là ngày nghỉ thì kéo sang ngày làm việc tiếp theo, hết 24:00"),
            strict,
            True,
        ),
        (
            "office_close",
            _("như cách chặt nhất nhưng được kết thúc sau giờ làm việc của ngày cuối"),
            replace(strict, close_rule="office_close_of_last_day"),
            True,
        ),
    )


def _full_days(first: date, closed: datetime) -> int:
    """Count the days from `first` on that had ended (24:00) when the posting was closed."""
    return max(0, (closed.date() - first).days)


def _stated(posted: datetime, closed: datetime, stated_end: date) -> Verdict:
    end = day_end(stated_end)
    met = closed >= end
    note = (
        ""
        if met
        else _("Biên bản tự mâu thuẫn: ghi “đến hết ngày {day}” nhưng lập lúc {moment}, trước khi ngày ấy kết thúc.")
    )
    return Verdict(
        "stated_end",
        _("theo chính lời ghi trong biên bản “đến hết ngày {day}”").format(day=f"{stated_end:%d/%m/%Y}"),
        "",
        strict=True,
        last_moment=end,
        met=met,
        margin=closed - end,
        counted_days=_full_days(posted.date(), closed),
        note=note.format(day=f"{stated_end:%d/%m/%Y}", moment=f"{closed:%H:%M} {say_date(closed.date())}"),
    )
