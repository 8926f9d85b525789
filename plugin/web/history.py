"""The timeline of a matter, read from the journal by subject, told in words and with the reasons that people gave."""

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ..records import Disclosure, Dossier, Minutes
from ..store import tables as t
from .history_words import act_words
from .words import paper_words

_MOST = 500
_QUIET = frozenset({"posting.looked", "publish.planned", "withdraw.planned", "hide.planned", "file.planned"})
"""Acts that are told only when everything is asked for."""


@dataclass(frozen=True, slots=True)
class Event:
    """
    One line of a matter's history.

    Attributes:
        about: which place or paper it is about; empty for the matter itself.
        said: the reason or note that a person gave.
        number: of the journal's entry.
    """

    at: datetime
    what: str
    by: str
    about: str
    said: str
    number: int


def history(
    connection: sa.Connection, matter: Disclosure, papers: list[Minutes], dossier: Dossier | None, *, full: bool
) -> tuple[list[Event], bool]:
    """
    Read what the journal says about a matter and what belongs to it, oldest first.

    Args:
        full: with every planned act and every look; otherwise what matters to people.

    Returns:
        The events, and whether older ones were left out because there are very many.
    """
    about = {matter.id: "", **{one.id: one.place for one in matter.postings}}
    about |= {one.id: paper_words(one.kind) for one in papers}
    about |= dict.fromkeys(matter.documents, "")
    if dossier is not None:
        about[dossier.id] = ""
    j = t.journal.c
    query = sa.select(j.seq, j.body).where(j.agency == matter.agency, j.subject.in_(list(about)))
    rows = connection.execute(query.order_by(j.seq.desc()).limit(_MOST + 1)).all()
    entries = [(row.seq, json.loads(row.body)) for row in reversed(rows[:_MOST])]
    remarks = _remarks(connection, matter.agency, entries)
    found = [
        Event(
            datetime.fromisoformat(entry["at"]), act_words(entry["act"], entry["facts"]), entry["actor"],
            about[entry["subject"]], _said(entry["facts"], remarks), seq,
        )
        for seq, entry in entries
        if full or entry["act"] not in _QUIET
    ]  # fmt: skip
    return found, len(rows) > _MOST


def _said(facts: dict[str, object], remarks: dict[str, str]) -> str:
    return next((remarks[value] for value in facts.values() if isinstance(value, str) and value in remarks), "")


def _remarks(connection: sa.Connection, agency: str, entries: list[tuple[int, dict[str, object]]]) -> dict[str, str]:
    digests = {
        value
        for _seq, entry in entries
        if isinstance(entry["facts"], dict)
        for key, value in entry["facts"].items()
        if key in ("reason", "note", "wanted", "answer", "notice") and isinstance(value, str) and len(value) == 64
    }
    subjects = {str(entry["subject"]) for _seq, entry in entries}
    r = t.remark.c
    query = sa.select(r.sha256, r.text).where(r.agency == agency, r.subject.in_(subjects), r.sha256.in_(digests))
    return {row.sha256: row.text for row in connection.execute(query)} if digests else {}
