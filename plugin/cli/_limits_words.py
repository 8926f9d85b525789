"""What ``congkhai limits`` says besides its figures: the reasoning step by step, and the months as a picture."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from congkhai.schedules import Calendar, CountingRule, DayState, Deadline, PostingPeriod

from ..clock import ZONE
from ..regulation_records import DeadlineRule, Unit
from ..text import _

_NAMES = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_HEAD = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_WIDTH = 8
_MOST_MONTHS = 14


def say(day: date) -> str:
    """Return a day as ``thứ Hai 26/02/2024``."""
    return f"{_(_NAMES[day.weekday()])} {day:%d/%m/%Y}"


def deadline_steps(
    deadline: Deadline, rule: DeadlineRule, counting: CountingRule, calendar: Calendar, why_day: str
) -> Iterator[str]:
    """
    Say how a publish-by limit was reached.

    Args:
        why_day: what the starting day is, e.g. ``ngày văn bản``.
    """
    unit = _("ngày làm việc") if rule.unit is Unit.WORKING_DAY else _("ngày liên tục")
    yield _("Mốc tính là {what}: {day}.").format(what=why_day, day=say(deadline.trigger))
    yield _("Thời hạn {count} {unit}, theo {source}.").format(count=rule.count, unit=unit, source=rule.source)
    yield _("Ngày {day:%d/%m/%Y} không được tính (Bộ luật Dân sự Điều 147 khoản 2, 3).").format(day=deadline.trigger)
    yield from _count(deadline, rule, calendar)
    if deadline.legal_day != deadline.unrolled:
        yield _("{day} là {why}, nên kéo đến ngày làm việc kế tiếp: {last} (Điều 148 khoản 5).").format(
            day=say(deadline.unrolled), why=calendar.day(deadline.unrolled).name, last=say(deadline.legal_day)
        )
    elif rule.unit is Unit.CALENDAR_DAY and not calendar.is_working_day(deadline.unrolled, doubtful=True):
        yield _("{day} là ngày nghỉ; theo cài đặt deadline-roll = {roll} thì không kéo dài.").format(
            day=say(deadline.unrolled), roll=counting.deadline_roll
        )
    yield _("Ngày cuối hết lúc 24:00 (Điều 148 khoản 6): công khai chậm nhất 24:00 {day}.").format(
        day=say(deadline.legal_day)
    )


def _count(deadline: Deadline, rule: DeadlineRule, calendar: Calendar) -> Iterator[str]:
    """Count the days one by one, as a person would on a wall calendar."""
    counted: list[str] = []
    skipped: list[str] = []
    day = deadline.trigger
    while day < deadline.unrolled:
        day += timedelta(days=1)
        if rule.unit is Unit.WORKING_DAY and not calendar.is_working_day(day, doubtful=True):
            skipped.append(f"{day:%d/%m} ({calendar.day(day).name})")
        else:
            counted.append(f"{day:%d/%m}")
    yield _("Đếm được {count} ngày: {days}.").format(count=len(counted), days=_shortened(counted))
    if skipped:
        yield _("Không đếm: {days}.").format(days="; ".join(skipped))


def _shortened(days: list[str]) -> str:
    return ", ".join(days) if len(days) <= 12 else f"{', '.join(days[:3])}, …, {', '.join(days[-3:])}"


def posting_steps(period: PostingPeriod, posted: datetime, rule: CountingRule, calendar: Calendar) -> Iterator[str]:
    """Say how the end of a posting period was reached."""
    here = posted.astimezone(ZONE)
    yield _("Bắt đầu công khai lúc {hour:%H:%M} {day}.").format(hour=here, day=say(here.date()))
    if period.last_counted is None or period.end_day is None or period.close_from is None:
        yield _("Công khai thường xuyên: không có ngày cuối, chỉ gỡ khi được thay thế hoặc bãi bỏ.")
        return
    if rule.first_day == "elapsed":
        yield _("Tính đủ {days} lần 24 giờ kể từ lúc bắt đầu.").format(days=period.days)
    else:
        first = {
            "excluded": _("Ngày bắt đầu không được tính (Bộ luật Dân sự Điều 147 khoản 2); ngày thứ nhất là {day}."),
            "included": _("Tính cả ngày bắt đầu (cài đặt first-day = included); ngày thứ nhất là {day}."),
        }[rule.first_day]
        yield first.format(day=say(period.first_day))
        yield _("Đủ {days} ngày liên tục, ngày nghỉ vẫn đếm: ngày cuối được đếm là {day}.").format(
            days=period.days, day=say(period.last_counted)
        )
    if period.end_day != period.last_counted:
        between = (period.last_counted + timedelta(days=n) for n in range((period.end_day - period.last_counted).days))
        names = "; ".join(f"{day:%d/%m} ({_why_off(day, calendar)})" for day in between)
        yield _("Ngày cuối rơi vào ngày nghỉ: {names}; kéo đến {day} (Điều 148 khoản 5).").format(
            names=names, day=say(period.end_day)
        )
    close = period.close_from.astimezone(ZONE)
    yield _("Thời điểm sớm nhất được kết thúc: {hour:%H:%M} {day} ({rule}).").format(
        hour=close, day=say(close.date()), rule=rule.sentence
    )


def _why_off(day: date, calendar: Calendar) -> str:
    found = calendar.day(day)
    return f"{found.name}, {_('chưa chắc')}" if found.state is DayState.POSSIBLY_OFF else found.name


def months(
    calendar: Calendar, deadline: Deadline, posted: date | None = None, period: PostingPeriod | None = None
) -> Iterator[str]:
    """
    Draw the months that a limit and a posting period touch, a line at a time, for a terminal.

    Days off stand in brackets, days of which it is not known in question marks; letters mark the limit's days.
    """
    marks: dict[date, str] = {}

    def mark(day: date | None, letter: str) -> None:
        if day is not None and letter not in marks.get(day, ""):
            marks[day] = marks.get(day, "") + letter

    close = period.close_from.astimezone(ZONE).date() if period and period.close_from else None
    mark(deadline.trigger, "M")
    mark(deadline.legal_day, "H")
    mark(posted, "N")
    mark(period.last_counted if period else None, "C")
    mark(close, "K")
    legend = {
        "M": _("mốc tính"), "H": _("hạn công khai (đến 24:00)"), "N": _("bắt đầu niêm yết"),
        "C": _("ngày cuối được đếm"), "K": _("được kết thúc từ ngày này"),
    }  # fmt: skip
    first, last = min(marks), max(marks)
    month = date(first.year, first.month, 1)
    drawn = 0
    while month <= last and drawn < _MOST_MONTHS:
        yield from _month(month, calendar, marks)
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        drawn += 1
    if month <= last:
        yield _("… đến {day:%m/%Y}").format(day=last)
    for letter, meaning in legend.items():
        days = [day for day, letters in sorted(marks.items()) if letter in letters]
        if days:
            yield f"{letter} = {meaning}: {say(days[0])}"
    yield _("(..) = ngày nghỉ; ?..? = chưa rõ có nghỉ hay không; +.. = làm bù")


def _month(month: date, calendar: Calendar, marks: dict[date, str]) -> Iterator[str]:
    """Draw one month, and name its days off that are no ordinary weekend and its worked weekends."""
    yield _("Tháng {month:%m/%Y}").format(month=month).center(_WIDTH * 7).rstrip()
    yield "".join(f" {name}".ljust(_WIDTH) for name in _HEAD).rstrip()
    line = " " * (_WIDTH * month.weekday())
    named: list[str] = []
    for number in range(1, monthrange(month.year, month.month)[1] + 1):
        day = month.replace(day=number)
        found = calendar.day(day)
        worked_weekend = found.state is DayState.WORKING and day.weekday() in calendar.weekend
        frame = {DayState.OFF: "()", DayState.POSSIBLY_OFF: "??"}.get(found.state, "+ " if worked_weekend else "  ")
        line += f"{frame[0]}{number:2d}{frame[1]}{marks.get(day, '')}".ljust(_WIDTH)[:_WIDTH]
        if (found.name and found.source != "weekend") or worked_weekend:
            named.append(f"    {day:%d/%m}: {found.name} [{found.source}]")
        if day.weekday() == 6:
            yield line.rstrip()
            line = ""
    if line.strip():
        yield line.rstrip()
    yield from named
    yield ""
