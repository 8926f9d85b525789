"""
Limits computed anew when the calendar or the way of counting was amended after the fact.

Looked at on every start: what is open and comes to another moment now is changed, journaled with before, after and why,
and put before the clerk. What is closing or over is never touched.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from congkhai.schedules import Deadline

from .clock import ZONE
from .disclosures import limit_words, publish_limit
from .house import House
from .periods import close_from_of, keep_change, recount
from .planning import keys_of
from .records import Disclosure, DisclosureState, PostingState
from .store import Transaction, read
from .store import tables as t
from .text import _

WHY = "calendar"
_BEFORE = (DisclosureState.PROPOSED, DisclosureState.REVIEW, DisclosureState.DUE)


@dataclass(frozen=True, slots=True)
class Change:
    """A limit that moved: whose, which (``publish_by`` or ``close_from``), from when to when."""

    subject: str
    what: str
    before: datetime | None
    after: datetime | None


def changes(house: House, connection: sa.Connection) -> list[Change]:
    """Return what the present calendar and rules would change; nothing is written."""
    found: list[Change] = []
    for matter in read.disclosures(connection, house.agency, *_BEFORE, DisclosureState.POSTED):
        if matter.state in _BEFORE:
            limit = _limit(house, connection, matter).legal_until
            if limit != matter.publish_by:
                found.append(Change(matter.id, "publish_by", matter.publish_by, limit))
        for posting in matter.postings:
            if posting.state is PostingState.UP and posting.required_days:
                after = close_from_of(house, connection, posting)
                if after != posting.close_from:
                    found.append(Change(posting.id, "close_from", posting.close_from, after))
    return found


def _limit(house: House, connection: sa.Connection, matter: Disclosure) -> Deadline:
    limits = [publish_limit(house, key, matter.trigger) for key in keys_of(connection, matter)]
    return min(limits, key=lambda one: one.legal_until)


def recount_limits(house: House) -> list[Change]:
    """
    Bring every open limit to the present calendar and rules, and say what moved.

    Returns:
        The changes, in the order of the matters.
    """
    with house.store.read() as connection:
        if not changes(house, connection):
            return []
    with house.store.write(house.agency, "congkhai") as tx:
        found = changes(house, tx.connection)
        for change in found:
            if change.what == "publish_by":
                _move_publish_by(tx, house, change)
            else:
                recount(tx, house, change.subject, WHY)
            tx.record_fault(
                "limits", change.subject,
                _("Lịch làm việc hoặc quy tắc đếm đã đổi: {what} từ {before} thành {after}.").format(
                    what=_what(change.what), before=_say(change.before), after=_say(change.after)
                ),
                _("Xem lại kế hoạch công khai; đánh dấu đã xem bằng congkhai work skip."),
            )  # fmt: skip
    return found


def _move_publish_by(tx: Transaction, house: House, change: Change) -> None:
    matter = read.disclosure(tx.connection, change.subject)
    limit = _limit(house, tx.connection, matter)
    tx.connection.execute(
        sa.update(t.disclosure)
        .where(t.disclosure.c.id == matter.id)
        .values(publish_by=limit.legal_until, remind_on=limit.target, row=matter.row + 1)
    )
    for key in keys_of(tx.connection, matter):
        tx.connection.execute(
            sa.update(t.disclosure_category)
            .where(t.disclosure_category.c.disclosure == matter.id, t.disclosure_category.c.key == key)
            .values(publish_by=publish_limit(house, key, matter.trigger).legal_until)
        )
    words = limit_words(house, matter.key)
    keep_change(tx, matter.id, "publish_by", change.before, limit.legal_until, words, WHY)
    tx.set_deadline("overdue", matter.id, limit.legal_until, words)
    tx.announce("disclosure_changed", disclosure=read.disclosure(tx.connection, matter.id))


def _what(name: str) -> str:
    return {"publish_by": _("hạn công khai"), "close_from": _("thời điểm được kết thúc")}[name]


def _say(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZONE):%H:%M %d/%m/%Y}" if moment else _("chưa xác định")
