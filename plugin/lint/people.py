"""People of a paper: who took part, who signed in which capacity, who receives it; and whether two names are one."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from .flat import pattern, title_of
from .records import Count, Named, Person, Signer, Text

_WORD = r"[^\W\d_][^\W\d_'’]*"
_NAME_WORDS = re.compile(rf"{_WORD}(?: {_WORD}){{1,5}}")
_MARKER = pattern(r"\b(?:ong|ba|dong chi|d/c)\b\s*:?\s*")
_CHAIR = pattern(r"\b(?:chu tri|chu toa)(?: cuoc hop| hoi nghi)?\s*:\s*(?:(?:ong|ba|dong chi|d/c)\b\s*:?\s*)?")
_SECRETARY = pattern(r"\b(?:thu k[iy]|nguoi ghi bien ban)\s*:\s*(?:(?:ong|ba|dong chi|d/c)\b\s*:?\s*)?")
_LIST_HEAD = pattern(
    r"^[^\na-z]*(?:(?:cac )?thanh phan tham (?:gia|du)|danh sach[^\n]{0,60}|nguoi tham (?:gia|du))[^\n]*$", re.M
)
_CAPACITY = re.compile(
    r"^(?:tm|kt|tl|tuq|q)\s?\.|^(?:pho )?(?:chu tich|giam doc|chanh van phong|truong (?:phong|ban|thon|doan)|bi thu|"
    r"chu toa|chu tri|thu ki|ki thuat|cong chuc|nguoi (?:lap|ghi|chung)|dai dien|can bo|to truong|ban chap hanh)"
)
_RECIPIENTS = pattern(r"\bnoi nhan\s*:?")
_PRESENT = pattern(r"^[^\na-z]*(?:[ivx]{1,4}\s*\.)?\s*thanh phan tham (?:gia|du)[^\n]*$", re.M)
_FAMILIES = frozenset({
    "nguyen", "tran", "le", "pham", "hoang", "huynh", "phan", "vu", "vo", "dang", "bui", "do", "ho", "ngo", "duong",
    "ly", "dinh", "doan", "trinh", "mai", "luong", "to", "ha", "cao", "ta", "truong", "lam", "chau", "quach", "nong",
    "lo", "hua", "vi", "giang", "sung", "thao", "vang", "luc", "ma", "la", "chu", "trieu", "phung", "tong", "ban",
    "dam", "li", "dao", "kieu", "luu", "thai", "than", "ninh", "bach", "tang", "vuong", "au", "khuc", "nghiem",
    "han", "quan", "thach", "kim", "ton",
})  # fmt: skip
"""Family names of two people in a thousand and more, folded."""
_COUNT = pattern(
    r"tong so\s*:?\s*(\d{1,4})[^\n\d]{0,40}?co mat\s*:?\s*(\d{1,4})(?:[^\n\d]{0,40}?vang(?: mat)?\s*:?\s*(\d{1,4}))?"
)
_HEAD_TITLE = re.compile(r"^(?:pho )?(?:chu tich|giam doc|chanh van phong|truong|bi thu|chanh|cuc truong)|^(?:kt|q)\b")
_LONGEST = 400  # characters of a line in which a name and a title are sought
_GIVEN, _WHOLE = 0.75, 0.78  # likeness of the given name and of the whole, by difflib
_LOWER_PARTICLES = frozenset({"thị", "văn"})
_NO_NAME = frozenset({
    "uy", "ban", "chu", "tich", "giam", "doc", "bien", "thanh", "phan", "cong", "chuc", "noi", "ke", "hoach", "bao",
    "can", "cu", "dieu", "phong", "chi", "thu", "quyet", "dinh", "luat", "hop", "dia", "diem", "hoi", "nghi",
})  # fmt: skip


def is_name(text: str) -> bool:
    """Tell whether a text looks like one Vietnamese full name: two to six words, each with a capital letter."""
    words = text.split()
    if not 2 <= len(words) <= 6 or not all(re.fullmatch(_WORD, word) for word in words):
        return False
    if not all(word[0].isupper() and (len(word) == 1 or not word.isupper()) for word in words):
        return False
    return title_of(words[0]) not in {"cac", "toan", "tong", "noi", "ban", "can", "hoi", "phong", "so"} and not all(
        title_of(word) in _NO_NAME for word in words
    )


def same_person(one: str, other: str) -> bool:
    """
    Tell whether two written names may be one person, with OCR noise in them.

    The given name, which stands last, must be like itself; a lost first letter or a wrong diacritic does not matter.
    """
    left, right = _folded(one), _folded(other)
    if not left or not right:
        return False
    if left == right:
        return True
    return _alike(left[-1], right[-1]) >= _GIVEN and _alike(" ".join(left), " ".join(right)) >= _WHOLE


def stands_in(name: str, area: str) -> bool:
    """Tell whether a name can be found among the folded words of a noisy list, at any place in it."""
    folded = title_of(name)
    if f" {folded} " in f" {area} ":
        return True
    words, size, given = area.split(), len(folded.split()), folded.split()[-1]
    return any(
        same_person(folded, " ".join(words[max(0, index + 1 - length) : index + 1]))
        for index, word in enumerate(words)
        if _alike(given, word) >= _GIVEN
        for length in {size, max(2, size - 1)}
    )


@lru_cache(16_384)
def _folded(name: str) -> tuple[str, ...]:
    return tuple(title_of(name).split())


@lru_cache(65_536)
def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def officials(text: Text, end: int) -> Iterator[Person]:
    """Yield those who are named with a title before the signature block: chair, secretary, ``Ông …, Chủ tịch``."""
    seen: set[int] = set()
    for role, marker in (("chair", _CHAIR), ("secretary", _SECRETARY), ("official", _MARKER)):
        for match in marker.finditer(text.flat.text, 0, end):
            person = _person(text, match.end(), role)
            if person is not None and match.end() not in seen:
                seen.add(match.end())
                yield person
    head = _PRESENT.search(text.flat.text, 0, end)
    if head is not None:
        yield from _unmarked(text, head.end(), end)


def _unmarked(text: Text, start: int, end: int) -> Iterator[Person]:
    """Yield those whom the section of participants names without Ông or Bà: ``1. Lê Văn Mẫu – Chủ tịch``."""
    for index, line in _lines(text, start):
        folded = title_of(line)
        if index >= end or re.match(r"(?:[ivx]{1,4} |vang )", folded) or folded.startswith("vang"):
            return
        name = _unnumbered(line)
        if is_name(name) and not re.match(r"^[-+\d.\s]*(?:Ông|Bà|Đồng chí)\b", line):
            yield Person(" ".join(name.split()), line.split(name, 1)[1].strip(" ,–—-:."), "official", text.place(index))


def _person(text: Text, start: int, role: str) -> Person | None:
    if start >= len(text.flat.at):
        return None
    begin = text.flat.at[start]
    line = text.flat.source[begin : begin + _LONGEST].split("\n", 1)[0]
    words = []
    for word in re.split(r"(?<=[^\W\d_])(?=[\s,.;:()\-–])|\s+", line.strip()):
        word = word.strip()
        if not word:
            continue
        if not re.fullmatch(_WORD, word) or not (word[0].isupper() or word in _LOWER_PARTICLES):
            break
        words.append(word)
        if len(words) == 6:
            break
    name = " ".join(words)
    if not is_name(name.title() if any(word in _LOWER_PARTICLES for word in words) else name):
        return None
    rest = line.strip()[len(name) :]
    title = re.split(r"[.;]", rest.strip(" ,–—-:"))[0].strip()
    return Person(name, title, role, text.place(start))


def lists_of(text: Text, start: int) -> tuple[tuple[Person, ...], str, int]:
    """
    Read the list of participants behind the signature block.

    Returns:
        Those named on lines of their own, the folded words of the whole list area, and where it begins (the end of
        the text when there is none).
    """
    head = _LIST_HEAD.search(text.flat.text, start)
    if head is None:
        return (), "", len(text.flat.text)
    people = [
        Person(" ".join(name.split()), "", "listed", text.place(index))
        for index, line in _lines(text, head.end())
        if is_name(name := _unnumbered(line))
    ]
    return tuple(people), title_of(text.flat.text[head.end() :]), head.start()


def _unnumbered(line: str) -> str:
    """Drop number, sign and title around a name of a list: ``3. Ông Trần Văn Mẫu – thôn Đông``."""
    bare = re.sub(r"^\s*(?:\d{1,3}\s*[.)]?|[-+])\s*", "", line)
    bare = re.sub(r"^(?:Ông|Bà|Đồng chí|Đ/c)\s*:?\s+", "", bare)
    return re.split(r"\s*[,;(–—:\t]|\s-\s|\.{2,}|\s{3,}", bare)[0].strip(" .")


def _lines(text: Text, start: int) -> Iterator[tuple[int, str]]:
    """Yield the lines behind a place of the folded text: where each begins, and what is written there."""
    flat = text.flat.text
    index = start
    while index < len(flat):
        end = flat.find("\n", index)
        end = len(flat) if end < 0 else end
        if end > index:
            at = text.flat.at
            line = text.flat.source[at[index] : at[end - 1] + 1]
            if line.strip():
                first = index + len(flat[index:end]) - len(flat[index:end].lstrip())
                yield first, line.strip(" *_#|")
        index = end + 1


def signature_block(
    text: Text, start: int, end: int, known: Sequence[Person]
) -> tuple[tuple[Signer, ...], tuple[str, ...]]:
    """
    Read the signature block.

    Args:
        start, end: where it stands in the folded text.
        known: people of the paper; they help to take columns apart that OCR ran together.

    Returns:
        The signers in order, each with its capacity where it can be told, and all lines of capacity.
    """
    capacities: list[str] = []
    names: list[tuple[str, int]] = []
    for index, line in _lines(text, start):
        if index >= end:
            break
        for cell in _cells(line, known):
            if _is_capacity(cell):
                capacities.append(cell)
            elif is_name(cell):
                names.append((cell, index))
    grouped = _grouped(capacities)
    signers = []
    for number, (name, index) in enumerate(names):
        capacity = grouped[number] if len(grouped) == len(names) else tuple(capacities) if len(names) == 1 else ()
        signers.append(Signer(name, capacity, text.place(index)))
    return tuple(signers), tuple(capacities)


def _is_capacity(cell: str) -> bool:
    """Tell whether a cell is a line above a name: TM. …, or a title in capitals, or ``Thư ký`` alone."""
    if cell.startswith(("-", "+", "–", "•")):
        return False
    folded = " ".join(re.sub(r"[^a-z. ]+", " ", title_of(cell)).split())
    capitals = cell == cell.upper() and any(letter.isalpha() for letter in cell)
    if re.match(r"^(?:tm|kt|tl|tuq|q)\b", folded) and capitals:
        return True
    return bool(_CAPACITY.match(folded)) and (capitals or len(folded.split()) <= 3) and not is_name(cell)


def _grouped(capacities: list[str]) -> list[tuple[str, ...]]:
    """Group lines of capacity: a title in its own line belongs to the TM. line that still has none."""
    groups: list[list[str]] = []
    for line in capacities:
        begins = re.match(r"^\s*(?:TM|KT|TL|TUQ|Q)\s?\.", line)
        open_group = next((g for g in groups if len(g) == 1 and re.match(r"^\s*(?:TM|KT|TL|TUQ|Q)\s?\.", g[0])), None)
        if begins or open_group is None or not _HEAD_TITLE.match(title_of(line)):
            groups.append([line])
        else:
            open_group.append(line)
    return [tuple(group) for group in groups]


def _cells(line: str, known: Sequence[Person]) -> list[str]:
    """Split a line into columns: wide gaps, or names of known people that OCR put side by side."""
    if len(line) > _LONGEST:
        return []  # running text, no block
    cells = [cell.strip(" .") if is_name(cell.strip(" .")) else cell.strip() for cell in re.split(r"\s{2,}|\t", line)]
    cells = [cell for cell in cells if cell]
    if len(cells) != 1 or len(cells[0].split()) < 4:
        return cells
    names = _names_in(cells[0].split())
    if len(names) > 1 or is_name(cells[0]):
        return names or cells
    if cells[0] == cells[0].upper():
        parts = re.split(r"\s+(?=(?:TM|KT|TL|TUQ|Q)\.|CÔNG CHỨC|CHỦ TỊCH\b|THƯ K[ÝI])", cells[0])
        return parts if len(parts) > 1 else cells
    words, found, index = cells[0].split(), [], 0
    while index < len(words):
        person = next(
            (p for p in known if same_person(p.name, " ".join(words[index : index + len(p.name.split())]))), None
        )
        if person is None:
            index += 1
            continue
        size = len(person.name.split())
        found.append(" ".join(words[index : index + size]))
        index += size
    return found or cells


def _names_in(words: list[str]) -> list[str]:
    """
    Split words into full names, each beginning with a family name; empty when they cannot be split so.

    Columns of a signature block often arrive in one line. Of several ways the one nearest to three words a name wins.
    """
    if not all(re.fullmatch(_WORD, word) and word[0].isupper() and not word.isupper() for word in words):
        return []
    best: list[tuple[int, list[str]] | None] = [None] * (len(words) + 1)
    best[0] = (0, [])
    for end in range(2, len(words) + 1):
        for size in (2, 3, 4, 5):
            before = best[end - size] if end >= size else None
            if before is None or title_of(words[end - size]) not in _FAMILIES:
                continue
            cost = before[0] + 2 * abs(size - 3)
            kept = best[end]
            if kept is None or cost < kept[0]:
                best[end] = (cost, [*before[1], " ".join(words[end - size : end])])
    found = best[len(words)]
    return found[1] if found is not None else []


def recipients(text: Text, start: int) -> tuple[tuple[Named, ...], int]:
    """Read the lines under "Nơi nhận" and return where they begin (the end of the text when there are none)."""
    match = None
    for match in _RECIPIENTS.finditer(text.flat.text, start):  # noqa: B007 - the last one is the block
        pass
    if match is None:
        return (), len(text.flat.text)
    found = []
    for index, line in _lines(text, match.end()):
        cell = re.split(r"\s{3,}|\t", line)[0].strip()
        if re.match(r"^[-–+•]", cell) or re.match(r"(?i)^như\b", cell):
            found.append(Named(cell.strip(" -–+•;"), text.place(index)))
        elif found:
            break
    return tuple(found), match.start()


def count_of(text: Text) -> Count | None:
    """Read ``Tổng số: 28, có mặt: 28, vắng mặt: 0``; None when it is not said."""
    match = _COUNT.search(text.flat.text)
    if match is None:
        return None
    return Count(int(match[1]), int(match[2]), int(match[3]) if match[3] else None, text.place(match.start()))
