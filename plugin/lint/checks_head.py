"""Checks of head and form: dates, number and symbol, place-and-date line, capacity, numbering, layout."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from congkhai.schedules import Calendar, Certainty, DayState, ScheduleError

from ..records import Severity
from ..text import _
from .citations import canonical
from .moments import number_in_words, weekday_before
from .records import MINUTES, Paper, PaperKind, PaperSet
from .rule import Remark

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_SYMBOLS = {
    "bien ban": "bb", "ke hoach": "kh", "bao cao": "bc", "qui che": "qc", "quyet dinh": "qd", "thong bao": "tb",
    "nghi quyet": "nq", "to trinh": "ttr", "huong dan": "hd", "chuong trinh": "ctr",
}  # fmt: skip
_SHOWN = 5


def say(day: date) -> str:
    """Write a date with its day of the week."""
    return f"{WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}"


def off_day(day: date, calendar: Calendar) -> str:
    """Return why offices do not work on a day, in Vietnamese; empty for a working day or one outside the calendar."""
    try:
        found = calendar.day(day)
    except ScheduleError:
        return ""
    return "" if found.state is DayState.WORKING else found.name


def is_holiday(day: date, calendar: Calendar) -> bool:
    """Tell whether a day is off for another reason than the week."""
    try:
        found = calendar.day(day)
    except ScheduleError:
        return False
    return found.state is not DayState.WORKING and found.certainty is not Certainty.WEEKLY


def head_against_body(papers: PaperSet) -> Iterator[Remark]:
    """A01: the date of the head differs from the date of the act in the body."""
    for paper in papers.of(*MINUTES):
        head, body = paper.head_day, paper.event_day
        if head and body and head.value and body.value and head.value != body.value:
            yield Remark(
                head.place,
                _("Đầu biên bản ghi ngày {head:%d/%m/%Y} nhưng nội dung ghi ngày {body:%d/%m/%Y}.").format(
                    head=head.value, body=body.value
                ),
                _("Xác định ngày đúng; lập lại hoặc đính chính biên bản, không sửa trên bản đã ký."),
            )


def own_date_off(papers: PaperSet) -> Iterator[Remark]:
    """A02: the paper's own date is a weekend or holiday; dates of cited papers do not matter."""
    for paper in papers.papers:
        seen: set[date] = set()
        for day in (paper.head_day, paper.event_day):
            if day is None or day.value is None or day.value in seen:
                continue
            seen.add(day.value)
            why = off_day(day.value, papers.calendar)
            if why:
                yield Remark(
                    day.place,
                    _("Văn bản đề {day}, là ngày nghỉ ({why}).").format(day=say(day.value), why=why),
                    _("Xác nhận ngày này và ghi chú lý do làm việc trong ngày nghỉ."),
                )


def missing_head(papers: PaperSet) -> Iterator[Remark]:
    """A12: number and symbol, place-and-date line or capacity of the signer is missing."""
    if papers.of_dossier:
        return
    for paper in papers.papers:
        if paper.kind is PaperKind.OTHER and not paper.type:
            continue
        missing = []
        if paper.number is None:
            missing.append(_("số, ký hiệu"))
        if paper.head_day is None and paper.kind not in MINUTES:
            missing.append(_("địa danh, ngày tháng"))
        if paper.signers and not paper.capacities:
            missing.append(_("quyền hạn, chức vụ của người ký"))
        if missing:
            note = _(" Mẫu 1.9 không đòi địa danh, ngày tháng ở đầu biên bản.") if (
                paper.kind in MINUTES and paper.head_day is None
            ) else ""  # fmt: skip
            yield Remark(
                paper.signers[0].place if len(missing) == 1 and paper.number else paper.whole,
                _("Thiếu {missing}.").format(missing="; ".join(missing)) + note,
                _("Văn thư cấp số, bổ sung phần thiếu; với biên bản không đánh số, ghi rõ quyết định của cơ quan."),
            )


def broken_numbering(papers: PaperSet) -> Iterator[Remark]:
    """A13: numbers of headings or items jump or repeat."""
    for paper in papers.papers:
        if paper.numbering:
            written = ", ".join(one.text.rstrip(" .") for one in paper.numbering[:_SHOWN])
            yield Remark(
                paper.numbering[0].place,
                _("Đánh số mục không liên tục tại: {items}.").format(items=written),
                _("Kiểm tra có mất đoạn nào không, rồi đánh số lại."),
            )


def series_order(papers: PaperSet) -> Iterator[Remark]:
    """A27: numbers do not rise with the dates within a series and a year."""
    for series in _series(papers).values():
        ordered = sorted(series, key=lambda paper: (paper.dated or date.min, _value(paper)))
        highest = ordered[0]
        for paper in ordered[1:]:
            if _value(paper) < _value(highest) and paper.number and highest.number:
                yield Remark(
                    paper.number.place,
                    _("Số {number} ngày {day:%d/%m/%Y} nhỏ hơn số {earlier} ngày {before:%d/%m/%Y}.").format(
                        number=canonical(paper.number.text), day=paper.dated,
                        earlier=canonical(highest.number.text), before=highest.dated,
                    ),
                    _("Đối chiếu sổ đăng ký văn bản; số và ngày phải theo thứ tự ban hành trong năm."),
                )  # fmt: skip
            else:
                highest = paper


def _value(paper: Paper) -> int:
    return int(re.sub(r"\D", "", paper.own.digits)) if paper.own else 0


def _series(papers: PaperSet) -> dict[tuple[int, str], list[Paper]]:
    """Group numbered papers by year and series: one for all, unless two types show that each has its own."""
    by_type: dict[tuple[int, str], list[Paper]] = defaultdict(list)
    for paper in papers.papers:
        if paper.own is not None and paper.dated is not None:
            by_type[paper.dated.year, paper.type].append(paper)
    common: dict[tuple[int, str], list[Paper]] = defaultdict(list)
    for (year, type_), group in by_type.items():
        common[year, "bb" if type_ == "bien ban" else ""] += group
    shared = {year for (year, _name), group in common.items() if len({_value(one) for one in group}) < len(group)}
    return {key: group for key, group in by_type.items() if key[0] in shared} | {
        key: group for key, group in common.items() if key[0] not in shared
    }


def typography(papers: PaperSet) -> Iterator[Remark]:
    """A28: dates and numbers that are not written as NĐ 30/2020 asks."""
    for paper in papers.papers:
        odd = [(day.place.line, day.place.column, day.written) for day in paper.days if _odd_day(day.written)]
        numbers = [(paper.number, paper.own)] if paper.number and paper.own else []
        for named, own in numbers:
            if canonical(named.text) != named.text or (len(own.digits) == 1 and not named.text.startswith("0")):
                odd.append((named.place.line, named.place.column, named.text))
        odd += [
            (one.place.line, one.place.column, one.number)
            for one in paper.citations
            if canonical(one.number) != one.number
        ]
        if odd:
            odd.sort()
            shown = list(dict.fromkeys(written for _line, _column, written in odd))
            first = min(
                (day.place for day in paper.days if _odd_day(day.written)),
                key=lambda p: (p.line, p.column),
                default=None,
            )
            place = first if first and (first.line, first.column) == odd[0][:2] else None
            if place is None:
                place = next(
                    (one.place for one in (*([paper.number] if paper.number else ()), *paper.citations)
                     if (one.place.line, one.place.column) == odd[0][:2]), paper.whole
                )  # fmt: skip
            yield Remark(
                place,
                _("Cách viết ngày, số chưa đúng thể thức: {written}.").format(
                    written="; ".join(f"“{one}”" for one in shown[:_SHOWN])
                ),
                _("Viết liền số và ký hiệu (127/KH-UBND); ngày dưới 10 và tháng 1, 2 thêm số 0 ở trước."),
            )


def _odd_day(written: str) -> bool:
    digits = re.findall(r"\d+", written)
    if len(digits) != 3:
        return False
    if re.search(r"\d\s+[./-]|[./-]\s+\d|[.,]\s*/", written):
        return True
    return len(digits[0]) == 1 or (len(digits[1]) == 1 and int(digits[1]) < 3)


def wrong_weekday(papers: PaperSet) -> Iterator[Remark]:
    """B01: a date is named with a day of the week that it is not."""
    for paper in papers.papers:
        for day in paper.days:
            named = weekday_before(paper.text, day.start)
            if day.value is not None and named is not None and named != day.value.weekday():
                yield Remark(
                    day.place,
                    _("Ghi {named} nhưng {day:%d/%m/%Y} là {real}.").format(
                        named=WEEKDAYS[named], day=day.value, real=WEEKDAYS[day.value.weekday()]
                    ),
                    _("Xác định lại ngày, sửa thứ hoặc ngày cho khớp."),
                )


def future_date(papers: PaperSet) -> Iterator[Remark]:
    """B02: the paper's own date has not come yet."""
    for paper in papers.papers:
        for day in (paper.head_day, paper.event_day):
            if day is not None and day.value is not None and day.value > papers.today:
                yield Remark(
                    day.place,
                    _("Văn bản đề ngày {day:%d/%m/%Y}, sau ngày kiểm tra.").format(day=day.value),
                    _("Kiểm tra lại ngày; không ký trước ngày ghi trên văn bản."),
                )
                break


def reused_number(papers: PaperSet) -> Iterator[Remark]:
    """B03: two papers of one year bear one number and symbol."""
    seen: dict[tuple[object, int], Paper] = {}
    for paper in papers.papers:
        if paper.own is None or paper.number is None:
            continue
        key = (paper.own.key, paper.dated.year if paper.dated else 0)
        if key in seen:
            yield Remark(
                paper.number.place,
                _("Số {number} đã dùng cho {other}.").format(number=canonical(paper.number.text), other=seen[key].file),
                _("Đối chiếu sổ đăng ký; mỗi số, ký hiệu chỉ dùng một lần trong năm."),
            )
        seen.setdefault(key, paper)


def impossible_date(papers: PaperSet) -> Iterator[Remark]:
    """B04: a date that no calendar has."""
    for paper in papers.papers:
        for day in paper.days:
            if day.value is None:
                yield Remark(
                    day.place, _("Không có ngày “{written}”.").format(written=day.written),
                    _("Kiểm tra lại ngày, hoặc đối chiếu bản giấy nếu đây là lỗi nhận dạng chữ."),
                )  # fmt: skip


def words_against_figures(papers: PaperSet) -> Iterator[Remark]:
    """B08: a number in figures and the same number in words disagree."""
    for paper in papers.papers:
        for match in re.finditer(r"(?<![\d/.,])(\d{1,3})\s*\(\s*([a-z ]{2,40}?)\s*\)", paper.text.flat.text):
            said = number_in_words(match[2])
            if said is not None and said != int(match[1]):
                yield Remark(
                    paper.text.place(match.start()),
                    _("Số ghi bằng số và bằng chữ khác nhau: {written}.").format(
                        written=paper.text.flat.written(match.start(), match.end())
                    ),
                    _("Xác định số đúng và sửa cho khớp."),
                )


def no_signature(papers: PaperSet) -> Iterator[Remark]:
    """B10: nobody's name stands in a signature block."""
    for paper in papers.papers:
        if paper.type and not paper.signers:
            yield Remark(
                paper.whole, _("Không thấy khối chữ ký (quyền hạn, chức vụ, họ tên người ký)."),
                _("Bổ sung chữ ký của người có thẩm quyền; nếu bản quét bị cắt, quét lại cả trang cuối."),
            )  # fmt: skip


def layout(papers: PaperSet) -> Iterator[Remark]:
    """B11: national title, motto or agency is missing; not asked of plain text, which often is a copy of the body."""
    for paper in papers.papers:
        if paper.text.medium not in {"pdf", "docx", "ocr"} or not paper.type:
            continue
        missing = [] if paper.motto else [_("Quốc hiệu, Tiêu ngữ")]
        if not paper.agency:
            missing.append(_("tên cơ quan ban hành"))
        if missing:
            yield Remark(
                paper.whole, _("Thiếu {missing}.").format(missing="; ".join(missing)),
                _("Trình bày lại theo Phụ lục I Nghị định 30/2020/NĐ-CP."),
            )  # fmt: skip


def no_recipients(papers: PaperSet) -> Iterator[Remark]:
    """B15: a paper other than minutes says nobody under "Nơi nhận"."""
    for paper in papers.papers:
        if paper.type and paper.kind not in MINUTES and not paper.recipients:
            yield Remark(
                paper.whole, _("Không có “Nơi nhận”."), _("Ghi nơi nhận, dòng cuối là “Lưu: VT”."), Severity.WARN
            )


def unknown_type(papers: PaperSet) -> Iterator[Remark]:
    """B16: what kind of paper it is cannot be told, so that hardly anything was checked."""
    for paper in papers.papers:
        if not paper.type and paper.number is None:
            yield Remark(
                paper.whole, _("Không nhận ra loại văn bản nên hầu hết nội dung chưa được kiểm tra."),
                _("Ghi tên loại bằng chữ in hoa ở đầu văn bản, hoặc quét lại rõ hơn."),
            )  # fmt: skip


def legacy_encoding(papers: PaperSet) -> Iterator[Remark]:
    """B17: the text is written in an encoding of the time before Unicode."""
    names = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI", "cp1258": "Windows-1258"}
    for paper in papers.papers:
        if paper.text.encoding in names:
            yield Remark(
                paper.whole,
                _("Văn bản dùng bảng mã {name}, không phải Unicode.").format(name=names[paper.text.encoding]),
                _("Chuyển sang Unicode (TCVN 6909:2001), phông Times New Roman, rồi lưu lại."),
            )


def symbol_against_type(papers: PaperSet) -> Iterator[Remark]:
    """B20: the symbol names another type than the title."""
    for paper in papers.papers:
        wanted = _SYMBOLS.get(paper.type)
        if paper.own is None or paper.number is None or wanted is None:
            continue
        named = paper.own.letters & set(_SYMBOLS.values())
        if named and wanted not in named:
            yield Remark(
                paper.number.place,
                _("Ký hiệu {number} không khớp với tên loại “{title}”.").format(
                    number=canonical(paper.number.text), title=paper.type.upper()
                ),
                _("Sửa ký hiệu theo bảng chữ viết tắt tên loại (Phụ lục III)."),
            )
