"""
The pieces that papers are printed from, as plain data that the templates lay out, and how papers write days and hours.

The papers are Vietnamese whatever language the web page or the command line speaks, so nothing here is translated.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ..clock import local_date
from .people import Person

Block = dict[str, Any]
View = dict[str, Any]
_LIST = 30  # people; more stand in a table, whose head comes again on every page


def day_words(day: date) -> str:
    """Return a date as papers write it: two digits for days below 10 and months 1 and 2 (NĐ 30/2020, Phụ lục I, 4)."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def moment_words(moment: datetime) -> str:
    """Return a moment as papers write it, in Vietnam's time, e.g. ``15 giờ 00 phút, ngày 05 tháng 02 năm 2024``."""
    return f"{moment:%H} giờ {moment:%M} phút, {day_words(local_date(moment))}"


def breakable(text: str) -> str:
    """Return `text` for display: tabs as spaces, long runs without a space breakable so that they stay on the page."""
    words = text.replace("\t", " ").split(" ")
    return " ".join(_broken(word) if len(word) > 40 else word for word in words)


def _broken(word: str) -> str:
    return "\u200b".join(word[start : start + 20] for start in range(0, len(word), 20))


def section(title: str, blocks: list[Block]) -> View:
    """Return a section, its number still missing."""
    return {"title": title, "blocks": blocks}


def paragraph(text: str) -> Block:
    """Return a paragraph."""
    return {"kind": "paragraph", "text": breakable(text)}


def pair(label: str, text: str) -> Block:
    """Return a paragraph that begins with a label."""
    return {"kind": "pair", "label": f"{label}: ", "text": breakable(text)}


def item(text: str, *, url: str = "") -> Block:
    """Return a line of a list, with an address at its end or without."""
    return {"kind": "item", "text": breakable(text), "url": url}


def digest(sha256: str) -> Block:
    """Return a digest on a line of its own."""
    return {"kind": "hash", "text": sha256}


def sub(number: int, text: str) -> Block:
    """Return a heading within a section."""
    return {"kind": "sub", "text": f"{number}. {breakable(text)}"}


def stop(text: str) -> str:
    """Return a sentence with its full stop."""
    return text if text.endswith(".") else f"{text}."


def named(person: Person) -> str:
    """Return name and title on one line."""
    return f"{person.name} – {person.title}" if person.title else person.name


def table(
    heads: tuple[str, ...], widths: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: int = -1
) -> Block:
    """
    Return a table whose head is repeated on every page.

    Args:
        widths: of each column, in millimetres as text, or ``fr`` for what is left.
        right: number of a column of figures, from 0; -1 for none.
    """
    return {
        "kind": "table",
        "heads": list(heads),
        "widths": list(widths),
        "right": right,
        "rows": [[breakable(cell) for cell in row] for row in rows],
    }


def people(persons: tuple[Person, ...]) -> list[Block]:
    """Return people as a list, or as a table when they are many."""
    if len(persons) > _LIST:
        rows = [(str(place), person.name, person.title) for place, person in enumerate(persons, 1)]
        return [table(("STT", "Họ và tên", "Chức vụ"), ("13", "fr", "fr"), rows)]
    return [
        {"kind": "person", "text": f"{place}. {breakable(person.name)}", "title": breakable(person.title)}
        for place, person in enumerate(persons, 1)
    ]
