"""What a regulation drops, narrows or leaves open against the Law, as findings for ``congkhai check``."""

import re

from .records import Finding, Severity
from .regulation_matters import KINDS, kind_words
from .regulation_records import LawReference, Regulation
from .text import _

_NUMBER = re.compile(r"\d+/\d{4}/[^\s;,]+|\d+/[^\s;,]+")
_IDS = {"dropped": "R01", "narrowed": "R02", "remark": "R06"}


def regulation_report(regulation: Regulation) -> tuple[Finding, ...]:
    """
    Report on a regulation.

    Args:
        regulation: as loaded, the Law filled in.

    Returns:
        Findings in this order: ``R01`` an item of the Law is missing, ``R02`` a rule or item is narrower than the
        Law's, ``R03`` a basis is no longer in force, ``R04`` the text has no number or date, ``R05`` nobody is named to
        sign the minutes, ``R06`` remarks of the file, ``R07`` special laws that a person has not confirmed, ``R08``
        matters that staff decide or are consulted on, on which the regulation is silent. Nothing here stops the
        program: the Law's rule is applied in each case.
    """
    found = [
        Finding(
            _IDS[note.kind], Severity.WARN if note.severity == "warn" else Severity.INFO,
            note.source or regulation.name, note.message, _ADVICE[note.kind](),
        )
        for note in regulation.notes
    ]  # fmt: skip
    found += _old_bases(regulation)
    if regulation.agency and not (regulation.number and regulation.issued):
        found.append(
            Finding(
                "R04", Severity.INFO, regulation.name, _("Quy chế không có số hoặc ngày ban hành."),
                _("Ghi number, issued vào mục [regulation] khi có bản chính thức."),
            )
        )  # fmt: skip
    if regulation.agency and not regulation.signers_of("posting"):
        found.append(
            Finding(
                "R05", Severity.WARN, regulation.name, _("Quy chế không nói ai ký biên bản niêm yết, kết thúc."),
                _("Hỏi cơ quan rồi thêm các mục [signer:VAI_TRÒ]; có thể lấy ba vai trò của dong-son-2024 làm mẫu."),
            )
        )  # fmt: skip
    known = [matter for matter in regulation.staff_matters if matter.from_law and matter.confirmed]
    silent = known if regulation.agency else []
    for kind in KINDS:
        texts = [matter.text for matter in silent if matter.kind == kind]
        if texts:
            found.append(
                Finding(
                    "R08", Severity.INFO, regulation.name,
                    _("Quy chế không nêu {count} việc cán bộ, công chức, người lao động {kind}: {texts}.").format(
                        count=len(texts), kind=kind_words(kind), texts="; ".join(texts)
                    ),
                    _("Luật vẫn bắt buộc; bổ sung khi sửa quy chế."),
                )
            )  # fmt: skip
    waiting = [regime.title for regime in regulation.regimes if not regime.confirmed]
    if waiting:
        found.append(
            Finding(
                "R07", Severity.INFO, regulation.name,
                _("{count} quy định riêng chưa được xác nhận còn hiệu lực: {titles}.").format(
                    count=len(waiting), titles="; ".join(waiting)
                ),
                _("Đối chiếu từng văn bản còn hiệu lực rồi đặt confirmed = yes trong tệp quy chế của cơ quan."),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda finding: finding.id))


_ADVICE = {
    "dropped": lambda: _("Phần mềm vẫn áp dụng Luật; bổ sung nội dung này khi sửa quy chế."),
    "narrowed": lambda: _("Phần mềm áp dụng Luật; sửa quy chế cho khớp (Luật 10/2022/QH15 Điều 59 khoản 1a)."),
    "remark": lambda: _("Xem lại khi sửa quy chế."),
}


def _old_bases(regulation: Regulation) -> list[Finding]:
    """Compare the cited bases with what became of those laws; a citation that was right when made is no error."""
    by_number = {reference.number: reference for reference in regulation.references}
    found = []
    for basis in regulation.bases:
        cited = _NUMBER.search(basis)
        reference = by_number.get(cited[0]) if cited else None
        if reference is not None and reference.until is not None:
            found.append(_old_basis(regulation, basis, reference))
    return found


def _old_basis(regulation: Regulation, basis: str, reference: LawReference) -> Finding:
    since = regulation.issued or regulation.issued_month or regulation.in_force_from
    if since is not None and reference.until is not None and since <= reference.until:
        what = _("Quy chế dựa trên căn cứ cũ, nay đã được thay thế: {basis}.").format(basis=basis)
    elif reference.confirmed:
        what = _("Căn cứ đã hết hiệu lực từ sau ngày {day:%d/%m/%Y}: {basis}.").format(day=reference.until, basis=basis)
    else:
        what = _("Căn cứ được cho là hết hiệu lực từ sau ngày {day:%d/%m/%Y}, cần xác nhận: {basis}.").format(
            day=reference.until, basis=basis
        )
    advice = _("Thay bằng {replaced} khi sửa quy chế.").format(replaced=reference.replaced_by or _("văn bản hiện hành"))
    return Finding("R03", Severity.WARN, regulation.name, what, advice)
