"""Vietnamese text as plain ASCII words, for addresses and file names that travel through every system."""

import re
import unicodedata

_DROPPED = re.compile(r"[^a-z0-9]+")


def ascii_slug(text: str) -> str:
    """
    Write a text as lower-case ASCII words joined by hyphens; empty when nothing remains.

    Unicode does not decompose đ, so it is mapped by hand.
    """
    folded = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return _DROPPED.sub("-", plain.casefold()).strip("-")
