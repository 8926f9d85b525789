"""
What clerks corrected, kept for each agency: written, asked for papers alike, revoked, exported, taken in.

A correction holds for the paper it was made on at once, and for papers like it that are tagged from then on. It never
touches a paper that was decided before. Each act is in the journal, with who and when; nothing is ever deleted.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ..clock import local_date
from ..errors import InputError, NotAllowedError
from ..records import Decision, Document, Tag, TagDecision
from ..regulation_records import Category, Regulation
from ..store import Transaction
from ..store.tables import correction as table
from ..text import _
from .decide import PERSONAL, STANDARD, Thresholds
from .facts import Facts, facts_of
from .likeness import ENOUGH, Likeness, from_json, likeness_of

FORMAT = 1
"""Version of an exported line."""


@dataclass(frozen=True, slots=True)
class Correction:
    """
    One correction.

    Attributes:
        document: id of the paper it was made on; None when it came from another store.
        keys: category keys or sub-keys, best first; empty: no disclosure item.
        reason: in the clerk's words; may be empty where keys are given.
        by: who; `at`: when.
        revoked_at: None while it holds.
    """

    id: int
    agency: str
    document: str | None
    keys: tuple[str, ...]
    likeness: Likeness
    reason: str
    by: str
    at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""
    revoked_why: str = ""


def document_facts(document: Document, agency_kind: str) -> Facts:
    """Return what the rules see of a kept document, without its first page."""
    return facts_of(
        paper=document.type, number=document.number, issuer=document.issuer, subject=document.subject,
        direction=document.direction.value, agency=agency_kind,
    )  # fmt: skip


def add_correction(
    tx: Transaction, document: Document, keys: Sequence[str], reason: str, regulation: Regulation
) -> Correction:
    """
    Write a correction; the transaction's actor is the clerk.

    Args:
        keys: category keys or sub-keys, best first; empty for a paper that is no disclosure item.
        reason: needed where `keys` is empty.

    Raises:
        NotAllowedError: an unknown key, or no reason where one is needed.
    """
    for key in keys:
        _known(regulation, key)
    if not keys and not reason.strip():
        raise NotAllowedError(
            _("Cần ghi lý do khi xác định văn bản không thuộc diện công khai."), where=document.id,
            advice=_("Ghi lý do, ví dụ: văn bản gửi nhầm, thông tin chưa được công khai."), code="congkhai-E280",
        )  # fmt: skip
    likeness = likeness_of(document_facts(document, regulation.agency_kind))
    number = _write(tx, document.id, tuple(keys), likeness, reason, tx.actor, tx.now)
    tx.journal("tag.corrected", document.id, correction=number, keys=list(keys), by=tx.actor)
    return _one(tx.connection, tx.agency, number)


def _known(regulation: Regulation, key: str) -> None:
    """Raise NotAllowedError for a key that the regulation does not have."""
    category = next((one for one in regulation.categories if key in (one.key, *one.sub_keys)), None)
    if category is None:
        known = [name for one in regulation.categories for name in (one.key, *one.sub_keys)]
        raise NotAllowedError(
            _("Không có nội dung công khai “{key}”.").format(key=key),
            advice=_("Chọn một trong: {keys}.").format(keys=", ".join(dict.fromkeys(known))), code="congkhai-E210",
        )  # fmt: skip


def _category(regulation: Regulation, key: str) -> Category:
    return next(one for one in regulation.categories if key in (one.key, *one.sub_keys))


def _write(
    tx: Transaction, document: str | None, keys: tuple[str, ...], likeness: Likeness, reason: str, by: str, at: datetime
) -> int:
    """Insert a row, or return the one that says the same already."""
    said = json.dumps([document, list(keys), likeness.as_json(), reason, by, at.isoformat()], sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    present: int | None = tx.connection.scalar(
        sa.select(table.c.id).where(table.c.agency == tx.agency, table.c.digest == digest)
    )
    if present is not None:
        return present
    inserted = tx.connection.execute(
        sa.insert(table).values(
            agency=tx.agency, document=document, keys=list(keys), likeness=likeness.as_json(), reason=reason, by=by,
            at=at, digest=digest, revoked_by="", revoked_why="",
        )
    )  # fmt: skip
    return int(inserted.inserted_primary_key[0])  # type: ignore[index]  # an insert with a serial key always gives one


def corrections(connection: sa.Connection, agency: str, *, revoked: bool = False) -> tuple[Correction, ...]:
    """Read the corrections of an agency, oldest first; with `revoked` also those that no longer hold."""
    query = sa.select(table).where(table.c.agency == agency).order_by(table.c.id)
    if not revoked:
        query = query.where(table.c.revoked_at.is_(None))
    return tuple(_record(row) for row in connection.execute(query))


def _one(connection: sa.Connection, agency: str, number: int) -> Correction:
    row = connection.execute(sa.select(table).where(table.c.agency == agency, table.c.id == number)).one_or_none()
    if row is None:
        raise InputError(
            _("Không có lần sửa nhãn số {number}.").format(number=number),
            advice=_("Xem danh sách bằng congkhai tag corrections."), code="congkhai-E135",
        )  # fmt: skip
    return _record(row)


def _record(row: sa.Row[Any]) -> Correction:
    return Correction(
        row.id, row.agency, row.document, tuple(row.keys), from_json(row.likeness), row.reason, row.by, row.at,
        row.revoked_at, row.revoked_by, row.revoked_why,
    )  # fmt: skip


def revoke(tx: Transaction, number: int, why: str) -> Correction:
    """
    Take a correction back: from now on papers alike are tagged without it; what was decided stays.

    Raises:
        InputError: there is no such correction.
        NotAllowedError: it was revoked before.
    """
    found = _one(tx.connection, tx.agency, number)
    if found.revoked_at is not None:
        raise NotAllowedError(
            _("Lần sửa nhãn số {number} đã được thu hồi.").format(number=number), code="congkhai-E281",
            advice=_("Không cần làm gì thêm."),
        )  # fmt: skip
    tx.connection.execute(
        sa.update(table)
        .where(table.c.agency == tx.agency, table.c.id == number)
        .values(revoked_at=tx.now, revoked_by=tx.actor, revoked_why=why)
    )
    tx.journal("tag.correction.revoked", str(number), by=tx.actor, why=why)
    return _one(tx.connection, tx.agency, number)


def nearest(known: Iterable[Correction], likeness: Likeness) -> tuple[Correction, float] | None:
    """Return the correction made on the paper most alike (the newest of equals) and how alike, or None."""
    best: tuple[Correction, float] | None = None
    for one in known:
        share = one.likeness.to(likeness)
        if share >= ENOUGH and (best is None or share >= best[1]):
            best = one, share
    return best


def corrected(
    connection: sa.Connection, agency: str, document: Document, proposal: TagDecision, regulation: Regulation,
    *, agency_kind: str = "", thresholds: Thresholds = STANDARD,
) -> TagDecision:  # fmt: skip
    """
    Return what an earlier correction says of a document that is being tagged, else the proposal as it is.

    Args:
        proposal: what the tagger says; a refused paper stays refused.
        regulation: gives clause numbers.
        agency_kind: whose view is taken; empty: the regulation's.
        thresholds: from which likeness on no person need look at it.
    """
    if proposal.decision is Decision.REFUSED:
        return proposal
    facts = document_facts(document, agency_kind or regulation.agency_kind)
    found = nearest(corrections(connection, agency), likeness_of(facts))
    if found is None:
        return proposal
    correction, share = found
    return decision_of(correction, share, regulation, thresholds)


def decision_of(
    correction: Correction, share: float, regulation: Regulation, thresholds: Thresholds = STANDARD
) -> TagDecision:
    """Return the decision that a correction gives for a paper that is alike by `share` (1.0: the same paper)."""
    when = local_date(correction.at)
    why = _("{by} đã xác định như vậy ngày {day:%d/%m/%Y} cho một văn bản giống {share:.0%}").format(
        by=correction.by, day=when, share=share
    )
    said = (why, correction.reason) if correction.reason else (why,)
    tags = tuple(_tag(key, share, said, regulation) for key in correction.keys)
    personal = any(tag.sub in PERSONAL for tag in tags)
    if share < thresholds.auto_above or personal:
        decision = Decision.REVIEW
    else:
        decision = Decision.AUTO if tags else Decision.NONE
    return TagDecision(decision, tags, None, f"correction:{correction.id}", said)


def _tag(key: str, share: float, why: tuple[str, ...], regulation: Regulation) -> Tag:
    category = _category(regulation, key)
    reasons = tuple(f"{category.source}: {one}" for one in why)
    return Tag(category.clause, category.key, round(share, 2), reasons, key if key != category.key else None)


def export(connection: sa.Connection, agency: str) -> Iterator[str]:
    """Give every correction as a line of JSON, revoked ones too; it holds no subject, only its folded words."""
    for one in corrections(connection, agency, revoked=True):
        yield json.dumps(
            {
                "format": FORMAT, "keys": list(one.keys), "likeness": one.likeness.as_json(), "reason": one.reason,
                "by": one.by, "at": one.at.isoformat(),
                "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
            },
            ensure_ascii=False,
        )  # fmt: skip


def take_in(tx: Transaction, lines: Iterable[str], regulation: Regulation) -> int:
    """
    Take in exported corrections that still hold; those that are there already are left alone.

    Returns:
        How many were read.

    Raises:
        InputError: a line is not one of ours; nothing is kept then.
    """
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = _exported(line)
            keys = tuple(row["keys"])
            for key in keys:
                _known(regulation, key)
        except (ValueError, KeyError, TypeError, NotAllowedError) as error:
            raise InputError(
                _("Dòng này không phải một lần sửa nhãn đã xuất."), where=str(number),
                advice=_("Dùng tệp do congkhai tag corrections --json xuất ra, đúng quy chế."), code="congkhai-E136",
            ) from error  # fmt: skip
        if row["revoked_at"] is None:
            _write(tx, None, keys, row["likeness"], row["reason"], row["by"], row["at"])
            count += 1
    tx.journal("tag.corrections.imported", tx.agency, count=count)
    return count


def _exported(line: str) -> dict[str, Any]:
    """Read one exported line; raises ValueError, KeyError, TypeError."""
    row = json.loads(line)
    at = datetime.fromisoformat(row["at"])
    if row["format"] != FORMAT or at.tzinfo is None or not isinstance(row["keys"], list):
        raise ValueError("format")
    return {
        "keys": [str(key) for key in row["keys"]], "likeness": from_json(row["likeness"]), "at": at,
        "reason": str(row["reason"]), "by": str(row["by"]), "revoked_at": row["revoked_at"],
    }  # fmt: skip
