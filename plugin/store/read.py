"""Rows back into records."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from ..errors import InputError
from ..records import (
    Attachment,
    Break,
    Decision,
    Direction,
    Disclosure,
    DisclosureState,
    Document,
    DocumentStatus,
    Dossier,
    Evidence,
    Feedback,
    Finding,
    Look,
    Minutes,
    MinutesSignature,
    Part,
    Posting,
    PostingState,
    Severity,
    Tag,
    TagDecision,
)
from ..text import _
from . import tables as t


def _one(connection: sa.Connection, query: sa.Select[Any], what: str, id_: str) -> sa.Row[Any]:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InputError(
            what=_("Không có {what} nào mang mã này.").format(what=what), where=id_,
            advice=_("Xem danh sách bằng congkhai status."), code="congkhai-E140",
        )  # fmt: skip
    return row


def document(connection: sa.Connection, id_: str) -> Document:
    """Read one document with its attachments. Raises InputError when there is none."""
    row = _one(connection, sa.select(t.document).where(t.document.c.id == id_), _("văn bản"), id_)
    files = connection.execute(
        sa.select(t.attachment).where(t.attachment.c.document == id_).order_by(t.attachment.c.ordinal)
    )
    return _document(row, files)


def documents(connection: sa.Connection, ids: Sequence[str]) -> list[Document]:
    """Read those of the documents that there are, in two queries, in no order."""
    rows = connection.execute(sa.select(t.document).where(t.document.c.id.in_(ids))).all()
    query = sa.select(t.attachment).where(t.attachment.c.document.in_(ids)).order_by(t.attachment.c.ordinal)
    files = defaultdict[str, list[sa.Row[Any]]](list)
    for file in connection.execute(query):
        files[file.document].append(file)
    return [_document(row, files[row.id]) for row in rows]


def _document(row: sa.Row[Any], files: Iterable[sa.Row[Any]]) -> Document:
    return Document(
        id=row.id, agency=row.agency, source=row.source, remote_id=row.remote_id, version=row.version,
        direction=Direction(row.direction), type=row.type, number=row.number, issued=row.issued, arrived=row.arrived,
        issuer=row.issuer, subject=row.subject, signer=row.signer, received_at=row.received_at,
        identifier=row.identifier, urgency=row.urgency, page_amount=row.page_amount,
        status=DocumentStatus(row.status), marks=tuple(row.marks),
        attachments=tuple(
            Attachment(file.ordinal, file.name, file.media_type, file.size, file.sha256, file.problem)
            for file in files
        ),
    )  # fmt: skip


def decision(connection: sa.Connection, document_id: str) -> TagDecision | None:
    """Read the newest tagging decision on a document, or None."""
    query = sa.select(t.decision).where(t.decision.c.document == document_id).order_by(t.decision.c.seq.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    if row is None:
        return None
    tags = tuple(
        Tag(tag["category"], tag["key"], tag["confidence"], tuple(tag["why"]), tag.get("sub")) for tag in row.tags
    )
    return TagDecision(Decision(row.decision), tags, row.regime, row.decided_by, tuple(row.why))


def posting(connection: sa.Connection, id_: str) -> Posting:
    """Read one posting with its evidence. Raises InputError when there is none."""
    row = _one(connection, sa.select(t.posting).where(t.posting.c.id == id_), _("lần công khai"), id_)
    proofs = connection.execute(sa.select(t.evidence).where(t.evidence.c.posting == id_).order_by(t.evidence.c.id))
    return Posting(
        id=row.id, disclosure=row.disclosure, channel=row.channel, form=row.form, place=row.place,
        state=PostingState(row.state), required_days=row.required_days, counting=row.counting, basis=row.basis,
        posted_from=row.posted_from, posted_to=row.posted_to, close_from=row.close_from,
        evidence=tuple(
            Evidence(proof.kind, proof.at, proof.by, proof.address, proof.sha256, proof.note) for proof in proofs
        ),
        kind=row.kind, standing=row.standing, mode=row.mode, revision=row.revision,
    )  # fmt: skip


def looks(connection: sa.Connection, posting_id: str) -> tuple[Look, ...]:
    """Read every look at a posting, and the missed ones, in order of time."""
    rows = connection.execute(sa.select(t.probe).where(t.probe.c.posting == posting_id).order_by(t.probe.c.id))
    return tuple(
        Look(
            row.at, row.result, row.planned, row.by, row.address, row.sha256, row.message, row.status,
            row.certificate_sha256, row.certificate_until, row.latency_ms,
        )
        for row in rows
    )  # fmt: skip


def breaks(connection: sa.Connection, posting_id: str) -> tuple[Break, ...]:
    """Read the interruptions of a posting, oldest first."""
    query = sa.select(t.interruption).where(t.interruption.c.posting == posting_id).order_by(t.interruption.c.id)
    return tuple(
        Break(row.id, row.posting, row.kind, row.started, row.seen_before, row.ended, row.effect, row.reason, row.by)
        for row in connection.execute(query)
    )


def disclosure(connection: sa.Connection, id_: str) -> Disclosure:
    """Read one disclosure with documents (leading first), postings and feedback. Raises InputError."""
    row = _one(connection, sa.select(t.disclosure).where(t.disclosure.c.id == id_), _("nội dung công khai"), id_)
    documents = connection.scalars(
        sa.select(t.disclosure_document.c.document)
        .where(t.disclosure_document.c.disclosure == id_)
        .order_by(t.disclosure_document.c.rank)
    ).all()
    postings = connection.scalars(
        sa.select(t.posting.c.id).where(t.posting.c.disclosure == id_).order_by(t.posting.c.id)
    ).all()
    comments = _comments(connection, id_)
    return Disclosure(
        id=row.id, agency=row.agency, title=row.title, category=row.category, key=row.key,
        state=DisclosureState(row.state), trigger=row.trigger, publish_by=row.publish_by, remind_on=row.remind_on,
        opened_at=row.opened_at, documents=tuple(documents),
        postings=tuple(posting(connection, one) for one in postings),
        feedback=comments,
        row=row.row, note=row.note,
    )  # fmt: skip


ERASED = "…"
"""What stands in the place of a comment's erased text."""


def _comments(connection: sa.Connection, disclosure_id: str) -> tuple[Feedback, ...]:
    """Read the comments that count, by arrival; duplicates and what is no comment are kept and do not count."""
    item = t.feedback_item
    query = sa.select(item).where(item.c.disclosure == disclosure_id, item.c.state.not_in(("duplicate", "foreign")))
    return tuple(
        Feedback(
            row.received_at, "" if row.by == "congkhai" else row.by, row.text or ERASED,
            row.source, row.state, row.answer,
        )
        for row in connection.execute(query.order_by(item.c.received_at, item.c.id))
    )  # fmt: skip


def disclosures(connection: sa.Connection, agency: str, *states: DisclosureState) -> Iterator[Disclosure]:
    """Read the disclosures of an agency in the order they were opened; all states when none are named."""
    query = sa.select(t.disclosure.c.id).where(t.disclosure.c.agency == agency)
    if states:
        query = query.where(t.disclosure.c.state.in_([state.value for state in states]))
    for id_ in connection.scalars(query.order_by(t.disclosure.c.opened_at, t.disclosure.c.id)).all():
        yield disclosure(connection, id_)


def minutes(connection: sa.Connection, disclosure_id: str, kind: str) -> Minutes | None:
    """Read the minutes of a kind of one disclosure, or None."""
    query = sa.select(t.minutes.c.id).where(t.minutes.c.disclosure == disclosure_id, t.minutes.c.kind == kind)
    id_ = connection.scalar(query)
    return None if id_ is None else minutes_by_id(connection, id_)


def has_minutes(connection: sa.Connection, id_: str) -> bool:
    """Tell whether minutes with this id were made, whatever became of them."""
    return connection.scalar(sa.select(t.minutes.c.id).where(t.minutes.c.id == id_)) is not None


def minutes_by_id(connection: sa.Connection, id_: str) -> Minutes:
    """Read minutes with their signatures. Raises InputError when there are none."""
    row = _one(connection, sa.select(t.minutes).where(t.minutes.c.id == id_), _("biên bản"), id_)
    present = connection.execute(
        sa.select(t.signature).where(t.signature.c.minutes == id_).order_by(t.signature.c.signed_at)
    )
    return Minutes(
        id=row.id, disclosure=row.disclosure or "", kind=row.kind, roles=tuple(row.roles), body_sha256=row.body_sha256,
        file_sha256=row.file_sha256, made_at=row.made_at, number=row.number, pdf_sha256=row.pdf_sha256,
        signatures=tuple(
            MinutesSignature(one.role, one.signer, one.signed_at, one.signature_id, one.level, one.beside)
            for one in present
        ),
        subject=row.subject or row.disclosure or "",
    )  # fmt: skip


def dossier(connection: sa.Connection, subject: str) -> Dossier | None:
    """Read the newest version of the dossier of a disclosure or staff matter, or None."""
    query = sa.select(t.dossier).where(t.dossier.c.subject == subject).order_by(t.dossier.c.version.desc())
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _dossier(row)


def dossier_by_id(connection: sa.Connection, id_: str) -> Dossier:
    """Read one version of a dossier. Raises InputError when there is none."""
    return _dossier(_one(connection, sa.select(t.dossier).where(t.dossier.c.id == id_), _("hồ sơ"), id_))


def volumes(connection: sa.Connection, id_: str) -> tuple[str, ...]:
    """Return the digests of a sealed dossier's containers, one for each volume, in order."""
    query = sa.select(t.dossier_volume.c.sha256).where(t.dossier_volume.c.dossier == id_)
    return tuple(connection.scalars(query.order_by(t.dossier_volume.c.number)))


def _dossier(row: sa.Row[Any]) -> Dossier:
    return Dossier(
        id=row.id, disclosure=row.disclosure or "", kind=row.kind, title=row.title, complete=row.complete,
        parts=tuple(
            Part(part["key"], part["title"], part["state"], tuple(part["members"]), part["note"])
            for part in row.parts
        ),
        findings=tuple(
            Finding(one["id"], Severity(one["severity"]), one["where"], one["message"], one["advice"])
            for one in row.findings
        ),
        sha256=row.sha256, path=row.path, sealed_at=row.sealed_at, filed_at=row.filed_at, receipt=row.receipt,
        subject=row.subject, version=row.version, previous=row.previous,
    )  # fmt: skip
