"""What a clerk does with a proposal: accept it, change it, or decide that the paper is no disclosure item."""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..disclosures import change_state, limit_words, note, open_disclosure, publish_limit, trigger_of
from ..errors import InputError, NotAllowedError
from ..house import House
from ..planning import keys_of, plan_postings, splits_off
from ..pulling import record_decision
from ..records import Decision, Disclosure, DisclosureState, Document, DocumentStatus, Tag, TagDecision
from ..store import Transaction, read
from ..store import tables as t
from ..text import _
from .corrections import Correction, add_correction, decision_of

_OPEN = frozenset({DisclosureState.PROPOSED, DisclosureState.REVIEW})


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of the work list.

    Attributes:
        disclosure: id of the matter that waits, or None where the machine proposes no item but is not sure.
        tags: the proposal, best first; reasons stand in each tag.
        why: reasons for the decision as a whole.
        key: where the next page begins.
    """

    document: Document
    disclosure: str | None
    tags: tuple[Tag, ...]
    regime: str | None
    why: tuple[str, ...]
    key: str = ""


def waiting(house: House, *, after: str = "", limit: int | None = None) -> Iterator[Row]:
    """
    Give the documents whose newest decision a person must look at, oldest first.

    Args:
        after: `Row.key` of the last row seen; empty: from the beginning.
        limit: how many at most; None: all.
    """
    with house.store.read() as connection:
        found = heapq.merge(*(_chosen(connection, query, after, limit) for query in _queries(house)))
        for part in _parts(islice(found, limit), _AT_ONCE):
            yield from _rows(connection, part)


def waiting_row(house: House, document: str) -> Row | None:
    """Return the row of one document, or None when nobody waits for a word on it."""
    with house.store.read() as connection:
        for query in _queries(house):
            for row in connection.execute(query.where(query.selected_columns[1] == document)):
                return next(_rows(connection, [_Waits(row[0], row[1], row[2])]), None)
    return None


class _Waits(NamedTuple):
    at: datetime
    document: str
    disclosure: str | None


_AT_ONCE = 200


def _parts(found: Iterable[_Waits], size: int) -> Iterator[list[_Waits]]:
    """Give the rows in parts of a size."""
    rows = iter(found)
    while part := list(islice(rows, size)):
        yield part


def _queries(house: House) -> list[sa.Select[Any]]:
    """Return moment, paper and matter of what waits: what no matter holds, and what matters in each open state hold."""
    w, d, k, o = t.waiting_paper.c, t.disclosure.c, t.disclosure_document.c, t.document.c
    current = o.status == DocumentStatus.CURRENT.value
    held = sa.exists().where(k.document == w.document)
    free = sa.select(w.at, w.document, sa.null().label("disclosure")).join(t.document, o.id == w.document)
    mine = sa.select(d.opened_at, k.document, d.id)
    mine = mine.join(t.disclosure_document, k.disclosure == d.id).join(t.document, o.id == k.document)
    # The sum keeps the database from walking along every review there ever was.
    asks = t.decision.c.decision + "" == Decision.REVIEW.value
    later = t.decision.alias()
    newest = sa.select(sa.func.max(later.c.seq)).where(later.c.document == t.decision.c.document).scalar_subquery()
    asked = sa.exists().where(t.decision.c.document == k.document, t.decision.c.seq == newest, asks)
    return [
        free.where(w.agency == house.agency, current, ~held),
        *(mine.where(d.agency == house.agency, d.state == state.value, current, asked) for state in sorted(_OPEN)),
    ]


def _chosen(connection: sa.Connection, query: sa.Select[Any], after: str, limit: int | None) -> list[_Waits]:
    at, document, _disclosure = query.selected_columns
    when, _mark, last = after.partition("~")
    if last:
        try:
            start = datetime.fromisoformat(when)
        except ValueError as error:
            raise InputError(_("Địa chỉ trang kế tiếp không đúng."), where=after[:80], code="congkhai-E712") from error
        query = query.where(at >= start, sa.or_(at > start, document > last))
    return [_Waits(row[0], row[1], row[2]) for row in connection.execute(query.order_by(at, document).limit(limit))]


def _rows(connection: sa.Connection, found: Sequence[_Waits]) -> Iterator[Row]:
    """Read what rows show: each paper with its newest decision."""
    ids = [one.document for one in found]
    papers = {one.id: one for one in read.documents(connection, ids)}
    d = t.decision.c
    query = sa.select(t.decision).where(d.document.in_(ids)).order_by(d.document, d.seq)
    decisions = {row.document: row for row in connection.execute(query)}  # the last one of each stays
    for one in found:
        row = decisions[one.document]
        tags = tuple(
            Tag(tag["category"], tag["key"], tag["confidence"], tuple(tag["why"]), tag["sub"]) for tag in row.tags
        )
        key = f"{one.at:%Y-%m-%dT%H:%M:%SZ}~{one.document}"
        yield Row(papers[one.document], one.disclosure, tags, row.regime, tuple(row.why), key)


def correct(house: House, document: str, keys: Sequence[str], *, by: str, reason: str = "") -> TagDecision:
    """
    Let a clerk say what a document is; it holds at once for it, and from then on for papers like it.

    A matter that waits takes the clerk's item and becomes due, or is excluded with the reason. A matter that was
    decided before is never touched.

    Args:
        keys: category keys or sub-keys, best first; empty: ``không thuộc diện công khai``, which needs a reason.
        by: the clerk.

    Returns:
        The decision as recorded.

    Raises:
        InputError: there is no such document.
        NotAllowedError: an unknown key, no reason where one is needed, or its disclosure is under way already.
    """
    with house.store.write(house.agency, by) as tx:
        paper = read.document(tx.connection, document)
        matter = _matter(tx.connection, document)
        if matter is not None and matter.state not in _OPEN and _differs(matter, keys):
            raise NotAllowedError(
                _("Nội dung công khai của văn bản này đã được quyết định ({state}); nhãn không tự đổi.").format(
                    state=matter.state.value
                ),
                where=document, code="congkhai-E282",
                advice=_("Rút hoặc đưa lại nội dung đó về xem xét trước, rồi sửa nhãn."),
            )  # fmt: skip
        correction = add_correction(tx, paper, keys, reason, house.regulation)
        decision = _by_person(correction, house, by)
        record_decision(tx, document, decision)
        _carry_out(tx, house, paper, matter, decision, reason)
    return decision


def accept(house: House, document: str, *, by: str) -> TagDecision:
    """
    Let a clerk confirm the newest proposal as it stands; it counts as a correction for papers alike.

    Raises:
        InputError: there is no such document.
        NotAllowedError: nothing is proposed for it, or its disclosure is under way already.
    """
    row = waiting_row(house, document)
    if row is None or not row.tags:
        raise NotAllowedError(
            _("Không có đề xuất nào đang chờ xem lại cho văn bản này."), where=document, code="congkhai-E283",
            advice=_("Xem danh sách bằng congkhai tag review."),
        )  # fmt: skip
    return correct(house, document, [tag.sub or tag.key for tag in row.tags[:1]], by=by)


def _matter(connection: sa.Connection, document: str) -> Disclosure | None:
    found = connection.scalar(
        sa.select(t.disclosure_document.c.disclosure).where(t.disclosure_document.c.document == document)
    )
    return None if found is None else read.disclosure(connection, found)


def _differs(matter: Disclosure, keys: Sequence[str]) -> bool:
    return not keys or keys[0] != matter.key


def _by_person(correction: Correction, house: House, by: str) -> TagDecision:
    """Return the decision on the very paper: certain, and by a person."""
    like = decision_of(correction, 1.0, house.regulation)
    why = (correction.reason,) if correction.reason else (_("do {by} xác định").format(by=by),)
    tags = tuple(replace(tag, why=why) for tag in like.tags)
    return TagDecision(Decision.AUTO if tags else Decision.NONE, tags, None, by, why)


def _carry_out(
    tx: Transaction, house: House, paper: Document, matter: Disclosure | None, decision: TagDecision, reason: str
) -> None:
    """Make the paper's matter what the clerk said: opened, moved on with the new item, or excluded."""
    if matter is None:
        if decision.tags and paper.status is DocumentStatus.CURRENT:
            open_disclosure(tx, house, paper, decision.tags[0], review=False)
        return
    if matter.state not in _OPEN:
        return
    if not decision.tags:
        change_state(tx, matter, DisclosureState.EXCLUDED, reason)
        return
    keys = tuple(_key(tag) for tag in decision.tags)
    if _differs(matter, keys) or (len(keys) > 1 and keys != keys_of(tx.connection, matter)):
        _retag(tx, house, paper, matter, decision.tags)
    change_state(tx, read.disclosure(tx.connection, matter.id), DisclosureState.DUE, reason)
    due = read.disclosure(tx.connection, matter.id)
    if not plan_postings(tx, house, due, confirmed_by=tx.actor):
        note(tx, due, _("Không có kênh nào đã cấu hình được phép dùng cho nội dung này."))


def _key(tag: Tag) -> str:
    return tag.sub or tag.key


def _retag(tx: Transaction, house: House, paper: Document, matter: Disclosure, tags: Sequence[Tag]) -> None:
    """
    Write the clerk's items into a waiting matter, with the earliest limit of all of them.

    An item whose time is exact is never lengthened by another (regulation, duration ``exact``): it stands alone.
    """
    held = [tags[0]]
    if not splits_off(house, _key(tags[0])):
        held += [tag for tag in tags[1:] if not splits_off(house, _key(tag))]
    day = trigger_of(house, paper).day
    limits = {_key(tag): publish_limit(house, _key(tag), day) for tag in held}
    limit, leading = min(limits.values(), key=lambda one: one.legal_until), held[0]
    tx.connection.execute(
        sa.update(t.disclosure)
        .where(t.disclosure.c.id == matter.id)
        .values(
            category=leading.category, key=_key(leading), publish_by=limit.legal_until, remind_on=limit.target,
            row=matter.row + 1,
        )
    )  # fmt: skip
    tx.connection.execute(sa.delete(t.disclosure_category).where(t.disclosure_category.c.disclosure == matter.id))
    for rank, tag in enumerate({_key(tag): tag for tag in held}.values(), 1):
        tx.connection.execute(
            sa.insert(t.disclosure_category).values(
                disclosure=matter.id, key=_key(tag), clause=tag.category, rank=rank,
                publish_by=limits[_key(tag)].legal_until,
            )
        )  # fmt: skip
    tx.set_deadline("overdue", matter.id, limit.legal_until, limit_words(house, _key(leading)))
    tx.journal(
        "disclosure.retagged", matter.id, before=matter.key, after=_key(leading), keys=list(limits),
        publish_by=limit.legal_until,
    )  # fmt: skip
