"""
Number, date, issuer, type and subject, read from the text of a paper's first page.

The layout is that of NĐ 30/2020/NĐ-CP Phụ lục I: at the head the issuing body (its superior above it) and the national
title, below them ``Số: …`` and ``…, ngày … tháng … năm …``, then the name of the type with the subject under it, or
``V/v …`` under the number of a công văn. What is found is a proposal with a confidence; a person confirms it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

TYPES = (
    "Nghị quyết", "Quyết định", "Chỉ thị", "Quy chế", "Quy định", "Thông cáo", "Thông báo", "Hướng dẫn", "Chương trình",
    "Kế hoạch", "Phương án", "Đề án", "Dự án", "Báo cáo", "Biên bản", "Tờ trình", "Hợp đồng", "Công điện",
    "Bản ghi nhớ", "Bản thỏa thuận", "Giấy ủy quyền", "Giấy mời", "Giấy giới thiệu", "Giấy nghỉ phép", "Phiếu gửi",
    "Phiếu chuyển", "Phiếu báo",
)  # fmt: skip
"""Types of NĐ 30/2020/NĐ-CP Điều 7 that stand on paper by their name; a công văn bears none."""
_NUMBER = re.compile(
    r"(?im)^\W*S[ốôoóòỏõọ]\s*[:.;]?\s*(\d{1,6}\s?[a-z]?(?:\s?/\s?(?:19|20)\d\d)?\s?/\s?[A-ZĐ][\wĐđ&.]*(?:\s?[-–]\s?[\wĐđ&.]+)*)"
)
_EMPTY_NUMBER = re.compile(r"(?im)^\W*S[ốôoóòỏõọ]\s*[:.;]?\s*[….\s_]*/\s?[A-ZĐ]")
_DATE = re.compile(
    r"(?i)ng[àaáả]y\s{0,3}([\dOo]{1,2})\s{0,3}th[áaà]ng\s{0,3}([\dOo]{1,2})\s{0,3}n[ăaâ]m\s{0,3}((?:19|20)\d\d)"
)
_STATE = re.compile(r"(?i)C[ỘO]NG\s*H[ÒO][AÀ]\s*X[ÃA]\s*H[ỘO]I|Đ[ộo]c\s*l[ậa]p|Đ[ẢA]NG\s*C[ỘO]NG\s*S[ẢA]N")
_PLACE_LEVEL = re.compile(r"(?:XÃ|PHƯỜNG|THỊ TRẤN|ĐẶC KHU|HUYỆN|QUẬN|THỊ XÃ|THÀNH PHỐ|TỈNH)\b")
_SUPERIOR = re.compile(r"(?:ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|HỘI ĐỒNG NHÂN DÂN)$")
_STOP = re.compile(r"(?i)^\W*(?:Căn cứ|Kính gửi|Thực hiện|I\.|1\.|Điều\s+1|Phần|Theo\b|Hôm nay|Ngày\s+\d)")
_REGARDING = re.compile(r"(?im)^\W*V\s?/\s?v\s*[:.]?\s*(\S.*)$")
_RULE = re.compile(r"[\s\-–—_=*.·~]*")
_SUBJECT = 500  # characters; NĐ 30/2020 Phụ lục VI gives Subject that many


@dataclass(frozen=True, slots=True)
class Proposed:
    """
    Fields read off a page; empty where nothing was found.

    Attributes:
        confidence: field name to 0.0 … 1.0; only for what was found.
    """

    number: str = ""
    issued: date | None = None
    issuer: str = field(default="", repr=False)
    type: str = ""
    subject: str = field(default="", repr=False)
    confidence: Mapping[str, float] = field(default_factory=dict)


def propose(text: str, reading: float) -> Proposed:
    """
    Read the fields off a first page.

    Args:
        text: its lines.
        reading: how sure the text itself is (1.0 for a born-digital file, Tesseract's own figure for a scan).
    """
    lines = [unicodedata.normalize("NFC", line).strip() for line in text.splitlines()]
    found: dict[str, object] = {}
    sure: dict[str, float] = {}

    def keep(name: str, value: object, confidence: float) -> None:
        if value:
            found[name] = value
            sure[name] = round(confidence * reading, 2)

    number = _NUMBER.search("\n".join(lines))
    keep("number", _joined(number[1]) if number else "", 0.95)
    day, certain = _date(lines)
    keep("issued", day, certain)
    keep("issuer", _issuer(lines), 0.7)
    type_, subject, certain = _subject(lines)
    keep("type", type_, certain)
    keep("subject", subject, certain)
    return Proposed(**found, confidence=sure)  # type: ignore[arg-type]  # each value was made for its field


def _joined(written: str) -> str:
    return re.sub(r"\s+", "", written.replace("–", "-")).rstrip(".-&")


def _date(lines: list[str]) -> tuple[date | None, float]:
    """Return the date under the head; the first one on the page that is a day of the calendar."""
    for place, line in enumerate(lines):
        for match in _DATE.finditer(line):
            day, month, year = (int(part.replace("O", "0").replace("o", "0")) for part in match.groups())
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            # On paper the date stands in the head, after the place; deeper in the text it may be another paper's.
            return found, 0.95 if place < 14 and not line[: match.start()].lower().rstrip().endswith("số") else 0.6
    return None, 0.0


def _issuer(lines: list[str]) -> str:
    """Return the issuing body: the capitals above ``Số``, without its superior and without the national title."""
    head = list[str]()
    for line in lines[:14]:
        if _NUMBER.match(line) or _EMPTY_NUMBER.match(line) or _DATE.search(line):
            break
        cut = _STATE.search(line)
        part = (line[: cut.start()] if cut else line).strip(" -–—_*.")
        if len(part) >= 3 and part == part.upper() and any(letter.isalpha() for letter in part):
            head.append(part)
    bodies = list[str]()
    for part in head:
        if bodies and (_PLACE_LEVEL.match(part) or _SUPERIOR.search(bodies[-1])) and _SUPERIOR.search(bodies[-1]):
            bodies[-1] = f"{bodies[-1]} {part}"
        else:
            bodies.append(part)
    return bodies[-1] if bodies else ""


def _subject(lines: list[str]) -> tuple[str, str, float]:
    """Return type, subject and how sure they are."""
    names = {name.upper(): name for name in TYPES}
    for place, line in enumerate(lines):
        bare = re.sub(r"\s+", " ", line.strip(" .:-–—*"))
        if bare in names:
            return names[bare], _following(lines, place + 1), 0.85
    for place, line in enumerate(lines):
        regarding = _REGARDING.match(line)
        if regarding:
            rest = _following(lines, place + 1, most=3)
            return "Công văn", _cut(f"{regarding[1]} {rest}"), 0.8
    return "", "", 0.0


def _following(lines: list[str], start: int, most: int = 6) -> str:
    """Join the lines from `start` until the paper's body, a rule, or an empty line after something was found."""
    kept = list[str]()
    for line in lines[start:]:
        if not line and not kept:
            continue
        ended = not line or _RULE.fullmatch(line) or _STOP.match(line) or _DATE.search(line) or _STATE.search(line)
        if ended or len(kept) == most:
            break
        kept.append(line)
    return _cut(" ".join(kept))


def _cut(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:_SUBJECT]
