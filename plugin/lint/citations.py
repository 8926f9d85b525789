"""Numbers and symbols of papers, in every style in which they are written, and the papers that a paper cites."""

import re
from collections.abc import Iterator

from .flat import pattern
from .moments import first_day
from .records import Citation, Day, Text

NUMBER = (
    r"(?<![\d/\-])(\d{1,5}[a-z]?)((?:[^\S\n]?/[^\S\n]?(?:19|20)\d{2}(?!\d))?"
    r"(?:[^\S\n]?[/\-][^\S\n]?[a-z&]{1,12}\d{0,2}(?![a-z\d]))+)"
)
"""A number with its symbol in folded text: 127/kh-ubnd, 32-cv/bcd, 59/2023/nd-cp, 127 /kh - ubnd."""
_NUMBER = re.compile(NUMBER)
TYPES = (
    "luat", "phap lenh", "nghi dinh", "nghi quyet", "quyet dinh", "thong tu", "chi thi", "ket luan", "ke hoach",
    "cong van", "van ban", "qui che", "thong bao", "huong dan", "bao cao", "to trinh", "bien ban", "qui dinh",
)  # fmt: skip
_TYPE = pattern(rf"\b({'|'.join(TYPES)})\b")
_TO_NUMBER = re.compile(r"[a-z\s]{0,60}(?:so)?\s*[:.]?\s*")
_END = re.compile(
    r";|\.(?:\s|$|/)|\n\s*\n|\n\s*(?:can cu|thuc hien (?:cong|ke|quyet|nghi|van)|[ivx]{1,4}\.|\d{1,2}\.|[-+])"
)
_SUBJECT = pattern(r"\b(?:ve viec|v/v|v / v|ve)\b\s*|(?=\b(?:qui dinh|ban hanh|huong dan|sua doi)\b)")
_SYMBOL_WORDS = frozenset({"ngay", "cua", "ve", "nam", "thang", "so", "den", "va"})
LEVELS = (
    ("tinh", "tinh"),
    ("thanh pho", "tinh"),
    ("huyen", "huyen"),
    ("quan", "huyen"),
    ("xa", "xa"),
    ("phuong", "xa"),
)


def citations(text: Text) -> Iterator[Citation]:
    """Yield every number with symbol in a paper, with what is said of it, in order; its own number too."""
    for match in _NUMBER.finditer(text.flat.text):
        found = read_number(text, match)
        if found is not None:
            yield found


def read_number(text: Text, match: re.Match[str]) -> Citation | None:
    """Read one number with what follows it; None where the signs are no symbol (a range, a date, an address)."""
    flat = text.flat.text
    pieces = [piece for piece in re.split(r"[\s/\-]+", match[2]) if piece]
    letters = [piece for piece in pieces if not piece.isdigit()]
    if not letters or "/" not in match[2] or any(piece in _SYMBOL_WORDS for piece in letters):
        return None
    year = next((int(piece) for piece in pieces if piece.isdigit()), 0)
    tail = flat[match.end() : match.end() + 400]
    end = match.end() + (stop.start() if (stop := _END.search(tail)) else len(tail))
    day = _day_after(text, match.end(), end)
    rest = flat[day.end if day else match.end() : end]
    issuer, subject = _issuer_and_subject(" ".join(rest.split()))
    types = list(_TYPE.finditer(flat, max(0, match.start() - 80), match.start()))
    before = types[-1] if types and _TO_NUMBER.fullmatch(flat, types[-1].end(), match.start()) else None
    digits = match[1].lstrip("0") or "0"
    return Citation(
        type=" ".join(before[1].split()) if before else "",
        number=text.flat.written(match.start(), match.end()),
        digits=digits, letters=frozenset(letters), year=year, day=day, issuer=issuer, subject=subject,
        place=text.place(match.start()),
    )  # fmt: skip


def _day_after(text: Text, start: int, end: int) -> Day | None:
    """Return the date that belongs to a number: right behind it, not one further on in the sentence."""
    day = first_day(text, start, end)
    if day is None:
        return None
    between = text.flat.text[start : day.start]
    return day if re.fullmatch(r"\s*[,(]?\s*(?:ngay|ra ngay|ban hanh ngay)?\s*", between) else None


def _issuer_and_subject(rest: str) -> tuple[str, str]:
    """Split ``cua bcd … huyen ve viec trien khai …`` into issuer and subject, both without signs."""
    rest = re.sub(r"[^a-z0-9/ ]+", " ", rest)
    rest = " ".join(rest.split())
    found = _SUBJECT.search(rest)
    issuer = rest[: found.start()] if found else rest
    subject = rest[found.end() :] if found else ""
    issuer = issuer.strip().removeprefix("cua ").strip() if issuer.strip().startswith("cua ") else ""
    return issuer, subject.strip()


def level_of(issuer: str) -> str:
    """Return the level that an issuer's name says last: ``tinh``, ``huyen``, ``xa``; empty when it says none."""
    found = [(issuer.rfind(f" {word}"), level) for word, level in LEVELS if f" {word}" in f" {issuer}"]
    return max(found)[1] if found else ""


def canonical(number: str) -> str:
    """Return a number as NĐ 30/2020 wants it written: no blanks around its signs."""
    joined = re.sub(r"\s*([/\-‐‑‒–—−])\s*", r"\1", number.strip())
    return re.sub(r"[‐‑‒–—−]", "-", joined)
