"""
One folding of Vietnamese text, so that rules meet every way in which a subject is written.

Folded alike: composed and decomposed Unicode, old and new tone placement (hoà/hòa, uỷ/ủy), capitals, missing
diacritics, i and y (quý/quí), OCR noise (``CO’ quan``, ``c0ng``), and blanks inside numbers and symbols
(``127 /KH – UBND``). The result is ASCII: lower-case words, single blanks, and ``/``, ``-``, ``.``, ``:`` only between
the parts of a number or symbol.
"""

import re
import unicodedata

_DASHES = re.compile(r"[‐-―−–—_]")
_D_FORMS = str.maketrans({"đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "ɖ": "d", "Ɖ": "d", "ı": "i", "ß": "b"})
# The horn of ơ and ư and the breve of ă are read as an apostrophe, a comma above or a tick: CO’ quan, tru’c.
_DETACHED = re.compile(r"(?<=[a-z])['`´’‘ʼ˙^~?!](?=[a-z]|\s|$)")
_SIGN_OF_NUMBER = re.compile(r"(?<=[0-9])\s*\.?\s*([/:])\s*(?=[0-9a-z])|(?<=[a-z])\s*(/)\s*(?=[0-9])")
_DASH_IN_SYMBOL = re.compile(r"(?<=/)([a-z&]+)\s*-\s*(?=[a-z]+\b)")
_DOT_IN_NUMBER = re.compile(r"(?<=[0-9])\s*\.\s*(?=[0-9]{3}\b)")
_NOT_WORD = re.compile(r"[^a-z0-9/:.\-]+")
_LOOSE_SIGN = re.compile(r"(?<![a-z0-9])[/:.\-]+|[/:.\-]+(?![a-z0-9])")
# Only where both spellings are in use: a single consonant (or qu) before the vowel. "tay", "may", "chay" stay.
_Y_AS_I = re.compile(r"\b(h|k|l|m|s|t|v|qu)y\b")
_LIKE_LETTERS = str.maketrans({"0": "o", "1": "l", "5": "s"})
_MIXED = re.compile(r"\b[a-z]+[015][a-z]+\b")


def fold(text: str) -> str:
    """
    Fold a text for comparison.

    Args:
        text: any text, in any normal form.

    Returns:
        ASCII text; folding it again changes nothing.
    """
    folded = _once(text)
    # A second pass settles what the first one brought together (a loose sign between two joined parts).
    while (again := _once(folded)) != folded:
        folded = again
    return folded


def _once(text: str) -> str:
    compatible = unicodedata.normalize("NFKD", text.translate(_D_FORMS))
    letters = "".join(letter for letter in compatible if not _is_mark(letter)).lower().translate(_D_FORMS)
    plain = _DETACHED.sub("", _DASHES.sub("-", letters))
    plain = _SIGN_OF_NUMBER.sub(lambda match: match[1] or match[2], plain)
    plain = _DASH_IN_SYMBOL.sub(r"\1-", plain)
    plain = _DOT_IN_NUMBER.sub("", plain)
    plain = _NOT_WORD.sub(" ", plain)
    plain = _LOOSE_SIGN.sub(" ", plain)
    plain = _MIXED.sub(lambda match: match[0].translate(_LIKE_LETTERS), plain)
    plain = _Y_AS_I.sub(r"\1i", plain)
    return " ".join(plain.split())


def _is_mark(letter: str) -> bool:
    """Tell whether a character is a combining mark, or invisible (soft hyphen, zero-width)."""
    return unicodedata.category(letter) in {"Mn", "Me", "Mc", "Cf"}


def words(text: str) -> str:
    """Return the folded text with signs opened to blanks and one blank at each end, for whole-word search."""
    opened = re.sub(r"[/:.-]+", " ", fold(text)).split()
    return f" {' '.join(opened)} "
