"""Checks of people: who was where, who signed, who took part, to whom a paper goes."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import combinations

from ..clock import ZONE
from ..text import _
from .flat import pattern, title_of
from .people import lists_of, same_person, stands_in
from .records import MINUTES, Paper, PaperKind, PaperSet
from .rule import Remark

_SHOWN = 10
_REPORTS_TO = pattern(
    r"\bbao cao(?: ket qua)?(?: thuc hien)?(?: ve| cho| voi| den| gui| len)? "
    r"((?:ban dan van|bdv|ban dv|ubnd|uy ban nhan dan|hdnd|dang uy|ban chi dao|bcd)"
    r"(?: (?:huyen uy|tinh uy|hu\b|tu\b|huyen|tinh|xa|thanh pho))?)"
)
_SHORT = {"bdv": "ban dan van", "ban dv": "ban dan van", "uy ban nhan dan": "ubnd", "hu": "huyen uy", "tu": "tinh uy",
          "bcd": "ban chi dao"}  # fmt: skip


def everybody(paper: Paper) -> list[str]:
    """Return everybody who was at an act: those named, and who signed."""
    names: list[str] = []
    for name in (*(person.name for person in paper.people), *(signer.name for signer in paper.signers)):
        if not any(same_person(name, known) for known in names):
            names.append(name)
    return names


def two_places_at_once(papers: PaperSet) -> Iterator[Remark]:
    """A04: the same people in two acts at one time; by the hours of the bodies."""
    acts = [(paper, stretch) for paper in papers.of(*MINUTES) if (stretch := _stretch(paper)) is not None]
    for (first, (begin, end)), (second, (start, stop)) in combinations(acts, 2):
        if not (
            max(begin, start) < min(end, stop)
            or (start == stop and begin < start < end)
            or (begin == end and start < begin < stop)
        ):
            continue
        others = everybody(second)
        both = [name for name in everybody(first) if any(same_person(name, other) for other in others)]
        if both:
            yield Remark(
                second.end.place if second.end else second.whole,
                _("{people} có mặt ở hai việc cùng lúc: {one} ({hours}) và {two} ({other}).").format(
                    people=", ".join(both[:_SHOWN]), one=first.file, hours=_hours(begin, end), two=second.file,
                    other=_hours(start, stop),
                ),
                _("Xác định lại giờ của hai việc, hoặc ghi ai vắng mặt lúc nào."),
            )  # fmt: skip


def _stretch(paper: Paper) -> tuple[datetime, datetime] | None:
    """Return begin and end of an act; both equal where only one hour stands."""
    start, end = paper.moment(paper.start), paper.moment(paper.end)
    if paper.end_day is not None and paper.end_day.value is not None and paper.end is not None:
        end = datetime.combine(paper.end_day.value, paper.end.value, tzinfo=ZONE)
    first, last = start or end, end or start
    return None if first is None or last is None or last < first else (first, last)


def _hours(begin: datetime, end: datetime) -> str:
    clock = f"{begin:%H:%M}" if begin == end else f"{begin:%H:%M}–{end:%H:%M}"
    return f"{clock} {begin:%d/%m/%Y}" if begin.time() != time(0) or end != begin else f"{begin:%d/%m/%Y}"


def different_people(papers: PaperSet) -> Iterator[Remark]:
    """A11: participants or signers of posting and closing minutes differ; names read badly are given the doubt."""
    opening, closing = papers.first(PaperKind.POSTING), papers.first(PaperKind.CLOSING)
    if opening is None or closing is None:
        return
    differences = []
    gone, new = _difference(opening, closing)
    if gone:
        differences.append(_("không còn {names}").format(names=", ".join(gone[:_SHOWN])))
    if new:
        differences.append(_("thêm {names}").format(names=", ".join(new[:_SHOWN])))
    before, after = ([signer.name for signer in paper.signers] for paper in (opening, closing))
    if before and after:
        lost = _unmatched(before, after)
        added = _unmatched(after, before)
        if lost or added:
            differences.append(_("người ký khác: {names}").format(names=", ".join([*lost, *added][:_SHOWN])))
    if differences:
        yield Remark(
            closing.whole,
            _("Thành phần của biên bản kết thúc khác biên bản niêm yết: {differences}.").format(
                differences="; ".join(differences)
            ),
            _("Đối chiếu với bản giấy; nếu người thay đổi thật, ghi rõ lý do."),
        )


def _difference(opening: Paper, closing: Paper) -> tuple[list[str], list[str]]:
    before, after = _listed(opening), _listed(closing)
    if not before or not after:
        return [], []
    named = [signer.name for signer in (*opening.signers, *closing.signers)]
    return _absent(before, _area(closing), named), _absent(after, _area(opening), named)


def _absent(names: Sequence[str], area: str, named: Sequence[str]) -> list[str]:
    """Return the names that a list lacks; a name that stands there exactly is nobody else's bad reading."""
    left, doubtful = f" {area} ", []
    for name in names:
        exact = f" {title_of(name)} "
        if exact in left:
            left = left.replace(exact, " ", 1)
        else:
            doubtful.append(name)
    return [one for one in doubtful if not stands_in(one, left) and not any(same_person(one, n) for n in named)]


def _listed(paper: Paper) -> list[str]:
    return [person.name for person in paper.people if person.role == "listed"]


def _area(paper: Paper) -> str:
    if paper.text.medium == "xml":
        return " ".join(title_of(person.name) for person in paper.people)
    start = paper.text.flat.text.rfind(title_of(paper.signers[-1].name)) if paper.signers else 0
    _people, area, _start = lists_of(paper.text, max(0, start))
    return area or " ".join(title_of(name) for name in _listed(paper))


def _unmatched(names: Sequence[str], others: Sequence[str]) -> list[str]:
    return [name for name in names if not any(same_person(name, other) for other in others)]


def other_addressee(papers: PaperSet) -> Iterator[Remark]:
    """A22: the report does not go to whom the plan promised it."""
    report, plan = papers.first(PaperKind.REPORT), papers.first(PaperKind.CONSULTATION_PLAN)
    if report is None or plan is None or not report.recipients:
        return
    wanted = {" ".join(_spelt(match[1]).split()): match for match in _REPORTS_TO.finditer(plan.text.flat.text)}
    recipients = " ; ".join(_spelt(title_of(one.text)) for one in report.recipients)
    lacking = [body for body in wanted if not all(word in recipients.split() for word in body.split())]
    if lacking and len(lacking) == len(wanted):
        match = wanted[lacking[0]]
        yield Remark(
            report.recipients[0].place,
            _("Kế hoạch hẹn báo cáo “{body}” nhưng nơi nhận của báo cáo không có; báo cáo gửi {others}.").format(
                body=plan.text.flat.written(match.start(1), match.end(1)),
                others=", ".join(one.text for one in report.recipients[:3]),
            ),
            _("Gửi báo cáo đến nơi kế hoạch đã nêu, hoặc ghi rõ vì sao đổi."),
        )  # fmt: skip


def _spelt(words: str) -> str:
    words = " ".join(words.split())
    for short, full in _SHORT.items():
        words = re.sub(rf"\b{short}\b", full, words)
    return words


def two_roles(papers: PaperSet) -> Iterator[Remark]:
    """B05: one person signs a paper in two roles."""
    for paper in papers.papers:
        for index, signer in enumerate(paper.signers):
            if any(title_of(signer.name) == title_of(other.name) for other in paper.signers[:index]):
                yield Remark(
                    signer.place, _("{name} ký hai lần, với hai tư cách.").format(name=signer.name),
                    _("Mỗi người ký một tư cách; người giữ hai vai phải có người thay ở một vai."),
                )  # fmt: skip


def head_count(papers: PaperSet) -> Iterator[Remark]:
    """B07: the numbers of those present do not add up, or the list is longer or shorter than the number."""
    for paper in papers.papers:
        count = paper.count
        if count is None or count.total is None or count.present is None:
            continue
        if count.total != count.present + (count.absent or 0):
            yield Remark(
                count.place,
                _("Tổng số {total} không bằng có mặt {present} cộng vắng mặt {absent}.").format(
                    total=count.total, present=count.present, absent=count.absent or 0
                ),
                _("Đếm lại người dự và sửa cho khớp."),
            )
        listed = len(_listed(paper))
        if listed and listed != count.present:
            yield Remark(
                count.place,
                _("Ghi có mặt {present} người nhưng danh sách có {listed} tên.").format(
                    present=count.present, listed=listed
                ),
                _("Bổ sung hoặc sửa danh sách."),
            )


def chair_and_secretary(papers: PaperSet) -> Iterator[Remark]:
    """B14: minutes of a meeting name no chair or no secretary."""
    for paper in papers.of(PaperKind.MEETING):
        roles = {person.role for person in paper.people}
        missing = [name for role, name in (("chair", _("chủ tọa")), ("secretary", _("thư ký"))) if role not in roles]
        if missing:
            yield Remark(
                paper.whole, _("Biên bản họp không ghi {missing}.").format(missing=", ".join(missing)),
                _("Ghi chủ tọa và người ghi biên bản (Mẫu 1.9)."),
            )  # fmt: skip
