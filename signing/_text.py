"""What people read: Vietnamese in the source; other languages through the gettext domain ``congkhai``."""

import gettext
import os
from collections.abc import Callable
from functools import lru_cache

_ASKED = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


_translate: Callable[[str], str] | None = None


def translate_with(function: Callable[[str], str] | None) -> None:
    """Let a program that knows its readers' languages translate; None: gettext, by the environment."""
    global _translate
    _translate = function


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    if _translate:
        return _translate(message)
    return _translated(message, gettext.bindtextdomain("congkhai"), tuple(map(os.environ.get, _ASKED)))


@lru_cache(maxsize=2048)
def _translated(message: str, _folder: str, _languages: tuple[str | None, ...]) -> str:
    """Look a sentence up once: gettext asks the disk for its catalogues each time, a dozen times a signature."""
    return gettext.dgettext("congkhai", message)
