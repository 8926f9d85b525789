"""What a clerk does with a proposal: accept it, change it, or decide that the paper is no disclosure item."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ..disclosures import change_state, limit_words, note, open_disclosure, publish_limit, trigger_of
from ..errors import NotAllowedError
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
    """

    document: Document
    disclosure: str | None
    tags: tuple[Tag, ...]
    regime: str | None
    why: tuple[str, ...]


def waiting(house: House) -> Iterator[Row]:
    """Give the documents whose newest decision a person must look at, oldest first."""
    later = t.decision.alias()
    newer = sa.exists().where(later.c.document == t.decision.c.document, later.c.seq > t.decision.c.seq)
    query = (
        sa.select(t.decision)
        .join(t.document, t.document.c.id == t.decision.c.document)
        .where(t.decision.c.decision == Decision.REVIEW.value, ~newer, t.document.c.agency == house.agency)
        .order_by(t.decision.c.at, t.decision.c.document)
    )
    with house.store.read() as connection:
        for row in connection.execute(query).all():
            matter = _matter(connection, row.document)
            document = read.document(connection, row.document)
            if document.status is not DocumentStatus.CURRENT or (matter is not None and matter.state not in _OPEN):
                continue
            tags = tuple(
                Tag(tag["category"], tag["key"], tag["confidence"], tuple(tag["why"]), tag["sub"]) for tag in row.tags
            )
            yield Row(document, matter.id if matter else None, tags, row.regime, tuple(row.why))


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
    row = next((row for row in waiting(house) if row.document.id == document), None)
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
