"""What people read, in Vietnamese, translated through gettext (domain ``congkhai``)."""

import gettext
from collections.abc import Callable
from datetime import date

_translate: Callable[[str], str] | None = None


def translate_with(function: Callable[[str], str] | None) -> None:
    """Let a program that knows its readers' languages translate; None: gettext, by the environment."""
    global _translate
    _translate = function


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    return _translate(message) if _translate else gettext.dgettext("congkhai", message)


def say_date(day: date) -> str:
    """Write a date as people read it: weekday and dd/mm/yyyy, e.g. ``thứ Bảy, 21/11/2026``."""
    names = (_("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"))
    return f"{names[day.weekday()]}, {day:%d/%m/%Y}"
