"""What people read, in Vietnamese, translated through gettext (domain ``congkhai``)."""

import gettext
from datetime import date


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    return gettext.dgettext("congkhai", message)


def say_date(day: date) -> str:
    """Write a date as people read it: weekday and dd/mm/yyyy, e.g. ``thứ Bảy, 21/11/2026``."""
    names = (_("thứ Hai"), _("thứ Ba"), _("thứ Tư"), _("thứ Năm"), _("thứ Sáu"), _("thứ Bảy"), _("Chủ nhật"))
    return f"{names[day.weekday()]}, {day:%d/%m/%Y}"
