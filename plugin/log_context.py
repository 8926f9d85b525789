"""What every log line of a piece of work is about: ids of work, paper and matter, never a name, a number, a subject."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from structlog.contextvars import bound_contextvars

from .errors import StoreError
from .store import Store, work
from .store import tables as t


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """
    Put ids on every log line that this thread writes while the block runs; empty ones are left out.

    Args:
        ids: by what they are, such as ``document``; of our own making, since others may hold what must not be logged.
    """
    with bound_contextvars(**{name: value for name, value in ids.items() if value}):
        yield


def ids_of(store: Store, job: work.Job) -> dict[str, str]:
    """
    Return what a piece of work is about.

    Returns:
        ``work`` (its number) and ``kind``; where they are known ``matter`` and ``document``, the one that the matter
        comes from; ``posting``, ``minutes`` or ``dossier`` when the work names one. A database that does not answer
        only makes the lines poorer.
    """
    args = {name: str(value) for name, value in job.args.items() if value}
    known = {name: args[name] for name, _table in _HELD if name in args}
    matter, document = args.get("disclosure", ""), args.get("document", "")
    try:
        with store.read() as connection:
            if not matter and not document and (id_ := next(iter(known.values()), args.get("subject", ""))):
                for name, held_by in connection.execute(_WHAT_IS, {"id": id_}):
                    known |= {name: id_} if name != "matter" else {}
                    matter = held_by or matter
            if matter and not document:
                document = connection.scalar(_FIRST_PAPER, {"id": matter}) or ""
    except StoreError:
        document = args.get("document", "")
    found = {"work": str(job.id), "kind": job.kind, **known, "matter": matter, "document": document}
    return {name: value for name, value in found.items() if value}


_HELD = (("posting", t.posting), ("minutes", t.minutes), ("dossier", t.dossier))
_ID = sa.bindparam("id", type_=sa.Text())
_WHAT_IS = sa.union_all(
    *(sa.select(sa.literal(name), table.c.disclosure).where(table.c.id == _ID) for name, table in _HELD),
    sa.select(sa.literal("matter"), t.disclosure.c.id).where(t.disclosure.c.id == _ID),
)
"""What an id stands for, and the matter that it belongs to: a bare ``subject`` may be any of them."""
_FIRST_PAPER = (
    sa.select(t.disclosure_document.c.document)
    .where(t.disclosure_document.c.disclosure == _ID)
    .order_by(t.disclosure_document.c.rank, t.disclosure_document.c.document)
    .limit(1)
)
