"""A shelf of sealed dossiers made without the way to them: rows, journal and containers, no signer and no waiting."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from congkhai.plugin.archive import Shelf
from congkhai.plugin.config.schema import ArchiveSettings
from congkhai.plugin.minutes import Agency, DossierIndex, FileCode, JournalHead, dossier_index
from congkhai.plugin.minutes.index import Member
from congkhai.plugin.records import Part
from congkhai.plugin.store import Store, create_store, open_store
from congkhai.plugin.store import tables as t
from congkhai.signing import Member as Packed
from congkhai.signing import member_from_bytes, write_container

AGENCY = "main"
SEALED = datetime(2026, 8, 3, 3, 30, tzinfo=UTC)
ORGAN = "000.01.25.H99"


@dataclass(frozen=True)
class Sheet:
    """One disclosed paper: fields of its row, its file, and the file's name and title in the container."""

    name: str = "van-ban/01-1-quyet-dinh.pdf"
    data: bytes = b"%PDF-1.7 van ban"
    media_type: str = "application/pdf"
    type: str = "Quyết định"
    number: str = "127/QĐ-UBND"
    subject: str = "Về việc phân bổ dự toán ngân sách năm 2026"
    issued: date | None = date(2026, 7, 1)
    listed: str = "Văn bản"


@dataclass(frozen=True)
class Bundle:
    """One dossier to be put on a shelf."""

    id: str = "h0000000000000001"
    sheets: tuple[Sheet, ...] = (Sheet(),)
    title: str = "Hồ sơ công khai: Quyết định 127/QĐ-UBND Về việc phân bổ dự toán ngân sách năm 2026"
    maintenance: str = "20 năm"
    rights: str = "Nội bộ cơ quan"
    organ: str = ORGAN
    volumes: int = 1
    extra: dict[str, Any] = field(default_factory=dict)


def new_shelf(folder: Path, **settings: object) -> Shelf:
    """Make an empty shelf; close its store when done."""
    create_store(folder, simulated=SEALED)
    return Shelf(open_store(folder), AGENCY, ArchiveSettings(**settings))  # type: ignore[arg-type]


@contextmanager
def shelf_in(folder: Path, **settings: object) -> Iterator[Shelf]:
    """Open a new shelf for the time of a block."""
    shelf = new_shelf(folder, **settings)
    try:
        yield shelf
    finally:
        shelf.store.close()


def put(shelf: Shelf, bundle: Bundle = Bundle()) -> str:
    """Seal a bundle and set it on the shelf; returns the dossier's id."""
    store, disclosure = shelf.store, f"d-{bundle.id}"
    containers = _containers(store, bundle, disclosure)
    with store.write(AGENCY, "congkhai") as tx:
        connection = tx.connection
        connection.execute(
            sa.insert(t.disclosure).values(
                id=disclosure, agency=AGENCY, title=bundle.title, category="11", key="superior_docs", state="filed",
                trigger=date(2026, 7, 1), publish_by=SEALED, remind_on=date(2026, 7, 2), opened_at=SEALED, row=1,
                note="",
            )
        )  # fmt: skip
        for rank, sheet in enumerate(bundle.sheets):
            _rows(connection, bundle, disclosure, rank, sheet)
            tx.journal("document.received", f"{bundle.id}-{rank}", source="nguon", files=[_digest(sheet.data)])
        minutes = f"m-{bundle.id}"
        connection.execute(
            sa.insert(t.minutes).values(
                id=minutes, disclosure=disclosure, kind="posting", roles=["head"], body_sha256="", number="15/BB-UBND",
                file_sha256=_digest(_MINUTES[0]), pdf_sha256=_digest(_MINUTES[1]), made_at=SEALED,
            )
        )  # fmt: skip
        tx.journal("minutes.made", minutes, kind="posting")
        tx.journal("minutes.signed", minutes, role="head", file=_digest(_MINUTES[0]))
        connection.execute(
            sa.insert(t.dossier).values(
                id=bundle.id, disclosure=disclosure, subject=disclosure, kind="disclosure", title=bundle.title,
                complete=True, parts=[], findings=[], sha256=containers[0], path="", sealed_at=SEALED, filed_at=None,
                receipt="", **bundle.extra,
            )
        )  # fmt: skip
        for number, sha256 in enumerate(containers, 1):
            connection.execute(
                sa.insert(t.dossier_volume).values(dossier=bundle.id, number=number, sha256=sha256, members=1)
            )
        tx.journal("dossier.sealed", bundle.id, sha256=containers[0], members=len(bundle.sheets))
    return bundle.id


_MINUTES = (b"<Minutes/>", b"%PDF-1.7 bien ban")


def _rows(connection: sa.Connection, bundle: Bundle, disclosure: str, rank: int, sheet: Sheet) -> None:
    id_ = f"{bundle.id}-{rank}"
    connection.execute(
        sa.insert(t.document).values(
            id=id_, agency=AGENCY, source="nguon", remote_id=id_, version=1, direction="out", type=sheet.type,
            number=sheet.number, issued=sheet.issued, arrived=None, issuer="UBND xã Mẫu Sơn", subject=sheet.subject,
            signer="", identifier="", urgency="", page_amount=2, status="current", marks=[], fingerprint="",
            raw_sha256="", received_at=SEALED,
        )
    )  # fmt: skip
    connection.execute(
        sa.insert(t.attachment).values(
            document=id_, ordinal=1, name="quyết định.pdf", media_type=sheet.media_type, size=len(sheet.data),
            sha256=_digest(sheet.data), problem="",
        )
    )  # fmt: skip
    connection.execute(sa.insert(t.disclosure_document).values(disclosure=disclosure, document=id_, rank=rank))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _containers(store: Store, bundle: Bundle, disclosure: str) -> list[str]:
    """Write the volumes as the seal does, but with a signature that nobody looks at here; returns their digests."""
    files = [(sheet.name, sheet.media_type, "document", sheet.data, sheet.listed) for sheet in bundle.sheets]
    files += [
        ("bien-ban/bien-ban-niem-yet.xml", "application/xml", "minutes", _MINUTES[0], "Biên bản niêm yết"),
        ("bien-ban/bien-ban-niem-yet.pdf", "application/pdf", "minutes", _MINUTES[1], "Biên bản niêm yết"),
        ("minh-chung/danh-sach.json", "application/json", "evidence", b"{}", "Danh sách minh chứng"),
    ]
    placed = [(file, 1 + place * bundle.volumes // len(files)) for place, file in enumerate(files)]
    listed = tuple(
        Member(name, title, media_type, len(data), _digest(data), kind, volume=volume)
        for (name, media_type, kind, data, title), volume in placed
    )
    made = []
    for number in range(1, bundle.volumes + 1):
        index = _index(bundle, disclosure, listed, number)
        members: list[Packed] = [member_from_bytes("dossier.xml", "application/xml", index)]
        members += [
            member_from_bytes(name, media_type, data)
            for (name, media_type, _kind, data, _title), volume in placed
            if volume == number
        ]
        path = store.folder / f"{bundle.id}.asice"
        write_container(path, members, [b"<signature/>"])
        with path.open("rb") as stream:
            made.append(store.vault.put(stream)[0])
        path.unlink()
    return made


def _index(bundle: Bundle, disclosure: str, members: tuple[Member, ...], number: int) -> bytes:
    return dossier_index(
        DossierIndex(
            id=bundle.id, disclosure=disclosure, agency=Agency("UBND xã Mẫu Sơn", bundle.organ, ""),
            code=FileCode(bundle.organ, 2026, f"CK-{bundle.id[-4:]}"), title=bundle.title,
            maintenance=bundle.maintenance, rights=bundle.rights, creator="Lê Văn Mẫu", language="Tiếng Việt",
            start=date(2026, 7, 1), end=date(2026, 8, 3), doc_total=len(bundle.sheets) + 1,
            page_total=2 * len(bundle.sheets), kind="disclosure", complete=True,
            parts=(Part("9.3", "Văn bản công khai", "present", (bundle.sheets[0].name,)),),
            journal=JournalHead(0, "0" * 64), members=members, volume=number, volumes=bundle.volumes,
        )
    )  # fmt: skip


def names_in(path: Path) -> list[str]:
    """Return the names in a package, without its top folder."""
    with zipfile.ZipFile(path) as archive:
        return [name.split("/", 1)[1] for name in archive.namelist()]


def data_of(path: Path, name: str) -> bytes:
    """Return one file of a package."""
    with zipfile.ZipFile(path) as archive:
        top = archive.namelist()[0].split("/", 1)[0]
        return archive.read(f"{top}/{name}")
