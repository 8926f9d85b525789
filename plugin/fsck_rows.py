"""Rows that name nothing: references that the database holds by itself, and those that only the program knows."""

from collections.abc import Iterator

import sqlalchemy as sa

from .store import tables as t
from .text import _

_SUBJECTS: tuple[tuple["sa.Column[str]", tuple["sa.Column[str]", ...], str], ...] = (
    (t.dossier.c.subject, (t.disclosure.c.id, t.staff_matter.c.id), ""),
    (t.signing_order.c.minutes, (t.minutes.c.id,), ""),
    (t.outbox.c.subject, (t.posting.c.id, t.dossier.c.id), ""),
    (t.deadline.c.subject, (t.disclosure.c.id,), "close overdue"),
    (t.deadline.c.subject, (t.posting.c.id,), "probe overstay"),
    (t.deadline.c.subject, (t.minutes.c.id,), "raise"),
    (t.deadline.c.subject, (t.disclosure.c.id, t.staff_matter.c.id), "dossier raise-dossier"),
)
"""References without a foreign key: the column, what it may name, and for which kinds of the row (all when empty)."""


def loose_rows(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Yield rows of any agency that name something which is not there: the row, and what it names."""
    for table in t.metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                yield from _loose(connection, column, (key.column,), "")
    for column, targets, kinds in _SUBJECTS:
        yield from _loose(connection, column, targets, kinds)


def _loose(
    connection: sa.Connection, column: "sa.Column[str]", targets: "tuple[sa.Column[str], ...]", kinds: str
) -> Iterator[tuple[str, str]]:
    held = [column.is_not(None), column != ""]
    held += [
        sa.not_(sa.exists(sa.select(sa.literal(1)).where(one == column).correlate(column.table))) for one in targets
    ]
    if kinds:
        held += [column.table.c.kind.in_(kinds.split()), column.table.c.state == "open"]
    place = next(iter(column.table.primary_key.columns))
    for row in connection.execute(sa.select(place, column).where(*held).limit(100)):
        what = _("Dòng nêu {column} = {value} nhưng không có dòng đó.").format(column=column.name, value=row[1])
        yield f"{column.table.name} {row[0]}", what
