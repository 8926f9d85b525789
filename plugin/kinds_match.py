"""Does a paper belong in a place of a dossier? By type, words, year, period, number and matter; pure functions."""

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

from .records import Document
from .regulation_records import DossierPart

_YEAR = re.compile(r"\bnăm\s+(\d{4})\b")
_NUMBER = re.compile(r"\d+\s*/\s*[^\s,;()]+")
_WORD = re.compile(r"\w+")
_COMMON = frozenset(
    _WORD.findall(
        "về việc của và các cho theo trong tại năm xã phường ubnd ủy ban nhân dân cơ quan đơn vị kế hoạch báo cáo kết "
        "quả tổ chức thực hiện lấy ý kiến dự thảo biên bản hội nghị quyết định nghị quyết quy chế tiếp thu giải trình"
    )
)


class Fit(IntEnum):
    """How sure it is that a paper belongs."""

    NO = 0
    PERHAPS = 1
    LIKELY = 2
    CERTAIN = 3


def fits(part: DossierPart, document: Document) -> bool:
    """Tell whether a paper has the type and the words that a part asks for."""
    return words_fit(part, document.type, document.subject)


def words_fit(part: DossierPart, type_: str, text: str) -> bool:
    """Tell whether a type and a subject are what a part asks for."""
    if type_.casefold() not in part.types:
        return False
    subject = _folded(text)
    named = any(_folded(phrase) in subject for phrase in part.phrases)
    return named and not any(_folded(word) in subject for word in part.excluded)


def year_of(document: Document) -> int | None:
    """Return the year that a paper speaks of: the one its subject names, else the year of its date."""
    named = _YEAR.search(_folded(document.subject))
    if named:
        return int(named.group(1))
    return document.issued.year if document.issued is not None else None


def period_of(part: DossierPart, subject: str) -> str:
    """Return which of a part's periods a subject names; the whole year when it names none; empty without periods."""
    text = _folded(subject)
    for period in sorted(part.periods, key=len, reverse=True):
        if period != "năm" and re.search(rf"(?<!\w){re.escape(_folded(period))}(?!\w)", text):
            return period
    return "năm" if "năm" in part.periods else ""


def numbers_in(subject: str) -> frozenset[str]:
    """Return the numbers of papers that a subject cites, without blanks, e.g. ``127/kh-ubnd``."""
    return frozenset(re.sub(r"\s+", "", one).rstrip(".").casefold() for one in _NUMBER.findall(_folded(subject)))


def likeness(title: str, subject: str) -> float:
    """Return the share of a matter's own words that a subject holds, 0.0 to 1.0; words of every paper do not count."""
    own, others = _words(title), _words(subject)
    return len(own & others) / len(own) if own else 0.0


def fit(part: DossierPart, document: Document, *, title: str, year: int, numbers: Iterable[str], alone: bool) -> Fit:
    """
    Say how surely a paper belongs to a part of one matter.

    Args:
        title: what the matter is about; `year`: its year.
        numbers: numbers of papers that the matter holds already.
        alone: no other matter of the kind is open for that year.
    """
    if not fits(part, document) or year_of(document) != year:
        return Fit.NO
    if numbers_in(document.subject) & {re.sub(r"\s+", "", one).casefold() for one in numbers if one}:
        return Fit.CERTAIN
    like = likeness(title, document.subject)
    if alone and part.cardinality in ("year", "conference", "half_year", "term", "report_period"):
        return Fit.CERTAIN
    return Fit.LIKELY if like >= 0.6 else Fit.PERHAPS if alone or like >= 0.3 else Fit.NO


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(_folded(text))) - _COMMON


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
