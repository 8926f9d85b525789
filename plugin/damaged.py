"""
Files that came damaged, or not at all: asked for again once a day, and filled in while nothing was published yet.

The paper is kept at once with the file marked, so that its limit runs and nobody forgets it. It is not published by
itself, and not by a person either while none of its files is there. What a source never hands out stays marked.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from .records import Attachment, DisclosureState, Document
from .store import Transaction
from .store import tables as t
from .text import _

PAUSE = timedelta(days=1)
"""Time between two tries to get the files of a paper."""
LASTING = frozenset({"too_many_files", "paper_too_large", "file_too_large"})
"""Reasons that another try cannot change."""
_CODE = "file-damaged"


def damaged(document: Document) -> tuple[str, ...]:
    """Return the names of the files of a document that are not there as they should be."""
    return tuple(file.name for file in document.attachments if file.problem)


def note_damage(
    tx: Transaction, source: str, opaque: str, paper: str, files: Iterable[Attachment], advice: str = ""
) -> None:  # fmt: skip
    """
    Remember that files of a paper have to be asked for again, and show it to the clerk.

    Args:
        opaque: the paper's opaque id, under which the note is kept.
        paper: how people call it, e.g. ``Kế hoạch 12/KH-UBND``.
        files: the damaged ones.
        advice: what the connector advises.
    """
    names = ", ".join(f"{file.name} ({file.problem})" for file in files)
    said = _("congkhai tự tải lại mỗi ngày một lần; trước khi có tệp, văn bản không tự công khai.")
    tx.connection.execute(
        sa.insert(t.problem).values(
            agency=tx.agency, source=source, ref=opaque, code=_CODE, raw_sha256="", at=tx.now,
            message=_("{paper}: chưa tải được {names}.").format(paper=paper, names=names),
            advice=f"{said} {advice}".strip(),
        )
    )  # fmt: skip


def is_due(connection: sa.Connection, source: str, opaque: str, document: str, now: datetime) -> bool:
    """Tell whether a held paper should be offered once more for the sake of its files."""
    tried = connection.scalar(sa.select(t.problem.c.at).where(*_note(source, opaque)))
    return tried is not None and now - tried >= PAUSE and not _decided(connection, document)


def fill_in(tx: Transaction, source: str, opaque: str, document: str, kept: Iterable[Attachment]) -> bool:
    """
    Put the files that came this time in the place of the damaged ones; the journal says so.

    Args:
        document: our id of the held version.
        kept: all files as they came this time.

    Returns:
        Whether anything was filled in.
    """
    row = t.attachment.c
    lost = {
        one.ordinal: one.name
        for one in tx.connection.execute(sa.select(t.attachment).where(row.document == document, row.problem != ""))
    }
    if not lost or _decided(tx.connection, document):
        return False
    come = [one for one in kept if not one.problem and lost.get(one.ordinal) == one.name]
    for file in come:
        tx.connection.execute(
            sa.update(t.attachment)
            .where(row.document == document, row.ordinal == file.ordinal)
            .values(sha256=file.sha256, size=file.size, media_type=file.media_type, problem="")
        )
    if come:
        tx.journal("document.completed", document, files=[file.sha256 for file in come])
    if len(come) == len(lost):
        forget_damage(tx, source, opaque)
    else:
        tx.connection.execute(sa.update(t.problem).where(*_note(source, opaque)).values(at=tx.now))
    return bool(come)


def forget_damage(tx: Transaction, source: str, opaque: str) -> None:
    """Ask no more for the files of a paper."""
    tx.connection.execute(sa.delete(t.problem).where(*_note(source, opaque)))


def _note(source: str, opaque: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (t.problem.c.source == source, t.problem.c.ref == opaque, t.problem.c.code == _CODE)


def _decided(connection: sa.Connection, document: str) -> bool:
    """Tell whether somebody has decided on the paper as it stands: then it is no longer changed under their hands."""
    matters = t.disclosure_document.join(t.disclosure, t.disclosure.c.id == t.disclosure_document.c.disclosure)
    open_states = (DisclosureState.PROPOSED.value, DisclosureState.REVIEW.value)
    query = (
        sa.select(t.disclosure.c.id)
        .select_from(matters)
        .where(t.disclosure_document.c.document == document, t.disclosure.c.state.not_in(open_states))
    )
    return connection.execute(query.limit(1)).first() is not None
