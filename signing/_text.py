"""What people read: Vietnamese in the source; other languages through the gettext domain ``congkhai``."""

import gettext


def _(message: str) -> str:
    """Translate one Vietnamese sentence; fill placeholders afterwards with ``.format(...)``."""
    return gettext.dgettext("congkhai", message)
