"""
Signing orders: who signs now, who stands in for whom, who must let a paper go first, and what a refusal does.

Signatures are independent of each other, each over the same content (docs/architecture.md); an order only says when the
house asks for one. A deputy (KT., TL., TUQ.) stands in the content that is signed, so who signs is settled when a paper
is made. A refused paper is signed by nobody: a person lets it go on, or has it made anew; the refused one is kept.

Source: Nghị định 30/2020/NĐ-CP Điều 13 (KT., TL., TUQ.), 32, 33 (who holds the keys).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

from congkhai.schedules import act_by

from .clock import local_date
from .duties import Duty, duty_id, write_duty
from .entries import Facts, replace_facts
from .errors import NotAllowedError
from .house import House
from .interfaces import Signer
from .numbers import void_of
from .records import Minutes
from .regulation_records import SignerRule
from .store import Transaction, read
from .store import tables as t
from .text import _

FORMS: Final = ("KT.", "TL.", "TUQ.")
VOID: Final = "void:"
"""What the kind of a paper begins with that was refused and made anew."""


@dataclass(frozen=True, slots=True)
class Deputy:
    """
    Who signs in the place of a role.

    Attributes:
        signer: NAME of the ``[signer:NAME]`` section whose key is used.
        form: ``KT.``, ``TL.`` or ``TUQ.``; `title`: the deputy's own title in capitals, as it stands on paper.
        basis: the written basis, with number and date.
    """

    role: str
    signer: str
    form: str
    title: str
    basis: str


@dataclass(frozen=True, slots=True)
class Seat:
    """One place in the block of signatures: the rule, the lines above the name, the person, and the deputy if any."""

    rule: SignerRule
    capacity: tuple[str, ...]
    person: str
    deputy: Deputy | None = None


def deputy_of(connection: sa.Connection, agency: str, role: str, day: date) -> Deputy | None:
    """Return who stands in for a role on a day; the one entered last, or None."""
    c = t.deputy.c
    query = sa.select(t.deputy).where(
        c.agency == agency, c.role == role, c.first <= day, sa.or_(c.last.is_(None), c.last >= day),
        c.ended_at.is_(None),
    )  # fmt: skip
    row = connection.execute(query.order_by(c.id.desc()).limit(1)).one_or_none()
    return None if row is None else Deputy(row.role, row.signer, row.form, row.title, row.basis)


def is_absent(connection: sa.Connection, agency: str, role: str, day: date) -> bool:
    """Tell whether the holder of a role is away on a day."""
    c = t.absence.c
    query = sa.select(c.id).where(
        c.agency == agency, c.role == role, c.first <= day, sa.or_(c.last.is_(None), c.last >= day),
        c.ended_at.is_(None),
    )  # fmt: skip
    return connection.execute(query).first() is not None


def seats(house: House, rules: Sequence[SignerRule]) -> tuple[Seat, ...]:
    """
    Return who signs a paper that is made today, in paper order.

    A role that need not sign (``mandatory = no``) and is away without a deputy is left out; a mandatory one stays, and
    its paper waits.
    """
    today = local_date(house.clock.now())
    found = []
    with house.store.read() as connection:
        for rule in rules:
            deputy = deputy_of(connection, house.agency, rule.role, today)
            if deputy is not None and deputy.signer in house.signers:
                person = house.signers[deputy.signer].person
                found.append(Seat(rule, _capacity(rule, deputy), person, deputy))
            elif rule.mandatory or not is_absent(connection, house.agency, rule.role, today):
                found.append(Seat(rule, rule.capacity, house.signer_of(rule.role)[1].person))
    return tuple(found)


def _capacity(rule: SignerRule, deputy: Deputy) -> tuple[str, ...]:
    """Return the lines above a deputy's name: ``KT. CHỦ TỊCH``, ``PHÓ CHỦ TỊCH`` (NĐ 30/2020, Phụ lục I, 7a)."""
    *body, title = rule.capacity
    return (*body, f"{deputy.form} {title}", deputy.title.upper())


def bases(found: Sequence[Seat]) -> tuple[str, ...]:
    """Return the written bases on which deputies sign, for the bases of the paper."""
    return tuple(dict.fromkeys(seat.deputy.basis for seat in found if seat.deputy))


def begin(tx: Transaction, house: House, minutes: str, found: Sequence[Seat]) -> None:
    """Write the order of a paper that was just made, in the caller's transaction, and when it should be signed."""
    settings = house.configuration.signing
    gate = bool(settings.approver)
    due: datetime | None = None
    if settings.deadline:
        limit = act_by(local_date(tx.now), settings.deadline, "working_day", house.calendar, house.rule)
        due = limit.legal_until
        write_duty(tx, Duty(
            duty_id(house.agency, "sign", minutes), "sign", "sign", minutes, _("Ký văn bản {id}").format(id=minutes),
            ", ".join(seat.rule.title for seat in found), "[signing] deadline", minutes, limit.legal_day, due,
            limit.target, assumed=False, meeting=False, note="", state="open",
        ))  # fmt: skip
    deputies = {
        seat.rule.role: {"signer": seat.deputy.signer, "form": seat.deputy.form, "basis": seat.deputy.basis}
        for seat in found
        if seat.deputy
    }
    tx.connection.execute(
        sa.insert(t.signing_order).values(
            minutes=minutes, state="approval" if gate else "open", approver=settings.approver, refused_role="",
            reason="", due=due, deputies=deputies,
        )
    )  # fmt: skip
    if deputies:
        facts = {role: [one["form"], tx.remark(minutes, one["basis"])] for role, one in deputies.items()}
        tx.journal("order.deputies", minutes, deputies=facts)


def role_of(house: House, connection: sa.Connection, minutes: str, signer: Signer) -> str:
    """Return for which role a key signs a paper: the one it stands in for, else its own."""
    for role, deputy in _deputies(connection, minutes).items():
        if house.signers.get(deputy["signer"]) is signer:
            return role
    return signer.role


def _deputies(connection: sa.Connection, minutes: str) -> dict[str, dict[str, str]]:
    held = connection.scalar(sa.select(t.signing_order.c.deputies).where(t.signing_order.c.minutes == minutes))
    return dict(held or {})


def key_roles(house: House, connection: sa.Connection, paper: Minutes) -> dict[str, str]:
    """Return for every role that is missing the role of the key that signs for it (another one for a deputy)."""
    deputies = _deputies(connection, paper.id)
    found = {}
    for role in paper.missing:
        signer = house.signers.get(deputies[role]["signer"]) if role in deputies else None
        found[role] = signer.role if signer is not None else role
    return found


def why_not_yet(house: House, connection: sa.Connection, paper: Minutes, role: str) -> str:
    """Say why a role is not asked to sign a paper now; empty when it is its turn."""
    if paper.kind.startswith(VOID):
        return _("Văn bản này đã bị từ chối ký và được lập lại.")
    row = connection.execute(sa.select(t.signing_order).where(t.signing_order.c.minutes == paper.id)).one_or_none()
    if row is not None and row.state == "refused":
        return _("{role} đã từ chối ký: lập lại hoặc cho ký tiếp bằng congkhai orders.").format(role=row.refused_role)
    if row is not None and row.state == "approval":
        return _("Chờ {role} duyệt: congkhai orders approve {id}.").format(role=row.approver, id=paper.id)
    if house.configuration.signing.order == "in_order":
        before = [one for one in paper.roles[: paper.roles.index(role)] if one in paper.missing]
        if before:
            return _("Ký lần lượt: chờ {roles} ký trước.").format(roles=", ".join(before))
    return ""


def call_unattended(tx: Transaction, house: House, paper: Minutes) -> None:
    """Plan the signatures of keys that may work by themselves and whose turn it is; all others wait for people."""
    deputies = _deputies(tx.connection, paper.id)
    for role in paper.missing:
        name = deputies[role]["signer"] if role in deputies else house.signer_of(role)[0]
        signer = house.signers.get(name)
        if signer is not None and not signer.attended and not why_not_yet(house, tx.connection, paper, role):
            tx.enqueue("sign", f"{paper.id}:{role}", minutes=paper.id, signer=name)


def settle(tx: Transaction, agency: str, minutes: str) -> None:
    """End the reminders of a paper: everybody has signed, or it was made anew."""
    id_ = duty_id(agency, "sign", minutes)
    done = {"state": "done", "settled_at": tx.now, "settled_by": tx.actor}
    tx.connection.execute(sa.update(t.duty).where(t.duty.c.id == id_, t.duty.c.state == "open").values(**done))
    tx.drop_deadlines(id_, "remind")


def approve(house: House, minutes: str, role: str, by: str) -> None:
    """Let the approver send a paper to its signers. Raises NotAllowedError (E694): none waits, or by another role."""
    with house.store.write(house.agency, by) as tx:
        row = _order(tx, minutes)
        if row.state != "approval" or row.approver != role:
            raise _out_of_order(minutes, _("Văn bản này không chờ {role} duyệt.").format(role=role))
        _set(tx, minutes, state="open", approved_at=tx.now)
        tx.journal("order.approved", minutes, role=role)
        call_unattended(tx, house, read.minutes_by_id(tx.connection, minutes))


def refuse(house: House, minutes: str, role: str, by: str, reason: str) -> None:
    """
    Let the approver or a signer refuse a paper; nobody signs it any more until a person decides what comes of it.

    Raises:
        NotAllowedError: no reason, the paper does not wait for this role, or it is refused already (E694).
    """
    with house.store.write(house.agency, by) as tx:
        row, paper = _order(tx, minutes), read.minutes_by_id(tx.connection, minutes)
        asked = role in paper.missing or (row.state == "approval" and role == row.approver)
        if not reason.strip() or not asked or row.state == "refused" or paper.kind.startswith(VOID):
            raise _out_of_order(minutes, _("Từ chối ký cần lý do, và văn bản phải đang chờ {role}.").format(role=role))
        _set(tx, minutes, state="refused", refused_role=role, refused_at=tx.now, reason=reason)
        tx.journal("order.refused", minutes, role=role, reason=tx.remark(minutes, reason))


def go_on(house: House, minutes: str, by: str, reason: str) -> None:
    """Take a refusal back: the same paper is signed on. Raises NotAllowedError (E694)."""
    with house.store.write(house.agency, by) as tx:
        if _order(tx, minutes).state != "refused" or not reason.strip():
            raise _out_of_order(minutes, _("Văn bản này không bị từ chối ký, hoặc thiếu lý do."))
        _set(tx, minutes, state="open", refused_role="", refused_at=None, reason="")
        tx.journal("order.resumed", minutes, reason=tx.remark(minutes, reason))
        call_unattended(tx, house, read.minutes_by_id(tx.connection, minutes))


def remake(house: House, minutes: str, by: str, reason: str, *, facts: Facts | None = None) -> None:
    """
    Have a paper that is not fully signed made anew: after a refusal, or because another must sign it now.

    The old paper keeps its file and signatures, and is signed by nobody any more; its number is void and stays known.

    Args:
        facts: what a clerk corrected in minutes that rest on what was entered; None: as it was.

    Raises:
        NotAllowedError: everybody has signed it, it was made anew already, or there is no reason (E694).
    """
    with house.store.write(house.agency, by) as tx:
        paper = read.minutes_by_id(tx.connection, minutes)
        if not paper.missing or paper.kind.startswith(VOID) or not reason.strip():
            raise _out_of_order(minutes, _("Chỉ lập lại được văn bản chưa ký xong, kèm lý do."))
        count = _voided(tx.connection, paper.subject, paper.kind) + 1
        changed = (t.minutes.c.id == minutes, t.minutes.c.file_sha256 == paper.file_sha256)
        void = sa.update(t.minutes).where(*changed).values(kind=f"{VOID}{paper.kind}:{count}")
        if tx.connection.execute(void).rowcount != 1:
            raise _out_of_order(minutes, _("Có người vừa ký văn bản này; xem lại rồi thử lần nữa."))
        settle(tx, house.agency, minutes)
        tx.journal("minutes.voided", minutes, kind=paper.kind, file=paper.file_sha256,
                   reason=tx.remark(minutes, reason))  # fmt: skip
        void_of(tx, minutes, reason)
        if not replace_facts(tx, paper, facts):
            key = f"{paper.disclosure}:{paper.kind}:remade:{count}"
            tx.enqueue("minutes", key, disclosure=paper.disclosure, kind=paper.kind)


def _voided(connection: sa.Connection, subject: str, kind: str) -> int:
    c = t.minutes.c
    query = sa.select(sa.func.count()).where(c.subject == subject, c.kind.startswith(f"{VOID}{kind}:"))
    return int(connection.scalar(query) or 0)


def paper_name(connection: sa.Connection, disclosure: str, kind: str) -> str:
    """Return what the id of a paper is made of: its matter and kind, and how often it was made anew before."""
    count = _voided(connection, disclosure, kind)
    return f"{disclosure}\x1f{kind}" + (f"\x1f{count}" if count else "")


def add_deputy(house: House, deputy: Deputy, first: date, last: date | None, by: str) -> None:
    """
    Enter who signs in the place of a role, for papers that are made from now on.

    Raises:
        NotAllowedError: an unknown form or key, no title, no written basis, or TUQ. without an end (E695).
    """
    known = {rule.role for rule in house.regulation.signers}
    lacking = [
        words
        for wrong, words in (
            (deputy.form not in FORMS, _("hình thức phải là KT., TL. hoặc TUQ.")),
            (deputy.role not in known, _("quy chế không có vai trò này")),
            (deputy.signer not in house.signers, _("không có [signer:…] mang tên này")),
            (not deputy.basis.strip(), _("thiếu văn bản phân công hoặc uỷ quyền")),
            (not deputy.title.strip(), _("thiếu chức vụ của người ký thay")),
            (deputy.form == "TUQ." and last is None, _("TUQ. phải có thời hạn (khoản 3 Điều 13 NĐ 30/2020)")),
        )
        if wrong
    ]
    if lacking:
        raise NotAllowedError(
            what=_("Chưa ghi được người ký thay: {what}.").format(what="; ".join(lacking)), where=deputy.role,
            code="congkhai-E695", advice=_("Bổ sung rồi nhập lại."),
        )  # fmt: skip
    with house.store.write(house.agency, by) as tx:
        tx.connection.execute(
            sa.insert(t.deputy).values(
                agency=house.agency, role=deputy.role, signer=deputy.signer, form=deputy.form, title=deputy.title,
                basis=deputy.basis, first=first, last=last, by=by, at=tx.now,
            )
        )  # fmt: skip
        basis = tx.remark(f"deputy:{deputy.role}", deputy.basis)
        tx.journal("deputy.entered", f"deputy:{deputy.role}", form=deputy.form, first=first.isoformat(),
                   last=last.isoformat() if last else "", basis=basis)  # fmt: skip


def add_absence(house: House, role: str, first: date, last: date | None, by: str, reason: str) -> None:
    """Enter that the holder of a role is away, for papers that are made from now on."""
    with house.store.write(house.agency, by) as tx:
        tx.connection.execute(
            sa.insert(t.absence).values(
                agency=house.agency, role=role, first=first, last=last, reason=reason, by=by, at=tx.now
            )
        )
        tx.journal("absence.entered", f"absence:{role}", first=first.isoformat(),
                   last=last.isoformat() if last else "", reason=tx.remark(f"absence:{role}", reason))  # fmt: skip


def end_stand_in(house: House, role: str, by: str) -> int:
    """End the deputies and absences of a role now; papers that were made stay as they are. Returns how many ended."""
    ended = 0
    with house.store.write(house.agency, by) as tx:
        for table in (t.deputy, t.absence):
            mine = (table.c.agency == tx.agency, table.c.role == role, table.c.ended_at.is_(None))
            ended += tx.connection.execute(sa.update(table).where(*mine).values(ended_at=tx.now)).rowcount
        tx.journal("deputy.ended", f"deputy:{role}", count=ended)
    return ended


def _order(tx: Transaction, minutes: str) -> "sa.Row[tuple[object, ...]]":
    row = tx.connection.execute(sa.select(t.signing_order).where(t.signing_order.c.minutes == minutes)).one_or_none()
    if row is None:
        raise _out_of_order(minutes, _("Văn bản này không có trình tự ký."))
    return row


def _set(tx: Transaction, minutes: str, **values: object) -> None:
    tx.connection.execute(sa.update(t.signing_order).where(t.signing_order.c.minutes == minutes).values(**values))


def _out_of_order(minutes: str, what: str) -> NotAllowedError:
    return NotAllowedError(
        what, where=minutes, code="congkhai-E694", advice=_("Xem các văn bản chờ ký bằng congkhai orders list.")
    )
