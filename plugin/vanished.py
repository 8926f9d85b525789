"""What people decide about a public paper whose recall came, or that its source does not show any more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from .clock import ZONE
from .continuity import require_reason
from .errors import NotAllowedError
from .house import House
from .recall import ANNOUNCED, ASKED, KEPT, RECALLED, recall_by_person
from .store import Transaction
from .store import tables as t
from .text import _, in_vietnamese
from .vanishing import is_live

_v, _o, _d = t.vanishing.c, t.document.c, t.disclosure.c


@dataclass(frozen=True, slots=True)
class Vanished:
    """
    A paper that waits for a person's word.

    Attributes:
        gone_times: how often it was missed; 0 when its recall was announced, at `gone_since`.
        matter: id of a disclosure that holds it; `title`: what people call that.
        seen_at: when the source last showed it; `gone_since`, `gone_last`: first and last time that it did not.
    """

    document: str
    matter: str
    title: str
    number: str
    source: str
    seen_at: datetime
    gone_since: datetime
    gone_last: datetime
    gone_times: int


def papers(agency: str) -> "sa.Select[Any]":
    """Return the query for the papers of an agency that wait for a word; one row each, as long as they are public."""
    dd = t.disclosure_document.c
    held = sa.select(sa.func.min(dd.disclosure)).join(t.disclosure, _d.id == dd.disclosure)
    matter = held.where(dd.document == _v.document, is_live()).correlate(t.vanishing).scalar_subquery()
    columns = (_v.document, _v.source, _v.seen_at, _v.gone_since, _v.gone_last, _v.gone_times, _o.number)
    query = sa.select(*columns, _d.id.label("matter"), _d.title, _d.category).join(t.document, _o.id == _v.document)
    return query.join(t.disclosure, _d.id == matter).where(_v.agency == agency, _v.state == ASKED)


def vanished(connection: sa.Connection, agency: str, document: str = "") -> list[Vanished]:
    """Return the papers that wait for a word, the longest missed first; with `document` that one only."""
    query = papers(agency).order_by(_v.gone_since, _v.document)
    if document:
        query = query.where(_v.document == document)
    return [
        Vanished(
            row.document, row.matter, row.title, row.number, row.source, row.seen_at, row.gone_since, row.gone_last,
            row.gone_times,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def step_of(row: Any) -> str:
    """Say what a person has to find out and how the answer is entered."""
    if row.gone_times == ANNOUNCED:
        told = _(
            "Nơi ban hành đã gửi văn bản thu hồi ({since}): gỡ khắp các kênh bằng congkhai disclosure recalled {id}, "
            "hoặc giữ bằng congkhai disclosure kept {id}."
        )
        return told.format(since=_day(row.gone_since), id=row.document)
    words = _(
        "Văn bản không còn trên hệ thống nguồn {source} (thấy lần cuối {seen}, đã hỏi lại {times} lần từ {since}). Hỏi "
        "nơi ban hành: đã thu hồi thì congkhai disclosure recalled {id}, vẫn còn hiệu lực thì congkhai disclosure kept "
        "{id}."
    )
    return words.format(
        source=row.source, seen=_day(row.seen_at), times=row.gone_times, since=_day(row.gone_since), id=row.document
    )


def vanished_waiting(house: House, connection: sa.Connection) -> list[dict[str, str]]:
    """Return the papers that wait for a word, as rows of ``status``."""
    return [
        {"id": one.matter, "title": one.title, "what": "vanished", "subject": one.document, "next": step_of(one)}
        for one in vanished(connection, house.agency)
    ]


@in_vietnamese
def confirm_recalled(house: House, document: str, by: str, reason: str) -> None:
    """
    Let a person say that the issuer took a vanished paper back: it comes down from every channel, with the reason.

    Args:
        reason: how they know; what the source showed and when is written beside it, into the minutes too.

    Raises:
        NotAllowedError: no word is waited for (E800), no reason was given, or somebody changed a matter meanwhile.
    """
    reason = require_reason(reason, document)
    with house.store.write(house.agency, by) as tx:
        row = _waiting(tx, document)
        told = _("{reason} (Không còn trên hệ thống nguồn {source} từ {since}; hỏi lại {times} lần, lần cuối {last}.)")
        if row.gone_times == ANNOUNCED:
            told = _("{reason} (Nơi ban hành gửi văn bản thu hồi qua {source} lúc {since}.)")
        _set(tx, document, RECALLED)
        recall_by_person(
            tx, document,
            told.format(
                reason=reason, source=row.source, since=_day(row.gone_since), times=row.gone_times,
                last=_day(row.gone_last),
            ),
        )  # fmt: skip


def keep_vanished(house: House, document: str, by: str, reason: str = "") -> None:
    """
    Let a person say that a vanished paper still holds: nothing comes down, and its source is not asked for it again.

    Args:
        reason: how they know; may be empty, since nothing changes.

    Raises:
        NotAllowedError: no word is waited for (E800).
    """
    with house.store.write(house.agency, by) as tx:
        row = _waiting(tx, document)
        _set(tx, document, KEPT)
        tx.journal(
            "document.kept", document, source=row.source, gone_since=row.gone_since, gone_times=row.gone_times,
            reason=tx.remark(document, reason.strip()),
        )  # fmt: skip


def _waiting(tx: Transaction, document: str) -> Any:
    query = sa.select(t.vanishing).where(_v.document == document, _v.state == ASKED, _v.agency == tx.agency)
    row = tx.connection.execute(query).one_or_none()
    if row is None:
        raise NotAllowedError(
            what=_("Không chờ ai kết luận văn bản này đã bị thu hồi hay chưa."), where=document,
            code="congkhai-E800",
            advice=_("Có thể người khác vừa kết luận, hoặc văn bản đã hiện lại: xem congkhai disclosure vanished."),
        )  # fmt: skip
    return row


def _set(tx: Transaction, document: str, state: str) -> None:
    tx.connection.execute(sa.update(t.vanishing).where(_v.document == document).values(state=state))


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%H:%M %d/%m/%Y}"
