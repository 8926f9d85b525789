"""
The journal: append-only, hash-chained, one chain per agency.

``hash = SHA-256(0x00 ‖ prev ‖ body)``, where ``prev`` of the first entry is 32 zero bytes and ``body`` is canonical
JSON (keys sorted, no blanks, UTF-8, NFC, no floats, moments as ISO 8601 UTC text). Bodies hold ids and digests, never
subjects, names of persons in documents, or secrets.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import sqlalchemy as sa

from .tables import journal, journal_head

FORMAT = 1
ZERO = "0" * 64
_DIGEST = re.compile("[0-9a-f]{64}")


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
class Anchor:
    """
    A head that was seen or printed outside the chain: in a checkpoint, a sealed dossier, signed minutes.

    Attributes:
        seq: number of the entry, from 0; `hash`: its hash, 64 hexadecimal digits.
        where: what carries it, for people.
    """

    seq: int
    hash: str
    where: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What reading a chain from its first entry found.

    Attributes:
        entries: how many were read.
        head: as recomputed.
        broken: sentences for people, each naming the entry; empty when the chain holds.
        anchors: how many heads from outside were compared.
        proven: number of the newest entry that a head from outside confirms; -1 for none. What comes after it is
            chained, and yet somebody who may write into the database could have made it anew.
    """

    agency: str
    entries: int
    head: Head
    broken: tuple[str, ...]
    anchors: int = 0
    proven: int = -1


class Row(Protocol):
    """One row of the journal, as the database gives it."""

    @property
    def seq(self) -> int:
        """Number of the entry."""
        ...

    @property
    def prev(self) -> str:
        """Hash of the entry before."""
        ...

    @property
    def body(self) -> str:
        """Canonical body."""
        ...

    @property
    def hash(self) -> str:
        """Hash of the entry."""
        ...


def verify_rows(agency: str, rows: Iterable[Row], stated: Head, anchors: Iterable[Anchor] = ()) -> Verdict:
    """
    Recompute a chain from its rows; pure.

    Args:
        rows: of one agency, by their number.
        stated: what the head row says.
        anchors: heads from outside the chain. Only they show a chain that was cut off, or made anew as a whole, by
            somebody who set the hashes and the head row right again.
    """
    wanted: dict[int, list[Anchor]] = {}
    for anchor in anchors:
        wanted.setdefault(anchor.seq, []).append(anchor)
    count, previous, expected, broken, proven = sum(map(len, wanted.values())), ZERO, 0, list[str](), -1
    for row in rows:
        if row.seq > expected:
            broken.append(f"#{expected}–{row.seq - 1}: missing")
        elif row.seq < expected:
            broken.append(f"#{row.seq}: inserted, or out of order")
        if row.prev != previous:
            broken.append(f"#{row.seq}: does not follow the entry before it")
        if not _DIGEST.fullmatch(row.prev) or entry_hash(row.prev, row.body) != row.hash:
            broken.append(f"#{row.seq}: changed after it was written")
        for anchor in wanted.pop(row.seq, ()):
            if anchor.hash != row.hash:
                broken.append(f"#{row.seq}: {anchor.where} says {anchor.hash[:16]}…, the journal {row.hash[:16]}…")
            else:
                proven = max(proven, row.seq)
        previous, expected = row.hash, row.seq + 1
    found = Head(expected - 1, previous)
    if stated != found:
        broken.append(f"#{expected}: entries at the end are missing, or the head was changed")
    for seq, left in sorted(wanted.items()):
        broken += [f"#{seq}: {anchor.where} names an entry that the journal no longer holds" for anchor in left]
    return Verdict(agency, expected, found, tuple(broken), count, proven)


def verify_journal(connection: sa.Connection, agency: str, anchors: Iterable[Anchor] = ()) -> Verdict:
    """
    Recompute a chain; find a changed, missing, inserted or reordered entry, and a head that does not fit.

    Args:
        anchors: heads from outside, as `verify_rows` takes them.
    """
    query = sa.select(journal.c.seq, journal.c.prev, journal.c.body, journal.c.hash)
    rows = connection.execute(query.where(journal.c.agency == agency).order_by(journal.c.seq))
    return verify_rows(agency, cast("Iterable[Row]", rows), head(connection, agency), anchors)
