"""
What people read: Vietnamese in the source, other languages through gettext catalogues (domain ``congkhai``).

A process speaks one language, and each visitor of the page may read another at the same time: the visitor's is kept in
a context variable, which a request takes along into its thread. What is stored, filed or published is always
Vietnamese, whoever asks for it: whatever writes does so inside `in_vietnamese`. Sentences of ours that come back from
the store are read in the visitor's language through `retold`.
"""

import gettext
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from congkhai.signing import translate_with

DOMAIN = "congkhai"
SOURCE = "vi"
"""The language of the source, of everything that is filed, and where no other is asked for."""
LANGUAGES = (SOURCE, "en")
"""What people may choose."""
LOCALE = Path(__file__).with_name("locale")
_process = SOURCE
_visitor: ContextVar[str] = ContextVar("language", default="")
_P = ParamSpec("_P")
_R = TypeVar("_R")


def set_language(language: str) -> None:
    """
    Choose the language in which this process speaks wherever no visitor has chosen another.

    Args:
        language: ISO 639-1 code; ``vi`` is the source language, others need a catalogue in ``plugin/locale``.
    """
    global _process
    _process = language


def language() -> str:
    """Return the language that is spoken here and now, e.g. ``vi``."""
    return _visitor.get() or _process


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language while the block runs, in this context alone; empty: the process's own."""
    before = _visitor.get()
    _visitor.set(language)
    try:
        yield
    finally:
        _visitor.set(before)


def in_vietnamese(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a function speak Vietnamese, whoever called it: it makes what is filed, published or stored."""

    @wraps(function)
    def spoken(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with speaking(SOURCE):
            return function(*args, **kwargs)

    return spoken


@lru_cache(maxsize=8)
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the sentences of a language; those of the source where there is no catalogue for it."""
    if language == SOURCE:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, str(LOCALE), languages=[language], fallback=True)


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    return catalogue(_visitor.get() or _process).gettext(message)


translate_with(_)  # the other library's way is wired where it is first used (`house`)

_FIELD = re.compile(r"\{(\w*)(?:![rsa])?(?::[^{}]*)?\}")
_LEAST = 4
"""Letters that a sentence needs beside its places to be known again."""


def retold(text: str) -> str:
    """
    Say a stored sentence of ours in the visitor's language; what is not ours, or not known again, stays as it is.

    The store holds finished Vietnamese sentences. One is known again by its source with the places filled; what
    stands in the places is said again in turn. Never used on what people wrote.
    """
    asked = language()
    if asked == SOURCE or not text:
        return text
    return _retold(asked, text)


@lru_cache(maxsize=4096)
def _retold(asked: str, text: str) -> str:
    exact = catalogue(asked).gettext(text)
    if exact != text:
        return exact
    for fragments, names, said in _sentences(asked):
        values = _values(text, fragments)
        if values is not None:
            places = {name: _retold(asked, value) for name, value in zip(names, values, strict=True)}
            return _FIELD.sub(lambda place, found=places: found.get(place[1], place[0]), said)  # type: ignore[misc]  # mypy does not see the default
    parts = re.split(r"(?<=[.!?;])\s+", text)  # several sentences, one after another
    return " ".join(_retold(asked, part) for part in parts) if len(parts) > 1 else text


def _values(text: str, fragments: Sequence[str]) -> list[str] | None:
    """
    Return what stands between the fragments of a sentence, or None when the text is another one.

    Each place ends where the next fragment first comes: no way back, so that no text takes long.
    """
    first, last = fragments[0], fragments[-1]
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return None
    found, at, end = [], len(first), len(text) - len(last)
    for fragment in fragments[1:-1]:
        place = text.find(fragment, at + 1, end)
        if place < 0:
            return None
        found.append(text[at:place])
        at = place + len(fragment)
    found.append(text[at:end])
    return found if all(found) else None


@lru_cache(maxsize=8)
def _sentences(asked: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...]:
    """Return what stands between the places of each sentence, their names, and the translation; longest first."""
    known: dict[str, str] = getattr(catalogue(asked), "_catalog", {})
    found = []
    for message, said in known.items():
        if not isinstance(message, str) or "{" not in message:
            continue
        fragments, names, at = [], [], 0
        for place in _FIELD.finditer(message):
            fragments.append(message[at : place.start()])
            names.append(place[1])
            at = place.end()
        fragments.append(message[at:])
        letters = sum(map(str.isalpha, "".join(fragments)))
        if names and all(fragments[1:-1]) and letters >= _LEAST:
            found.append((letters, tuple(fragments), tuple(names), said))
    found.sort(key=lambda one: -one[0])
    return tuple((fragments, names, said) for _letters, fragments, names, said in found)
