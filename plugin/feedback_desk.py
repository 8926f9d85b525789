"""What a clerk does with a comment: says what it is about, answers it, marks it, erases it; and looks into a box."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from .errors import InputError, NotAllowedError
from .feedback import LONGEST, clean, item_of
from .house import House
from .store import Transaction, read
from .store import tables as t
from .text import _

MARKS = ("noted", "duplicate", "foreign", "new")
"""What a comment may be marked as without an answer; ``new`` takes a mark back."""


def assign(house: House, number: int, disclosure: str, by: str) -> None:
    """Say which matter a comment is about. Raises InputError when there is no such comment or matter."""
    with house.store.write(house.agency, by) as tx:
        item_of(tx.connection, house.agency, number)
        read.disclosure(tx.connection, disclosure)
        _write(tx, number, disclosure=disclosure)
        tx.journal("feedback.assigned", disclosure, item=number)


def answer(house: House, number: int, by: str, text: str) -> None:
    """
    Keep what was answered to a comment.

    Raises:
        InputError: no such comment, or nothing was answered.
        NotAllowedError: the comment was erased.
    """
    kept = clean(text, 10 * LONGEST)
    with house.store.write(house.agency, by) as tx:
        _present(tx, number)
        _write(tx, number, state="answered", answer=kept, settled_at=tx.now, settled_by=by)
        digest = hashlib.sha256(kept.encode()).hexdigest()
        tx.journal("feedback.answered", str(number), item=number, sha256=digest)


def mark(house: House, number: int, by: str, state: str, reason: str = "") -> None:
    """
    Mark a comment without an answer: noted, a duplicate, none at all, or open again.

    Args:
        state: one of `MARKS`.
        reason: why; required for what is then not counted.

    Raises:
        InputError: no such comment or mark, or the reason is missing.
    """
    if state not in MARKS:
        raise InputError(
            what=_("Không có cách đánh dấu {state}.").format(state=state), code="congkhai-E576",
            advice=_("Một trong: {names}.").format(names=", ".join(MARKS)),
        )  # fmt: skip
    if state in ("duplicate", "foreign") and not reason.strip():
        raise InputError(
            what=_("Thiếu lý do không tính ý kiến này."), code="congkhai-E577",
            advice=_("Nêu lý do: trùng với ý kiến nào, hoặc vì sao không phải ý kiến."),
        )  # fmt: skip
    with house.store.write(house.agency, by) as tx:
        item_of(tx.connection, house.agency, number)
        settled = None if state == "new" else tx.now
        _write(tx, number, state=state, settled_at=settled, settled_by="" if state == "new" else by)
        why = tx.remark(f"feedback:{number}", reason)
        tx.journal("feedback.marked", str(number), item=number, state=state, reason=why)


def acknowledged(house: House, number: int, by: str) -> None:
    """Note that the sender was told by a person that the comment arrived. Raises InputError."""
    with house.store.write(house.agency, by) as tx:
        item_of(tx.connection, house.agency, number)
        _write(tx, number, acknowledged_at=tx.now)
        tx.journal("feedback.acknowledged", str(number), item=number)


def erase(house: House, number: int, by: str, reason: str) -> None:
    """
    Erase what a comment said and who sent it; that there was one, its digest and its count stay.

    Raises:
        InputError: no such comment, or no reason.
    """
    if not reason.strip():
        raise InputError(
            what=_("Thiếu lý do xóa ý kiến."), code="congkhai-E577", advice=_("Nêu người yêu cầu và căn cứ.")
        )
    with house.store.write(house.agency, by) as tx:
        item_of(tx.connection, house.agency, number)
        _write(tx, number, text="", subject="", sender="", answer="", note="", client="", erased_at=tx.now)
        tx.journal("feedback.erased", str(number), item=number, reason=tx.remark(f"feedback:{number}", reason))


def looked(house: House, source: str, by: str, at: datetime | None = None) -> None:
    """
    Note that a person looked into an attended source (a suggestion box) and entered everything that was there.

    Args:
        at: when they looked; now when None.

    Raises:
        InputError: no such attended source, or a moment that has not come.
    """
    if source not in house.feedback or not house.feedback[source].attended:
        raise InputError(
            what=_("Không có nguồn ý kiến do người trực xem tên {source}.").format(source=source),
            advice=_("Khai mục [feedback:{source}] với type = attended.").format(source=source), code="congkhai-E571",
        )  # fmt: skip
    with house.store.write(house.agency, by) as tx:
        when = at or tx.now
        if when > tx.now:
            raise InputError(
                what=_("Thời điểm xem ở tương lai."), where=source, code="congkhai-E572",
                advice=_("Ghi đúng thời điểm đã xem."),
            )  # fmt: skip
        record_read(tx, source, when)
        tx.journal("feedback.looked", source, until=when)
        wake_waiting(tx)


def record_read(tx: Transaction, source: str, until: datetime) -> None:
    """Write that a source was read up to a moment, by the transaction's actor; an earlier moment changes nothing."""
    ensure_source(tx, source)
    row = t.feedback_source
    same = (row.c.agency == tx.agency, row.c.name == source)
    known: datetime | None = tx.connection.scalar(sa.select(row.c.read_until).where(*same))
    if known is None or until > known:
        tx.connection.execute(sa.update(row).where(*same).values(read_until=until, read_by=tx.actor))


def ensure_source(tx: Transaction, source: str) -> None:
    """Make the row of a source that has none yet."""
    row = t.feedback_source
    if tx.connection.scalar(sa.select(row.c.name).where(row.c.agency == tx.agency, row.c.name == source)) is None:
        tx.connection.execute(
            sa.insert(row).values(agency=tx.agency, name=source, read_by="", error="", paused=False)
        )  # fmt: skip


def wake_waiting(tx: Transaction) -> None:
    """Let closing minutes that wait for a source look again now."""
    row = t.deadline
    waiting = tx.connection.execute(
        sa.select(row.c.subject).where(
            row.c.agency == tx.agency, row.c.kind == "closing-minutes", row.c.state == "open"
        )
    ).all()
    for (subject,) in waiting:
        tx.set_deadline("closing-minutes", subject, tx.now, "a source of feedback was looked into")


def _present(tx: Transaction, number: int) -> None:
    if item_of(tx.connection, tx.agency, number).erased_at is not None:
        raise NotAllowedError(
            what=_("Ý kiến số {number} đã bị xóa nội dung.").format(number=number), code="congkhai-E578",
            advice=_("Ghi nhận bằng congkhai feedback mark nếu cần."),
        )  # fmt: skip


def _write(tx: Transaction, number: int, **values: object) -> None:
    tx.connection.execute(sa.update(t.feedback_item).where(t.feedback_item.c.id == number).values(**values))
