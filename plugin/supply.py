"""
Information given on request after, or instead of, publication.

Source: Luật 10/2022/QH15 Điều 48.4: what is due and not yet disclosed, what was taken down when its time was over, and
what cannot be reached. The Law names no number of days for the answer; ``[publication] supply-days`` does.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from congkhai.schedules import act_by

from .clock import local_date
from .continuity import require_reason
from .errors import InputError, NotAllowedError
from .house import House
from .records import Disclosure, DisclosureState, PostingState
from .store import read
from .store import tables as t
from .text import _
from .work import Step

_OVER = (DisclosureState.CLOSING, DisclosureState.CLOSED, DisclosureState.FILED)
_BEFORE = (DisclosureState.REVIEW, DisclosureState.DUE)


@dataclass(frozen=True, slots=True)
class Supply:
    """
    One request for information.

    Attributes:
        ground: ``ended``, ``not_yet`` or ``unreachable``: which case of Điều 48.4 it is.
        due: first moment that is too late for the answer.
        supplied: digests of the files that were handed over.
    """

    id: int
    disclosure: str
    asked_by: str
    asked_at: datetime
    wanted: str
    ground: str
    due: datetime
    answered_at: datetime | None
    answered_by: str
    answer: str
    supplied: tuple[str, ...]


def supplies(connection: sa.Connection, agency: str, *, disclosure: str = "", open_only: bool = False) -> list[Supply]:
    """Return requests of an agency in the order they came, of one matter or of all."""
    query = sa.select(t.supply).where(t.supply.c.agency == agency).order_by(t.supply.c.id)
    if disclosure:
        query = query.where(t.supply.c.disclosure == disclosure)
    if open_only:
        query = query.where(t.supply.c.answered_at.is_(None))
    return [
        Supply(
            row.id, row.disclosure, row.asked_by, row.asked_at, row.wanted, row.ground, row.due, row.answered_at,
            row.answered_by, row.answer, tuple(row.supplied),
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def ground_of(connection: sa.Connection, matter: Disclosure) -> str:
    """
    Return on which ground a matter may be asked for: ``ended``, ``not_yet``, ``unreachable``; empty when there is none.
    """  # fmt: skip
    if matter.state in _BEFORE:
        return "not_yet"
    up = [posting for posting in matter.postings if posting.state is PostingState.UP]
    if matter.state in _OVER and (not up or any(posting.required_days for posting in matter.postings)):
        return "ended"
    lost = [one for posting in up for one in read.breaks(connection, posting.id) if one.ended is None]
    return "unreachable" if lost else ""


def ask(house: House, disclosure: str, by: str, *, asked_by: str, wanted: str, asked_at: datetime) -> int:
    """
    Keep a request for information with the day by which it is to be answered.

    Args:
        by: who records it; `asked_by`: who asks, as little as is needed to answer.
        asked_at: when it arrived; not ahead.

    Returns:
        Number of the request.

    Raises:
        NotAllowedError: the matter is public now and can be seen, or was never to be disclosed.
    """
    wanted = require_reason(wanted, disclosure)
    with house.store.write(house.agency, by) as tx:
        matter = read.disclosure(tx.connection, disclosure)
        ground = ground_of(tx.connection, matter)
        if not ground or asked_at > tx.now:
            raise NotAllowedError(
                what=_("Nội dung này không thuộc trường hợp cung cấp theo yêu cầu (đang được công khai hoặc không "
                       "công khai), hoặc thời điểm yêu cầu ở tương lai."),
                where=disclosure, code="congkhai-E512",
                advice=_("Chỉ cho người yêu cầu nơi đang công khai, hoặc ghi đúng thời điểm nhận yêu cầu."),
            )  # fmt: skip
        days = house.configuration.publication.supply_days
        limit = act_by(local_date(asked_at), days, "working_day", house.calendar, house.rule)
        number = tx.connection.execute(
            sa.insert(t.supply)
            .values(
                agency=tx.agency, disclosure=disclosure, asked_by=asked_by, asked_at=asked_at, wanted=wanted,
                ground=ground, due=limit.legal_until, answered_at=None, answered_by="", answer="", supplied=[],
            )
            .returning(t.supply.c.id)
        ).scalar_one()  # fmt: skip
        tx.journal("supply.asked", disclosure, number=number, ground=ground, due=limit.legal_until,
                   wanted=tx.remark(disclosure, wanted))  # fmt: skip
        tx.set_deadline("supply", str(number), limit.legal_until, f"{days} working days after the request")
    return int(number)


def answer(house: House, number: int, by: str, *, text: str, files: tuple[bytes, ...] = (), at: datetime) -> None:
    """
    Keep what was answered and handed over.

    Args:
        files: bytes of what was given beside the disclosed papers; kept in the vault.
        at: when; not before the request, not ahead.

    Raises:
        InputError: no such request. NotAllowedError: it was answered, or the moment is impossible.
    """
    text = require_reason(text, str(number))
    given = [house.store.vault.put(one)[0] for one in files]
    with house.store.write(house.agency, by) as tx:
        row = tx.connection.execute(sa.select(t.supply).where(t.supply.c.id == number)).one_or_none()
        if row is None or row.agency != tx.agency:
            raise InputError(
                what=_("Không có yêu cầu cung cấp thông tin nào mang số này."), where=str(number), code="congkhai-E513",
                advice=_("Xem các yêu cầu bằng congkhai disclosure requests."),
            )  # fmt: skip
        if row.answered_at is not None or not row.asked_at <= at <= tx.now:
            raise NotAllowedError(
                what=_("Yêu cầu đã được trả lời, hoặc thời điểm trả lời không thể đúng."), where=str(number),
                code="congkhai-E514", advice=_("Ghi đúng thời điểm đã trả lời."),
            )  # fmt: skip
        files_of = [
            file.sha256
            for document in read.disclosure(tx.connection, row.disclosure).documents
            for file in read.document(tx.connection, document).attachments
            if not file.problem
        ]
        tx.connection.execute(
            sa.update(t.supply)
            .where(t.supply.c.id == number)
            .values(answered_at=at, answered_by=by, answer=text, supplied=[*files_of, *given])
        )
        tx.journal("supply.answered", row.disclosure, number=number, answered=at, supplied=[*files_of, *given],
                   answer=tx.remark(row.disclosure, text))  # fmt: skip
        tx.drop_deadlines(str(number), "supply")


def overdue(step: Step) -> None:
    """Record that a request was not answered in time. Work kind ``supply``; args: subject (its number)."""
    with step.commit() as tx:
        row = tx.connection.execute(sa.select(t.supply).where(t.supply.c.id == int(step.args["subject"]))).one()
        if row.answered_at is None:
            tx.journal("supply.overdue", row.disclosure, number=row.id, due=row.due)
            tx.record_fault(
                "supply", row.disclosure, _("Quá hạn trả lời yêu cầu cung cấp thông tin số {number}.").format(
                    number=row.id
                ),
                _("Trả lời ngay và ghi bằng congkhai disclosure answer."),
            )  # fmt: skip
