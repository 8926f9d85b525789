"""Checks of times and periods: begin and end, how long a posting lasted, what came before what."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from congkhai.schedules import STRICT, CountingRule, ScheduleError, posting_period, span, summarize, verdicts

from ..clock import ZONE
from ..records import Severity
from ..regulation_records import DurationKind
from ..text import _
from .checks_head import is_holiday, off_day, say
from .flat import title_of
from .records import MINUTES, Paper, PaperKind, PaperSet, Place
from .rule import Remark

_LONG = 5  # days off in a row that make a holiday long


def begin_and_end(papers: PaperSet) -> Iterator[Remark]:
    """A03: minutes end before they begin, or do not say when they began."""
    for paper in papers.of(*MINUTES):
        if paper.start is None and paper.end is not None:
            yield Remark(
                paper.end.place,
                _("Chỉ ghi giờ lập xong ({end:%H:%M}), không ghi giờ bắt đầu.").format(end=paper.end.value),
                _("Ghi giờ bắt đầu; thời hạn niêm yết chặt nhất tính từ giờ lập xong biên bản."),
            )
        elif paper.start is not None and paper.end is None:
            yield Remark(
                paper.start.place, _("Không ghi giờ kết thúc, lập xong biên bản."), _("Ghi giờ kết thúc (Mẫu 1.9).")
            )
        elif paper.start is None and paper.end is None:
            yield Remark(paper.whole, _("Không ghi giờ bắt đầu và giờ kết thúc."), _("Ghi hai giờ này (Mẫu 1.9)."))
        elif paper.start and paper.end and _same_day(paper) and paper.end.value < paper.start.value:
            yield Remark(
                paper.end.place,
                _("Giờ kết thúc {end:%H:%M} trước giờ bắt đầu {start:%H:%M}.").format(
                    end=paper.end.value, start=paper.start.value
                ),
                _("Kiểm tra lại hai giờ này."),
            )


def _same_day(paper: Paper) -> bool:
    return paper.end_day is None or paper.event_day is None or paper.end_day.value == paper.event_day.value


def posting_of(papers: PaperSet) -> tuple[Paper, Paper] | None:
    """Return the posting minutes and the closing minutes of a set, or None when one of them is not there."""
    opening, closing = papers.first(PaperKind.POSTING), papers.first(PaperKind.CLOSING)
    return (opening, closing) if opening is not None and closing is not None else None


def posted_at(opening: Paper) -> datetime | None:
    """Return the moment from which a posting counts: begin of the act, else its end, else the first hour of the day."""
    day = opening.period.first if opening.period and opening.period.first else opening.own_day
    if day is None:
        return None
    hour = opening.start or opening.end if opening.own_day == day else None
    return datetime.combine(day, hour.value if hour else datetime.min.time(), tzinfo=ZONE)


def required_days(papers: PaperSet, opening: Paper) -> int:
    """Return the stated number of days, else the regulation's for the notice board; 0 when neither says."""
    if opening.period is not None and opening.period.days:
        return opening.period.days
    duration = papers.regulation.duration("notice_board")
    return duration.days if duration is not None else 0


def strict_end(papers: PaperSet, opening: Paper, rule: CountingRule) -> datetime | None:
    """Return the first moment at which a posting may be closed under a rule, or None when it cannot be told."""
    posted, days = posted_at(opening), required_days(papers, opening)
    if posted is None or not days:
        return None
    try:
        return posting_period(posted, days, papers.calendar, rule).close_from
    except ScheduleError:
        return None


def closed_too_early(papers: PaperSet) -> Iterator[Remark]:
    """A05: closing before the posting had lasted as long as it must; lenient counts lower it to a note."""
    both = None if papers.of_dossier else posting_of(papers)
    if both is None:
        return
    opening, closing = both
    closed = closing.moment(closing.start) or closing.moment(closing.end)
    posted, rule = posted_at(opening), papers.regulation.counting_rule()
    if closed is None or posted is None or closed < posted:
        return
    strict = strict_end(papers, opening, STRICT)
    own = strict_end(papers, opening, replace(rule, posting_roll="none") if rule.first_day == "included" else rule)
    if strict is None or own is None or closed >= max(strict, own):
        return
    days = required_days(papers, opening)
    stated = closing.period.last if closing.period and closing.period.through else None
    found = verdicts(posted, closed, days, papers.calendar, stated_end=stated)
    end = own if closed < own else strict
    yield Remark(
        closing.start.place if closing.start else closing.whole,
        _("Kết thúc lúc {closed} khi chưa đủ {days} ngày: được kết thúc từ {end}. {summary}").format(
            closed=f"{closed:%H:%M} {say(closed.date())}", days=days, end=f"{end:%H:%M} {say(end.date())}",
            summary=summarize(found),
        ),
        _("Niêm yết tiếp cho đủ thời gian rồi lập lại biên bản kết thúc, hoặc ghi lý do và người quyết định."),
        Severity.ERROR if closed < own else Severity.INFO,
    )  # fmt: skip


def signed_during_last_day(papers: PaperSet) -> Iterator[Remark]:
    """A06: the paper claims "đến hết ngày D" but was made on D or before."""
    for paper in papers.of(PaperKind.CLOSING, PaperKind.REPORT):
        period, own = paper.period, paper.own_day
        if period is None or period.last is None or not period.through or own is None or own > period.last:
            continue
        hour = paper.start or paper.end
        yield Remark(
            period.place,
            _("Ghi niêm yết “đến hết ngày {last:%d/%m/%Y}” nhưng lập {when}, khi ngày ấy chưa hết.").format(
                last=period.last, when=(f"{hour.value:%H:%M} " if hour else "") + f"{own:%d/%m/%Y}"
            ),
            _("Lập biên bản sau 24 giờ của ngày cuối, hoặc ghi đúng thời gian đã niêm yết."),
        )


def stated_days(papers: PaperSet) -> Iterator[Remark]:
    """A07: the stated number of days is not the number from the first day to the last."""
    for paper in papers.papers:
        period = paper.period
        if period is None or period.days is None or period.first is None or period.last is None:
            continue
        real = (period.last - period.first).days + 1
        if real != period.days:
            yield Remark(
                period.place,
                _("Ghi {days} ngày nhưng từ {first:%d/%m/%Y} đến hết {last:%d/%m/%Y} là {real} ngày.").format(
                    days=period.days, first=period.first, last=period.last, real=real
                ),
                _("Ghi đúng số ngày, hoặc đúng ngày đầu và ngày cuối."),
            )


def long_holiday(papers: PaperSet) -> Iterator[Remark]:
    """A08: a posting spans a long holiday."""
    opening = papers.first(PaperKind.POSTING)
    closing = papers.first(PaperKind.CLOSING)
    posted = posted_at(opening) if opening is not None else None
    if opening is None or posted is None:
        return
    last = (
        closing.own_day
        if closing is not None and closing.own_day
        else posted.date() + timedelta(days=required_days(papers, opening))
    )
    first = posted.date()
    if not first <= last or (last - first).days > 400:
        return
    run: list[date] = []
    for number in range((last - first).days + 2):
        day = first + timedelta(days=number)
        if day <= last and off_day(day, papers.calendar):
            run.append(day)
            continue
        if len(run) >= _LONG and any(is_holiday(one, papers.calendar) for one in run):
            working = span(first, last, papers.calendar).working
            yield Remark(
                opening.period.place if opening.period else opening.whole,
                _(
                    "Thời gian niêm yết trùm kỳ nghỉ {begin:%d/%m}–{end:%d/%m/%Y};"
                    " chỉ có {working} ngày làm việc trong {days} ngày."
                ).format(begin=run[0], end=run[-1], working=working, days=(last - first).days + 1),
                _("Cân nhắc niêm yết thêm để mọi người kịp xem; ngày nghỉ vẫn tính vào ngày liên tục."),
            )
            return
        run = []


def issued_too_early(papers: PaperSet) -> Iterator[Remark]:
    """A19: the regulation was issued before the report on the consultation, or before the posting's strict end."""
    regulation = papers.first(PaperKind.REGULATION)
    if regulation is None or regulation.dated is None or regulation.head_day is None:
        return
    reasons = []
    report = papers.first(PaperKind.REPORT)
    consulted = report is not None and re.search(r"y kien|gop y|du thao", title_of(report.title))
    if report is not None and consulted and report.dated is not None and regulation.dated < report.dated:
        reasons.append(_("trước báo cáo kết quả lấy ý kiến ngày {day:%d/%m/%Y}").format(day=report.dated))
    opening = next((one for one in papers.of(PaperKind.POSTING) if any(o.draft for o in one.posting)), None)
    end = strict_end(papers, opening, STRICT) if opening is not None else None
    if end is not None and regulation.dated < end.date():
        reasons.append(_("trước khi hết thời gian niêm yết dự thảo, {end}").format(end=f"{end:%H:%M} {end:%d/%m/%Y}"))
    if reasons:
        yield Remark(
            regulation.head_day.place,
            _("Quy chế ban hành ngày {day:%d/%m/%Y}, {reasons}.").format(
                day=regulation.dated, reasons="; ".join(reasons)
            ),
            _("Giải trình trong hồ sơ, hoặc ban hành lại sau khi tổng hợp đủ ý kiến."),
        )


def decided_too_early(papers: PaperSet) -> Iterator[Remark]:
    """A20: a meeting agrees before the consultation is over, or comments are due before the posting ends."""
    opening = papers.first(PaperKind.POSTING)
    closing = papers.first(PaperKind.CLOSING)
    if opening is None:
        return
    last = closing.own_day if closing is not None else None
    end = strict_end(papers, opening, STRICT)
    last = last or (end.date() if end else None)
    if last is None:
        return
    for meeting in papers.of(PaperKind.MEETING):
        if meeting.own_day is not None and meeting.own_day < last and "thong nhat" in title_of(meeting.title):
            yield Remark(
                meeting.event_day.place if meeting.event_day else meeting.whole,
                _("Họp thống nhất ngày {day:%d/%m/%Y} khi việc lấy ý kiến còn đến {last:%d/%m/%Y}.").format(
                    day=meeting.own_day, last=last
                ),
                _("Ghi cuộc họp là triển khai lấy ý kiến; thống nhất sau khi tổng hợp ý kiến."),
            )
    for plan in papers.of(PaperKind.CONSULTATION_PLAN):
        for day in plan.deadlines:
            if day.value is not None and day.value <= last:
                yield Remark(
                    day.place,
                    _("Hạn góp ý “trước ngày {day:%d/%m/%Y}” hết sớm hơn thời gian niêm yết ({last:%d/%m/%Y}).").format(
                        day=day.value, last=last
                    ),
                    _("Cho hạn góp ý kéo đến hết thời gian niêm yết."),
                )


def deadline_on_holiday(papers: PaperSet) -> Iterator[Remark]:
    """A21: the last day for comments is a day off."""
    for plan in papers.of(PaperKind.CONSULTATION_PLAN):
        for day in plan.deadlines:
            if day.value is None:
                continue
            last = day.value - timedelta(days=1)
            why = off_day(last, papers.calendar)
            if why or is_holiday(day.value, papers.calendar):
                yield Remark(
                    day.place,
                    _("Hạn “trước ngày {day:%d/%m/%Y}”: ngày cuối còn nhận được là {last}{why}.").format(
                        day=day.value, last=say(last), why=f" ({why})" if why else ""
                    ) + (_(" Chính ngày hạn cũng là ngày nghỉ.") if is_holiday(day.value, papers.calendar) else ""),
                    _("Chọn hạn vào ngày làm việc, hoặc báo rõ ngày làm việc cuối cùng nhận ý kiến."),
                )  # fmt: skip


def different_periods(papers: PaperSet) -> Iterator[Remark]:
    """B06: two papers give different periods for one posting."""
    opening, closing, report = (papers.first(kind) for kind in (PaperKind.POSTING, PaperKind.CLOSING, PaperKind.REPORT))
    told: list[tuple[Paper, date, date | None, Place]] = [
        (paper, paper.period.first, paper.period.last, paper.period.place)
        for paper in (opening, closing, report)
        if paper is not None and paper.period is not None and paper.period.first is not None
    ]
    for index, (_paper, first, last, place) in enumerate(told[1:], 1):
        for other, other_first, other_last, _place in told[:index]:
            differs = first != other_first or (last is not None and other_last is not None and last != other_last)
            if differs:
                yield Remark(
                    place,
                    _("Thời gian niêm yết ({mine}) khác với {file} ({theirs}).").format(
                        mine=_stretch(first, last), file=other.file, theirs=_stretch(other_first, other_last)
                    ),
                    _("Xác định thời gian thực tế và ghi thống nhất trong các văn bản."),
                )
                break
    if opening is None or closing is None or opening.period is None or closing.period is None:
        return
    announced, done = opening.period.days, closing.period.days
    if announced is not None and done is not None and done < announced:
        yield Remark(
            closing.period.place,
            _("Biên bản niêm yết ghi {more} ngày, biên bản kết thúc chỉ ghi {fewer} ngày.").format(
                more=announced, fewer=done
            ),
            _("Niêm yết đủ số ngày đã công bố."),
        )


def _stretch(first: date, last: date | None) -> str:
    return f"{first:%d/%m/%Y}–{last:%d/%m/%Y}" if last else f"{first:%d/%m/%Y}"


def out_of_order(papers: PaperSet) -> Iterator[Remark]:
    """B13: closing before posting, report before closing, a plan after what it plans."""
    order = [
        (PaperKind.CONSULTATION_PLAN, PaperKind.POSTING), (PaperKind.POSTING, PaperKind.CLOSING),
        (PaperKind.CLOSING, PaperKind.REPORT),
    ]  # fmt: skip
    for earlier, later in order:
        first, second = papers.first(earlier), papers.first(later)
        if first and second and first.own_day and second.own_day and second.own_day < first.own_day:
            yield Remark(
                second.whole,
                _("Lập ngày {later:%d/%m/%Y}, trước {file} ngày {earlier:%d/%m/%Y}.").format(
                    later=second.own_day, file=first.file, earlier=first.own_day
                ),
                _("Kiểm tra lại ngày của hai văn bản."),
            )


def shorter_than_the_rule(papers: PaperSet) -> Iterator[Remark]:
    """B19: the posting minutes announce fewer days than the regulation or the Law asks for."""
    duration = papers.regulation.duration("notice_board")
    if duration is None or duration.kind is DurationKind.PERMANENT:
        return
    for paper in papers.of(PaperKind.POSTING):
        if paper.period is not None and paper.period.days is not None and paper.period.days < duration.days:
            yield Remark(
                paper.period.place,
                _("Biên bản ghi niêm yết {days} ngày, ít hơn {least} ngày theo {source}.").format(
                    days=paper.period.days, least=duration.days, source=duration.source
                ),
                _("Niêm yết ít nhất {least} ngày liên tục.").format(least=duration.days),
            )
