"""The life of a disclosure: opened with its limits, moved from state to state under guard, never silently."""

import hashlib
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from congkhai.schedules import Deadline, act_by, incoming_trigger, posting_period

from .clock import ZONE, local_date
from .errors import NotAllowedError
from .house import House
from .records import Direction, Disclosure, DisclosureState, Document, Posting, PostingState, Tag
from .regulation_records import DurationRule
from .store import Transaction, read
from .store import tables as t
from .text import _

_S = DisclosureState
TRANSITIONS: dict[DisclosureState, frozenset[DisclosureState]] = {
    _S.PROPOSED: frozenset({_S.REVIEW, _S.DUE, _S.EXCLUDED, _S.SUPERSEDED}),
    _S.REVIEW: frozenset({_S.DUE, _S.EXCLUDED, _S.SUPERSEDED}),
    _S.DUE: frozenset({_S.POSTED, _S.EXCLUDED, _S.WITHDRAWN, _S.SUPERSEDED}),
    _S.POSTED: frozenset({_S.CLOSING, _S.FILED, _S.WITHDRAWN, _S.SUPERSEDED}),
    _S.CLOSING: frozenset({_S.CLOSED, _S.WITHDRAWN}),
    _S.CLOSED: frozenset({_S.FILED}),
    _S.FILED: frozenset(),
    _S.EXCLUDED: frozenset({_S.REVIEW}),
    _S.WITHDRAWN: frozenset(),
    _S.SUPERSEDED: frozenset(),
}
"""Which state may follow which; ``posted → filed`` only where every posting is permanent."""

STOPPED = frozenset({_S.EXCLUDED, _S.WITHDRAWN, _S.SUPERSEDED})
"""Ends before the time: whatever is up already must come down."""
ENDED = STOPPED | {_S.FILED}


def change_state(tx: Transaction, matter: Disclosure, to: DisclosureState, reason: str = "") -> None:
    """
    Move a disclosure to another state, in the caller's transaction.

    Args:
        reason: why, in words; required by the callers that act for a person.

    Raises:
        NotAllowedError: the state machine knows no such step, or somebody changed the row meanwhile.
    """
    if to not in TRANSITIONS[matter.state]:
        raise NotAllowedError(
            what=_("Không thể chuyển từ trạng thái {before} sang {after}.").format(
                before=matter.state.value, after=to.value
            ),
            where=matter.id, code="congkhai-E212",
            advice=_("Xem trạng thái hiện tại bằng congkhai status rồi làm bước kế tiếp."),
        )  # fmt: skip
    changed = tx.connection.execute(
        sa.update(t.disclosure)
        .where(t.disclosure.c.id == matter.id, t.disclosure.c.row == matter.row)
        .values(state=to.value, row=matter.row + 1, note=reason)
    )
    if changed.rowcount != 1:
        raise NotAllowedError(
            what=_("Có người vừa thay đổi nội dung công khai này."), where=matter.id, code="congkhai-E213",
            advice=_("Xem lại rồi thử lần nữa."),
        )  # fmt: skip
    tx.journal(
        "disclosure.state", matter.id, before=matter.state.value, after=to.value, reason=tx.remark(matter.id, reason)
    )
    if to in ENDED:
        tx.drop_deadlines(matter.id, "overdue", "close")
    if to in STOPPED:
        for posting in matter.postings:
            tx.drop_deadlines(posting.id, "probe")
            tx.enqueue("withdraw", f"{posting.id}:ended", posting=posting.id)
    tx.announce("disclosure_changed", disclosure=replace(matter, state=to, row=matter.row + 1, note=reason))


def note(tx: Transaction, matter: Disclosure, text: str) -> None:
    """Set what a person should know about a matter without changing its state."""
    tx.connection.execute(
        sa.update(t.disclosure).where(t.disclosure.c.id == matter.id).values(note=text, row=t.disclosure.c.row + 1)
    )
    tx.journal("disclosure.note", matter.id, note=tx.remark(matter.id, text))


def trigger_day(house: House, document: Document) -> tuple[date, bool]:
    """
    Return the day from which the limits count, and whether a person must confirm it because the paper has no date.

    For an incoming paper the regulation says which date counts (Luật 10/2022 Điều 47.2; open question Q12).
    """
    arrived = document.arrived or local_date(document.received_at)
    if document.direction is Direction.OUT:
        return document.issued or arrived, document.issued is None
    trigger = incoming_trigger(document.issued, arrived, house.rule)
    return trigger.day, document.issued is None


def publish_limit(house: House, tag: Tag, trigger: date) -> Deadline:
    """Return the publish-by limit of a matter by the agency's regulation."""
    rule = house.regulation.deadline(tag.sub or tag.key)
    return act_by(trigger, rule.count, rule.unit.value, house.calendar, house.rule)


def open_disclosure(tx: Transaction, house: House, document: Document, tag: Tag, *, review: bool) -> str:
    """
    Open the disclosure of a document, with its limit and one planned posting for each channel that serves it.

    Args:
        tag: the leading category.
        review: a person must confirm it before anything is published.

    Returns:
        Id of the disclosure; the existing one when this document has a disclosure already.
    """
    present: str | None = tx.connection.scalar(
        sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document.id)
    )
    if present is not None:
        return present
    day, undated = trigger_day(house, document)
    limit = publish_limit(house, tag, day)
    id_ = "c" + hashlib.sha256(document.id.encode()).hexdigest()[:15]
    state = _S.REVIEW if review or undated else _S.DUE
    text = " ".join(limit.notes) if state is _S.DUE else _("Chờ văn thư xác nhận nội dung công khai.")
    tx.connection.execute(
        sa.insert(t.disclosure).values(
            id=id_, agency=tx.agency, title=document.subject, category=tag.category, key=tag.sub or tag.key,
            state=state.value, trigger=day, publish_by=limit.legal_until, remind_on=limit.target, opened_at=tx.now,
            row=1, note=text,
        )
    )  # fmt: skip
    tx.connection.execute(sa.insert(t.disclosure_document).values(disclosure=id_, document=document.id, rank=1))
    tx.journal(
        "disclosure.opened", id_, document=document.id, category=tag.category, key=tag.sub or tag.key,
        state=state.value, trigger=day.isoformat(), publish_by=limit.legal_until,
    )  # fmt: skip
    tx.set_deadline("overdue", id_, limit.legal_until, _rule_words(house, tag))
    opened = read.disclosure(tx.connection, id_)
    tx.announce("disclosure_changed", disclosure=opened)
    if state is _S.DUE:
        plan_postings(tx, house, opened)
    return id_


def _rule_words(house: House, tag: Tag) -> str:
    rule = house.regulation.deadline(tag.sub or tag.key)
    return f"{rule.count} {rule.unit.value} after {rule.trigger}; {rule.source}; {house.rule.words}"


def duration_of(house: House, form: str, key: str) -> DurationRule | None:
    """Return the posting time that the regulation or the Law asks for, or None where neither speaks."""
    return house.regulation.duration(form, key)


def plan_postings(tx: Transaction, house: House, matter: Disclosure) -> None:
    """
    Write the postings of a due matter: every configured channel, with the duration of its form.

    A portal is left out where the category does not allow it by itself (personal matters): that needs a person.
    """
    allowed = house.regulation.category(matter.key).portal_allowed
    planned = False
    for name, channel in house.channels.items():
        if channel.form == "portal" and not allowed:
            continue
        rule = duration_of(house, channel.form, matter.key)
        id_ = f"{matter.id}-{name}"
        tx.connection.execute(
            sa.insert(t.posting).values(
                id=id_, disclosure=matter.id, channel=name, form=channel.form, place=channel.place,
                state=PostingState.PLANNED.value, required_days=rule.days if rule else 0,
                counting=house.rule.words, basis=rule.source if rule else "",
            )
        )  # fmt: skip
        tx.enqueue("publish", id_, posting=id_)
        planned = True
    if not planned:
        note(tx, matter, _("Không có kênh nào đã cấu hình được phép dùng cho nội dung này."))


def record_posted(tx: Transaction, house: House, posting: Posting, moment: datetime) -> None:
    """
    Write that a posting is up since `moment`, compute from when it may close, and move the matter on when all are up.

    The moment is when people could see it, never when we were told.
    """
    period = posting_period(moment, posting.required_days, house.calendar, house.rule)
    tx.connection.execute(
        sa.update(t.posting)
        .where(t.posting.c.id == posting.id)
        .values(state=PostingState.UP.value, posted_from=moment, close_from=period.close_from)
    )
    tx.journal(
        "posting.up", posting.id, posted_from=moment, days=posting.required_days, close_from=period.close_from,
        counting=period.counting,
    )  # fmt: skip
    matter = read.disclosure(tx.connection, posting.disclosure)
    if matter.state is _S.DUE and all(one.state is PostingState.UP for one in matter.postings):
        change_state(tx, matter, _S.POSTED)
        tx.drop_deadlines(matter.id, "overdue")
        tx.enqueue("minutes", f"{matter.id}:posting", disclosure=matter.id, kind="posting")
        moment_to_close = closing_moment(house, matter)
        if moment_to_close is not None:
            tx.set_deadline("close", matter.id, moment_to_close, house.rule.words)


def earliest_close(matter: Disclosure) -> datetime | None:
    """Return the first lawful closing moment of a whole matter: the latest of its postings; None when permanent."""
    moments = [posting.close_from for posting in matter.postings if posting.required_days]
    known = [moment for moment in moments if moment is not None]
    return max(known) if moments and len(known) == len(moments) else None


def closing_moment(house: House, matter: Disclosure) -> datetime | None:
    """
    Return when the matter is to be closed: the first office moment at or after the first lawful one.

    Minutes made at midnight or on a Sunday would be lawful and not believable.
    """
    earliest = earliest_close(matter)
    if earliest is None:
        return None
    hours = house.calendar.office_hours
    day = local_date(earliest)
    if hours is None or house.calendar.is_working_day(day):
        first = _opening(house, day)
        if first >= earliest:
            return first
    return _opening(house, house.calendar.next_working_day(day))


def _opening(house: House, day: date) -> datetime:
    hours = house.calendar.office_hours
    return datetime.combine(day, hours.opens if hours else datetime.min.time(), ZONE)
