"""
The four kinds of dossiers of the house, and the ways in which their parts are filled; offered through the hooks.

What a dossier must hold is data of the regulation (``[dossier:…]``, ``[part:…]``); here stands only what the words of
that data mean. Source: Quy chế xã Đông Sơn Điều 9, 13, 17, 22; the logic of completeness is ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from .hooks import RegisterDossierKind, RegisterDossierPart, hookimpl
from .interfaces import PartCase, PartClaim, PartSource
from .records import Part
from .regulation_records import DossierPart, Regulation
from .text import _

DISCLOSURE: Final = "disclosure"
REPORT: Final = "report"
YES: Final = "yes"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of dossier whose parts stand in the regulation; its members are those of `interfaces.DossierKind`."""

    key: str
    title: str
    per: str

    def parts(self, regulation: Regulation) -> Sequence[DossierPart]:
        """Return the parts of the regulation's own section; empty where it has none."""
        rule = regulation.dossier(self.key)
        return rule.parts if rule is not None else ()

    def why_not(self, part: DossierPart, facts: Mapping[str, str]) -> str:
        """Say why a part is not owed, by the conditions of the regulation."""
        for condition in part.conditions:
            words = _CONDITIONS.get(condition)
            if words is not None and facts.get(condition, "") != YES:
                return words()
        return ""


_CONDITIONS: Mapping[str, Callable[[], str]] = {
    "board_posting": lambda: _("Không niêm yết trên bản tin: hệ thống ghi minh chứng trong báo cáo kết quả."),
    "ends": lambda: _("Niêm yết thường xuyên: không có biên bản kết thúc cho đến khi được thay thế."),
    "not_in_annual_plan": lambda: _("Nội dung đã có trong kế hoạch công khai năm."),
    "by_ballot": lambda: _("Không lấy ý kiến bằng phiếu."),
    "has_inspection_board": lambda: _("Cơ quan không tổ chức Ban Thanh tra nhân dân (khoản 1 Điều 60 của Luật)."),
}
"""What is said when a condition of a part does not hold; ``always`` holds."""

BUILT_IN: Final = (
    Kind(DISCLOSURE, _("Hồ sơ công khai thông tin"), "disclosure"),
    Kind("decision", _("Hồ sơ bàn và quyết định"), "year"),
    Kind("consultation", _("Hồ sơ tham gia ý kiến"), "matter"),
    Kind("supervision", _("Hồ sơ kiểm tra, giám sát"), "year"),
)
"""The kinds that come with the house."""


def _part(case: PartCase, members: Sequence[str], lacking: str, note: str = "") -> Part:
    if members:
        return Part(case.part.key, case.part.title, "present", tuple(members), note)
    return Part(case.part.key, case.part.title, "missing", (), lacking)


def from_papers(case: PartCase) -> Part:
    """Fill a part with papers that came in, from the e-office by matching or from a clerk, and with our own minutes."""
    own = [paper for paper in case.papers if paper.part == case.part.key]
    waits = sorted({role for paper in own for role in paper.missing})
    if waits:
        return _part(case, (), _("Chờ chữ ký: {roles}.").format(roles=", ".join(waits)))
    if own:
        case = replace(case, claims=(*case.claims, *(PartClaim(paper.members) for paper in own)))
    if case.part.periods:
        return _periodic(case)
    if len(case.claims) > 1 and case.part.cardinality in _ONE:
        return _part(case, (), _("Có {count} văn bản cùng nhận một chỗ: chọn một bằng congkhai dossier claims.").format(
            count=len(case.claims)
        ))  # fmt: skip
    members = [name for claim in case.claims for name in claim.members]
    if not members and case.proposed:
        return _part(case, (), _("{count} văn bản chờ xác nhận: congkhai dossier claims.").format(count=case.proposed))
    if members and case.part.disclosed and case.facts.get("disclosed") != YES:
        return _part(case, (), _("Chưa có bằng chứng nội dung giải trình, tiếp thu đã được công khai."))
    return _part(case, members, _lacking(case))


_ONE = frozenset({"year", "matter", "consultation", "term"})
"""Cardinalities that leave room for one paper."""


def _lacking(case: PartCase) -> str:
    if case.kind == DISCLOSURE and case.part.cardinality == "year":
        return _("Chưa có kế hoạch công khai năm trong hệ thống quản lý văn bản.")
    return _("Chưa có văn bản nào cho phần này.")


def _periodic(case: PartCase) -> Part:
    """Ask for a paper of every period of the year; one whose end is still to come is waited for."""
    held = {claim.period for claim in case.claims}
    twice = sorted(period for period in held if sum(claim.period == period for claim in case.claims) > 1)
    if twice:
        words = _("Có nhiều văn bản cùng nhận một kỳ ({periods}): chọn bằng congkhai dossier claims.")
        return _part(case, (), words.format(periods=", ".join(twice)))
    owed = [period for period in case.part.periods if period not in held]
    over = [period for period in owed if period_end(period, case.year) < case.today]
    if over:
        return _part(case, (), _("Còn thiếu kỳ: {periods}.").format(periods=", ".join(over)))
    if owed:
        note = _("Chưa đến kỳ: {periods}.").format(periods=", ".join(owed))
        return Part(case.part.key, case.part.title, "waiting", tuple(_members(case)), note)
    return _part(case, _members(case), "")


def _members(case: PartCase) -> list[str]:
    return [name for claim in case.claims for name in claim.members]


def period_end(period: str, year: int) -> date:
    """Return the last day of a period of a year: ``quý I`` … ``quý IV``, ``6 tháng``, ``9 tháng``, ``năm``."""
    month, day = _ENDS.get(period.casefold(), (12, 31))
    return date(year, month, day)


_ENDS = {
    "quý i": (3, 31), "quý ii": (6, 30), "6 tháng": (6, 30), "quý iii": (9, 30), "9 tháng": (9, 30),
    "quý iv": (12, 31), "năm": (12, 31),
}  # fmt: skip


def from_plan(case: PartCase) -> Part:
    """Fill the plan for one matter: a paper of the agency that a person has matched to it."""
    members = _members(case)
    lacking = _("Chưa có kế hoạch công khai riêng cho việc này; bản dự thảo nằm trong thư mục reports.")
    return _part(case, members, lacking)


def _paper_source(kind: str) -> PartSource:
    def fill(case: PartCase) -> Part:
        paper = next((one for one in case.papers if one.kind == kind), None)
        if paper is None:
            return _part(case, (), _("Chưa lập."))
        if paper.missing:
            return _part(case, (), _("Chờ chữ ký: {roles}.").format(roles=", ".join(paper.missing)))
        return _part(case, paper.members, _("Chưa lập."))

    return fill


@hookimpl
def register_dossier_kinds(register: RegisterDossierKind) -> None:
    """Offer the four kinds."""
    for kind in BUILT_IN:
        register(kind)


@hookimpl
def register_dossier_parts(register: RegisterDossierPart) -> None:
    """Offer what the shipped regulations name as ``origin``."""
    register("document", from_papers)
    register("plan", from_plan)
    register("minutes:posting", _paper_source("posting"))
    register("minutes:closing", _paper_source("closing"))
    register(REPORT, _paper_source(REPORT))
