"""
The journal: append-only, hash-chained, one chain per agency.

``hash = SHA-256(0x00 ‖ prev ‖ body)``, where ``prev`` of the first entry is 32 zero bytes and ``body`` is canonical
JSON (keys sorted, no blanks, UTF-8, NFC, no floats, moments as ISO 8601 UTC text). Bodies hold ids and digests, never
subjects, names of persons in documents, or secrets.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from .tables import journal, journal_head

FORMAT = 1
ZERO = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a chain: its number from 0 (-1: empty chain) and its hash, 64 hexadecimal digits."""

    seq: int
    hash: str


def canonical(value: Any) -> str:
    """
    Return the one text of a JSON value.

    Raises:
        TypeError: a float, or something that JSON cannot hold.
    """

    def plain(part: Any) -> Any:
        if isinstance(part, str):
            return unicodedata.normalize("NFC", part)
        if isinstance(part, datetime):
            return part.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if isinstance(part, dict):
            return {plain(str(key)): plain(inner) for key, inner in part.items()}
        if isinstance(part, (list, tuple)):
            return [plain(inner) for inner in part]
        if isinstance(part, float):
            raise TypeError("the journal holds no floats")
        return part

    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entry_hash(previous: str, body: str) -> str:
    """Return the hash of an entry from the hash before it and its canonical body."""
    return hashlib.sha256(b"\x00" + bytes.fromhex(previous) + body.encode()).hexdigest()


def head(connection: sa.Connection, agency: str) -> Head:
    """Return the head of an agency's chain."""
    row = connection.execute(sa.select(journal_head).where(journal_head.c.agency == agency)).one_or_none()
    return Head(row.seq, row.hash) if row else Head(-1, ZERO)


def append(connection: sa.Connection, agency: str, body: dict[str, Any]) -> Head:
    """
    Add one entry inside the caller's transaction.

    The number comes from the head row, read under the write lock, never from a sequence: a gap must mean tampering.
    """
    query = sa.select(journal_head).where(journal_head.c.agency == agency).with_for_update()
    row = connection.execute(query).one_or_none()
    before = Head(row.seq, row.hash) if row else Head(-1, ZERO)
    text = canonical({"v": FORMAT, **body})
    after = Head(before.seq + 1, entry_hash(before.hash, text))
    connection.execute(
        sa.insert(journal).values(
            agency=agency, seq=after.seq, prev=before.hash, body=text, hash=after.hash,
            subject=unicodedata.normalize("NFC", str(body.get("subject", ""))),
        )
    )  # fmt: skip
    if row:
        connection.execute(
            sa.update(journal_head).where(journal_head.c.agency == agency).values(seq=after.seq, hash=after.hash)
        )
    else:
        connection.execute(sa.insert(journal_head).values(agency=agency, seq=after.seq, hash=after.hash))
    return after


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What reading a chain from its first entry found.

    Attributes:
        entries: how many were read.
        head: as recomputed.
        broken: sentences for people, each naming the entry; empty when the chain holds.
    """

    agency: str
    entries: int
    head: Head
    broken: tuple[str, ...]


def verify_journal(connection: sa.Connection, agency: str) -> Verdict:
    """Recompute a chain; find a changed, missing, inserted or reordered entry, and a head that does not fit."""
    previous, expected, broken = ZERO, 0, []
    rows = connection.execute(sa.select(journal).where(journal.c.agency == agency).order_by(journal.c.seq))
    for row in rows:
        if row.seq != expected:
            broken.append(f"#{expected}–{row.seq - 1}: missing")
        if row.prev != previous:
            broken.append(f"#{row.seq}: does not follow the entry before it")
        recomputed = entry_hash(row.prev, row.body)
        if recomputed != row.hash:
            broken.append(f"#{row.seq}: changed after it was written")
        previous, expected = row.hash, row.seq + 1
    found = Head(expected - 1, previous)
    if head(connection, agency) != found:
        broken.append(f"#{expected}: entries at the end are missing, or the head was changed")
    return Verdict(agency, expected, found, tuple(broken))
