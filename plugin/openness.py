"""
What those may see who have not signed in: what is public inside the house, less what only staff with a right may see.

A visitor without an account may be anybody who reaches the page, so a matter is shown to them as on a public channel:
never what the law keeps from the public, and nothing in which the guard sees personal data, unless a person overruled
exactly that. Words (title, subject, issuer) close the whole matter, a file closes only itself.
"""

from collections.abc import Collection, Sequence
from functools import lru_cache

import sqlalchemy as sa

from .errors import StoreError
from .house import House
from .planning import NEVER_PUBLIC, keys_of
from .privacy import personal_facts
from .privacy_guard import is_clean_file, is_overruled
from .records import Attachment, Disclosure, Document
from .store import read
from .store import tables as t


def may_leave() -> sa.ColumnElement[bool]:
    """Return the condition on disclosures that none of their keys forbids to leave the house, in SQL."""
    c, never = t.disclosure_category.c, sorted(NEVER_PUBLIC)
    further = sa.exists().where(c.disclosure == t.disclosure.c.id, c.key.in_(never))
    return sa.and_(t.disclosure.c.key.not_in(never), sa.not_(further))


def never_leaves(connection: sa.Connection, matter: Disclosure) -> bool:
    """Tell whether a key of a matter, the leading one or any other, forbids it to leave the house."""
    return bool(NEVER_PUBLIC & {matter.key, *keys_of(connection, matter)})


def closed_to_visitors(house: House, connection: sa.Connection, ids: Collection[str]) -> frozenset[str]:
    """
    Return which of these disclosures nobody without an account may see.

    Args:
        ids: of disclosures; as many as a page shows.
    """
    d, c = t.disclosure.c, t.document.c
    wanted = d.id.in_(list(ids))
    never = set(connection.scalars(sa.select(d.id).where(wanted, sa.not_(may_leave()))))
    words = connection.execute(
        sa.select(d.id, d.title, c.subject, c.issuer)
        .outerjoin(t.disclosure_document, t.disclosure_document.c.disclosure == d.id)
        .outerjoin(t.document, t.document.c.id == t.disclosure_document.c.document)
        .where(wanted)
    )
    own = house.configuration.publication.contacts
    told = {row.id for row in words if any(_tells(text or "", own) for text in (row.title, row.subject, row.issuer))}
    return frozenset(
        never | {id_ for id_ in told - never if not is_overruled(house, read.disclosure(connection, id_))}
    )  # fmt: skip


@lru_cache(maxsize=20_000)
def _tells(text: str, own: tuple[str, ...]) -> bool:
    """Tell whether words name personal data; the same titles are asked about at every look at a list."""
    return bool(personal_facts(text, own))


def open_files(house: House, matter: Disclosure, documents: Sequence[Document]) -> frozenset[str]:
    """
    Return the digests of the files of an open matter that a visitor without an account may have.

    A file that cannot be read now is left out: what was not examined does not leave.
    """
    try:
        overruled = is_overruled(house, matter)
    except StoreError:
        overruled = False
    files = [file for document in documents for file in document.attachments if not file.problem]
    return frozenset(file.sha256 for file in files if overruled or _is_clean(house, file))


def _is_clean(house: House, file: Attachment) -> bool:
    try:
        return is_clean_file(house, file)
    except StoreError:
        return False
