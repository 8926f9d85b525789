"""
Finding disclosures by words: over subject, number, issuer and signer, with or without diacritics.

Each word of a disclosure is a row, written in the transaction that writes what it is taken from. A portable table of
words serves SQLite and PostgreSQL alike, and folds Vietnamese as the tagger does.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from .feedback_records import feedback_code
from .store import tables as t
from .tagging.fold import tokens

_LONGEST = 40
_MOST = 300
_SHORT = 500
"""A word that fewer disclosures hold may be the beginning of another."""
_RARE = 8000
"""A word that fewer disclosures hold is looked up first; others are only checked."""
UNIT = "@"
"""Stands before the words of an issuer, for the filter by unit."""


def _words(texts: Iterable[str], before: str = "") -> list[str]:
    found = dict.fromkeys(word[:_LONGEST] for text in texts for word in tokens(text))
    return [before + word for word in list(found)[:_MOST]]


def index_disclosure(connection: sa.Connection, disclosure: str) -> None:
    """Write the words of one disclosure anew, in the caller's transaction."""
    d, k, o = t.disclosure.c, t.disclosure_document.c, t.document.c
    row = connection.execute(sa.select(d.agency, d.title).where(d.id == disclosure)).one()
    papers = connection.execute(
        sa.select(o.subject, o.number, o.issuer, o.signer, o.identifier)
        .join(t.disclosure_document, k.document == o.id)
        .where(k.disclosure == disclosure)
    ).all()
    texts = [row.title, disclosure, feedback_code(disclosure)]
    texts += [text for paper in papers for text in paper if text]
    words = dict.fromkeys([*_words(texts), *_words([paper.issuer for paper in papers], UNIT)])
    connection.execute(sa.delete(t.search_word).where(t.search_word.c.disclosure == disclosure))
    connection.execute(
        sa.insert(t.search_word), [{"agency": row.agency, "word": word, "disclosure": disclosure} for word in words]
    )


def index_all(connection: sa.Connection, agency: str) -> int:
    """Write the words of every disclosure of an agency anew. Returns how many there are."""
    ids = connection.scalars(sa.select(t.disclosure.c.id).where(t.disclosure.c.agency == agency)).all()
    for id_ in ids:
        index_disclosure(connection, id_)
    return len(ids)


def holding(connection: sa.Connection, agency: str, text: str, *, unit: bool = False) -> list[sa.ColumnElement[bool]]:
    """
    Return conditions on ``disclosure`` that hold where every word of `text` stands.

    Args:
        text: as typed, with or without diacritics, numbers with or without signs; the last word may be unfinished,
            unless it is a common word by itself.
        unit: the words of the issuer alone.

    Returns:
        One condition a word, the rarest first; none for a text without words.
    """
    words = _words([text], UNIT if unit else "")
    w = t.search_word.c
    found: list[tuple[int, sa.ColumnElement[bool]]] = []
    for place, word in enumerate(words):
        same: sa.ColumnElement[bool] = w.word == word
        count = _count(connection, agency, same)
        condition: sa.ColumnElement[bool]
        begins = count < _SHORT and place == len(words) - 1 and word[-1:].isalpha()
        if begins:
            same = sa.and_(w.word >= word, w.word < word[:-1] + chr(ord(word[-1]) + 1))  # what begins with it
            count = _count(connection, agency, same)
        if count < _RARE:
            condition = t.disclosure.c.id.in_(sa.select(w.disclosure).where(w.agency == agency, same))
        else:
            # A value, not EXISTS: the database then walks the list in its order and stops when the page is full. Sums
            # keep it from walking along everything that begins so: a disclosure has few words.
            held = w.agency == agency
            if begins:
                held = sa.and_(w.agency + "" == agency, w.word + "" >= word)
            one = sa.select(sa.literal(1)).where(held, same, w.disclosure == t.disclosure.c.id).limit(1)
            condition = one.scalar_subquery() == 1
        found.append((count, condition))
    return [condition for _count, condition in sorted(found, key=lambda one: one[0])]


def _count(connection: sa.Connection, agency: str, same: sa.ColumnElement[bool]) -> int:
    """Count the rows of a word, up to `_RARE`."""
    some = sa.select(sa.literal(1)).where(t.search_word.c.agency == agency, same).limit(_RARE).subquery()
    return int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)


def exact_first(text: str, titles: Sequence[str]) -> list[int]:
    """Return the places of `titles`, those that hold `text` as it was typed, diacritics included, before the others."""
    typed = text.casefold()
    return sorted(range(len(titles)), key=lambda place: typed not in titles[place].casefold())
