"""Scans of papers that were signed by hand: kept beside the minutes, shown, and never counted as a signature."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .errors import InputError
from .house import House
from .store import read
from .store import tables as t
from .text import _

LARGEST = 32 * 1024 * 1024
"""Bytes of one scan."""


@dataclass(frozen=True, slots=True)
class Scan:
    """
    A picture of a paper signed by hand.

    Attributes:
        minutes: id of the minutes that it shows.
        media_type: told by its bytes.
        size: in bytes.
    """

    id: int
    minutes: str
    name: str
    media_type: str
    size: int
    sha256: str
    note: str
    by: str
    at: datetime


def media_type_of(data: bytes) -> str:
    """Return PDF, PNG, JPEG or TIFF by the first bytes; empty for everything else."""
    kinds = (
        (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
        (b"II*\x00", "image/tiff"), (b"MM\x00*", "image/tiff"),
    )  # fmt: skip
    return next((kind for mark, kind in kinds if data.startswith(mark)), "")


def keep_scan(house: House, minutes: str, by: str, name: str, data: bytes, note: str = "") -> int:
    """
    Keep a scan of minutes signed by hand. Whoever has to sign still has to: a picture proves no digital signature.

    Args:
        name: as the file was called; shown, never used as a path.

    Returns:
        Its number.

    Raises:
        InputError: no such minutes, or it is no PDF or picture, or too large.
    """
    media_type = media_type_of(data)
    if not media_type or len(data) > LARGEST:
        raise InputError(
            what=_("Bản quét phải là PDF, JPEG, PNG hoặc TIFF, nhiều nhất 32 MiB."), where=name[:80],
            code="congkhai-E723", advice=_("Quét lại thành PDF rồi tải lên."),
        )  # fmt: skip
    sha256, size = house.store.vault.put(data)
    with house.store.write(house.agency, by) as tx:
        paper = read.minutes_by_id(tx.connection, minutes)
        made = tx.connection.execute(
            sa.insert(t.scan)
            .values(minutes=paper.id, name=name[:200], media_type=media_type, size=size, sha256=sha256, note=note,
                    by=by, at=tx.now)
            .returning(t.scan.c.id)
        ).scalar_one()  # fmt: skip
        tx.journal("minutes.scanned", paper.id, scan=int(made), sha256=sha256, size=size)
    return int(made)


def scans_of(connection: sa.Connection, minutes: str) -> list[Scan]:
    """Read the scans of minutes, oldest first."""
    rows = connection.execute(sa.select(t.scan).where(t.scan.c.minutes == minutes).order_by(t.scan.c.id))
    return [Scan(**row._mapping) for row in rows]


def scan_of(connection: sa.Connection, number: int) -> Scan:
    """Read one scan. Raises InputError when there is none."""
    row = connection.execute(sa.select(t.scan).where(t.scan.c.id == number)).one_or_none()
    if row is None:
        raise InputError(what=_("Không có bản quét này."), where=str(number), code="congkhai-E723")
    return Scan(**row._mapping)
