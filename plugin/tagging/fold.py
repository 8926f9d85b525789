"""
One folding of Vietnamese text, so that rules, learned weights and search meet every way in which a text is written.

Folded alike: composed and decomposed Unicode, old and new tone placement (hoà/hòa, uỷ/ủy), capitals, missing or wrongly
read diacritics (``đễ``, ``thông nhất``), i and y (quý/quí), OCR noise (``CO’ quan``, ``c0ng``), and blanks inside
numbers and symbols (``127 /KH – UBND``). The result is ASCII: lower-case words, single blanks, and ``/``, ``-``, ``.``,
``:`` only between the parts of a number or symbol. `words` opens those signs too and spells common abbreviations out.
"""

import re
import unicodedata

_D_FORMS = {"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ɖ": "d", "Ɖ": "d", "ı": "i", "ß": "b"}
_TICKS = frozenset("'`´’‘ʼ˙^~?!")
_DASHES = frozenset("-‐‑‒–—―−_")
_KEPT = frozenset("abcdefghijklmnopqrstuvwxyz0123456789/:.")


class _Letters(dict[int, str]):
    """What each character becomes; worked out when it is first met, because most texts use the same two hundred."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = folded = "".join(_base(part) for part in unicodedata.normalize("NFKD", letter))
        return folded


def _base(letter: str) -> str:
    """Return the ASCII of one decomposed character: empty for marks and invisible ones, a blank for other signs."""
    if letter in _TICKS:
        return "'"
    if letter in _DASHES:
        return "-"
    if unicodedata.category(letter) in {"Mn", "Me", "Mc", "Cf"}:
        return ""
    plain = _D_FORMS.get(letter, letter).lower()
    return "".join(part if part in _KEPT else " " for part in plain if not unicodedata.combining(part))


_LETTERS = _Letters()
# The horn of ơ and ư and the breve of ă are read as an apostrophe, a comma above or a tick: CO’ quan, tru’c.
_DETACHED = re.compile(r"(?<=[a-z])'(?=[a-z]|\s|$)")
_SIGN_OF_NUMBER = re.compile(r"(?<=[0-9])\s*\.?\s*([/:])\s*(?=[0-9a-z])|(?<=[a-z])\s*(/)\s*(?=[0-9])")
_DASH_IN_SYMBOL = re.compile(r"(?<=/)([a-z&]+)\s*-\s*(?=[a-z]+\b)")
_DOT_IN_NUMBER = re.compile(r"(?<=[0-9])\s*\.\s*(?=[0-9]{3}\b)")
_LOOSE_SIGN = re.compile(r"(?<![a-z0-9])[/:.\-]+|[/:.\-]+(?![a-z0-9])")
_NOISE = re.compile(r"[/:.'-]|[a-z][015][a-z]")
_LIKE_LETTERS = str.maketrans({"0": "o", "1": "l", "5": "s"})
_MIXED = re.compile(r"\b[a-z]+[015][a-z]+\b")
# Only where both spellings are in use: a single consonant (or qu) before the vowel. "tay", "may", "chay" stay.
_Y_AS_I = re.compile(r"\b(h|k|l|m|s|t|v|qu)y\b")
_SIGNS = re.compile(r"[/:.-]+")

_ABBREVIATIONS = {
    "ubmttq": "uy ban mat tran to quoc",
    "mttq": "mat tran to quoc", "cbcc": "can bo cong chuc", "cbccvc": "can bo cong chuc vien chuc",
    "cbvc": "can bo vien chuc", "ccvc": "cong chuc vien chuc", "nld": "nguoi lao dong", "tthc": "thu tuc hanh chinh",
    "cchc": "cai cach hanh chinh", "qcdc": "qui che dan chu", "bcd": "ban chi dao", "pctn": "phong chong tham nhung",
    "pctntc": "phong chong tham nhung tieu cuc", "thtk": "thuc hanh tiet kiem", "cllp": "chong lang phi",
    "clp": "chong lang phi", "cntt": "cong nghe thong tin", "nsnn": "ngan sach nha nuoc", "ktxh": "kinh te xa hoi",
    "xdcb": "xay dung co ban", "dtc": "dau tu cong", "cds": "chuyen doi so", "ttnd": "thanh tra nhan dan",
    "pccc": "phong chay chua chay", "bmnn": "bi mat nha nuoc",
    "khcn": "khoa hoc cong nghe", "vbqppl": "van ban qui pham phap luat", "pbgdpl": "pho bien giao duc phap luat",
    "atgt": "an toan giao thong", "bhxh": "bao hiem xa hoi", "bhyt": "bao hiem y te", "vtvl": "vi tri viec lam",
    "gpmb": "giai phong mat bang", "attp": "an toan thuc pham", "vsattp": "ve sinh an toan thuc pham",
    "ldtbxh": "lao dong thuong binh va xa hoi", "gddt": "giao duc dao tao", "ttatgt": "trat tu an toan giao thong",
}  # fmt: skip
"""Abbreviations that mean one thing only in office language, folded."""
_SHORT = ((" uy ban nhan dan ", " ubnd "), (" hoi dong nhan dan ", " hdnd "))
"""Bodies whose long names hold the word for the people; they are told apart from it by their short names."""


def fold(text: str) -> str:
    """
    Fold a text for comparison.

    Args:
        text: any text, in any normal form.

    Returns:
        ASCII text; folding it again changes nothing.
    """
    plain = text.translate(_LETTERS)
    if _NOISE.search(plain) is None:  # words and whole numbers only: one pass settles them
        return _one_spelling(plain)
    folded = _one_spelling(_without_noise(plain))
    # A further pass settles what the one before brought together (a loose sign between two joined parts).
    while (again := _one_spelling(_without_noise(folded))) != folded:
        folded = again
    return folded


def _one_spelling(plain: str) -> str:
    if "y" in plain:
        plain = _Y_AS_I.sub(r"\1i", plain)
    return " ".join(plain.split())


def _without_noise(plain: str) -> str:
    """Join what belongs to a number or symbol, drop ticks and loose signs, read digits inside words as letters."""
    if "'" in plain:
        plain = _DETACHED.sub("", plain).replace("'", " ")
    if "/" in plain or ":" in plain:
        plain = _SIGN_OF_NUMBER.sub(lambda match: match[1] or match[2], plain)
        plain = _DASH_IN_SYMBOL.sub(r"\1-", plain)
    if "." in plain:
        plain = _DOT_IN_NUMBER.sub("", plain)
    plain = _LOOSE_SIGN.sub(" ", plain)
    return _MIXED.sub(lambda match: match[0].translate(_LIKE_LETTERS), plain)


_SLOW, _DASH = "\x00", "\x01"
"""Stand in `_Words` for a word that its neighbours may change, and for a dash that only a symbol before it keeps."""
_MOST_WORDS = 50_000
_CLOSING = ' .;,)”"'


class _Words(dict[str, str]):
    """
    The opened words of each blank-separated piece of text, worked out when it is first met.

    Office papers repeat a few thousand pieces; only signs at the edge of a piece can join it to its neighbours, and a
    text that holds such a piece is folded as a whole.
    """

    def __missing__(self, piece: str) -> str:
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[piece] = opened = " ".join(_piece(part) for part in _parts(piece))
        return opened


def _parts(piece: str) -> list[str]:
    plain = piece.translate(_LETTERS)
    if "/" in plain and "/" not in piece:
        return [_SLOW]
    if "'" in plain:
        plain = _DETACHED.sub("", plain).replace("'", " ")
    return plain.split()


def _piece(part: str) -> str:
    """Return the opened words of one part; `_SLOW` where what stands beside it may matter, `_DASH` for a lone dash."""
    if not part.strip("-"):
        return _DASH
    core = part.rstrip(".:")
    closed = core == part or core[-1:].isalpha()  # a sign behind a digit may belong to the number that follows
    if closed and core[:1].isalnum() and core[-1].isalnum():
        return " ".join(_opened(part))
    return _SLOW


_WORDS = _Words()


def tokens(text: str) -> list[str]:
    """
    Return the folded words of a text, signs opened, abbreviations spelled out (``TTHC`` → ``thu tuc hanh chinh``).

    A part of a number or symbol (``127/KH-UBND``) stays as it is. ``UBND`` and ``HĐND`` stand for their long names.
    """
    # What closes a text joins nothing: without it most texts that end in a number need no further look.
    found = f" {' '.join(map(_WORDS.__getitem__, text.rstrip(_CLOSING).split()))} "
    if _SLOW in found or (_DASH in found and "/" in text):
        found = f" {' '.join(_opened(text))} "
    elif _DASH in found:
        found = found.replace(_DASH, "")
    if "nhan dan" in found:
        found = f" {' '.join(found.split())} "
        for long, short in _SHORT:
            found = found.replace(long, short)
    return found.split()


def _opened(text: str) -> list[str]:
    """Return the folded words with signs opened and abbreviations spelled out."""
    found: list[str] = []
    for part in fold(text).split():
        if part in _ABBREVIATIONS:
            found += _ABBREVIATIONS[part].split()
        elif part.isalnum():
            found.append(part)
        else:
            pieces = _SIGNS.sub(" ", part).split()
            symbol = any(letter.isdigit() for letter in part)
            for piece in pieces:
                found += [piece] if symbol else _ABBREVIATIONS.get(piece, piece).split()
    return found


def words(text: str) -> str:
    """Return the words of a text (`tokens`) with one blank at each end, for whole-word search."""
    return f" {' '.join(tokens(text))} "
