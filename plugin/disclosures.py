"""The life of a disclosure: opened with its limits, moved from state to state under guard, never silently."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from congkhai.schedules import Deadline, act_by, incoming_trigger

from .clock import local_date
from .errors import NotAllowedError
from .guards import ENDING, why_not
from .house import House
from .periods import close_from_of, plan_close
from .periods import closing_moment as closing_moment
from .periods import earliest_close as earliest_close
from .planning import plan_postings, splits_off
from .records import Direction, Disclosure, DisclosureState, Document, Posting, PostingState, Tag
from .regulation_records import DurationKind
from .search import index_disclosure
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
    _S.FILED: frozenset({_S.CLOSING}),
    _S.EXCLUDED: frozenset({_S.REVIEW}),
    _S.WITHDRAWN: frozenset(),
    _S.SUPERSEDED: frozenset(),
}
"""Which state may follow which; `guards` says what must be true besides (``filed → closing``: a permanent posting)."""

STOPPED = frozenset({_S.EXCLUDED, _S.WITHDRAWN, _S.SUPERSEDED})
"""Ends before the time: whatever is up already must come down."""
WITHDRAWN_AFTER = frozenset({_S.WITHDRAWN, _S.SUPERSEDED})
"""Ends that a matter may come to after people have seen it: minutes state why it came down."""
ENDED = STOPPED | {_S.FILED}


def change_state(tx: Transaction, matter: Disclosure, to: DisclosureState, reason: str = "") -> None:
    """
    Move a disclosure to another state, in the caller's transaction.

    Args:
        reason: why, in words; required by the callers that act for a person.

    Raises:
        NotAllowedError: the state machine knows no such step, what it needs is not there (E501), or somebody changed
            the row meanwhile.
    """
    if to not in TRANSITIONS[matter.state]:
        raise NotAllowedError(
            what=_("Không thể chuyển từ trạng thái {before} sang {after}.").format(
                before=matter.state.value, after=to.value
            ),
            where=matter.id, code="congkhai-E212",
            advice=_("Xem trạng thái hiện tại bằng congkhai status rồi làm bước kế tiếp."),
        )  # fmt: skip
    lacking = why_not(matter, to, tx.now)
    if lacking:
        raise NotAllowedError(
            what=_("Chưa thể chuyển sang trạng thái {after}: {reason}").format(after=to.value, reason=lacking),
            where=matter.id, code="congkhai-E501",
            advice=_("Làm xong việc còn thiếu, congkhai sẽ chuyển tiếp."),
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


@dataclass(frozen=True, slots=True)
class Trigger:
    """
    The day from which the limits count.

    Attributes:
        doubtful: a person must confirm it: the paper has no date, or one that cannot be true.
        notes: why, in words.
    """

    day: date
    doubtful: bool
    notes: tuple[str, ...] = ()


_FIRST_YEAR = 1990


def trigger_of(house: House, document: Document) -> Trigger:
    """
    Return the day from which the limits count.

    For an incoming paper the regulation says which date counts (Luật 10/2022 Điều 47.2; open question Q12). A date far
    ahead of the day on which the paper came, or before 1990, was misread or guessed: it never acts by itself.
    """
    arrived = document.arrived or local_date(document.received_at)
    ahead = timedelta(days=house.configuration.publication.future_days)
    latest = local_date(document.received_at) + ahead
    notes: list[str] = []
    if not arrived.year >= _FIRST_YEAR or arrived > latest:
        notes.append(_("Ngày đến {day} không thể đúng; tính từ ngày nhận.").format(day=f"{arrived:%d/%m/%Y}"))
        arrived = local_date(document.received_at)
    issued = document.issued
    if issued is not None and (issued.year < _FIRST_YEAR or issued > latest):
        notes.append(_("Ngày văn bản {day} không thể đúng; chờ văn thư xác nhận.").format(day=f"{issued:%d/%m/%Y}"))
        issued = None
    doubtful = issued is None or bool(notes)
    if document.direction is Direction.OUT:
        return Trigger(issued or arrived, doubtful, tuple(notes))
    chosen = incoming_trigger(issued, arrived, house.rule)
    return Trigger(chosen.day, doubtful, tuple(notes))


def publish_limit(house: House, key: str, trigger: date) -> Deadline:
    """Return the publish-by limit of a category (or its sub-key) by the agency's regulation."""
    rule = house.regulation.deadline(key)
    return act_by(trigger, rule.count, rule.unit.value, house.calendar, house.rule)


def open_disclosure(
    tx: Transaction, house: House, document: Document, tag: Tag, *, review: bool, further: Sequence[Tag] = ()
) -> str:
    """
    Open the disclosure of a document, with its limit and one planned posting for each channel that serves it.

    A paper of several categories is one matter with the earliest limit and the longest time; a category whose time is
    exact is never lengthened by another, so it becomes a matter of its own.

    Args:
        tag: the leading category; `further`: others that hold as well.
        review: a person must confirm it before anything is published.

    Returns:
        Id of the (leading) disclosure; the existing one when this document has a disclosure already.
    """
    present: str | None = tx.connection.scalar(
        sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document.id)
    )
    if present is not None:
        return present
    together: list[Tag] = [tag]
    apart: list[Tag] = []
    for one in further:
        if _key(one) not in {_key(held) for held in (*together, *apart)}:
            exact = splits_off(house, _key(tag)) or splits_off(house, _key(one))
            (apart if exact else together).append(one)
    leading = _open(tx, house, document, together, _matter_id(document.id), review=review)
    for one in apart:
        _open(tx, house, document, [one], _matter_id(document.id, _key(one)), review=review)
    return leading


def _key(tag: Tag) -> str:
    return tag.sub or tag.key


def _matter_id(*parts: str) -> str:
    return "c" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:15]


def _open(tx: Transaction, house: House, document: Document, tags: list[Tag], id_: str, *, review: bool) -> str:
    start = trigger_of(house, document)
    limits = {_key(one): publish_limit(house, _key(one), start.day) for one in tags}
    limit, tag = min(limits.values(), key=lambda one: one.legal_until), tags[0]
    state = _S.REVIEW if review or start.doubtful else _S.DUE
    waits = [_("Chờ văn thư xác nhận nội dung công khai.")] if state is _S.REVIEW else list(limit.notes)
    text = " ".join([*waits, *start.notes, *_out_of_force(house, start.day)])
    tx.connection.execute(
        sa.insert(t.disclosure).values(
            id=id_, agency=tx.agency, title=document.subject, category=tag.category, key=_key(tag),
            state=state.value, trigger=start.day, publish_by=limit.legal_until, remind_on=limit.target,
            opened_at=tx.now, row=1, note=text,
        )
    )  # fmt: skip
    tx.connection.execute(sa.insert(t.disclosure_document).values(disclosure=id_, document=document.id, rank=1))
    tx.connection.execute(sa.delete(t.waiting_paper).where(t.waiting_paper.c.document == document.id))
    for rank, one in enumerate(tags, 1):
        tx.connection.execute(
            sa.insert(t.disclosure_category).values(
                disclosure=id_, key=_key(one), clause=one.category, rank=rank, publish_by=limits[_key(one)].legal_until
            )
        )
    tx.journal(
        "disclosure.opened", id_, document=document.id, category=tag.category, key=_key(tag), keys=list(limits),
        state=state.value, trigger=start.day.isoformat(), publish_by=limit.legal_until,
    )  # fmt: skip
    index_disclosure(tx.connection, id_)
    tx.set_deadline("overdue", id_, limit.legal_until, limit_words(house, _key(tag)))
    opened = read.disclosure(tx.connection, id_)
    tx.announce("disclosure_changed", disclosure=opened)
    if state is _S.DUE and not plan_postings(tx, house, opened):
        note(tx, opened, _("Không có kênh nào đã cấu hình được phép dùng cho nội dung này."))
    return id_


def _out_of_force(house: House, day: date) -> Iterator[str]:
    """Say that the regulation did not hold on a day: its rules are answered all the same, with this note."""
    if not house.regulation.in_force(day):
        yield _("Ngày {day} nằm ngoài thời gian có hiệu lực của quy chế {name}; vẫn tính theo quy chế này.").format(
            day=f"{day:%d/%m/%Y}", name=house.regulation.name
        )


def limit_words(house: House, key: str) -> str:
    """Return the rule of a publish-by limit with its inputs, as a deadline's row keeps it."""
    rule = house.regulation.deadline(key)
    return f"{rule.count} {rule.unit.value} after {rule.trigger}; {rule.source}; {house.rule.words}"


def record_posted(tx: Transaction, house: House, posting: Posting, moment: datetime) -> None:
    """
    Write that a posting is up since `moment`, compute from when it may close, and move the matter on when all are up.

    The moment is when people could see it, never when we were told.
    """
    up = replace(posting, state=PostingState.UP, posted_from=moment)
    close_from = close_from_of(house, tx.connection, up)
    tx.connection.execute(
        sa.update(t.posting)
        .where(t.posting.c.id == posting.id)
        .values(state=PostingState.UP.value, posted_from=moment, close_from=close_from)
    )
    tx.journal(
        "posting.up", posting.id, posted_from=moment, days=posting.required_days, close_from=close_from,
        counting=house.rule.words,
    )  # fmt: skip
    matter = read.disclosure(tx.connection, posting.disclosure)
    if matter.state is _S.DUE and all(one.state is PostingState.UP for one in matter.postings):
        change_state(tx, matter, _S.POSTED)
        if tx.has_deadline("overdue", matter.id) and tx.now >= matter.publish_by:
            tx.journal("disclosure.overdue", matter.id, publish_by=matter.publish_by)  # nobody had looked before us
        tx.drop_deadlines(matter.id, "overdue")
        tx.enqueue("minutes", f"{matter.id}:posting", disclosure=matter.id, kind="posting")
        plan_close(tx, house, read.disclosure(tx.connection, matter.id))


def take_up(tx: Transaction, matter: Disclosure, reason: str) -> None:
    """
    Take a filed matter up again: its permanent postings come down, and closing minutes follow.

    Raises:
        NotAllowedError: it is not filed, or nothing of it stays up for good.
    """
    stays = [one for one in matter.postings if one.state is PostingState.UP and one.kind == DurationKind.PERMANENT]
    for posting in stays:
        tx.connection.execute(sa.update(t.posting).where(t.posting.c.id == posting.id).values(kind=ENDING))
    change_state(tx, read.disclosure(tx.connection, matter.id), _S.CLOSING, reason)
    for posting in stays:
        tx.enqueue("withdraw", f"{posting.id}:ending", posting=posting.id)
