"""
Intake: what a connector offers becomes a document of ours, or provably does not.

Order for every paper: secrecy by its fields in memory → names of its files → the files in memory → secrecy by their
first pages → files into the vault → one transaction with the row, the journal entry and the follow-up work → the
connector is told. A refused paper leaves an opaque id and the time, nothing else.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from .damaged import LASTING, fill_in, forget_damage, is_due, note_damage
from .duties import open_task
from .errors import InputError, PassingError
from .firstpage import first_text
from .house import House
from .interfaces import Connector
from .recall import apply_act, supersede_version
from .records import (
    Attachment,
    AttachmentRef,
    Direction,
    DocumentStatus,
    Outcome,
    PulledDocument,
    PulledProblem,
)
from .secrecy import judge
from .store import Transaction, read
from .store import tables as t
from .text import _

_HELD = "held:"
_WAITING = "file-waiting"
_MOST_FILES, _MOST_BYTES = 500, 512 * 2**20
"""Files and bytes that are fetched of one paper: they are in memory together until the secrecy gate has seen them."""
_TOO_MANY, _TOO_MUCH = "too_many_files", "paper_too_large"
_FILE_WAIT = timedelta(hours=6)
"""How long a paper waits for a file that may still come; then it is taken in with the file marked."""


@dataclass(frozen=True, slots=True)
class _File:
    ref: AttachmentRef
    data: bytes
    error: InputError | None = None

    @property
    def problem(self) -> str:
        """Reason code why the file cannot be used; empty when it can."""
        return self.error.code if self.error else ""


class HeldPapers:
    """What the house holds of one source, for the connector's `pull`."""

    def __init__(self, house: House, source: str) -> None:
        self._house = house
        self._source = source

    def fingerprint(self, remote_id: str) -> str | None:
        """Return the fingerprint of the newest held version, or None."""
        with self._house.store.read() as connection:
            newest = self._newest(connection, remote_id)
        return None if newest is None else str(newest.fingerprint)

    def lacks_files(self, remote_id: str) -> bool:
        """Tell whether files of a held paper came damaged and should be asked for again now."""
        with self._house.store.read() as connection:
            newest = self._newest(connection, remote_id)
            ticket, now = self.ticket(remote_id), self._house.clock.now()
            return newest is not None and is_due(connection, self._source, ticket, newest.id, now)

    def _newest(self, connection: sa.Connection, remote_id: str) -> sa.Row[Any, Any] | None:
        query = (
            sa.select(t.document.c.id, t.document.c.fingerprint)
            .where(t.document.c.source == self._source, t.document.c.remote_id == remote_id)
            .order_by(t.document.c.version.desc())
            .limit(1)
        )
        return connection.execute(query).first()

    def refused(self, remote_id: str) -> bool:
        """Tell whether the paper was refused before; asks by its opaque id."""
        return self.refused_ticket(self.ticket(remote_id))

    def ticket(self, remote_id: str) -> str:
        """Return the opaque id of a paper."""
        return self._house.opaque(self._source, remote_id)

    def refused_ticket(self, ticket: str) -> bool:
        """Tell whether the paper behind an opaque id was refused."""
        with self._house.store.read() as connection:
            return connection.scalar(sa.select(t.refusal.c.at).where(t.refusal.c.opaque == ticket)) is not None


def media_type_of(data: bytes, claimed: str) -> str:
    """Decide a file's type by its first bytes; the sender's label counts only where they say nothing."""
    if data.startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        if b"word/" in data[:4096] or b"[Content_Types].xml" in data[:4096]:
            return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return "application/zip"
    if data.startswith(b"\x89PNG\r\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return "application/msword"
    return claimed or "application/octet-stream"


def receive(house: House, source: str, connector: Connector, offered: PulledDocument) -> Outcome:
    """
    Take in one offered document.

    Returns:
        How it ended; the connector has been told.

    Raises:
        OutsideError: a file could not be fetched; nothing was kept and the paper will be offered again.
        PassingError: as above, but the source as such works: only this paper waits.
        StoreError: it could not be kept; as above.
    """
    plain = connector.plain(offered.secrecy)
    fields = (offered.subject, offered.type, offered.number, offered.text)
    verdict = judge(offered.secrecy, field_is_plain=plain, texts=fields)
    if verdict.refuse:
        return _refuse(house, source, connector, offered, verdict.reason)
    refs = connector.list_attachments(offered)
    verdict = judge(offered.secrecy, field_is_plain=plain, texts=[ref.name for ref in refs])
    if verdict.refuse:
        return _refuse(house, source, connector, offered, verdict.reason)
    files = list(_fetched(connector, refs))
    texts = (first_text(file.data, media_type_of(file.data, file.ref.media_type)) for file in files)
    verdict = judge(offered.secrecy, field_is_plain=plain, texts=texts)
    if verdict.refuse:
        return _refuse(house, source, connector, offered, verdict.reason)
    for file in files:
        if isinstance(file.error, PassingError) and _waits(house, source, offered, file.error):
            raise file.error
    return _keep(house, source, connector, offered, files)


def _waits(house: House, source: str, offered: PulledDocument, error: PassingError) -> bool:
    """Tell whether a paper is left for a later pull because of a file that may still come; the first time is noted."""
    opaque = house.opaque(source, offered.remote_id)
    with house.store.write(house.agency, "congkhai") as tx:
        newest = _newest(tx, source, offered.remote_id)
        if newest is not None and newest.fingerprint == offered.fingerprint:
            return False
        since = tx.connection.scalar(sa.select(t.problem.c.at).where(*_waiting(source, opaque)))
        if since is None:
            tx.connection.execute(
                sa.insert(t.problem).values(
                    agency=tx.agency, source=source, ref=opaque, code=_WAITING,
                    message=_("Một văn bản chưa được nhận vì tải về chưa đúng tệp ({code}).").format(code=error.code),
                    advice=_("congkhai thử lại ở các lượt sau; sau {hours} giờ thì nhận và ghi rõ tệp hỏng.").format(
                        hours=_FILE_WAIT // timedelta(hours=1)
                    ),
                    raw_sha256="", at=tx.now,
                )
            )  # fmt: skip
            tx.journal("document.waiting", opaque, source=source, code=error.code)
            return True
        return bool(tx.now - since < _FILE_WAIT)


def _waiting(source: str, opaque: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (t.problem.c.source == source, t.problem.c.ref == opaque, t.problem.c.code == _WAITING)


def _no_longer_waits(tx: Transaction, source: str, opaque: str) -> None:
    tx.connection.execute(sa.delete(t.problem).where(*_waiting(source, opaque)))


def _fetched(connector: Connector, refs: Sequence[AttachmentRef]) -> Iterator[_File]:
    """Fetch a paper's files as far as one paper may fill memory; what lies beyond is kept by name, with its reason."""
    total = 0
    for number, ref in enumerate(refs, start=1):
        if number > _MOST_FILES:
            what = _("Văn bản có quá {count} tệp; tệp này không được tải.").format(count=_MOST_FILES)
            yield _File(ref, b"", InputError(what, where=ref.name, code=_TOO_MANY))
        elif total > _MOST_BYTES:
            what = _("Các tệp của văn bản vượt {size} MiB; tệp này không được tải.").format(size=_MOST_BYTES // 2**20)
            yield _File(ref, b"", InputError(what, where=ref.name, code=_TOO_MUCH))
        else:
            file = _fetch(connector, ref)
            total += len(file.data)
            yield file


def _fetch(connector: Connector, ref: AttachmentRef) -> _File:
    try:
        return _File(ref, connector.open_attachment(ref))
    except InputError as error:  # the paper is kept with the file marked: a clerk can ask the sender for it again
        return _File(ref, b"", error)


def _refuse(house: House, source: str, connector: Connector, offered: PulledDocument, reason: str) -> Outcome:
    opaque = house.opaque(source, offered.remote_id)
    with house.store.write(house.agency, "congkhai") as tx:
        known = tx.connection.scalar(sa.select(t.refusal.c.at).where(t.refusal.c.opaque == opaque))
        if known is None:
            tx.connection.execute(
                sa.insert(t.refusal).values(opaque=opaque, agency=tx.agency, source=source, reason=reason, at=tx.now)
            )
            tx.journal("document.refused", opaque, reason=reason)
        _no_longer_waits(tx, source, opaque)
    connector.settle(offered, Outcome.REFUSED, reason)
    return Outcome.REFUSED


def _keep(
    house: House, source: str, connector: Connector, offered: PulledDocument, files: list[_File]
) -> Outcome:  # fmt: skip
    raw = house.store.vault.put(offered.raw)[0] if offered.raw is not None else ""
    kept = tuple(_attachment(house, file) for file in files)
    with house.store.write(house.agency, "congkhai") as tx:
        _no_longer_waits(tx, source, house.opaque(source, offered.remote_id))
        newest = _newest(tx, source, offered.remote_id)
        if newest is not None and newest.fingerprint == offered.fingerprint:
            held = next((mark for mark in newest.marks if mark.startswith(_HELD)), "")
            id_ = document_id(source, offered.remote_id, newest.version)
            fill_in(tx, source, house.opaque(source, offered.remote_id), id_, kept)
            outcome = Outcome.HELD if held else Outcome.DUPLICATE
            reason = held.removeprefix(_HELD) or "same-paper-again"
        else:
            version = newest.version + 1 if newest else 1
            outcome, reason = _insert(tx, source, offered, kept, raw, version)
            if offered.due is not None and offered.direction is Direction.IN and outcome is Outcome.ACCEPTED:
                id_ = document_id(source, offered.remote_id, version)
                open_task(tx, house, id_, _nfc(offered.number), offered.due, origin=f"{source}\x1f{offered.remote_id}")
            _tell(tx, house, source, offered, files, kept)
    connector.settle(offered, outcome, reason)
    return outcome


def _tell(
    tx: Transaction, house: House, source: str, offered: PulledDocument, files: Sequence[_File],
    kept: Sequence[Attachment],
) -> None:  # fmt: skip
    """Show the clerk which files of a new paper are missing, and whether they are asked for again."""
    paper = f"{offered.type} {offered.number}".strip() or _nfc(offered.subject)
    for file in _worth_telling(files):
        if file.error and file.problem in LASTING:
            tx.record_fault("attachment", f"{paper}: {file.ref.name}", file.error.explain())
    lost = [one for one in kept if one.problem and one.problem not in LASTING]
    opaque = house.opaque(source, offered.remote_id)
    forget_damage(tx, source, opaque)  # of an earlier version
    if lost:
        advice = dict.fromkeys(file.error.advice for file in files if file.error and file.problem not in LASTING)
        note_damage(tx, source, opaque, paper, lost, " ".join(advice))


def _worth_telling(files: Sequence[_File]) -> Iterator[_File]:
    """Leave out all but the first of the files that only their number or their common size kept out."""
    told: set[str] = set()
    for file in files:
        if file.problem not in told:
            yield file
        if file.problem in (_TOO_MANY, _TOO_MUCH):
            told.add(file.problem)


def _attachment(house: House, file: _File) -> Attachment:
    if file.problem:
        return Attachment(file.ref.ordinal, file.ref.name, file.ref.media_type, 0, "", file.problem)
    sha256, size = house.store.vault.put(file.data)
    name = unicodedata.normalize("NFC", file.ref.name)
    return Attachment(file.ref.ordinal, name, media_type_of(file.data, file.ref.media_type), size, sha256)


def _newest(tx: Transaction, source: str, remote_id: str) -> sa.Row[Any, Any, Any] | None:
    query = (
        sa.select(t.document.c.version, t.document.c.fingerprint, t.document.c.marks)
        .where(t.document.c.source == source, t.document.c.remote_id == remote_id)
        .order_by(t.document.c.version.desc())
        .limit(1)
    )
    return tx.connection.execute(query).first()


def document_id(source: str, remote_id: str, version: int) -> str:
    """Return our id of a document: the same paper gets the same id however often a crash makes us take it in."""
    return "d" + hashlib.sha256(f"{source}\x1f{remote_id}\x1f{version}".encode()).hexdigest()[:15]


def _insert(
    tx: Transaction, source: str, offered: PulledDocument, kept: tuple[Attachment, ...], raw: str,
    version: int,
) -> tuple[Outcome, str]:  # fmt: skip
    id_ = document_id(source, offered.remote_id, version)
    tx.connection.execute(
        sa.insert(t.document).values(
            id=id_, agency=tx.agency, source=source, remote_id=offered.remote_id, version=version,
            direction=offered.direction.value, type=_nfc(offered.type), number=_nfc(offered.number),
            issued=offered.issued, arrived=offered.arrived, issuer=_nfc(offered.issuer),
            subject=_nfc(offered.subject), signer=_nfc(offered.signer), identifier=_nfc(offered.identifier),
            urgency=_nfc(offered.urgency), page_amount=offered.page_amount, status=DocumentStatus.CURRENT.value,
            marks=list(offered.marks), fingerprint=offered.fingerprint, raw_sha256=raw, received_at=tx.now,
        )
    )  # fmt: skip
    for file in kept:
        tx.connection.execute(
            sa.insert(t.attachment).values(
                document=id_, ordinal=file.ordinal, name=file.name, media_type=file.media_type, size=file.size,
                sha256=file.sha256, problem=file.problem,
            )
        )  # fmt: skip
    tx.journal(
        "document.received", id_, source=source, version=version, act=offered.act,
        files=[file.sha256 or file.problem for file in kept],
    )  # fmt: skip
    outcome, reason = apply_act(tx, id_, offered)
    if outcome is Outcome.HELD:  # remembered with the row: after a crash the source must hear the same again
        marks = [*offered.marks, f"{_HELD}{reason}"]
        tx.connection.execute(sa.update(t.document).where(t.document.c.id == id_).values(marks=marks))
    else:
        if version > 1 and offered.act == "new" and reason == "new":
            supersede_version(tx, document_id(source, offered.remote_id, version - 1), id_)
        tx.enqueue("tag", id_, document=id_)
    tx.announce("document_received", document=read.document(tx.connection, id_))
    return outcome, reason


def record_problem(house: House, source: str, found: PulledProblem) -> None:
    """Keep what could not be used at a source, once, where the clerk looks."""
    with house.store.write(house.agency, "congkhai") as tx:
        same = (t.problem.c.source == source, t.problem.c.ref == found.ref, t.problem.c.code == found.code)
        if tx.connection.execute(sa.select(t.problem.c.id).where(*same)).first() is None:
            tx.connection.execute(
                sa.insert(t.problem).values(
                    agency=tx.agency, source=source, ref=found.ref, code=found.code, message=found.message,
                    advice=found.advice, raw_sha256=found.raw_sha256, at=tx.now,
                )
            )  # fmt: skip
            tx.journal("packet.rejected", house.opaque(source, found.ref), source=source, code=found.code)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
