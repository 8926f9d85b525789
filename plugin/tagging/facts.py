"""
What the rules look at: a document's fields brought to one form.

The issuer's place (own, superior, law-maker, Party, council) follows from direction, issuer text and number; the type
of paper follows from its field, else from its symbol, else from how the subject begins.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from .fold import fold, words

TOO_SHORT = 3
"""A subject of fewer words says nothing; the head of the first page is read with it."""
HEAD = 800
"""Characters of the first page that are read then: letterhead, title, subject."""


class Issuer(StrEnum):
    """Who made the paper, seen from the agency."""

    OWN = "own"
    SUPERIOR = "superior"  # cơ quan quản lý cấp trên: ministry, province, department
    LAW = "law"  # National Assembly, Government, Prime Minister
    PARTY = "party"  # Party bodies above
    COUNCIL = "council"  # HĐND
    OTHER = "other"  # anyone else, or nobody named


@dataclass(frozen=True, slots=True)
class Facts:
    """
    A document as the rules see it.

    Attributes:
        text: folded words of the subject, with one blank at each end; of the first page's head where the subject says
            nothing.
        type: folded type, e.g. ``quyet dinh``; empty when unknown.
        direction: ``in`` or ``out``.
        agency: kind of the agency whose view is taken: ``xa``, ``so``, ``trung_tam``, ``van_phong``.
        normative: True for a normative legal document (văn bản quy phạm pháp luật), seen by the year in its number.
        dated: True when the subject names a period (năm, quý, tháng, 6 tháng).
    """

    text: str
    type: str
    direction: str
    agency: str
    issuer: Issuer
    normative: bool
    dated: bool


# Symbols after the slash (NĐ 30/2020 Phụ lục III), folded, and what else stands for the type.
_ABBREVIATIONS = {
    "nq": "nghi quyet", "qd": "quyet dinh", "ct": "chi thi", "qc": "quy che", "qyd": "quy dinh", "tc": "thong cao",
    "tb": "thong bao", "hd": "huong dan", "ctr": "chuong trinh", "kh": "ke hoach", "pa": "phuong an", "da": "de an",
    "bc": "bao cao", "bb": "bien ban", "ttr": "to trinh", "cv": "cong van", "cd": "cong dien", "gm": "giay moi",
    "tm": "thu moi", "kl": "ket luan", "tt": "thong tu", "nd": "nghi dinh", "l": "luat", "ttlt": "thong tu",
}  # fmt: skip
_NAMES = (
    "nghi quyet", "quyet dinh", "chi thi", "qui che", "qui dinh", "thong cao", "thong bao", "huong dan", "chuong trinh",
    "ke hoach", "phuong an", "de an", "bao cao", "bien ban", "to trinh", "hop dong", "cong van", "cong dien",
    "giay moi", "thu moi", "ket luan", "thong tu", "nghi dinh", "luat", "phap lenh", "lich", "de nghi", "du thao",
)  # fmt: skip
_SUBJECT_START = re.compile(r"^ (?:v v )?(?:ve viec )?(qd|kh|tb|nq|ct|bc|gm|tt|nd)\b ")
_SYMBOL = re.compile(r"(?:^|[/\-])(\d{4}[/\-])?([a-z]{1,4})(?=[/\-]|$)")
_NORMATIVE = re.compile(r"^\s*\d+[a-z]?/\d{4}/(?:tt|nd|qd|nq|ct|qh|l|ttlt|pl)[a-z0-9]*\b")
_PERIOD = re.compile(r" (?:nam|qui|thang|nam hoc) (?:[12]\d{3}|\d{1,2}|i|ii|iii|iv)\b| \d thang (?:dau|cuoi) nam")

# First match decides; each phrase is sought, as whole words, in the issuer text.
_LEVELS: tuple[tuple[Issuer, tuple[str, ...]], ...] = (
    (Issuer.LAW, ("quốc hội", "ubtvqh", "chủ tịch nước")),
    (Issuer.PARTY, ("tỉnh ủy", "thành ủy", "huyện ủy", "quận ủy", "đảng ủy", "trung ương đảng", "ban chấp hành")),
    (Issuer.PARTY, ("bộ chính trị", "ban bí thư", "ủy ban kiểm tra trung ương", "ban tuyên giáo", "ban dân vận")),
    (Issuer.PARTY, ("ban nội chính", "ban tổ chức")),
    (Issuer.COUNCIL, ("hđnd", "hội đồng nhân dân")),
    (Issuer.SUPERIOR, ("thanh tra chính phủ", "văn phòng chính phủ")),
    (Issuer.LAW, ("thủ tướng", "chính phủ")),
    (
        Issuer.SUPERIOR,
        ("bộ", "sở", "ubnd", "ủy ban nhân dân", "tổng cục", "cục", "chi cục", "phòng", "văn phòng", "vpub"),
    ),
    (Issuer.SUPERIOR, ("thanh tra", "đại học", "bảo hiểm xã hội", "kho bạc", "ngân hàng nhà nước", "tòa án")),
    (Issuer.SUPERIOR, ("viện kiểm sát", "kiểm toán", "ban chỉ đạo", "hội đồng", "ban quản lý", "liên đoàn lao động")),
)
_SOUGHT = tuple(
    (re.compile("|".join(f" {words(phrase).strip()} " for phrase in phrases)), level) for level, phrases in _LEVELS
)


def issuer_of(direction: str, issuer: str) -> Issuer:
    """
    Decide who made a paper, seen from the agency.

    Args:
        direction: ``in`` or ``out``; what the agency sent is its own.
        issuer: issuer as written; may be empty.
    """
    if direction == "out":
        return Issuer.OWN
    sought = words(issuer)
    return next((level for pattern, level in _SOUGHT if pattern.search(sought)), Issuer.OTHER)


def type_of(written: str, number: str, subject: str) -> str:
    """Return the folded type of paper from its field, else its symbol, else the beginning of its subject."""
    field = fold(written)
    if field in _ABBREVIATIONS:
        return fold(_ABBREVIATIONS[field])
    if field and field != "khac":
        return field
    for _year, symbol in _SYMBOL.findall(fold(number)):
        if symbol in _ABBREVIATIONS:
            return fold(_ABBREVIATIONS[symbol])
    start = words(subject)
    if match := _SUBJECT_START.match(start):
        return fold(_ABBREVIATIONS[match[1]])
    return next((name for name in _NAMES if start.startswith(f" {name} ")), field)


def facts_of(
    *, paper: str, number: str, issuer: str, subject: str, direction: str, agency: str, text: str = ""
) -> Facts:
    """
    Bring a document's fields to the form that the rules look at.

    Args:
        paper: type as written (``quyết định``, ``QĐ``), or empty.
        number: joined số, ký hiệu, or empty.
        issuer: issuing body, or empty.
        subject: trích yếu.
        direction: ``in`` or ``out``.
        agency: kind of the agency whose view is taken.
        text: first page, or empty.
    """
    folded = words(subject)
    if len(folded.split()) < TOO_SHORT and text:
        folded = words(f"{subject} {text[:HEAD]}")
    return Facts(
        text=folded,
        type=type_of(paper, number, subject),
        direction=direction,
        agency=agency,
        issuer=issuer_of(direction, issuer),
        normative=_NORMATIVE.match(fold(number)) is not None,
        dated=_PERIOD.search(folded) is not None,
    )
