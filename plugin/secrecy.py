"""
The gate before which nothing of a document may be stored, logged or tagged (law 5 of the house).

A paper of the three levels MẬT, TỐI MẬT, TUYỆT MẬT is refused (Luật 29/2018/QH14 Điều 5, 8, 10; since 01/3/2026 Luật
117/2025/QH15), and so is one whose level is unknown, unless the source is declared plain. Words that merely speak of
secrecy are no mark. The verdict carries a reason code and never any text of the document.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

HEAD_LINES = 40
"""How many lines from the top of a text count as the head of page 1, where a mark may stand."""
HEAD_CHARACTERS = 6000
"""Upper bound of the head in characters, for texts without line ends."""
MOST_CHARACTERS = 10 * HEAD_CHARACTERS
"""How much of a text is brought to one form before its head is cut: decomposed and invisible characters go away."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the gate says.

    Attributes:
        refuse: True when nothing of the document may be kept.
        reason: ``plain``, ``field-marked``, ``field-unknown``, ``field-missing`` or ``text-marked``.
    """

    refuse: bool
    reason: str


_PLAIN = Verdict(refuse=False, reason="plain")
# Values of a secrecy field that say "not secret" in words, folded. Codes (0, 1) say nothing without their list.
_PLAIN_VALUES = frozenset({
    "thuong", "binh thuong", "khong", "khong mat", "khong co", "ko", "cong khai", "thong thuong", "pho thong",
    "do mat thuong", "khong bao mat", "normal", "none", "no", "public", "unclassified",
})  # fmt: skip
_LEVEL_FOLDED = re.compile(r"(?:tuyet ?|toi ?)?mat")

# Marks as they stand on paper, after NFC and in capitals. The word carries its tone: MẬT is a level, MẶT ("front") and
# MẤT ("lose") are not; Ë and AÄ are Ậ of the old TCVN3 and VNI fonts. The word before it may be damaged by OCR. A mark
# without any tone is accepted only in capitals on its own line, in a box or in a column.
_BEFORE = r"(?:T\s*U\s*Y\s*\S{1,2}\s*T|T\s*\S{1,2}\s*I)?"
_TONED = rf"{_BEFORE}\s*M\s*(?:Ậ|Ë|AÄ)\s*T"
_BARE = rf"{_BEFORE}\s*M\s*A\s*T"
# What every mark contains, whatever stands around it: without it nothing else need be asked.
_ANY_MARK = re.compile(r"M\s*(?:Ậ|Ë|AÄ|A)\s*T", re.IGNORECASE)
# One line of composed Latin letters, digits and common signs: `_clean` changes nothing in it that matters here.
_ORDINARY = re.compile(r"[ -~À-ɏẠ-ỹ–—“”‘’…]*")
_FRAME = r"[\s\[\](){}<>|+*_=~\-–—─-╿:;.,#\"'“”‘’«»•·/\\]*"
_LABEL = r"(?i:(?:ĐỘ|MỨC\s+ĐỘ|DẤU(?:\s+CHỈ)?(?:\s+ĐỘ)?|DO|MUC\s+DO)\s*(?:MẬT|MAT)?\s*[:\-–]\s*)?"
_LINE_MARK = re.compile(rf"{_FRAME}{_LABEL}(?:{_TONED}|{_BARE}){_FRAME}(?:(?:SỐ|SO|BẢN\s+SỐ)\s*:?\s*[\d./]+)?{_FRAME}")
_BOXED = re.compile(rf"[\[({{|<«│┃║]\s*(?:{_TONED}|{_BARE})\s*[\])}}|>»│┃║]")
_ANY_CASE_BOXED = re.compile(r"[\[({|<«]\s*(?:tuyệt\s*|tối\s*)?mật\s*[\])}|>»]", re.IGNORECASE)
# A mark that slipped into a line of other text (layout columns, a subject field): toned, in capitals, at an edge, and
# the text beside it not part of the same phrase in capitals (BẢO MẬT, BÍ MẬT NHÀ NƯỚC, CƠ MẬT).
_EDGE_START = re.compile(rf"^\W*{_TONED}(?P<rest>(?:\s*[.:;|)\]–—-]+\s*|\s+).+)$", re.DOTALL)
_EDGE_END = re.compile(rf"(?P<rest>.*?)(?P<gap>\s*[.:;|(\[–—-]+\s*|\s+){_TONED}\W*$", re.DOTALL)
_ALONE_ANY_CASE = re.compile(rf"{_FRAME}{_LABEL}(?:tuyệt\s*|tối\s*)?mật{_FRAME}", re.IGNORECASE)
_LEADING = re.compile(r"^\W*(?:tuyệt\s*|tối\s*)?mật\s*[:–—-]\s", re.IGNORECASE)
_COLUMN = re.compile(rf"(?:^|\s{{3,}}|\t)(?:{_TONED}|{_BARE})(?:$|\s{{3,}}|\t)")
_COMPOUND_BEFORE = re.compile(
    r"(?:BẢO|BÍ|CƠ|NỘI|THÂN|TUYỆT|ĐỘ|DẤU|TÀI LIỆU|VĂN BẢN|KHÔNG|GIẢI|TÚI|ONG)$", re.IGNORECASE
)
# A heading broken over lines: "… BẢO VỆ BÍ / MẬT NHÀ NƯỚC".
_BROKEN_BEFORE = re.compile(r"\b(?:BẢO|BÍ|CƠ|NỘI|THÂN|KHÔNG)$", re.IGNORECASE)
_COMPOUND_AFTER = re.compile(r"(?:MÃ|KHẨU|ONG|VỤ|THIẾT|ĐỘ|NGỮ|THÁM|DANH|THƯ|ƯỚC)\b", re.IGNORECASE)


# Cyrillic and Greek capitals that look like the letters of a mark.
_LOOK_ALIKE = str.maketrans("МТАОІУΜΤΑΟΙΥ", "MTAOIYMTAOIY")


def judge(field: str | None, *, field_is_plain: bool, texts: Iterable[str]) -> Verdict:
    """
    Decide whether a document may be kept.

    Args:
        field: the source's secrecy field as written; None when the source gave none.
        field_is_plain: the connector vouches that this field of this source, missing or with this value, is not secret
            (`Connector.plain`); it alone decides, but a level in the field is refused all the same. A caller without
            a connector asks `says_plain`.
        texts: what could carry a mark: subject, first-page text, file names. Read in memory only.

    Returns:
        The verdict; marks in the field are looked at first.
    """
    verdict = _judge_field(field, field_is_plain=field_is_plain)
    if verdict.refuse:
        return verdict
    if any(map(carries_mark, texts)):
        return Verdict(refuse=True, reason="text-marked")
    return verdict


def says_plain(field: str) -> bool:
    """Tell whether a value says "not secret" in words; only for callers that have no connector to ask (verb `tag`)."""
    return _fold(field) in _PLAIN_VALUES


def carries_mark(text: str) -> bool:
    """
    Tell whether a text carries a secrecy mark near its head.

    A mark stands alone on a line in capitals, in a box or brackets, in a column of its own, or glued to the edge of a
    subject; the words "bảo mật", "bí mật nhà nước", "quy định về bí mật" in running text are no mark.
    """
    head = text[:MOST_CHARACTERS]
    if _ORDINARY.fullmatch(head) and _ANY_MARK.search(head) is None:
        return False  # nothing in it can hide a mark, and as it stands it has none
    clean = _clean(head)[:HEAD_CHARACTERS]
    if _ANY_MARK.search(clean) is None:
        return False
    lines = [line for line in clean.splitlines()[:HEAD_LINES] if line.strip()]
    before = ["", *lines]
    if any(_line_marked(line) for above, line in zip(before, lines, strict=False) if not _goes_on(above, line)):
        return True
    # A mark may be broken over two lines: TỐI / MẬT.
    return any(
        _LINE_MARK.fullmatch(f"{first.strip()} {second.strip()}") is not None
        for first, second in pairwise(lines)
        if len(first) + len(second) < 40
    )


def _judge_field(field: str | None, *, field_is_plain: bool) -> Verdict:
    if field is None or not field.strip():
        return _PLAIN if field_is_plain else Verdict(refuse=True, reason="field-missing")
    folded = _fold(field)
    if field_is_plain and folded in _PLAIN_VALUES:  # "độ mật thường" names no level
        return Verdict(refuse=False, reason="plain")
    tight = folded.replace(" ", "")
    if _LEVEL_FOLDED.fullmatch(folded) or tight in {"mat", "toimat", "tuyetmat"} or _names_level(field, folded):
        return Verdict(refuse=True, reason="field-marked")
    # A word of urgency or circulation is no level, but neither does it say "plain": only the connector knows its field.
    return Verdict(not field_is_plain, "plain" if field_is_plain else "field-unknown")


def _names_level(field: str, folded: str) -> bool:
    """Tell whether a longer value contains a level: ``Độ mật: TỐI MẬT``, ``MẬT (A)``, ``2 - Mật``."""
    if re.search(r"\bkhong\b.{0,12}\bmat\b", folded):
        return False
    return re.search(r"mật", unicodedata.normalize("NFC", field).lower()) is not None or (
        re.search(r"\b(?:tuyet|toi)? ?mat\b", folded) is not None
    )


def _goes_on(above: str, line: str) -> bool:
    """Tell whether a line goes on with a phrase such as "bí mật" that the line above began."""
    return _BROKEN_BEFORE.search(above.rstrip()) is not None and re.match(r"\s*mật", line, re.IGNORECASE) is not None


def _line_marked(line: str) -> bool:
    if any(pattern.fullmatch(line) for pattern in (_LINE_MARK, _ALONE_ANY_CASE)):
        return True
    if any(pattern.search(line) for pattern in (_BOXED, _ANY_CASE_BOXED, _COLUMN, _LEADING)):
        return True
    if match := _EDGE_START.match(line):
        rest = match["rest"].strip(" \t.:;|)]–—-")
        glued = not re.match(r"\s*[.:;|)\]–—-]", match["rest"])
        if rest and not _COMPOUND_AFTER.match(rest) and not (glued and _all_capitals(rest) and len(rest.split()) < 3):
            return True
    if match := _EDGE_END.match(line):
        rest = match["rest"].strip()
        if rest and not _COMPOUND_BEFORE.search(rest):
            return True
    return False


def _all_capitals(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and all(letter.isupper() for letter in letters)


def _clean(text: str) -> str:
    """Compose, and drop characters that can hide a mark: soft hyphens, zero-width marks, full-width forms, NBSP."""
    composed = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)
    if composed.isprintable():  # nothing that could hide a mark
        return composed
    visible = "".join(" " if letter == "\u00a0" else letter for letter in composed if _visible(letter))
    return unicodedata.normalize("NFC", visible)


def _visible(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cf", "Cc"} or letter in "\n\r\t"


def _fold(text: str) -> str:
    """Lower case, no diacritics, single spaces, letters and digits only."""
    decomposed = unicodedata.normalize("NFKD", _clean(text).replace("Đ", "D").replace("đ", "d"))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters.lower()).strip()
