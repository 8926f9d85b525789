"""
A sealed dossier read for packing: the container says what it holds, the rows say what each paper is.

Bytes always come from the sealed container, so that a package holds exactly what was sealed.
"""

import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast

import pypdfium2
import sqlalchemy as sa

from ..clock import local_date
from ..errors import InputError, NotAllowedError, OurError
from ..minutes import DossierIndex, read_index
from ..minutes.index import Member
from ..platform import temporary_name
from ..store import Store
from ..store import tables as t
from ..text import _
from .package import JOURNAL
from .records import ArchiveDossier, Content, Event, Paper

CONTAINER_TYPE = "application/vnd.etsi.asic-e+zip"
INDEX = "dossier.xml"
_PAPER_KINDS = {"document": "", "plan": "Kế hoạch", "minutes": "Biên bản", "report": "Báo cáo"}
_EVENTS = {
    "minutes.made": "creation",
    "minutes.signed": "digital signature validation",
    "minutes.raised": "digital signature renewal",
    "dossier.sealed": "information package creation",
    "dossier.raised": "digital signature renewal",
    "document.received": "ingestion",
}
_SEALS = ("dossier.sealed", "dossier.raised")
_COUNTED = 64 * 1024 * 1024  # a PDF beyond this size is not opened only to count its pages
_AT_ONCE = 400  # digests or ids in one question to the database
_IN_MEMORY = 16 * 1024 * 1024  # larger containers are read from a temporary file in the store's folder


def _of(agency: str) -> sa.ColumnElement[bool]:
    """Tell which dossiers belong to an agency: those of its disclosures and of its staff matters."""
    return sa.or_(
        t.dossier.c.subject.in_(sa.select(t.disclosure.c.id).where(t.disclosure.c.agency == agency)),
        t.dossier.c.subject.in_(sa.select(t.staff_matter.c.id).where(t.staff_matter.c.agency == agency)),
    )


def sealed_ids(store: Store, agency: str) -> list[str]:
    """Return the ids of all sealed dossiers of an agency, the newest sealed version of each, oldest seal first."""
    newer = t.dossier.alias("newer")
    replaced = sa.exists().where(
        newer.c.subject == t.dossier.c.subject, newer.c.version > t.dossier.c.version, newer.c.sha256 != ""
    )
    query = (
        sa.select(t.dossier.c.id)
        .where(_of(agency), t.dossier.c.sha256 != "", ~replaced)
        .order_by(t.dossier.c.sealed_at, t.dossier.c.id)
    )
    with store.read() as connection:
        return list(connection.scalars(query))


@contextmanager
def opened_dossier(store: Store, agency: str, id_: str) -> Iterator[ArchiveDossier]:
    """
    Read a sealed dossier; its files can be opened while the block runs.

    Raises:
        InputError: there is no such dossier of this agency (code ``congkhai-E776``).
        NotAllowedError: it is not complete and sealed (code ``congkhai-E776``).
        OurError: the container is not what its index says (code ``congkhai-E777``).
        StoreError: the container is missing in the vault, or damaged.
    """
    with ExitStack() as stack:
        with store.read() as connection:
            row = _row(connection, agency, id_)
            query = sa.select(t.dossier_volume.c.sha256).where(t.dossier_volume.c.dossier == id_)
            volumes = connection.scalars(query.order_by(t.dossier_volume.c.number)).all() or [row.sha256]
            sealed = _Sealed(store, volumes, id_, stack)
            index = read_index(sealed.read(INDEX))
            papers, attached = _Papers(connection, agency, index, sealed).split()
            entries = _journal(connection, agency, row, papers)
        yield ArchiveDossier(
            id=row.id, sha256=sealed.sha256, sealed_at=row.sealed_at, organ_id=index.code.organ_id,
            organ_name=index.agency.name, year=index.code.catalog, notation=index.code.notation, title=index.title,
            maintenance=index.maintenance, rights=index.rights, creator=index.creator, language=index.language,
            start=index.start, end=index.end or local_date(row.sealed_at), pages=index.page_total,
            papers=tuple(paper for _key, paper in papers),
            attachments=(*sealed.containers(), *attached, _extract(entries)), events=tuple(_events(entries)),
            description=index.description,
        )  # fmt: skip


def _row(connection: sa.Connection, agency: str, id_: str) -> sa.Row[Any]:
    row = connection.execute(sa.select(t.dossier).where(t.dossier.c.id == id_, _of(agency))).one_or_none()
    if row is None:
        raise InputError(
            what=_("Không có hồ sơ nào mang mã này."), where=id_, code="congkhai-E776",
            advice=_("Xem danh sách bằng congkhai dossier list."),
        )  # fmt: skip
    if not row.sha256 or row.sealed_at is None:
        raise NotAllowedError(
            what=_("Hồ sơ chưa đầy đủ và chưa niêm phong nên chưa lập được gói tin lưu trữ."), where=id_,
            code="congkhai-E776", advice=_("Xem phần còn thiếu bằng congkhai status, bổ sung rồi lập lại."),
        )  # fmt: skip
    return row


class _Sealed:
    """The sealed containers of a dossier, one a volume: copied once, digest checked, then read member by member."""

    def __init__(self, store: Store, volumes: Sequence[str], where: str, stack: ExitStack) -> None:
        self.vault, self.volumes, self.where = store.vault, volumes, where
        self.zips = [self._copied(store, sha256, stack) for sha256 in volumes]

    @property
    def sha256(self) -> str:
        """What stands for all that was sealed: the digest of the container, or one over those of all volumes."""
        return self.volumes[0] if len(self.volumes) == 1 else hashlib.sha256("".join(self.volumes).encode()).hexdigest()

    def _copied(self, store: Store, sha256: str, stack: ExitStack) -> zipfile.ZipFile:
        place, prefix = str(store.folder), temporary_name("archive-")
        copy = stack.enter_context(
            tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=place, prefix=prefix)  # noqa: SIM115 - the stack closes it
        )
        with self.vault.open(sha256) as stream:
            shutil.copyfileobj(stream, copy, 1 << 20)
        try:
            return stack.enter_context(zipfile.ZipFile(copy))
        except zipfile.BadZipFile as error:
            raise self._broken(_("không phải tệp ASiC-E")) from error

    def containers(self) -> Iterator[Content]:
        """Yield the containers themselves as files of the package."""
        for sha256 in self.volumes:
            size = self.vault.size(sha256)
            yield Content(f"{self.where}.asice", CONTAINER_TYPE, size, sha256, partial(self.vault.open, sha256))

    def read(self, name: str, volume: int = 1) -> bytes:
        """Return a small member whole."""
        with self.open(name, volume) as stream:
            return stream.read()

    def open(self, name: str, volume: int = 1) -> BinaryIO:
        """Open a member of a volume. Raises OurError when there is none."""
        try:
            return cast(BinaryIO, self.zips[volume - 1].open(name))
        except (KeyError, IndexError, zipfile.BadZipFile) as error:
            raise self._broken(_("thiếu tệp {name}").format(name=name)) from error

    def content(self, member: Member) -> Content:
        """Return a member as a file of the package."""
        opened = partial(self.open, member.name, member.volume)
        return Content(member.name, member.media_type, member.size, member.sha256, opened)

    def _broken(self, why: str) -> OurError:
        return OurError(
            what=_("Gói hồ sơ đã niêm phong không dùng được: {why}.").format(why=why), where=self.where,
            advice=_("Kiểm tra hồ sơ bằng congkhai verify; gói tin chưa được ghi."), code="congkhai-E777",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of a paper; `key` groups the files of one paper and names it in the journal."""

    key: str
    type: str = ""
    number: str = ""
    issued: date | None = None
    organ: str = ""
    subject: str = ""
    pages: int | None = None


class _Papers:
    """Which members are papers, and what is known of each."""

    def __init__(self, connection: sa.Connection, agency: str, index: DossierIndex, sealed: _Sealed) -> None:
        self.connection, self.agency, self.index, self.sealed = connection, agency, index, sealed

    def split(self) -> tuple[list[tuple[str, Paper]], list[Content]]:
        """Return the papers in the order of the index, each with its id, and what is attached to the dossier."""
        rows = self._rows()
        groups: dict[str, list[Member]] = {}
        known: dict[str, _Row] = {}
        attached = [self._index_file()]
        for member in self.index.members:
            if member.kind not in _PAPER_KINDS:
                attached.append(self.sealed.content(member))
                continue
            row = self._row(member, rows, groups)
            known.setdefault(row.key, row)
            groups.setdefault(row.key, []).append(member)
        return [(key, self._paper(known[key], members)) for key, members in groups.items()], attached

    def _index_file(self) -> Content:
        data = self.sealed.read(INDEX)
        return Content(INDEX, "application/xml", len(data), hashlib.sha256(data).hexdigest(), partial(io.BytesIO, data))

    def _row(self, member: Member, rows: Mapping[str, list[_Row]], groups: Mapping[str, list[Member]]) -> _Row:
        """Return the row of a member; the same file in two papers goes to the one that lacks it yet."""
        found = rows.get(member.sha256, [])
        free = (one for one in found if all(member.sha256 != other.sha256 for other in groups.get(one.key, ())))
        return next(free, found[-1] if found else _Row(str(PurePosixPath(member.name).with_suffix(""))))

    def _rows(self) -> dict[str, list[_Row]]:
        """Return what the rows say, by digest of file: the matter's own papers, then others such as the year's plan."""
        digests = {member.sha256 for member in self.index.members if member.kind in _PAPER_KINDS}
        found: dict[str, list[_Row]] = {}
        mine = t.disclosure_document.c.disclosure == self.index.disclosure
        own = self._documents().join(t.disclosure_document, t.disclosure_document.c.document == t.document.c.id)
        self._keep(own.where(mine).order_by(t.disclosure_document.c.rank, t.attachment.c.ordinal), digests, found)
        for row in self.connection.execute(self._minutes()):
            paper = _Row(row.id, number=row.number, issued=local_date(row.made_at))
            for digest in digests & {row.file_sha256, row.pdf_sha256}:
                found.setdefault(digest, []).append(paper)
        rest = sorted(digests - found.keys())
        for start in range(0, len(rest), _AT_ONCE):
            some = t.attachment.c.sha256.in_(rest[start : start + _AT_ONCE])
            self._keep(self._documents().where(some).order_by(t.document.c.id), digests, found)
        return found

    def _minutes(self) -> sa.Select[Any]:
        """Select the minutes of a disclosure or of a staff matter; the index calls both its disclosure."""
        c = t.minutes.c
        return sa.select(t.minutes).where(
            sa.or_(c.disclosure == self.index.disclosure, c.subject == self.index.disclosure)
        )

    def _documents(self) -> sa.Select[Any]:
        joined = t.attachment.c.document == t.document.c.id
        return (
            sa.select(t.document, t.attachment.c.sha256)
            .join(t.attachment, joined)
            .where(t.document.c.agency == self.agency)
        )

    def _keep(self, query: sa.Select[Any], digests: set[str], found: dict[str, list[_Row]]) -> None:
        for row in self.connection.execute(query):
            if row.sha256 in digests:
                paper = _Row(row.id, row.type, row.number, row.issued, row.issuer, row.subject, row.page_amount)
                found.setdefault(row.sha256, []).append(paper)

    def _paper(self, row: _Row, members: list[Member]) -> Paper:
        # People read the PDF; the signed XML, or whatever came with it, is attached to it.
        ordered = sorted(members, key=lambda one: one.media_type != "application/pdf") if row.type == "" else members
        first = ordered[0]
        pages = first.pages or row.pages or self._counted(first)
        return Paper(
            type=row.type or _PAPER_KINDS[first.kind], number=row.number,
            issued=row.issued or None, organ=row.organ or self.index.agency.name,
            subject=row.subject or _("{title}: {dossier}").format(title=first.title, dossier=self.index.title)[:500],
            pages=pages, scanned=first.media_type.startswith("image/"),
            files=tuple(self.sealed.content(one) for one in ordered),
        )  # fmt: skip

    def _counted(self, member: Member) -> int | None:
        if member.media_type != "application/pdf" or member.size > _COUNTED:
            return None
        data = self.sealed.read(member.name, member.volume)
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError:
            return None  # a paper that nobody can open is kept as it came
        try:
            return len(document)
        finally:
            document.close()


def _journal(
    connection: sa.Connection, agency: str, row: sa.Row[Any], papers: Iterable[tuple[str, Paper]]
) -> list[sa.Row[Any]]:
    """Return the entries about the dossier, its matter and its papers, in order, none from after the seal."""
    postings = connection.scalars(sa.select(t.posting.c.id).where(t.posting.c.disclosure == row.subject)).all()
    subjects = sorted({row.id, row.subject, *(key for key, _paper in papers), *postings})
    found: list[sa.Row[Any]] = []
    for start in range(0, len(subjects), _AT_ONCE):
        some = subjects[start : start + _AT_ONCE]
        query = sa.select(t.journal).where(t.journal.c.agency == agency, t.journal.c.subject.in_(some))
        found += connection.execute(query)
    found.sort(key=lambda one: one.seq)
    # What was done after the last seal (filing, handing over) would change the package of an unchanged dossier.
    seals = [one.seq for one in found if one.subject == row.id and json.loads(one.body)["act"] in _SEALS]
    return [one for one in found if not seals or one.seq <= seals[-1]]


def _extract(entries: Iterable[sa.Row[Any]]) -> Content:
    """Return the journal extract: one entry a line, its body exactly as it was hashed."""
    lines = [
        json.dumps({"seq": one.seq, "prev": one.prev, "hash": one.hash, "body": one.body}, ensure_ascii=False)
        for one in entries
    ]
    data = "".join(f"{line}\n" for line in lines).encode()
    return Content(JOURNAL, "text/plain", len(data), hashlib.sha256(data).hexdigest(), partial(io.BytesIO, data))


def _events(entries: Iterable[sa.Row[Any]]) -> Iterator[Event]:
    for one in entries:
        body = json.loads(one.body)
        type_ = _EVENTS.get(body["act"])
        if type_ is not None:
            at = datetime.fromisoformat(body["at"])
            facts = json.dumps(body["facts"], ensure_ascii=False, sort_keys=True)
            yield Event(type_, at, body["act"], body["subject"], f"{one.seq}:{one.hash}", facts)
