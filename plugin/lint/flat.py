"""
Noisy Vietnamese text made searchable: folded letter by letter, each with its place in what was written.

The folding of letters is that of `congkhai.plugin.tagging.fold`; here every character keeps its place, so that a
pattern found in the folded text can be pointed at in the paper. Patterns are written folded (`pattern`).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from ..tagging.fold import fold

_DASHES = frozenset("-‐‑‒–—―−")
_TICKS = frozenset("'`´’‘ʼ˙")
_QUOTES = frozenset('"“”„«»')
_BLANK = frozenset("*#_|•●▪○·~^")
_KEPT = frozenset('/.:,;()%@&+-"?!=')
_Y_AS_I = re.compile(r"\b(h|k|l|m|s|t|v|qu)y\b")
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[015](?=[a-z]{2})(?![a-z]*[/@.])")
_LIKE_LETTERS = {"0": "o", "1": "l", "5": "s"}


@dataclass(frozen=True, slots=True)
class Flat:
    """
    A text and its folded form.

    Attributes:
        source: composed (NFC), without invisible characters.
        text: ASCII, lower case; line ends kept, everything else one sign for each letter.
        at: for each character of `text`, its index in `source`.
        lines: index in `source` at which each line begins.
    """

    source: str
    text: str
    at: tuple[int, ...]
    lines: tuple[int, ...]

    def written(self, start: int, end: int) -> str:
        """Return what stands in the paper between two places of the folded text, on one line."""
        if start >= end or start >= len(self.at):
            return ""
        last = self.at[min(end, len(self.at)) - 1] + 1
        return " ".join(self.source[self.at[start] : last].split())


def flatten(text: str) -> Flat:
    """Fold a text in any normal form, with marks of direction, soft hyphens and odd line ends in it."""
    source = clean(text)
    folded: list[str] = []
    at: list[int] = []
    for index, letter in enumerate(source):
        after_letter = bool(folded) and folded[-1].isalpha()
        for sign in _sign(letter, after_letter=after_letter):
            folded.append(sign)
            at.append(index)
    flat = _Y_AS_I.sub(r"\1i", "".join(folded))
    flat = _DIGIT_IN_WORD.sub(lambda match: _LIKE_LETTERS[match[0]], flat)
    lines = (0, *(index + 1 for index, letter in enumerate(source) if letter == "\n"))
    return Flat(source, flat, tuple(at), lines)


def clean(text: str) -> str:
    """Compose a text, and drop what nobody sees: byte order marks, zero-width and direction marks, control signs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    composed = unicodedata.normalize("NFC", text)
    return "".join(letter for letter in composed if letter in "\n\t" or unicodedata.category(letter) not in _UNSEEN)


_UNSEEN = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})


def _sign(letter: str, *, after_letter: bool) -> str:
    if letter == "\n":
        return "\n"
    if letter.isspace() or letter in _BLANK:
        return " "
    if letter in _DASHES:
        return "-"
    if letter in _TICKS:  # the horn of ơ and ư read as a tick: CO’ quan
        return "" if after_letter else '"'
    if letter in _QUOTES:
        return '"'
    if letter == "…":
        return "..."
    if letter in _KEPT:
        return letter
    return _letter(letter)


@lru_cache(4096)
def _letter(letter: str) -> str:
    if unicodedata.combining(letter):
        return ""
    folded = fold(letter).replace(" ", "")
    return folded if folded.isalnum() else " "


def pattern(folded: str, flags: int = 0) -> re.Pattern[str]:
    """Compile a folded pattern in which one blank stands for any white space, line ends too."""
    return re.compile(folded.replace(" ", r"\s+"), flags)


def title_of(text: str) -> str:
    """Return the folded words of a title without signs, for comparison: capitals, blanks, dashes do not count."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())
