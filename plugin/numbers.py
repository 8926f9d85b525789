"""
Numbers: those of papers, which a clerk or the e-office gives, and our own codes of dossiers.

A paper's number is signed content, so it is reserved before the body is frozen (NĐ 30/2020/NĐ-CP, Điều 15); congkhai
never makes one up. A dossier's code is the next of one series per agency and year, without a gap. Neither is ever given
twice, not even when what it was given to came to nothing. All writers of an agency come one after the other
(`Store.write`); the unique key of the table stands behind that.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from .clock import local_date
from .errors import InputError, NotAllowedError
from .house import House
from .store import Transaction
from .store import tables as t
from .text import _

WANTED, RESERVED, USED, VOID = "wanted", "reserved", "used", "void"
DOSSIERS: Final = "hồ sơ"
"""Series of the dossier codes; the symbol of a paper has no blank in it."""

_NUMBER = re.compile(r"0*([1-9][0-9]{0,8})/([^\s/]\S*)")


@dataclass(frozen=True, slots=True)
class PaperNumber:
    """
    A number of a paper, or the want of one.

    Attributes:
        text: number and symbol as written, e.g. ``12/BB-UBND``; empty while it is wanted.
        paper: id of the paper; `disclosure`, `kind`: of which matter, and which of its papers.
        state: ``wanted``, ``reserved``, ``used`` (the paper is frozen with it) or ``void``.
    """

    text: str
    paper: str
    disclosure: str
    kind: str
    state: str
    by: str
    at: datetime
    reason: str


def number_of(connection: sa.Connection, agency: str, paper: str) -> str:
    """Return the number that is reserved for a paper, or used by it; empty when it has none."""
    c = t.number.c
    query = sa.select(c.text).where(c.agency == agency, c.subject == paper, c.state.in_((RESERVED, USED)))
    return connection.scalar(query) or ""


def numbers(connection: sa.Connection, agency: str, *states: str) -> tuple[PaperNumber, ...]:
    """Return the numbers of papers in the order in which they came, all of them or those in some states."""
    c = t.number.c
    query = sa.select(t.number).where(c.agency == agency, c.series != DOSSIERS).order_by(c.id)
    if states:
        query = query.where(c.state.in_(states))
    return tuple(
        PaperNumber(row.text, row.subject, row.disclosure, row.kind, row.state, row.by, row.at, row.reason)
        for row in connection.execute(query)
    )


def ask(tx: Transaction, paper: str, disclosure: str, kind: str) -> None:
    """Put down that a paper waits for its number; nothing happens when that is known."""
    c = t.number.c
    if tx.connection.scalar(sa.select(c.id).where(c.agency == tx.agency, c.subject == paper, c.state != VOID)):
        return
    tx.connection.execute(sa.insert(t.number).values(**_row(tx, "", None, "", paper, disclosure, kind, WANTED)))
    tx.journal("number.wanted", paper)


def reserve(tx: Transaction, text: str, paper: str, disclosure: str, kind: str) -> None:
    """
    Reserve a number that a clerk or the e-office gave, and let a paper that waited for it be made.

    Args:
        text: number and symbol, e.g. ``12/BB-UBND``.
        paper: id of the paper that will bear it, made or not.

    Raises:
        InputError: this is no number with a symbol (``congkhai-E685``), or it was given before (``congkhai-E686``).
        NotAllowedError: the paper is frozen, or has a number (``congkhai-E687``).
    """
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        raise InputError(
            what=_("“{text}” không phải số và ký hiệu văn bản.").format(text=text), code="congkhai-E685",
            advice=_("Ghi đúng số do hệ thống văn bản hoặc văn thư cấp, ví dụ 12/BB-UBND."),
        )  # fmt: skip
    value, series = int(found[1]), found[2]
    text = f"{value:02d}/{series}"
    year = local_date(tx.now).year
    held = number_of(tx.connection, tx.agency, paper)
    frozen = tx.connection.scalar(sa.select(t.minutes.c.id).where(t.minutes.c.id == paper))
    if held or frozen:
        raise NotAllowedError(
            what=_("Biên bản này đã mang số {text}.").format(text=held) if held
            else _("Biên bản này đã lập xong, không ghi thêm số vào nội dung đã chốt được."),
            where=paper, code="congkhai-E687",
            advice=_("Muốn đổi số, hủy số cũ bằng congkhai number void khi biên bản chưa lập."),
        )  # fmt: skip
    _require_free(tx, text, series, value, year)
    c = t.number.c
    waits = tx.connection.execute(
        sa.delete(t.number).where(c.agency == tx.agency, c.subject == paper, c.state == WANTED)
    ).rowcount
    tx.connection.execute(
        sa.insert(t.number).values(**_row(tx, series, value, text, paper, disclosure, kind, RESERVED))
    )
    tx.journal("number.reserved", paper, number=text, year=year)
    if waits:
        tx.enqueue("minutes", f"{disclosure}:{kind}:{paper}:{text}:{year}", disclosure=disclosure, kind=kind,
                   paper=paper)  # fmt: skip


def _require_free(tx: Transaction, text: str, series: str, value: int, year: int) -> None:
    c, d = t.number.c, t.document.c
    given = tx.connection.scalar(
        sa.select(c.subject).where(c.agency == tx.agency, c.year == year, c.series == series, c.value == value)
    )
    same = sa.select(d.id, d.issued).where(
        d.agency == tx.agency, d.direction == "outgoing", d.number.in_((text, f"{value}/{series}"))
    )
    other = next((row.id for row in tx.connection.execute(same) if row.issued and row.issued.year == year), None)
    if given or other:
        raise InputError(
            what=_("Số {text} năm {year} đã cấp cho {other}.").format(text=text, year=year, other=given or other),
            where=text, code="congkhai-E686",
            advice=_("Lấy số khác; số đã cấp không dùng lại, kể cả khi đã hủy."),
        )  # fmt: skip


def use(tx: Transaction, paper: str) -> str:
    """Return the number that a paper is frozen with, now marked as used; empty when it has none."""
    held = number_of(tx.connection, tx.agency, paper)
    if held:
        c = t.number.c
        tx.connection.execute(
            sa.update(t.number)
            .where(c.agency == tx.agency, c.subject == paper, c.state == RESERVED)
            .values(state=USED)
        )  # fmt: skip
    return held


def void(tx: Transaction, text: str, reason: str) -> None:
    """
    Give a reserved number up. It stays known, with the reason, and is not given again.

    Raises:
        InputError: no such number waits for its paper this year or the last (``congkhai-E688``).
    """
    c = t.number.c
    year = local_date(tx.now).year
    found = tx.connection.execute(
        sa.select(c.id, c.subject, c.disclosure, c.kind)
        .where(c.agency == tx.agency, c.text == text, c.state == RESERVED, c.year >= year - 1)
        .order_by(c.year.desc())
    ).first()
    if found is None or not reason.strip():
        raise InputError(
            what=_("Phải ghi lý do hủy số.") if found else _("Không có số {text} nào đang giữ chỗ.").format(text=text),
            where=text, code="congkhai-E688", advice=_("Xem các số bằng congkhai number list."),
        )  # fmt: skip
    tx.connection.execute(sa.update(t.number).where(c.id == found.id).values(state=VOID, reason=reason.strip()))
    tx.journal("number.void", found.subject, number=text, reason=tx.remark(found.subject, reason.strip()))


def void_of(tx: Transaction, paper: str, reason: str) -> str:
    """Give up the number of a paper that is made anew, used or reserved. Returns it; empty when the paper had none."""
    held = number_of(tx.connection, tx.agency, paper)
    if held:
        c = t.number.c
        mine = (c.agency == tx.agency, c.subject == paper, c.state.in_((RESERVED, USED)))
        tx.connection.execute(sa.update(t.number).where(*mine).values(state=VOID, reason=reason))
        tx.journal("number.void", paper, number=held, reason=tx.remark(paper, reason))
    return held


def dossier_code(house: House, subject: str, year: int) -> str:
    """
    Return the code of a dossier (số và ký hiệu hồ sơ), e.g. ``CK-0007``: the next of its year when it has none.

    It is given in a transaction of its own, so that it survives whatever happens to the sealing; who asks again for the
    same dossier, after a crash or for another volume or version, gets the same code.

    Args:
        subject: the matter that the dossier is about; all versions of a dossier have the same.
        year: year of the dossier.
    """
    c = t.number.c
    mine = sa.select(c.text).where(
        c.agency == house.agency, c.series == DOSSIERS, c.year == year, c.subject == subject
    )  # fmt: skip
    with house.store.read() as connection:
        if held := connection.scalar(mine):
            return str(held)
    with house.store.write(house.agency, "congkhai") as tx:
        if held := tx.connection.scalar(mine):
            return str(held)
        last = tx.connection.scalar(
            sa.select(sa.func.max(c.value)).where(c.agency == tx.agency, c.series == DOSSIERS, c.year == year)
        )
        value = (last or 0) + 1
        row = _row(tx, DOSSIERS, value, f"CK-{value:04d}", subject, "", "", USED)
        tx.connection.execute(sa.insert(t.number).values(**{**row, "year": year}))
        tx.journal("number.dossier", subject, year=year, value=value)
        return str(row["text"])


def _row(
    tx: Transaction, series: str, value: int | None, text: str, subject: str, disclosure: str, kind: str, state: str
) -> dict[str, object]:
    return {
        "agency": tx.agency, "year": local_date(tx.now).year, "series": series, "value": value, "text": text,
        "subject": subject, "disclosure": disclosure, "kind": kind, "state": state, "by": tx.actor, "at": tx.now,
        "reason": "",
    }  # fmt: skip
