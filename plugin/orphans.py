"""
Files of the vault that no row names: found, and laid aside after a day; nothing is ever deleted.

A file is written before the row that names it, so a process that dies in between leaves an orphan. Every text of every
row is searched for digests, the journal included: what any row names in any way stays where it is. A file that was
laid aside and is asked for after all comes back by itself (`Vault.open`).
"""

import json
import re
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from .house import House
from .store import tables as t

AGE: Final = 86400.0
"""Seconds that an orphan is left in its place: longer than any step takes between file and row."""
_DIGEST = re.compile("[0-9a-f]{64}")
_OWN = ("fsck.quarantined",)
"""Acts that name digests only to say that nothing names them."""


def orphans(house: House) -> list[str]:
    """Return the digests of files that no row of any agency names, and that are older than a day."""
    with house.store.whole.read() as connection:  # the vault is every agency's
        named = named_anywhere(connection)
    vault = house.store.vault
    return [one for one in vault.digests() if one not in named and vault.age(one) >= AGE]


def lay_aside(house: House, found: list[str], by: str) -> None:
    """
    Put orphans into quarantine, with an entry in the journal.

    Args:
        found: as `orphans` returned them.
        by: who asked.

    Raises:
        StoreError: a file could not be moved; the others are where the journal says.
    """
    moved: list[str] = []
    try:
        for sha256 in found:
            house.store.vault.quarantine(sha256)
            moved.append(sha256)
    finally:
        if moved:
            with house.store.write(house.agency, by) as tx:
                tx.journal("fsck.quarantined", "vault", files=moved)


def named_anywhere(connection: sa.Connection) -> set[str]:
    """Return everything that looks like a digest in any text of any row."""
    return {digest for text in _texts(connection) for digest in _DIGEST.findall(text)}


def _texts(connection: sa.Connection) -> Iterator[str]:
    for table in t.metadata.sorted_tables:
        if table.name in ("journal_head", "search_word", "session", "ticket", "token", "attempt"):
            continue
        wanted = [one for one in table.columns if isinstance(one.type, (sa.Text, sa.JSON)) and _may_name(one)]
        if not wanted:
            continue
        rows = connection.execution_options(yield_per=1000).execute(sa.select(*wanted))
        for row in rows:
            texts = [value if isinstance(value, str) else json.dumps(value) for value in row if value]
            if table is t.journal and any(f'"act":"{act}"' in text for text in texts for act in _OWN):
                continue
            yield from texts


def _may_name(column: "sa.Column[object]") -> bool:
    """Tell whether a column may name a file; the journal's hashes are digests of entries, not of files."""
    return not (column.table is t.journal and column.name in ("hash", "prev"))
