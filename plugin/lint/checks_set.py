"""Checks across papers: what is cited, by which law, and what a complete file of the matter would still hold."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations

from ..text import _
from .citations import canonical, level_of
from .flat import title_of
from .records import PLANS, Citation, Paper, PaperKind, PaperSet
from .rule import Remark

IN_FORCE = {
    ("59", "nd", 2023): date(2023, 8, 15), ("10", "qh15", 2022): date(2023, 7, 1), ("30", "nd", 2020): date(2020, 3, 5),
}  # fmt: skip
"""First day of laws that such papers cite, where it is known: number, a letter group, year."""
_NATIONAL = frozenset({"nd", "cp", "ttg", "qh15", "qh14", "qh13", "qh16", "pl", "l"})
_ALIKE = 0.8
_INSIDE = 0.75
_NEAR = 60  # days between two papers that may be taken for one another


def different_bases(papers: PaperSet) -> Iterator[Remark]:
    """A14: one basis is cited with different dates or subjects, or one act under two numbers; it may be two papers."""
    own = {paper.own.key for paper in papers.papers if paper.own is not None}
    cited = [(paper, one) for paper in papers.papers for one in paper.citations if one.key not in own]
    told: set[frozenset[object]] = set()
    for (first, one), (_second, two) in combinations(cited, 2):
        pair = frozenset((one.key, two.key))
        if pair in told:
            continue
        difference = _same_number(one, two) if one.key == two.key else _same_act(papers, one, two)
        if difference:
            told.add(pair)
            yield Remark(
                two.place,
                _("{two} ở đây và {one} trong {file}: {difference}.").format(
                    two=canonical(two.number), one=canonical(one.number), file=first.file, difference=difference
                ),
                _("Đối chiếu với văn bản gốc; nếu là hai văn bản khác nhau thì ghi chú lại."),
            )


def _same_number(one: Citation, two: Citation) -> str:
    """Say how two citations of one number differ; empty when they do not."""
    if one.day and two.day and one.day.value and two.day.value and one.day.value != two.day.value:
        # Letters restart every year: the same number a year later is another paper.
        if one.year or abs((one.day.value - two.day.value).days) < 300:
            return _("một số nhưng hai ngày")
        return ""
    if one.letters & _NATIONAL or not one.subject or not two.subject:
        return ""
    left, right = set(one.subject.split()), set(two.subject.split())
    alike = len(left & right) / len(left | right)
    return _("một số nhưng hai trích yếu") if alike < _ALIKE else ""


def _same_act(papers: PaperSet, one: Citation, two: Citation) -> str:
    """Say that two numbers seem to stand for one act; empty when a paper cites both, or their issuers differ."""
    if (
        one.letters != two.letters
        or one.letters & _NATIONAL
        or one.type != two.type
        or not one.subject
        or not two.subject
    ):
        return ""
    levels = {level_of(one.issuer), level_of(two.issuer)} - {""}
    if len(levels) > 1 or not (one.day and two.day and one.day.value and two.day.value):
        return ""
    if abs((one.day.value - two.day.value).days) > _NEAR:
        return ""
    if any({one.key, two.key} <= {cited.key for cited in paper.citations} for paper in papers.papers):
        return ""
    left, right = set(one.subject.split()), set(two.subject.split())
    smaller = min(len(left), len(right))
    inside = smaller >= 5 and len(left & right) / smaller >= _INSIDE
    return _("hai số cho việc có vẻ là một") if inside else ""


def repealed_law(papers: PaperSet) -> Iterator[Remark]:
    """A15: a law is cited that was repealed, or not in force yet, at the paper's date."""
    references = [(_reference_key(one.number), one) for one in papers.regulation.references]
    for paper in papers.papers:
        day = paper.dated
        seen: set[object] = set()
        for cited in paper.citations:
            if day is None or cited.key in seen:
                continue
            seen.add(cited.key)
            law = next(
                (one for key, one in references if key == (cited.digits, cited.year) and _kin(one.number, cited)), None
            )
            if law is not None and law.until is not None and day > law.until:
                sure = "" if law.confirmed else _(" Cần xác nhận: {source}.").format(source=law.source)
                yield Remark(
                    cited.place,
                    _("{number} hết hiệu lực từ sau {until:%d/%m/%Y}, thay bằng {by}.").format(
                        number=canonical(cited.number), until=law.until, by=law.replaced_by or "?"
                    ) + sure,
                    _("Dẫn văn bản đang có hiệu lực ({source}).").format(source=law.source),
                )  # fmt: skip
            begin = next(
                (
                    b
                    for (n, group, y), b in IN_FORCE.items()
                    if (n, y) == (cited.digits, cited.year) and group in cited.letters
                ),
                None,
            )
            if begin is not None and day < begin:
                yield Remark(
                    cited.place,
                    _("{number} đến {begin:%d/%m/%Y} mới có hiệu lực.").format(
                        number=canonical(cited.number), begin=begin
                    ),
                    _("Dẫn văn bản có hiệu lực vào ngày ký."),
                )


def _reference_key(number: str) -> tuple[str, int]:
    head, _slash, rest = number.partition("/")
    year = rest[:4]
    return head.lstrip("0"), int(year) if year.isdigit() else 0


def _kin(number: str, cited: Citation) -> bool:
    return bool(set(title_of(number).split()) & cited.letters)


def wrong_date_of_paper(papers: PaperSet) -> Iterator[Remark]:
    """B12: a paper of the set is cited with another date than it bears."""
    own = {paper.own.key: paper for paper in papers.papers if paper.own is not None}
    for paper in papers.papers:
        for cited in paper.citations:
            other = own.get(cited.key)
            if other is None or other is paper or cited.day is None or cited.day.value is None or other.dated is None:
                continue
            if cited.day.value != other.dated and cited.day.value.year == other.dated.year:
                yield Remark(
                    cited.place,
                    _("Dẫn {number} ngày {said:%d/%m/%Y} nhưng {file} đề ngày {real:%d/%m/%Y}.").format(
                        number=canonical(cited.number), said=cited.day.value, file=other.file, real=other.dated
                    ),
                    _("Sửa ngày của văn bản được dẫn."),
                )  # fmt: skip


def gaps(papers: PaperSet) -> Iterator[Remark]:
    """A23: what the file of the matter lacks; asked only of a set, never of a single paper."""
    if papers.of_dossier or len(papers.papers) < 2:
        return
    opening, report = papers.first(PaperKind.POSTING), papers.first(PaperKind.REPORT)
    anchor = opening or papers.first(PaperKind.CLOSING) or report
    if anchor is None:
        return
    annual = papers.first(PaperKind.DISCLOSURE_PLAN)
    if annual is None:
        yield Remark(
            anchor.whole, _("Không có kế hoạch công khai thông tin trong năm."),
            _("Bổ sung kế hoạch nêu nội dung, hình thức, thời điểm, người chịu trách nhiệm."),
        )  # fmt: skip
    posts = opening or papers.first(PaperKind.CLOSING)
    if (
        annual is None
        and posts is not None
        and not any(plan.says("niem yet") for plan in papers.of(*PLANS - {PaperKind.WORK_PLAN}))
    ):
        yield Remark(
            posts.whole, _("Không có kế hoạch riêng nói đến việc niêm yết này."),
            _("Bổ sung kế hoạch công khai cho việc cụ thể, hoặc đưa việc này vào kế hoạch năm."),
        )  # fmt: skip
    for regulation in papers.of(PaperKind.REGULATION):
        if not _published(papers, regulation):
            yield Remark(
                regulation.whole,
                _("Không có thông báo, biên bản niêm yết hay minh chứng đăng tải của chính quy chế này."),
                _("Công khai quy chế chậm nhất 05 ngày làm việc kể từ ngày ban hành và lưu minh chứng."),
            )
    if report is not None and papers.first(PaperKind.CONSULTATION_PLAN) is not None and not _result_published(papers):
        yield Remark(
            report.whole, _("Không thấy công khai kết quả tổng hợp, tiếp thu, giải trình ý kiến."),
            _("Công khai báo cáo tổng hợp ý kiến và lưu minh chứng."),
        )  # fmt: skip


def _published(papers: PaperSet, regulation: Paper) -> bool:
    """Tell whether a later notice or posting minutes speak of an issued regulation by number."""
    for paper in papers.of(PaperKind.NOTICE, PaperKind.POSTING):
        later = paper.dated is None or regulation.dated is None or paper.dated >= regulation.dated
        if later and regulation.own is not None and any(one.key == regulation.own.key for one in paper.citations):
            return True
    return False


def _result_published(papers: PaperSet) -> bool:
    """Tell whether a notice or posting minutes disclose the result of the opinions, by number or in words."""
    reports = {one.own.key for one in papers.of(PaperKind.REPORT) if one.own is not None}
    for paper in papers.of(PaperKind.NOTICE, PaperKind.POSTING):
        if any(one.key in reports for one in paper.citations):
            return True
        if paper.kind is PaperKind.NOTICE and paper.says(
            "tiep thu, giai trinh", "tong hop y kien", "giai trinh y kien"
        ):
            return True
    return False


def twice_the_same(papers: PaperSet) -> Iterator[Remark]:
    """B22: one paper was given twice."""
    seen: dict[str, str] = {}
    for paper in papers.papers:
        words = title_of(paper.text.flat.text)
        if words and words in seen:
            yield Remark(
                paper.whole, _("Nội dung giống hệt {file}.").format(file=seen[words]),
                _("Đưa mỗi văn bản một lần; bản sao để riêng."),
            )  # fmt: skip
        seen.setdefault(words, paper.file)
