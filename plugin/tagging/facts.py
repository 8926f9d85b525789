"""
What the rules look at: a document's fields brought to one form.

The issuer's place (own, superior, law-maker, Party, council) follows from direction, issuer text, else number; the type
of paper follows from its field, else from its symbol, else from how the subject begins. Of the first page, the legal
bases (``Căn cứ …``) are read, and its head where the subject says nothing.
"""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from .fold import fold, words

TOO_SHORT = 3
"""A subject of fewer words says nothing; the head of the first page is read with it."""
HEAD = 800
"""Characters of the first page that are read then: letterhead, title, subject."""
PAGE = 6000
"""Characters of the first page in which legal bases are sought."""
LONGEST = 4000
"""Characters of a subject that are read; no real one has a tenth of it."""


class Issuer(StrEnum):
    """Who made the paper, seen from the agency."""

    OWN = "own"
    SUPERIOR = "superior"  # cơ quan quản lý cấp trên: ministry, province, department
    LAW = "law"  # National Assembly, Government, Prime Minister
    PARTY = "party"  # Party bodies above
    COUNCIL = "council"  # HĐND
    OTHER = "other"  # anyone else, or nobody named


class Facts(NamedTuple):
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
        bases: folded words of the legal bases on the first page, with one blank at each end; empty without any.
        opening: number of words before the first that counts: after ``V/v``, ``về việc`` and the type's own name.
        odd: True when the subject is not what offices write: control characters, HTML, letters of another script, or
            far too long; then a person looks, whatever the words say.
    """

    text: str
    type: str
    direction: str
    agency: str
    issuer: Issuer
    normative: bool
    dated: bool
    bases: str = ""
    opening: int = 0
    odd: bool = False


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
_PREFIX = re.compile(r" (?:(?:v v|ve viec|viec|ve) )+")
_BASIS = re.compile(r"\b[Cc]ăn cứ\s+([^;.\n]{4,200})")
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
    (Issuer.SUPERIOR, ("công an", "bộ chỉ huy", "ban chỉ huy", "học viện", "viện hàn lâm", "bộ tư lệnh", "cơ quan")),
    (Issuer.SUPERIOR, ("viện kiểm sát", "kiểm toán", "ban chỉ đạo", "hội đồng", "ban quản lý", "liên đoàn lao động")),
)
_SOUGHT = tuple(
    (re.compile("|".join(f" {words(phrase).strip()} " for phrase in phrases)), level) for level, phrases in _LEVELS
)


# What the part of the number after the type says where the issuer is not named: 12/CT-TTg, 5/2024/NĐ-CP, 32-CV/TU.
_NUMBER_LEVELS: tuple[tuple[Issuer, re.Pattern[str]], ...] = (
    (Issuer.LAW, re.compile(r"-(?:ttg|cp)\b|/qh\d|-ubtvqh\d|/(?:l|pl)-ctn\b")),
    (Issuer.PARTY, re.compile(r"/(?:tu|tw|hu|du|dut|btctw|ubkttw)\b|-(?:tu|tw)\b")),
    (Issuer.COUNCIL, re.compile(r"-hdnd\b")),
    (Issuer.SUPERIOR, re.compile(r"-(?:ubnd|b[a-z]{2,6}|s[a-z]{2,5}|vpcp|ttcp|vpub)\b")),
    (Issuer.SUPERIOR, re.compile(r"/(?:ubnd|s[a-z]{2,5}|b[a-z]{2,6})-")),
)


def issuer_of(direction: str, issuer: str, number: str = "") -> Issuer:
    """
    Decide who made a paper, seen from the agency.

    Args:
        direction: ``in`` or ``out``; what the agency sent is its own.
        issuer: issuing body as written, or empty.
        number: joined số, ký hiệu; looked at where `issuer` is empty.
    """
    return _issuer_of(direction, issuer, symbol_of(number))


def _issuer_of(direction: str, issuer: str, symbol: str) -> Issuer:
    if direction == "out":
        return Issuer.OWN
    if (named := _level_of(issuer)) is not None:
        return named
    return next((level for level, pattern in _NUMBER_LEVELS if pattern.search(symbol)), Issuer.OTHER)


_CLEAN_SYMBOL = re.compile(r"[0-9]+[a-xz]?(?:[/\-](?:[0-9]+|[a-xzđ]+))*")


def symbol_of(number: str) -> str:
    """Return a folded số, ký hiệu; one that is written cleanly needs no more than its letters brought down."""
    plain = number.lower()
    return plain.replace("đ", "d") if _CLEAN_SYMBOL.fullmatch(plain) else fold(number)


@lru_cache(1024)
def _level_of(issuer: str) -> Issuer | None:
    """Return the level that an issuer's name says, None where there is no name; few names come again and again."""
    sought = words(issuer)
    if not sought.strip():
        return None
    return next((level for pattern, level in _SOUGHT if pattern.search(sought)), Issuer.OTHER)


def type_of(written: str, number: str, subject: str) -> str:
    """
    Return the folded type of paper.

    Args:
        written: the type's field, or empty.
        number: joined số, ký hiệu; asked where the field says nothing.
        subject: folded words of the subject, with blanks around; its beginning is asked last.
    """
    return _type_of(written, symbol_of(number), subject)


def _type_of(written: str, number: str, subject: str) -> str:
    field = _type_field(written)
    if field and field != "khac":
        return field
    for _year, symbol in _SYMBOL.findall(number):
        if symbol in _ABBREVIATIONS:
            return fold(_ABBREVIATIONS[symbol])
    if match := _SUBJECT_START.match(subject):
        return fold(_ABBREVIATIONS[match[1]])
    return next((name for name in _NAMES if subject.startswith(f" {name} ")), field)


@lru_cache(256)
def _type_field(written: str) -> str:
    field = fold(written)
    return fold(_ABBREVIATIONS.get(field, field))


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
        text: first page, or empty; its first characters (`PAGE`) are read.
    """
    folded = words(subject[:LONGEST])
    if text and len(folded.split()) < TOO_SHORT:
        folded = words(f"{subject} {text[:HEAD]}")
    symbol = symbol_of(number)
    kind = _type_of(paper, symbol, folded)
    return Facts(
        text=folded,
        type=kind,
        direction=direction,
        agency=agency,
        issuer=_issuer_of(direction, issuer, symbol),
        normative=_NORMATIVE.match(symbol) is not None,
        dated=_PERIOD.search(folded) is not None,
        bases=_bases(text) if text else "",
        opening=_opening(folded, kind),
        odd=_ORDINARY.fullmatch(subject) is None and _odd(subject),
    )


_ORDINARY = re.compile(rf"[ -%'-;=?-~À-ɏẠ-ỹ–—“”‘’…\t\r\n]{{0,{LONGEST}}}")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]{2,8});")
_OVERRIDES = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


def _odd(subject: str) -> bool:
    """Tell whether a subject that is not plain Vietnamese at first sight is odd, or only decomposed or dotted."""
    if len(subject) > LONGEST or _MARKUP.search(subject):
        return True
    return any(
        letter in _OVERRIDES
        or (letter.isalpha() and "LATIN" not in unicodedata.name(letter, ""))
        or (unicodedata.category(letter) == "Cc" and letter not in "\t\r\n")
        for letter in subject
        if not letter.isascii() or not letter.isprintable()
    )


def _bases(text: str) -> str:
    """Return the folded words of the legal bases on a page: from each ``Căn cứ`` to the end of its sentence."""
    found = [match[1] for match in _BASIS.finditer(unicodedata.normalize("NFC", text[:PAGE]))]
    return words(" ".join(found)) if found else ""


def _opening(folded: str, kind: str) -> int:
    """Return how many words stand before the first that counts."""
    start = match.end() - 1 if folded.startswith(" v") and (match := _PREFIX.match(folded)) else 0
    if kind and folded.startswith(f" {kind} ", start):
        start += len(kind) + 1
        start = match.end() - 1 if (match := _PREFIX.match(folded, start)) else start
    return len(folded[:start].split()) if start else 0
