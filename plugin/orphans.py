"""
Files of the vault that no row names: looked for once a day and told; laid aside only when a person asks for it.

A file is written before the row that names it, so a process that dies in between leaves an orphan. Every text of every
row is searched for digests, the journal included: what any row names in any way stays where it is. A file that was
laid aside and is asked for after all comes back by itself (`Vault.open`).

The daemon only counts and names them. An orphan may be evidence: after an older backup was put back, or rows were
removed by somebody, these files are what shows it, and what the rows can be made from again.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from .clock import ZONE
from .house import House
from .store import Transaction, work
from .store import tables as t
from .text import _
from .work import Step

AGE: Final = 86400.0
"""Seconds that an orphan is left in its place: longer than any step takes between file and row."""
_DAY: Final = 86400.0
_SHOWN: Final = 20
"""How many are named; ``fsck`` names all."""
_DIGEST = re.compile("[0-9a-f]{64}")
_OWN = ("fsck.quarantined",)
"""Acts that name digests only to say that nothing names them."""
_LOOKED = "orphans"
"""Name of the row in `meta` with what the last daily look found; the vault is the whole installation's."""


@dataclass(frozen=True, slots=True)
class Seen:
    """
    What the last daily look found.

    Attributes:
        at: its legal moment.
        count: how many orphans there were; `first`: the digests of the first of them.
    """

    at: datetime
    count: int
    first: tuple[str, ...]


def plan_look(tx: Transaction) -> bool:
    """Plan the look of this real day, for the whole installation; whoever asks first has it. Returns whether new."""
    day = int(work.database_now(tx.connection) // _DAY)
    return tx.enqueue("orphans", f"orphans:{day}", day=day)


def look(step: Step) -> None:
    """Look for orphans and keep what was found. Work kind ``orphans``; args: day."""
    found = orphans(step.house)
    with step.commit() as tx:
        value = json.dumps({"at": tx.now.isoformat(), "count": len(found), "first": found[:_SHOWN]})
        row = t.meta.c.name == _LOOKED
        if not tx.connection.execute(sa.update(t.meta).where(row).values(value=value)).rowcount:
            tx.connection.execute(sa.insert(t.meta).values(name=_LOOKED, value=value))
        mine = (t.job.c.kind == "orphans", t.job.c.agency == tx.agency, t.job.c.state == "done")
        tx.connection.execute(sa.delete(t.job).where(*mine))  # their days never come again


def seen(connection: sa.Connection) -> Seen | None:
    """Return what the last look found; None before the first."""
    value = connection.scalar(sa.select(t.meta.c.value).where(t.meta.c.name == _LOOKED))
    if value is None:
        return None
    found = json.loads(value)
    return Seen(datetime.fromisoformat(found["at"]), int(found["count"]), tuple(found["first"]))


def orphans_waiting(connection: sa.Connection) -> list[dict[str, str]]:
    """Return what `status` says of orphans: nothing, or one entry that names them."""
    found = seen(connection)
    if found is None or not found.count:
        return []
    named = ", ".join(one[:12] for one in found.first) + (", …" if found.count > len(found.first) else "")
    title = _("{n} tệp trong kho không thuộc dòng nào (rà ngày {day}): {names}").format(
        n=found.count, day=found.at.astimezone(ZONE).strftime("%d/%m/%Y"), names=named
    )
    step = _("Tìm hiểu vì sao trước (khôi phục bản cũ? mất dòng?); congkhai fsck --mend chuyển vào nơi cách ly.")
    return [{"id": "vault", "title": title, "what": "orphans", "subject": "vault", "next": step}]


def orphans(house: House) -> list[str]:
    """Return the digests of files that no row of any agency names, and that are older than a day."""
    vault = house.store.vault
    left = set(vault.digests())  # before the rows are read: what comes meanwhile is not in question
    with house.store.whole.read() as connection:  # the vault is every agency's
        for column in _digest_columns():
            for chunk in connection.execution_options(yield_per=1000).scalars(sa.select(column)).partitions():
                left.difference_update(chunk)
        left = {one for one in left if vault.age(one) >= AGE}
        if left:  # few, as a rule: only for these is every text of every row read
            for text in _texts(connection):
                left.difference_update(_DIGEST.findall(text))
    return sorted(left)


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


def _digest_columns() -> Iterator["sa.Column[str]"]:
    """Yield the columns that hold digests of files and nothing else."""
    for table in t.metadata.sorted_tables:
        yield from (one for one in table.columns if one.name.endswith("sha256"))


def _texts(connection: sa.Connection) -> Iterator[str]:
    for table in t.metadata.sorted_tables:
        if table.name in ("meta", "journal_head", "search_word", "session", "ticket", "token", "attempt"):
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
