"""What falls on which day of a month, and a year at a glance with charts that we draw ourselves."""

import re
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from starlette.responses import Response

from ..clock import ZONE, local_date
from ..errors import InputError
from ..house import House
from ..records import DisclosureState, PostingState
from ..store import tables as t
from ..text import _
from .charts import stacked
from .render import page
from .rights import Right
from .routes import Page
from .visit import Visit

_MOST = 300
"""Things of one month that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that falls on a day."""

    kind: str
    title: str
    address: str


def _month(text: str, today: date) -> date:
    """Return the first day of the month that ``YYYY-MM`` names; of this month for an empty text. Raises InputError."""
    match = re.fullmatch(r"(20\d\d)-(\d\d)", text)
    if not text:
        return today.replace(day=1)
    if not match or not 1 <= int(match[2]) <= 12:
        raise InputError(_("Không có tháng này."), where=text[:20], code="congkhai-E729")
    return date(int(match[1]), int(match[2]), 1)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def month(visit: Visit) -> Response:
    """Show a month: limits, ends of posting, answers that are owed, duties, and the days off."""
    house, today = visit.house, local_date(visit.house.clock.now())
    first = _month(visit.query("thang"), today)
    following = _next(first)
    with house.store.read() as connection:
        entries = _entries(connection, house.agency, first, following)
    monday = first - timedelta(days=first.weekday())
    weeks: list[list[date]] = []
    while monday < following:
        weeks.append([monday + timedelta(days=place) for place in range(7)])
        monday += timedelta(days=7)
    off = {day for week in weeks for day in week if not house.calendar.is_working_day(day)}
    return page(
        visit, "calendar.html", first=first, today=today, weeks=weeks, entries=entries, off=off,
        before=(first - timedelta(days=1)).replace(day=1), following=following, kinds=entry_kinds(),
    )  # fmt: skip


def entry_kinds() -> dict[str, str]:
    """Return what each kind of entry is called."""
    return {
        "overdue": _("Hạn công khai"), "close": _("Hết thời gian công khai"), "supply": _("Hạn trả lời yêu cầu"),
        "duty": _("Nghĩa vụ"),
    }  # fmt: skip


def _entries(connection: sa.Connection, agency: str, first: date, following: date) -> dict[date, list[Entry]]:
    start = datetime.combine(first, datetime.min.time(), ZONE)
    end = datetime.combine(following, datetime.min.time(), ZONE)
    found: dict[date, list[Entry]] = defaultdict(list)
    row, d, s = t.deadline.c, t.disclosure.c, t.supply.c
    falling = (row.agency == agency, row.state.in_(("open", "done")), row.due > start, row.due <= end)
    limits = (
        sa.select(row.kind, row.due, d.id, d.title)
        .join(t.disclosure, d.id == row.subject)
        .where(*falling, row.kind.in_(("overdue", "close")))
        .order_by(row.due)
        .limit(_MOST)
    )
    for one in connection.execute(limits):
        found[_day(one.due)].append(Entry(one.kind, one.title, f"/cong-khai/{one.id}"))
    asked = sa.select(s.due, s.wanted, s.disclosure).where(
        s.agency == agency, s.answered_at.is_(None), s.due > start, s.due <= end
    )
    for due, wanted, matter in connection.execute(asked.limit(_MOST)):
        found[_day(due)].append(Entry("supply", wanted, f"/cong-khai/{matter}/thao-tac"))
    y = t.duty.c
    duties = sa.select(y.last_day, y.title).where(
        y.agency == agency, y.state == "open", y.last_day >= first, y.last_day < following
    )
    for last_day, title in connection.execute(duties.limit(_MOST)):
        found[last_day].append(Entry("duty", title, ""))
    return found


def _day(moment: datetime) -> date:
    """Return the day on which something must be done by a moment: a limit at midnight belongs to the day before."""
    return local_date(moment - timedelta(seconds=1))


def year(visit: Visit) -> Response:
    """Show a year in figures: what was opened each month and how much of it was on time, and what it was about."""
    house, text = visit.house, visit.query("nam")
    shown = local_date(house.clock.now()).year
    if text:
        if not re.fullmatch(r"20\d\d", text):
            raise InputError(_("Không có năm này."), where=text[:20], code="congkhai-E729")
        shown = int(text)
    rows, dossiers = _counted(house, shown)
    series = (_("đúng hạn"), _("quá hạn"), _("chưa đến hạn hoặc không công khai"))
    months = [(str(number), rows.get(("month", f"{number:02}"), (0, 0, 0))) for number in range(1, 13)]
    texts = {one.clause: one.text for one in house.regulation.categories}
    names = sorted({name for kind, name in rows if kind == "category"}, key=_clause)
    categories = [(name, rows[("category", name)]) for name in names]
    charts = (
        stacked("theo-thang", _("Nội dung công khai theo tháng, năm {year}").format(year=shown),
                _summary(months, _("tháng")), series, months),
        stacked("theo-khoan", _("Nội dung công khai theo khoản, năm {year}").format(year=shown),
                _summary(categories, _("khoản")), series, categories),
    )  # fmt: skip
    total = [sum(parts[place] for _name, parts in months) for place in range(3)]
    return page(visit, "year.html", year=shown, charts=charts, total=total, dossiers=dossiers, texts=texts)


def _counted(house: House, shown: int) -> "tuple[dict[tuple[str, str], _Parts], tuple[int, int]]":
    """Count a year, or return what was counted within the last minute where counting takes long."""
    key, now, begun = (house.store.folder, house.agency, shown), time.monotonic(), time.thread_time()
    held = _COUNTED.get(key)
    if held is not None and held.until > now:
        return held.figures
    with house.store.read() as connection:
        figures = (
            _figures(connection, house.agency, shown, house.clock.now()), _dossiers(connection, house.agency, shown)
        )  # fmt: skip
    if time.thread_time() - begun > _SLOW:
        _COUNTED[key] = _Held(now + _FRESH, figures)
    return figures


def _clause(name: str) -> tuple[int, str]:
    digits = re.match(r"\d+", name)
    return (int(digits[0]) if digits else 999, name)


def _summary(rows: Sequence[tuple[str, Sequence[int]]], unit: str) -> str:
    """Say in one sentence what a chart shows, for those who do not see it."""
    filled = [(name, sum(parts)) for name, parts in rows if sum(parts)]
    if not filled:
        return _("Không có nội dung nào.")
    name, most = max(filled, key=lambda one: one[1])
    return _("{total} nội dung; nhiều nhất ở {unit} {name} với {most}. Số liệu đầy đủ ở bảng bên dưới.").format(
        total=sum(count for _name, count in filled), unit=unit, name=name, most=most
    )


_Parts = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Held:
    until: float  # seconds of the process's own clock
    figures: tuple[dict[tuple[str, str], _Parts], tuple[int, int]]


_SLOW, _FRESH = 0.03, 60.0
_COUNTED: dict[tuple[Path, str, int], _Held] = {}
"""Figures of years that cost more than `_SLOW` seconds of work, kept for `_FRESH` seconds."""


def _figures(connection: sa.Connection, agency: str, shown: int, now: datetime) -> dict[tuple[str, str], _Parts]:
    """Count the year's matters by month and by category: public in time, late, and the rest."""
    d, p = t.disclosure.c, t.posting.c
    up = p.state.in_((PostingState.UP.value, PostingState.DOWN.value))
    public = d.state.in_([one.value for one in _PUBLIC])
    last, limit = sa.func.max(sa.case((up, sa.cast(p.posted_from, sa.Text)))), sa.cast(d.publish_by, sa.Text)
    waits = sa.func.max(sa.case((up, 0), (p.id.is_not(None), 1), else_=0))
    late = sa.or_(
        sa.and_(public, last > limit), sa.and_(d.state.in_([one.value for one in _OPEN]), d.publish_by <= now)
    )  # fmt: skip
    in_time = sa.and_(public, waits == 0, last <= limit)
    outcome = sa.case((late, 1), (in_time, 0), else_=2)
    month_ = sa.func.substr(sa.cast(d.trigger, sa.Text), 6, 2)
    inner = (
        sa.select(month_.label("month"), d.category.label("category"), outcome.label("outcome"))
        .outerjoin(t.posting, p.disclosure == d.id)
        .where(d.agency == agency, d.trigger >= date(shown, 1, 1), d.trigger <= date(shown, 12, 31))
        .group_by(d.id, d.trigger, d.category, d.state, d.publish_by)
        .subquery()
    )
    columns = (inner.c.month, inner.c.category, inner.c.outcome)
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in connection.execute(sa.select(*columns, sa.func.count().label("count")).group_by(*columns)):
        for key in (("month", row.month), ("category", row.category)):
            found[key][row.outcome] += int(row[3])
    return {key: (parts[0], parts[1], parts[2]) for key, parts in found.items()}


_OPEN = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)
_PUBLIC = (DisclosureState.POSTED, DisclosureState.CLOSING, DisclosureState.CLOSED, DisclosureState.FILED)


def _dossiers(connection: sa.Connection, agency: str, shown: int) -> tuple[int, int]:
    """Count the year's dossiers: sealed and complete, and incomplete."""
    d, s = t.disclosure.c, t.dossier.c
    query = (
        sa.select(s.complete, sa.func.count())
        .join(t.disclosure, d.id == s.disclosure)
        .where(d.agency == agency, d.trigger >= date(shown, 1, 1), d.trigger <= date(shown, 12, 31))
        .group_by(s.complete)
    )
    counts = {bool(row[0]): int(row[1]) for row in connection.execute(query)}
    return counts.get(True, 0), counts.get(False, 0)


PAGES = (
    Page("/lich", "GET", Right.READ, month),
    Page("/nam", "GET", Right.READ, year),
)
