"""From the text of a paper to its facts: what it is, its head, its act, its people, what it says."""

import re

from ..tagging.fold import fold
from . import content, people
from .citations import NUMBER, citations, read_number
from .flat import pattern, title_of
from .moments import NUMERIC, WORDED, days, first_day, first_hour
from .records import MINUTES, Citation, Day, Hour, Named, Paper, PaperKind, Person, Text

_TYPES = {
    "bien ban": "bien ban", "ke hoach": "ke hoach", "bao cao": "bao cao", "qui che": "qui che",
    "quyet dinh": "quyet dinh", "thong bao": "thong bao", "nghi quyet": "nghi quyet", "qui dinh": "qui dinh",
    "to trinh": "to trinh", "huong dan": "huong dan", "chuong trinh": "chuong trinh", "chi thi": "chi thi",
    "giay moi": "giay moi", "de an": "de an", "ket luan": "ket luan",
}  # fmt: skip
_TITLE = pattern(rf"^[^\S\n]*\W*({'|'.join(_TYPES)})\b([^\n]*)$", re.M)
_TITLE_END = pattern(
    r"^\s*(?:can cu|thuc hien (?:cong van|ke hoach so|chi dao|quyet dinh so|luat)|hom nay|"
    r"\W{0,3}thoi gian|\W{0,3}dia diem|[ivx]{1,4}\.|kinh gui|-|dieu \d|phan thu|chuong|\d+\.)"
)
_HEAD_NUMBER = pattern(rf"(?:^|[\n\t]|[^\S\n]{{2}})[^\S\n]*so[^\S\n]*[:.]?[^\S\n]*{NUMBER}")
_HEAD_DATE = re.compile(rf"(?:^|[\n ])([^\n,;:]{{2,60}}),[^\S\n]*(?:{WORDED}|ngay\s*{NUMERIC})")
_MOTTO = pattern(r"cong hoa xa hoi chu nghia viet nam.{0,200}?doc lap\s*-?\s*tu do\s*-?\s*hanh phuc", re.S)
_MOTTO_LINE = pattern(r"cong hoa xa hoi chu nghia viet nam|doc lap\s*-?\s*tu do\s*-?\s*hanh phuc")
_AGENCY = pattern(r"^(?:uy ban nhan dan|ubnd|so|huyen|tinh|xa|phuong|dang uy|trung tam|van phong|hoi dong|ban|bo)\b")
_ACT = pattern(
    r"\b(?:thoi gian(?: bat dau| hop| lap bien ban| to chuc)?\s*:|hom nay\b|"
    r"bat dau(?: vao)?(?: luc| hoi)\b|vao (?:hoi|luc)\b|khai mac\b)"
)
_END = pattern(r"\b(?:lap xong|ket thuc|be mac)\s*(?:vao )?(?:luc|hoi|vao)\s*:?")
_NOT_ACT = pattern(r"\b(?:tu|den|ke tu|lien tuc)\b")
_SIGNING = pattern(r"\./\.|\bthong qua\s*\.?/|\bdai bieu du hop\b|\bnoi nhan\b|^\s*tm\s?\.", re.M)
_BODY = pattern(r"\b(?:can cu|hom nay|kinh gui|thuc hien (?:cong van|ke hoach so)|thoi gian)\b")
_HEAD_LINES = 25


def parse(text: Text) -> Paper:
    """Read one paper; what cannot be found stays empty, and nothing is guessed."""
    flat = text.flat.text
    title = _title_match(text)
    type_ = _TYPES[" ".join(title[1].split())] if title else ""
    subject = _subject(text, title)
    kind = _kind(type_, subject)
    head_end = _head_end(text, title)
    number, own = _own_number(text, head_end)
    head_day, head_place = _head_day(text, head_end)
    block, persons, list_start = _people(text, title.end() if title else 0)
    signers, capacities = people.signature_block(text, block, list_start, persons)
    recipients, recipients_at = people.recipients(text, title.end() if title else 0)
    event_day, start = _act(text, kind, block)
    end_day, end = _finish(text, kind)
    posting = tuple(content.posted_objects(text, kind))
    matters = kind in {
        PaperKind.POSTING,
        PaperKind.CLOSING,
        PaperKind.REPORT,
        PaperKind.NOTICE,
        PaperKind.DISCLOSURE_PLAN,
        PaperKind.CONSULTATION_PLAN,
    }
    agency, superior = _agency(text, title.start() if title else head_end)
    return Paper(
        text=text,
        kind=kind,
        type=type_,
        title=subject,
        number=number,
        own=own,
        head_day=head_day,
        head_place=head_place,
        event_day=event_day or (end_day if kind in MINUTES else None),
        start=start,
        end=end,
        end_day=end_day,
        agency=agency,
        superior=superior,
        motto=_MOTTO.search(flat) is not None or len(_MOTTO_LINE.findall(flat)) > 1,
        days=tuple(days(text)),
        citations=tuple(one for one in citations(text) if own is None or one.place != own.place),
        people=tuple(persons),
        signers=signers,
        capacities=capacities,
        recipients=recipients,
        period=content.period_of(text) if matters else None,
        deadlines=tuple(content.strict_deadlines(text)) if type_ in {"ke hoach", "thong bao"} else (),
        posting=posting,
        places=tuple(content.places_of(text)) if kind in {PaperKind.POSTING, PaperKind.CLOSING} else (),
        remote=tuple(content.remote_claims(text)) if kind is PaperKind.REPORT else (),
        board=content.board_claim(text) if kind is PaperKind.REPORT else None,
        comments=tuple(content.comments_of(text)) if kind in MINUTES | {PaperKind.REPORT} else (),
        silence=tuple(content.silences(text)) if kind in MINUTES | {PaperKind.REPORT} else (),
        claimed=content.claimed_structure(text) if kind is not PaperKind.REGULATION else None,
        structure=content.real_structure(text) if kind is PaperKind.REGULATION else None,
        numbering=tuple(content.broken_numbering(text, min(block, recipients_at, list_start))),
        duplicates=tuple(content.duplicates(text)),
        count=people.count_of(text),
    )


def _title_match(text: Text) -> re.Match[str] | None:
    """Find the line of the type: in capitals, near the top; ``BIÊN BẢN KẾT THÚC`` may go on in the same line."""
    for match in _TITLE.finditer(text.flat.text):
        written = text.flat.written(match.start(1), match.end(1))
        if text.place(match.start(1)).line > 2 * _HEAD_LINES:
            return None
        if written == written.upper():
            return match
    return None


def _subject(text: Text, title: re.Match[str] | None) -> str:
    """Return the words of the title: what stands beside and below the type, up to the body."""
    if title is None:
        return ""
    flat = text.flat.text
    words = [text.flat.written(title.start(2), title.end(2))]
    index, empty = title.end() + 1, 0
    while index < len(flat) and empty < 2 and len(words) < 6:
        stop = flat.find("\n", index)
        stop = len(flat) if stop < 0 else stop
        line = flat[index:stop]
        if not line.strip():
            empty += 1 if len([word for word in words if word]) else 0
        elif _TITLE_END.match(line):
            break
        else:
            words.append(text.flat.written(index, stop))
            empty = max(empty, 1)
        index = stop + 1
    return " ".join(word.strip(" *") for word in words if word).strip()


def _kind(type_: str, subject: str) -> PaperKind:
    words = title_of(subject)
    if type_ == "bien ban":
        if "kiem phieu" in words:
            return PaperKind.BALLOT
        posting = "niem yet" in words or "cong khai" in words
        if posting:
            return PaperKind.CLOSING if "ket thuc" in words else PaperKind.POSTING
        return PaperKind.MEETING
    if type_ == "ke hoach":
        if "lay y kien" in words or "gop y" in words or "tham gia y kien" in words:
            return PaperKind.CONSULTATION_PLAN
        return PaperKind.DISCLOSURE_PLAN if "cong khai" in words else PaperKind.WORK_PLAN
    if type_ == "bao cao":
        return PaperKind.REPORT
    return {
        "qui che": PaperKind.REGULATION, "quyet dinh": PaperKind.DECISION, "thong bao": PaperKind.NOTICE,
    }.get(type_, PaperKind.OTHER)  # fmt: skip


def _head_end(text: Text, title: re.Match[str] | None) -> int:
    """Return the end of the head in the folded text: a little below the type's line, but never into the body."""
    flat = text.flat.text
    body = _BODY.search(flat)
    lines = [match.end() for match in re.finditer(r"\n", flat)]
    top = lines[_HEAD_LINES] if len(lines) > _HEAD_LINES else len(flat)
    end = min(top, body.start() if body else top)
    return end if title is None else max(title.start(), min(end, title.end() + 200))


def _own_number(text: Text, end: int) -> tuple[Named | None, Citation | None]:
    match = _HEAD_NUMBER.search(text.flat.text, 0, end)
    if match is None:
        return None, None
    own = read_number(text, re.compile(NUMBER).search(text.flat.text, match.start(1), match.end()) or match)
    if own is None:
        return None, None
    return Named(own.number, own.place), own


def _head_day(text: Text, end: int) -> tuple[Day | None, str]:
    """Return the date of the place-and-date line and its place name."""
    for match in _HEAD_DATE.finditer(text.flat.text, 0, min(len(text.flat.text), end + 1)):
        place = " ".join(match[1].split()[-6:])
        if re.search(r"\b(?:hom nay|gio|phut|hoi|so)\b", place):
            continue
        start = match.start(1) + len(match[1])
        day = first_day(text, start, match.end())
        if day is not None:
            name = text.flat.written(match.start(1), match.end(1))
            return day, re.split(r"\s{2,}", name)[-1].strip()
    return None, ""


def _agency(text: Text, end: int) -> tuple[str, str]:
    """Return the issuing agency and the one above it, from the lines in capitals above the title."""
    lines = []
    for line in text.flat.source[: text.flat.at[end] if end < len(text.flat.at) else 0].splitlines():
        cell = re.split(r"\s{3,}|\t", line.strip(" *"))[0].strip()
        cell = re.split(r"\s+CỘNG H", cell)[0]
        folded = " ".join(re.sub(r"[^a-z ]", " ", fold(cell)).split())
        if cell and cell == cell.upper() and _AGENCY.match(folded) and "cong hoa" not in folded:
            lines.append(cell)
    bodies: list[str] = []
    for line in lines:
        if bodies and re.fullmatch(r"(?:uy ban nhan dan|hoi dong nhan dan|ubnd)", fold(bodies[-1])):
            bodies[-1] = f"{bodies[-1]} {line}"
        else:
            bodies.append(line)
    return (bodies[-1] if bodies else "", bodies[-2] if len(bodies) > 1 else "")


def _people(text: Text, body: int) -> tuple[int, list[Person], int]:
    """Return where the signature block begins, everybody who is named, and where the list behind it begins."""
    flat = text.flat.text
    ends = [match.start() for match in _SIGNING.finditer(flat, body)]
    floor = max(body, _floor(flat))
    starts = [at for at in ends if at >= floor] or ends[-1:]
    block = starts[0] if starts else floor
    listed, _area, list_start = people.lists_of(text, block)
    persons = [*people.officials(text, block), *listed]
    return block, persons, list_start


def _floor(flat: str) -> int:
    """Return the earliest place of a signature block: behind what closes minutes, or in the last third."""
    last = None
    for last in _END.finditer(flat):  # noqa: B007 - the last one closes the paper
        pass
    return last.start() if last else len(flat) * 2 // 3


def _act(text: Text, kind: PaperKind, end: int) -> tuple[Day | None, Hour | None]:
    """Return day and begin of the act by the body's own words (``Hôm nay, vào hồi …``, ``Thời gian: …``)."""
    if kind not in MINUTES:
        return None, None
    flat = text.flat.text
    found_day, found_hour = None, None
    for match in _ACT.finditer(flat, 0, end):
        stop = min(len(flat), match.end() + 120)
        newline = flat.find("\n\n", match.end(), stop)
        stop = newline if newline > 0 else stop
        day = first_day(text, match.end(), stop)
        if day is not None and _NOT_ACT.search(flat, match.end(), day.start):
            day = None
        before = day.start if day else stop
        hour = first_hour(text, match.end(), before + 40 if day else before)
        if _END.search(flat, max(0, match.start() - 20), match.end() + 1):
            continue
        found_day, found_hour = found_day or day, found_hour or hour
        if found_day and found_hour:
            break
    return found_day, found_hour


def _finish(text: Text, kind: PaperKind) -> tuple[Day | None, Hour | None]:
    """Return day and time at which minutes say that they were finished; the day only where it stands in figures."""
    if kind not in MINUTES:
        return None, None
    for match in _END.finditer(text.flat.text):
        stop = min(len(text.flat.text), match.end() + 90)
        hour = first_hour(text, match.end(), stop)
        if hour is not None:
            return first_day(text, match.end(), stop), hour
    return None, None
