"""
The guard before a public channel: personal data in a text, and a proposal how to cover it.

Looked for are identity numbers (CCCD 12 digits, CMND 9), bank accounts, phone numbers, dates of birth, home addresses,
e-mail addresses and facts about health (Luật Bảo vệ dữ liệu cá nhân; domain words in docs/explanation). It proposes and
never decides: a clerk reads the proposal. Silence is no promise that a text is free of personal data, so the audience
of every notice is internal unless a person says otherwise.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .regulation_records import Regulation
from .text import _

COVER = "█"
NEVER_PUBLIC = frozenset({"integrity.declarations"})
"""Sub-keys that may not go to a public channel whatever a person says (Nghị định 130/2020/NĐ-CP Điều 11)."""


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
# Label first: a number is personal by what stands before it; without a label only forms that nothing else has.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("identity", re.compile(
        rf"\b(?:CCCD|CMND|CMT|căn\s+cước|chứng\s+minh|số\s+định\s+danh|hộ\s+chiếu|thẻ\s+căn\s+cước){_GAP}"
        rf"(?P<fact>{_NUMBER}{{8}}(?:[ .\-]?\d){{0,3}}|[A-Z]\d{{7,8}})(?!\d)", re.IGNORECASE)),
    ("identity", re.compile(r"(?<![\d/.,\-])(?P<fact>0\d{11})(?![\d/])")),
    ("bank", re.compile(
        rf"\b(?:tài\s+khoản|số\s+TK|STK|account){_GAP}(?P<fact>{_NUMBER}{{5,18}})(?!\d)", re.IGNORECASE)),
    ("phone", re.compile(
        rf"\b(?:điện\s+thoại|ĐT|SĐT|di\s+động|hotline|zalo|tel){_GAP}(?P<fact>(?:\+84|0)[ .\-]?{_NUMBER}{{7,9}})(?!\d)",
        re.IGNORECASE)),
    ("phone", re.compile(
        r"(?<![\d/.\-])(?P<fact>(?:\+84|0)[ .\-]?[35789]\d(?:[ .\-]?\d){7})(?![\d/])")),
    ("birth", re.compile(
        r"\b(?:sinh\s+(?:ngày|năm)|ngày\s+(?:tháng\s+năm\s+)?sinh|năm\s+sinh|sn)\s*[:\-]?\s*"
        r"(?P<fact>(?:ngày\s+)?\d{1,2}\s*(?:[/.\-]|tháng)\s*\d{1,2}\s*(?:[/.\-]|năm)\s*\d{4}|(?:19|20)\d{2})",
        re.IGNORECASE)),
    ("address", re.compile(
        r"\b(?:thường\s+trú|tạm\s+trú|chỗ\s+ở(?:\s+hiện\s+nay)?|nơi\s+ở|địa\s+chỉ\s+nhà(?:\s+riêng)?|hộ\s+khẩu|quê\s+quán)"
        r"(?:\s+tại)?\s*[:\-]?\s*(?P<fact>[^;.\n]{4,120})", re.IGNORECASE)),
    ("email", re.compile(r"(?P<fact>[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+)")),
    ("health", re.compile(
        r"\b(?P<fact>(?:mắc\s+bệnh|bị\s+bệnh|chẩn\s+đoán|bệnh\s+án|nhiễm\s+HIV|ung\s+thư|tâm\s+thần|khuyết\s+tật\s+(?:nặng|đặc"
        r"\s+biệt)|mang\s+thai|thai\s+sản)[^;.\n]{0,60})", re.IGNORECASE)),
)  # fmt: skip
_SENSITIVE = frozenset({"identity", "bank", "health"})


def personal_facts(text: str) -> tuple[PersonalFact, ...]:
    """
    Find what looks like personal data.

    Args:
        text: any text; places count in its composed form (NFC).

    Returns:
        Facts in order of the text, none inside another.
    """
    composed = unicodedata.normalize("NFC", text)
    found = sorted(_all(composed), key=lambda fact: (fact.start, -fact.end))
    kept: list[PersonalFact] = []
    for fact in found:
        if not kept or fact.start >= kept[-1].end:
            kept.append(fact)
    return tuple(kept)


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


def why_not_public(key: str, texts: Iterable[str], regulation: Regulation) -> tuple[str, ...]:
    """
    Return why a matter must not go to a public channel by itself, in words; empty when nothing was found.

    Args:
        key: category key or sub-key of the matter.
        texts: everything that would be public: title, notice, first pages.
        regulation: says which items may go to a portal.
    """
    reasons = []
    if key in NEVER_PUBLIC:
        reasons.append(_("Bản kê khai tài sản, thu nhập không bao giờ đưa lên cổng thông tin."))
    elif not regulation.category(key).portal_allowed:
        reasons.append(_("Nội dung này liên quan đến con người: cần người có thẩm quyền quyết định."))
    kinds = dict.fromkeys(fact.kind for text in texts for fact in personal_facts(text))
    names = _kinds()
    if kinds:
        reasons.append(
            _("Có thể có dữ liệu cá nhân: {kinds}; xem đề xuất che trước khi công khai.").format(
                kinds=", ".join(names[kind] for kind in kinds)
            )
        )
    return tuple(reasons)


def _kinds() -> dict[str, str]:
    return {
        "identity": _("số giấy tờ tùy thân"), "bank": _("số tài khoản"), "phone": _("số điện thoại"),
        "birth": _("ngày sinh"), "address": _("nơi ở"), "email": _("thư điện tử"), "health": _("sức khỏe"),
    }  # fmt: skip
