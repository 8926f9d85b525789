"""Checks of the matter itself: what was posted, where, what was said to it, what became of it."""

import re
from collections.abc import Iterator

from ..records import Severity
from ..text import _
from .content import draft_forms
from .flat import pattern, title_of
from .records import MINUTES, Paper, PaperKind, PaperSet, PostedObject
from .rule import Remark

_REPORTED = pattern(r"niem yet cong khai ((?:ke hoach|du thao|quyet dinh|qui che|nghi quyet)[^.;]{0,120}?) tai\b")
_SAME_PLACE = frozenset({"cua", "tai", "cap", "o", "va", "tru", "so"})
_FORM_NAMES = {"quyet dinh": "Quyết định", "qui che": "Quy chế", "luat": "Luật", "nghi quyet": "Nghị quyết",
               "ke hoach": "Kế hoạch", "qui dinh": "Quy định", "thong bao": "Thông báo", "de an": "Đề án"}  # fmt: skip
_CHANNELS = {"portal": "Cổng/Trang thông tin điện tử", "zalo": "Zalo"}


def _form(key: str) -> str:
    return _FORM_NAMES.get(key, key)


def _listed(paper: Paper | None) -> PostedObject | None:
    if paper is None:
        return None
    return next((one for one in paper.posting if one.section == "list"), paper.posting[0] if paper.posting else None)


def another_document(papers: PaperSet) -> Iterator[Remark]:
    """A09: what is posted is called by different names: a draft here, an issued paper there, another title or form."""
    opening, closing = papers.first(PaperKind.POSTING), papers.first(PaperKind.CLOSING)
    posted = _listed(opening)
    for paper in (opening, closing):
        if paper is not None:
            yield from _flips(paper)
    if opening is not None and closing is not None:
        yield from _other_list(opening, closing)
    for report in papers.of(PaperKind.REPORT):
        yield from _reported(report, posted)
    for plan in papers.of(PaperKind.CONSULTATION_PLAN):
        forms = draft_forms(plan.text)
        main = re.search(r"du thao ([a-z]+ [a-z]+|luat)", title_of(plan.title))
        named = next((form for form in _FORM_NAMES if main and main[1].startswith(form)), forms[0][0] if forms else "")
        other = next(((form, place) for form, place in forms if form != named), None)
        if other is not None:
            yield Remark(
                other[1],
                _("Gọi là dự thảo {other}, chỗ khác gọi là dự thảo {named}.").format(
                    other=_form(other[0]), named=_form(named)
                ),
                _("Gọi đúng một tên dự thảo trong cả văn bản."),
                Severity.WARN,
            )


def _title(posted: PostedObject) -> str:
    return " ".join(re.sub(r"\b(?:du thao|cua|ve viec|viec)\b", " ", posted.title).split())


def _other_list(opening: Paper, closing: Paper) -> Iterator[Remark]:
    """Say where closing minutes name other papers than the posting minutes, or a draft for an issued one."""
    before, after = (tuple(one for one in paper.posting if one.section == "list") for paper in (opening, closing))
    if not before or not after:
        return
    for one, other in zip(before, after, strict=False):
        if one.draft != other.draft:
            yield _flip(other)
    first, second = ([_title(one) for one in side] for side in (before, after))
    if first != second:
        odd = next((one for one, title in zip(after, second, strict=True) if title not in first), after[-1])
        yield Remark(
            odd.place,
            _("Tên văn bản niêm yết không giống trong {file}.").format(file=opening.file),
            _("Ghi nguyên văn tên như trong biên bản niêm yết."),
            Severity.WARN,
        )


def _flips(paper: Paper) -> Iterator[Remark]:
    """Say where the opening sentence of a paper calls a draft what its list calls issued, or the other way round."""
    listed = [one for one in paper.posting if one.section == "list"]
    opening = next((one for one in paper.posting if one.section == "opening"), None)
    if opening is None or not listed or len({one.draft for one in listed}) > 1:
        return
    if opening.draft != listed[0].draft:
        yield _flip(opening if listed[0].draft else listed[0])


def _flip(odd: PostedObject) -> Remark:
    calls = _("là dự thảo {form}") if odd.draft else _("đã là {form}")
    return Remark(
        odd.place,
        _("Văn bản niêm yết ở đây {calls}, chỗ khác ghi ngược lại.").format(calls=calls.format(form=_form(odd.form))),
        _("Xác định đã niêm yết dự thảo hay văn bản đã ban hành, và ghi thống nhất."),
        Severity.ERROR,
    )


def _reported(report: Paper, posted: PostedObject | None) -> Iterator[Remark]:
    match = _REPORTED.search(report.text.flat.text)
    if match is None or posted is None:
        return
    words = title_of(match[1])
    place = report.text.place(match.start(1))
    if posted.draft and "du thao" not in words:
        yield Remark(
            place, _("Báo cáo nói niêm yết văn bản đã ban hành, biên bản ghi là dự thảo."),
            _("Ghi đúng như biên bản niêm yết."), Severity.ERROR,
        )  # fmt: skip
        return
    if words.startswith("ke hoach") and posted.form != "ke hoach":
        yield Remark(
            place, _("Báo cáo nói niêm yết cả kế hoạch và dự thảo, biên bản niêm yết chỉ ghi dự thảo."),
            _("Bổ sung biên bản niêm yết kế hoạch, hoặc sửa báo cáo."), Severity.WARN,
        )  # fmt: skip


def same_place_twice(papers: PaperSet) -> Iterator[Remark]:
    """A10: two places of posting are one and the same."""
    for paper in papers.papers:
        seen: dict[str, str] = {}
        for place in paper.places:
            key = " ".join(word for word in title_of(place.text).split() if word not in _SAME_PLACE)
            if key in seen:
                yield Remark(
                    place.place,
                    _("“{one}” và “{two}” là một nơi.").format(one=seen[key], two=place.text),
                    _("Ghi mỗi nơi một lần; nếu là hai nơi thật, ghi rõ địa chỉ từng nơi."),
                )
            seen.setdefault(key, place.text)


def claimed_structure(papers: PaperSet) -> Iterator[Remark]:
    """A16: parts, chapters and articles are said to be other than they are."""
    real = next((paper for paper in papers.papers if paper.structure is not None), None)
    if real is None or real.structure is None:
        return
    for paper in papers.papers:
        claim, fact = paper.claimed, real.structure
        if claim is None or paper is real:
            continue
        pairs = (
            (claim.parts, fact.parts, _("phần")),
            (claim.chapters, fact.chapters, _("chương")),
            (claim.articles, fact.articles, _("điều")),
        )
        wrong = [f"{said} {name} ({file_count})" for said, file_count, name in pairs if said != file_count]
        if wrong:
            yield Remark(
                claim.place,
                _("Bố cục nêu khác {file}: {wrong}.").format(file=real.file, wrong=", ".join(wrong)),
                _("Sửa theo văn bản thật; số trong ngoặc là số đếm được."),
            )


def silence_despite_comments(papers: PaperSet) -> Iterator[Remark]:
    """A17: closing minutes or report say "no comments" while a comment is recorded."""
    recorded = next((paper for paper in papers.of(PaperKind.MEETING) if paper.comments), None)
    if recorded is None:
        return
    for paper in papers.of(PaperKind.CLOSING, PaperKind.REPORT):
        if paper.silence and not paper.comments:
            yield Remark(
                paper.silence[0],
                _("Ghi không có ý kiến, nhưng {file} có ghi “{comment}”.").format(
                    file=recorded.file, comment=recorded.comments[0].text.rstrip(" :")
                ),
                _("Tổng hợp ý kiến đã ghi và giải trình việc tiếp thu."),
            )


def unproved_channel(papers: PaperSet) -> Iterator[Remark]:
    """A18: the report claims a channel for which nothing in the papers speaks."""
    for report in papers.of(PaperKind.REPORT):
        names = [_CHANNELS[name] for name, proof, _place in report.remote if not proof]
        if names:
            place = next(place for name, proof, place in report.remote if not proof)
            yield Remark(
                place,
                _("Nói đã đăng trên {names} nhưng không có địa chỉ, thời điểm, ảnh chụp hay mã băm.").format(
                    names=", ".join(names)
                ),
                _("Kèm địa chỉ trang, giờ đăng và ảnh chụp có mã băm, hoặc bỏ hình thức này khỏi báo cáo."),
            )
        if report.board is not None and not papers.of_dossier and papers.first(PaperKind.POSTING) is None:
            yield Remark(
                report.board, _("Nói đã niêm yết nhưng không có biên bản niêm yết."),
                _("Kèm biên bản niêm yết và biên bản kết thúc."),
            )  # fmt: skip


def duplicates(papers: PaperSet) -> Iterator[Remark]:
    """A24: a sentence or a legal basis stands in a paper twice."""
    for paper in papers.papers:
        if paper.duplicates:
            yield Remark(
                paper.duplicates[0].place,
                _("Đoạn “{text}” có hai lần.").format(text=_short(paper.duplicates[0].text)),
                _("Bỏ đoạn trùng."),
            )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def another_form(papers: PaperSet) -> Iterator[Remark]:
    """A25: a draft decision was put out for comment, and a regulation without decision was issued (or the reverse)."""
    regulation, posted = papers.first(PaperKind.REGULATION), _listed(papers.first(PaperKind.POSTING))
    if regulation is None or posted is None or not posted.draft or papers.first(PaperKind.DECISION) is not None:
        return
    if posted.form and posted.form != "qui che":
        yield Remark(
            regulation.number.place if regulation.number else regulation.whole,
            _("Lấy ý kiến dự thảo {form} nhưng ban hành một Quy chế độc lập.").format(form=_form(posted.form)),
            _("Giải thích việc đổi hình thức trong hồ sơ, hoặc ban hành kèm theo Quyết định."),
        )


def wrong_regime(papers: PaperSet) -> Iterator[Remark]:
    """A26: a draft for comment (Luật Điều 53) is posted like something that must be disclosed (Điều 46)."""
    for paper in papers.of(PaperKind.POSTING):
        posted = _listed(paper)
        if posted is not None and posted.draft:
            yield Remark(
                posted.place,
                _("Niêm yết dự thảo để lấy ý kiến là việc theo Điều 53, không phải công khai theo Điều 46."),
                _("Đưa vào hồ sơ tham gia ý kiến; công khai văn bản sau khi ban hành bằng hồ sơ riêng."),
            )


def not_in_the_list(papers: PaperSet) -> Iterator[Remark]:
    """B09: closing minutes or report name a disclosed paper by a number that the posting minutes do not have."""
    opening = papers.first(PaperKind.POSTING)
    posted = {number for one in opening.posting for number in one.numbers} if opening is not None else set()
    if opening is None or not posted:
        return
    for paper in papers.of(PaperKind.CLOSING):
        for one in paper.posting:
            strange = [number for number in one.numbers if number not in posted]
            if one.section == "list" and strange:
                yield Remark(
                    one.place,
                    _("Văn bản {numbers} không có trong {file}.").format(
                        numbers=", ".join(number.upper() for number in strange), file=opening.file
                    ),
                    _("Bổ sung biên bản niêm yết cho văn bản này, hoặc sửa số."),
                )


def unfinished(papers: PaperSet) -> Iterator[Remark]:
    """B18: minutes still hold blanks to be filled in."""
    for paper in papers.papers:
        if paper.kind not in MINUTES and not paper.type:
            continue
        match = re.search(r"\b(?:ngay|gio|hoi|thang|nam|so|ong|ba|muc)\s*:?\s*(?:\.[ \t]?){4,}", paper.text.flat.text)
        if match is not None:
            yield Remark(
                paper.text.place(match.start()),
                _("Còn chỗ trống chưa điền: “{text}”.").format(
                    text=paper.text.flat.written(match.start(), match.end())
                ),
                _("Điền đủ trước khi ký."),
            )
