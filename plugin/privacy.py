"""
Personal data in a text, and a proposal how to cover it; `privacy_guard` asks here before a public channel acts.

Looked for are identity numbers (CCCD 12 digits, CMND 9), bank accounts, phone numbers, dates of birth, home addresses,
e-mail addresses and facts about health (Luật Bảo vệ dữ liệu cá nhân). It proposes and never decides: a clerk reads the
proposal. Silence is no promise that a text is free of personal data, so the audience of every notice is internal unless
a channel says otherwise.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from .text import _

COVER = "█"


@dataclass(frozen=True, slots=True)
class PersonalFact:
    """
    A passage that looks like personal data.

    Attributes:
        kind: ``identity``, ``bank``, ``phone``, ``birth``, ``address``, ``email`` or ``health``.
        start: place of its first character in the composed (NFC) text; `end`: place after its last.
        sensitive: True for what the law calls sensitive (identity, bank, health).
    """

    kind: str
    start: int
    end: int
    sensitive: bool


_NUMBER = r"\d(?:[ .\-]?\d)"
_GAP = r"[^\d\n]{0,25}?"
_PLACE = (
    r"(?:số(?:\s+nhà)?\s*\d|thôn|xóm|bản|ấp|buôn|tổ(?:\s+dân\s+phố)?\s|tdp|khu\s+phố|phố|đường|ngõ|ngách|hẻm|làng|chung\s+cư"
    r"|căn\s+hộ)"
)
_MONEY = r"(?!\s*(?:đồng|đ\b|vnđ|vnd|triệu|tỷ|nghìn|m2|ha\b))"
# Label first: a number is personal by what stands before it; without a label only forms that nothing else has.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("identity", re.compile(
        rf"\b(?:CCCD|CMND|CMT|CMTND|căn\s+cước|chứng\s+minh|số\s+định\s+danh|hộ\s+chiếu|thẻ\s+căn\s+cước){_GAP}"
        rf"(?P<fact>{_NUMBER}{{8}}(?:[ .\-]?\d){{0,3}}|[A-Z]\d{{7,8}})(?!\d)", re.IGNORECASE)),
    ("identity", re.compile(r"(?<![\d/.,\-])(?P<fact>0\d\d(?P<gap>[ .]?)(?:\d{3}(?P=gap)){2}\d{3})(?![\d/])" + _MONEY)),
    ("bank", re.compile(
        rf"\b(?:tài\s+khoản|số\s+TK|STK|account)\b{_GAP}(?P<fact>{_NUMBER}{{5,18}})(?![ .\-]?\d){_MONEY}",
        re.IGNORECASE)),
    ("phone", re.compile(
        rf"\b(?:điện\s+thoại|ĐT|SĐT|ĐTDĐ|di\s+động|hotline|đường\s+dây\s+nóng|zalo|tel){_GAP}"
        r"(?P<fact>\(?(?:\+84|0)\)?[ .\-]?(?:\d[ .\-)]{0,2}){7,9}\d)(?!\d)", re.IGNORECASE)),
    ("phone", re.compile(
        rf"(?<![\d/.\-])(?P<fact>(?:\+84|0)[ .\-]?[35789]\d(?:[ .\-]?\d){{7}})(?![\d/])(?!\.\d){_MONEY}")),
    ("birth", re.compile(
        r"(?<!học )(?<!tuyển )(?<!vệ )(?<!thí )(?<!hộ )(?<!ký )(?<!phát )(?<!tái )(?<!an )(?<!dân )\b"
        r"(?:sinh\s+(?:ngày|năm)|(?:ngày|năm)(?:\s*,?\s*tháng\s*,?\s*(?:năm)?)?\s+sinh|SN|NS"
        r"|sinh(?=\s*:?\s*\d{1,2}[/.\-]\d{1,2}[/.\-]))"
        r"\s*[:\-]?\s*"
        r"(?P<fact>(?:ngày\s+)?\d{1,2}\s*(?:[/.\-]|tháng)\s*\d{1,2}\s*(?:[/.\-]|năm)\s*\d{4}|(?:19|20)\d{2})",
        re.IGNORECASE)),
    ("address", re.compile(
        r"\b(?:thường\s+trú|tạm\s+trú|chỗ\s+ở(?:\s+hiện\s+(?:nay|tại))?|nơi\s+ở(?:\s+hiện\s+(?:nay|tại))?|nơi\s+cư\s+trú"
        r"|địa\s+chỉ\s+nhà(?:\s+riêng)?|hộ\s+khẩu|HKTT|quê\s+quán|trú\s+tại|trú\s+quán)"
        rf"(?:\s*:\s*(?:tại\s+)?|\s+(?:tại\s+)?(?={_PLACE}))(?P<fact>[^;.\n:]{{4,120}})", re.IGNORECASE)),
    ("email", re.compile(r"(?P<fact>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+)")),
    ("health", re.compile(
        r"(?<!phòng )(?<!chống )(?<!bệnh viện )(?<!khoa )(?<!tầm soát )(?<!quỹ )\b"
        r"(?P<fact>(?:mắc\s+(?:bệnh|chứng)|bị\s+bệnh|được\s+chẩn\s+đoán|chẩn\s+đoán\s*:|bệnh\s+án(?!\s+điện\s+tử)"
        r"|(?:bị\s+)?nhiễm\s+HIV|(?:bị|mắc|điều\s+trị)\s+(?:bệnh\s+)?(?:ung\s+thư|tâm\s+thần|lao\b|viêm\s+gan)"
        r"|khuyết\s+tật\s+(?:nặng|đặc\s+biệt)|đang\s+mang\s+thai"
        r"|nghỉ\s+thai\s+sản|kết\s+quả\s+xét\s+nghiệm\s*:|nhóm\s+máu)[^;.\n]{0,60})", re.IGNORECASE)),
)  # fmt: skip
_SENSITIVE = frozenset({"identity", "bank", "health"})
_BESIDES = re.compile(r"[\s.\-()]")


def personal_facts(text: str, own: Collection[str] = ()) -> tuple[PersonalFact, ...]:
    """
    Find what looks like personal data.

    Args:
        text: any text; places count in its composed form (NFC).
        own: numbers and e-mail addresses of the agency itself (hotline, Treasury account), or ``@`` and a domain, which
            are nobody's personal data; blanks, dots and dashes in numbers do not matter.

    Returns:
        Facts in order of the text, none inside another.
    """
    composed = unicodedata.normalize("NFC", text)
    known = frozenset(_bare(one) for one in own)
    found = sorted(_all(composed), key=lambda fact: (fact.start, -fact.end))
    kept: list[PersonalFact] = []
    for fact in found:
        if (not kept or fact.start >= kept[-1].end) and not _is_own(composed[fact.start : fact.end], known):
            kept.append(fact)
    return tuple(kept)


def _bare(written: str) -> str:
    if "@" in written:
        return written.strip().lower()
    return _BESIDES.sub("", written).replace("+84", "0")


def _is_own(written: str, known: frozenset[str]) -> bool:
    bare = _bare(written)
    return bare in known or ("@" in bare and bare[bare.index("@") :] in known)


def _all(text: str) -> Iterator[PersonalFact]:
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield PersonalFact(kind, match.start("fact"), match.end("fact"), kind in _SENSITIVE)


def redacted(text: str, facts: Iterable[PersonalFact] | None = None) -> str:
    """
    Return the text with personal data covered, as a proposal for the clerk.

    Args:
        facts: what to cover, as `personal_facts` found it (a clerk may leave some out); None: everything found.
    """
    composed = unicodedata.normalize("NFC", text)
    chosen = personal_facts(composed) if facts is None else tuple(facts)
    letters = list(composed)
    for fact in chosen:
        for place in range(fact.start, min(fact.end, len(letters))):
            if not letters[place].isspace():
                letters[place] = COVER
    return "".join(letters)


def kind_words(kind: str) -> str:
    """Name a kind of personal data for people."""
    return {
        "identity": _("số giấy tờ tùy thân"), "bank": _("số tài khoản"), "phone": _("số điện thoại"),
        "birth": _("ngày sinh"), "address": _("nơi ở"), "email": _("thư điện tử"), "health": _("sức khỏe"),
    }[kind]  # fmt: skip
