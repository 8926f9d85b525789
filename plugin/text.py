"""What people read: Vietnamese in the source, other languages through gettext catalogues (domain ``congkhai``)."""

import gettext
from pathlib import Path

DOMAIN = "congkhai"
_current: gettext.NullTranslations = gettext.NullTranslations()


def set_language(language: str) -> None:
    """
    Choose the language of everything that people read.

    Args:
        language: ISO 639-1 code; ``vi`` is the source language, others need a catalogue in ``plugin/locale``.
    """
    global _current
    folder = Path(__file__).with_name("locale")
    _current = gettext.translation(DOMAIN, str(folder), languages=[language], fallback=True)


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    return _current.gettext(message)
