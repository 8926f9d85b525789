"""What a paper says about the matter: what is posted, where, for how long, what was said to it, how it is built."""

import re
from collections.abc import Iterator
from datetime import date

from .citations import NUMBER
from .flat import pattern, title_of
from .moments import NUMERIC, WORDED, first_day, short_day
from .records import Day, Named, PaperKind, Period, Place, PostedObject, Structure, Text

_COUNTED = r"(\d{1,3})\s*(?:\(([a-z ]{2,40})\)\s*)?ngay\b(?! lam viec)(?: lien tuc| lich)?"
_DATE = rf"(?:{NUMERIC}|{WORDED})"
_DAYS_FROM = pattern(rf"{_COUNTED}\s*[,;:(]*\s*(?:tinh )?(?:bat dau |ke )?tu\b")
_DAYS_NEAR = pattern(rf"(?:thoi gian|thoi han|trong|du)[^.;\n]{{0,60}}?\b{_COUNTED}")
_TERM = pattern(rf"\bthoi han\s*:\s*{_COUNTED}")
_BEGAN = pattern(r"\bbat dau\s*:")
_ENDED = pattern(r"\bthuc te ket thuc\s*:")
_FROM = pattern(r"\btu(?: ngay)?\s*(?=\d|[o]\d)|\btu (?=ngay \d)")
_THROUGH = pattern(r"\b(?:den|toi)( het)?(?: ngay)?\s*$")
_SECTION = pattern(
    r"van ban(?: duoc|, noi dung| va noi dung)? (?:cong khai|niem yet)[^\n]*\n|"
    r"(?:noi dung|tai lieu) (?:cong khai|niem yet)\s*:?[^\n]*\n"
)
_NEXT_SECTION = re.compile(r"^[^\S\n]*[ivx]{1,4}\s?\.(?!\w)", re.M)
_POSTED_ITEM = re.compile(
    r"^[^\S\n]*\d{1,3}\s?[.)]\s*(?=(?:du\s+thao|quyet\s+dinh|qui\s+che|ke\s+hoach|nghi\s+quyet|thong\s+bao|bao\s+cao|"
    r"cong\s+van|van\s+ban|to\s+trinh|huong\s+dan|chuong\s+trinh|qui\s+dinh|ket\s+luan)\b)",
    re.M,
)
_SUBJECT_LINE = re.compile(r"\s*trich\s+yeu\s*:[^\n]*")
_END_OF_TITLE = re.compile(r"\n\s*\n(?=\S)|\n\s*(?:\d{1,2}\.|-?\s*(?:thoi gian|dia diem|cong khai tai))")
_OPENING = pattern(
    r"(?:to chuc (?:niem yet )?cong khai|viec (?:ket thuc )?niem yet cong khai|niem yet cong khai(?! lay))\s+"
    r"((?:du thao|quyet dinh|qui che|ke hoach|nghi quyet|qui dinh|thong bao)[^.;]{10,300})"
)
_PLACES = pattern(r"(?:dia diem(?: niem yet| cong khai)*\s*:|cong khai tai|niem yet tai)\s*([^.;\n]{4,300})")
_FORMS = ("quyet dinh", "qui che", "luat", "nghi quyet", "ke hoach", "qui dinh", "thong bao", "de an")
_FORM = pattern(rf"\b({'|'.join(_FORMS)})\b")
_PORTAL = pattern(r"\bcong thong tin(?: dien tu)?\b|\btrang thong tin dien tu\b|\bwebsite\b|\btrang web\b")
_ZALO = re.compile(r"\bzalo\b")
_BOARD = pattern(r"\b(?:bang|ban) (?:tin|thong bao|cong khai|niem yet)\b|\bniem yet cong khai\b")
_ADDRESS = re.compile(r"https?:\s?/\s?/|\bwww\s?\.|\b[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.(?:gov\.)?vn\b")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_COMMENT = pattern(
    r"\by kien (?:thu )?(?:\d{1,3}|nhat|hai|ba|mot)\s*:|"
    r"\bco (?!0+ )(\d{1,3}) y kien\b|\bda nhan(?: duoc)? (?!0+ )(\d{1,3}) y kien"
)
_SILENCE = pattern(r"\bkhong (?:co|nhan duoc)(?: bat ki)?(?: mot)? (?:y kien|phan hoi|thac mac|kien nghi)")
_STRUCTURE = pattern(r"\b(\d{1,2}) phan\b[^\n.]{0,40}?(\d{1,2}) chuong\b[^\n.]{0,40}?(\d{1,3}) dieu\b")
_BEFORE_DAY = pattern(r"\btruoc (?:ngay )?\s*$")
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_ITEM = re.compile(
    r"^[ \t]*(?:(?:phan\s+thu|chuong\s+[ivx\d]+|muc\s+[ivx\d]+|phu\s+luc)\b|dieu\s+(\d{1,3})\s?[.:]"
    r"|([ivx]{1,5})\s?\.(?!\w)|(\d{1,3})\s?\.(?![\d/]))",
    re.M,
)
_SENTENCE = re.compile(r"[;\n]|\.(?=\s)|(?=\bcan\s+cu\b)")
_WRAPPED = re.compile(
    r";|\.(?=\s)|(?=\bcan\s+cu\b)|\n(?=\s*(?:\n|[-+]|\d{1,3}\.|[ivx]{1,4}\.|[a-z]\)|dieu \d))",
)
"""Ends of sentences where lines are broken by the page and not by the writer."""
_LONG_SENTENCE, _LONG_BASIS = 20, 6


def period_of(text: Text) -> Period | None:
    """Read the posting period: stated days, from and to; None when the paper speaks of none."""
    flat = text.flat.text
    counted = _DAYS_FROM.search(flat)
    if counted is not None:
        first, last, through, _place = _range(text, counted.end() - 2)
        return Period(int(counted[1]), counted[2] or "", first, last, through, text.place(counted.start()))
    for match in _FROM.finditer(flat):
        first, last, through, place = _range(text, match.start())
        if (
            first is not None
            and last is not None
            and re.search(r"niem\s+yet|cong\s+khai", flat[max(0, match.start() - 300) : match.end() + 120])
        ):
            near = _DAYS_NEAR.search(flat, max(0, match.start() - 200))
            stated = near if near is not None and near.start() < match.end() + 200 else None
            return Period(
                int(stated[1]) if stated else None, (stated[2] or "") if stated else "", first, last, through, place
            )
    term = _TERM.search(flat)
    if term is not None:  # the form that congkhai itself prints: one line for begin, term and end
        begun = [match.end() for match in _BEGAN.finditer(flat, max(0, term.start() - 200), term.start())]
        ended = _ENDED.search(flat, term.end(), term.end() + 400)
        began = first_day(text, begun[-1], term.start()) if begun else None
        end = first_day(text, ended.end(), ended.end() + 80) if ended else None
        days = None if end else int(term[1])
        return Period(
            days,
            term[2] or "",
            began.value if began else None,
            end.value if end else None,
            False,
            text.place(term.start()),
        )
    near = _DAYS_NEAR.search(flat)
    if near is not None and re.search(r"niem\s+yet|cong\s+khai", flat[max(0, near.start() - 60) : near.end() + 40]):
        return Period(int(near[1]), near[2] or "", None, None, False, text.place(near.start()))
    return None


def _range(text: Text, start: int) -> tuple[date | None, date | None, bool, Place]:
    """Read ``từ ngày D đến hết ngày E`` at a place; the year may stand at the end only."""
    flat = text.flat.text
    stop = flat.find(";", start, start + 160)
    end = min(len(flat), stop if stop > 0 else start + 120)
    full = list(_days(text, start, end))
    if not full:
        return None, None, False, text.place(start)
    until = next((day for day in full if _THROUGH.search(flat, start, day.start)), None)
    if until is None:
        return full[0].value, None, False, text.place(start)
    through = _THROUGH.search(flat, start, until.start)
    first = next((day for day in full if day.end <= until.start), None)
    if first is None and until.value is not None:
        first = short_day(text, start, until.start, until.value.year)
    return first.value if first else None, until.value, bool(through and through[1]), text.place(start)


def _days(text: Text, start: int, end: int) -> Iterator[Day]:
    while (day := first_day(text, start, end)) is not None:
        yield day
        start = day.end


def posted_objects(text: Text, kind: PaperKind) -> Iterator[PostedObject]:
    """Yield what posting and closing minutes say is posted: in the opening sentence and in the section of papers."""
    if kind not in (PaperKind.POSTING, PaperKind.CLOSING):
        return
    flat = text.flat.text
    section = _SECTION.search(flat)
    opening = _OPENING.search(flat, 0, section.start() if section else len(flat))
    if opening is not None:
        by = re.search(r"\s+bang\s+hinh\s+thuc", opening[1])
        end = opening.start(1) + by.start() if by else opening.end(1)
        yield _object("opening", text, opening.start(1), end)
    if section is None:
        return
    stop = _NEXT_SECTION.search(flat, section.end())
    end = stop.start() if stop else len(flat)
    items = list(_POSTED_ITEM.finditer(flat, section.end(), end))
    if items:
        bounds = [*(item.start() for item in items[1:]), end]
        for item, bound in zip(items, bounds, strict=True):
            yield _object("list", text, item.end(), _end_of_item(flat, item.end(), bound))
        return
    start = section.end() + len(flat[section.end() : end]) - len(flat[section.end() : end].lstrip())
    cut = _END_OF_TITLE.search(flat, start, end)
    end = min(cut.start() if cut else end, start + 400)
    if flat[start:end].strip():
        yield _object("list", text, start, end)


def _end_of_item(flat: str, start: int, bound: int) -> int:
    """Return the end of one numbered paper: of its line, and of the line with its subject where there is one."""
    line = flat.find("\n", start, bound)
    line = bound if line < 0 else line
    subject = _SUBJECT_LINE.match(flat, line, bound)
    return subject.end() if subject else line


def _object(section: str, text: Text, start: int, end: int) -> PostedObject:
    words = title_of(text.flat.written(start, end))
    form = _FORM.search(words)
    issued = tuple("".join(match[0].split()) for match in re.finditer(NUMBER, text.flat.text[start:end]))
    return PostedObject(
        section,
        words.startswith("du thao") or " du thao " in f" {words[:40]} ",
        form[1] if form else "",
        words,
        text.place(start),
        issued,
    )


def draft_forms(text: Text) -> list[tuple[str, Place]]:
    """Return what is called a draft: the folded form after each ``dự thảo``, with its place."""
    found = []
    for match in re.finditer(r"\bdu\s+thao\s+(?:\W{0,2})", text.flat.text):
        form = _FORM.match(text.flat.text, match.end())
        if form is not None:
            found.append((" ".join(form[1].split()), text.place(match.start())))
    return found


def places_of(text: Text) -> Iterator[Named]:
    """Yield the places of posting, one by one where a sentence joins several with ``và``."""
    match = _PLACES.search(text.flat.text)
    if match is None:
        return
    end = match.end(1)
    cut = pattern(r"\s+\d{1,3} ngay|,? tu ngay|\btrong thoi gian").search(match[1])
    if cut is not None:
        end = match.start(1) + cut.start()
    index = match.start(1)
    for part in re.split(r"(\s+va\s+|[,;])", text.flat.text[index:end]):
        if part.strip() and not re.fullmatch(r"\s+va\s+|[,;]", part):
            yield Named(text.flat.written(index, index + len(part)), text.place(index + len(part) - len(part.lstrip())))
        index += len(part)


def remote_claims(text: Text) -> Iterator[tuple[str, bool, Place]]:
    """Yield channels without paper that are said to have been used; proof is an address and a time, or a digest."""
    flat = text.flat.text
    for name, sought in (("portal", _PORTAL), ("zalo", _ZALO)):
        match = sought.search(flat)
        if match is None:
            continue
        near = flat[max(0, match.start() - 100) : match.end() + 400]
        proof = bool(_HASH.search(near)) or (
            bool(_ADDRESS.search(near)) and bool(re.search(r"\d{1,2}\s*(?:gio|h|:)\s*\d{0,2}", near))
        )
        yield name, proof, text.place(match.start())


def board_claim(text: Text) -> Place | None:
    """Return where a posting on the notice board is claimed, or None."""
    match = _BOARD.search(text.flat.text)
    return text.place(match.start()) if match else None


def comments_of(text: Text) -> Iterator[Named]:
    """Yield comments that are recorded."""
    for match in _COMMENT.finditer(text.flat.text):
        yield Named(text.flat.written(match.start(), match.end()), text.place(match.start()))


def silences(text: Text) -> Iterator[Place]:
    """Yield places that say there was no comment."""
    for match in _SILENCE.finditer(text.flat.text):
        yield text.place(match.start())


def strict_deadlines(text: Text) -> Iterator[Day]:
    """Yield the days D of ``trước ngày D``, each value once."""
    seen: set[date | None] = set()
    for day in _days(text, 0, len(text.flat.text)):
        if _BEFORE_DAY.search(text.flat.text, max(0, day.start - 14), day.start) and day.value not in seen:
            seen.add(day.value)
            yield day


def claimed_structure(text: Text) -> Structure | None:
    """Read ``gồm 3 phần, 4 chương, 24 điều``; None when it is not said."""
    match = _STRUCTURE.search(text.flat.text)
    return Structure(int(match[1]), int(match[2]), int(match[3]), text.place(match.start())) if match else None


def real_structure(text: Text) -> Structure | None:
    """Count parts, chapters and articles by their headings; None for a paper without articles."""
    flat = text.flat.text
    articles = [int(match[1]) for match in re.finditer(r"^[ \t]*dieu\s+(\d{1,3})\s*[.:]", flat, re.M)]
    if not articles:
        return None
    parts = {match[1] for match in re.finditer(r"^[ \t]*phan\s+(?:thu\s+)?(\w+)", flat, re.M)}
    chapters = {match[1] for match in re.finditer(r"^[ \t]*chuong\s+([ivx\d]+)\b", flat, re.M)}
    return Structure(len(parts), len(chapters), max(articles), text.place(0))


def broken_numbering(text: Text, end: int) -> Iterator[Named]:
    """Yield numbers of headings and items that do not follow the one before: I, II, III, V or 1, 2, 2, 3."""
    roman = article = item = 0
    for match in _ITEM.finditer(text.flat.text, 0, end):
        written = text.flat.written(match.start(), match.end())
        place = text.place(match.start() + len(match[0]) - len(match[0].lstrip()))
        if match[1]:
            value, before, article, item = int(match[1]), article, int(match[1]), 0
        elif match[2] and text.medium == "ocr":
            item = 0  # I, II and IV are read as H, Il, 1V: nothing can be said of Roman numbers
            continue
        elif match[2] and match[2] in _ROMAN:
            value, before, roman, item = _ROMAN[match[2]], roman, _ROMAN[match[2]], 0
        elif match[3]:
            value, before, item = int(match[3]), item, int(match[3])
        else:
            item = 0
            continue
        if value != before + 1 and value != 1:
            yield Named(written, place)


def duplicates(text: Text) -> Iterator[Named]:
    """Yield long sentences, and legal bases of any length, that stand in the paper twice."""
    seen: set[str] = set()
    start = 0
    flat = text.flat.text
    ends = _WRAPPED if text.medium in {"pdf", "ocr"} else _SENTENCE
    stops = [(match.start(), match.end()) for match in ends.finditer(flat)]
    for stop, after in (*stops, (len(flat), len(flat))):
        words = title_of(flat[start:stop])
        label = flat[start:stop].strip(" -+\n").startswith("can cu:")  # of an item of a list: it may come with each
        least = _LONG_BASIS if words.startswith("can cu ") and not label else _LONG_SENTENCE
        if len(words.split()) >= least:
            if words in seen:
                first = start + len(flat[start:stop]) - len(flat[start:stop].lstrip())
                yield Named(text.flat.written(first, stop), text.place(first))
            seen.add(words)
        start = after
