"""Signing: exactly what the XML says, by the key of the role, re-verified by a second program before it counts."""

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from congkhai.signing import complete, prepare, recheck

from .clock_guard import require_clock
from .disclosures import STOPPED, change_state
from .errors import NotAllowedError, OurError
from .house import House
from .interfaces import Signer
from .looks import look_of
from .minutes import minutes_pdf, read_minutes, read_report, report_pdf
from .minuting import REPORT
from .orders import VOID, call_unattended, key_roles, role_of, settle, why_not_yet
from .periods import is_permanent
from .raising import wanted
from .records import DisclosureState, Minutes
from .signer_check import checked_signer
from .store import Transaction, read
from .store import tables as t
from .text import _
from .work import Step


class _SignedMeanwhileError(Exception):
    """Another signer finished while we signed: splice into the newer file."""


_TRIES = 5  # another signer may finish while we sign; the file is then spliced again


def waiting_for(house: House, role: str) -> list[Minutes]:
    """Return the papers that wait for a role, oldest first."""
    with house.store.read() as connection:
        ended = [state.value for state in STOPPED]
        query = (
            sa.select(t.minutes.c.id)
            .join(t.disclosure, t.disclosure.c.id == t.minutes.c.disclosure)
            .where(t.disclosure.c.agency == house.agency)
            .where(sa.or_(t.disclosure.c.state.not_in(ended), t.minutes.c.kind == "closing"))
            .where(t.minutes.c.pdf_sha256 == "", t.minutes.c.kind.not_like(f"{VOID}%"))  # no rendition: not all signed
            .order_by(t.minutes.c.made_at, t.minutes.c.id)
        )
        papers = [read.minutes_by_id(connection, id_) for id_ in connection.scalars(query).all()]
        return [paper for paper in papers if _waits(house, connection, paper, role)]


def _waits(house: House, connection: sa.Connection, paper: Minutes, role: str) -> bool:
    """Tell whether it is the turn of the keys of a role, for itself or as a deputy."""
    return any(
        key == role and not why_not_yet(house, connection, paper, wanted)
        for wanted, key in key_roles(house, connection, paper).items()
    )


def sign_unattended(step: Step) -> None:
    """Sign with a key that may work by itself. Work kind ``sign``; args: minutes, signer."""
    house = step.house
    signer = house.signers[step.args["signer"]]
    if signer.attended:
        raise NotAllowedError(
            what=_("Khoá {name} chỉ được dùng khi người giữ khoá tự ký.").format(name=step.args["signer"]),
            where=step.args["minutes"], code="congkhai-E220",
            advice=_("Để người giữ khoá ký bằng congkhai sign hoặc trên trang ký."),
        )  # fmt: skip
    with house.store.read() as connection:
        paper = read.minutes_by_id(connection, step.args["minutes"])
        role = role_of(house, connection, paper.id, signer)
        turn = role in paper.missing and not why_not_yet(house, connection, paper, role)
    if turn:
        _sign(house, paper, signer, role, lambda finish: _committing(step, finish))
    else:
        with step.commit():
            return


def _committing(step: Step, finish: Callable[[Transaction], None]) -> None:
    with step.commit() as tx:
        finish(tx)


def sign_by_person(house: House, minutes: str, signer: Signer) -> None:
    """
    Sign one paper with the key of the person at the desk.

    Raises:
        NotAllowedError: the paper does not wait for this role.
        ConfigurationError, SigningError: the key or its certificate cannot be used; nothing was signed.
    """
    require_clock(house)
    with house.store.read() as connection:
        paper = read.minutes_by_id(connection, minutes)
        stopped = read.disclosure(connection, paper.disclosure).state in STOPPED
        role = role_of(house, connection, minutes, signer)
        missing = key_roles(house, connection, paper)
        hindrance = why_not_yet(house, connection, paper, role) if role in paper.missing else ""
    if (stopped and paper.kind != "closing") or missing.get(role) != signer.role:
        raise _not_waiting(minutes, signer.role)
    if hindrance:
        raise NotAllowedError(
            what=_("Chưa đến lượt ký: {why}").format(why=hindrance), where=minutes, code="congkhai-E696",
            advice=_("Xem trình tự ký bằng congkhai orders list."),
        )  # fmt: skip

    def commit(finish: Callable[[Transaction], None]) -> None:
        with house.store.write(house.agency, signer.person) as tx:
            finish(tx)

    _sign(house, paper, signer, role, commit)


def _not_waiting(minutes: str, role: str) -> NotAllowedError:
    return NotAllowedError(
        what=_("Biên bản này không chờ chữ ký của {role}.").format(role=role), where=minutes, code="congkhai-E221",
        advice=_("Xem những gì đang chờ ký bằng congkhai sign."),
    )  # fmt: skip


def _sign(
    house: House, paper: Minutes, signer: Signer, role: str, commit: Callable[[Callable[[Transaction], None]], None]
) -> None:  # fmt: skip
    now = house.clock.now()
    status = checked_signer(signer, house.configuration.trust.folder, now).status
    prepared = prepare(
        house.store.vault.read(paper.file_sha256), certificate=signer.certificate(), algorithm=signer.algorithm,
        signing_time=now, role=role, chain=tuple(signer.chain()),
    )  # fmt: skip
    if prepared.body_sha256 != paper.body_sha256:
        raise OurError(
            what=_("Nội dung biên bản trong kho không khớp mã băm đã ghi."), where=paper.id, code="congkhai-E441",
            advice=_("Dừng ký, giữ nguyên kho và báo cho người quản trị."),
        )  # fmt: skip
    value = signer.sign(prepared.octets)
    for _try in range(_TRIES):
        with house.store.read() as connection:
            present = read.minutes_by_id(connection, paper.id)
        signed = complete(house.store.vault.read(present.file_sha256), prepared, value)
        file_sha256, _size = house.store.vault.put(signed)
        written = house.store.vault.read(file_sha256)
        if prepared.signature_id not in recheck(written, body_sha256=paper.body_sha256):
            raise OurError(
                what=_("Bộ kiểm tra thứ hai không thấy chữ ký vừa tạo."), where=paper.id, code="congkhai-E442",
                advice=_("Dừng ký và báo cho người quản trị; chữ ký này không được lưu."),
            )  # fmt: skip
        pdf = _rendition(house, present, role, written)

        finish = partial(
            _keep, house=house, paper=present, signer=signer, role=role, signature_id=prepared.signature_id,
            file_sha256=file_sha256, pdf=pdf, status=status, stamped=wanted(house),
        )  # fmt: skip
        try:
            commit(finish)
        except _SignedMeanwhileError:
            continue
        return
    raise OurError(
        what=_("Nhiều người cùng ký một lúc; chữ ký này chưa ghi được."), where=paper.id, code="congkhai-E443",
        advice=_("Ký lại."),
    )  # fmt: skip


def _rendition(house: House, paper: Minutes, role: str, signed: bytes) -> str:
    """Make the PDF once the last role has signed; digest in the vault, or empty while signatures are missing."""
    if paper.missing != (role,):
        return ""
    if paper.kind == REPORT:
        data = report_pdf(read_report(signed), signed, house.clock.now(), look_of(house, paper.disclosure))
    else:
        data = minutes_pdf(read_minutes(signed), signed, house.clock.now(), look_of(house, paper.disclosure))
    return house.store.vault.put(data)[0]


def _keep(
    tx: Transaction, *, house: House, paper: Minutes, signer: Signer, role: str, signature_id: str, file_sha256: str,
    pdf: str, status: str, stamped: bool,
) -> None:  # fmt: skip
    present = read.minutes_by_id(tx.connection, paper.id)
    if role not in present.missing or why_not_yet(house, tx.connection, present, role):
        raise _not_waiting(paper.id, role)  # signed, refused or made anew while we signed
    changed = tx.connection.execute(
        sa.update(t.minutes)
        .where(t.minutes.c.id == paper.id, t.minutes.c.file_sha256 == paper.file_sha256)
        .values(file_sha256=file_sha256, pdf_sha256=pdf)
    )
    if changed.rowcount != 1:
        raise _SignedMeanwhileError
    tx.connection.execute(
        sa.insert(t.signature).values(
            minutes=paper.id, role=role, signer=signer.person, signed_at=tx.now, signature_id=signature_id
        )
    )
    tx.journal("minutes.signed", paper.id, role=role, file=file_sha256, signature=signature_id, certificate=status)
    signed = read.minutes_by_id(tx.connection, paper.id)
    tx.announce("minutes_signed", minutes=signed, role=role)
    if signed.missing:
        call_unattended(tx, house, signed)
    else:
        settle(tx, house.agency, paper.id)
        if stamped:
            tx.set_deadline("raise", paper.id, tx.now, "all roles have signed")
        _follow(tx, signed)


def _follow(tx: Transaction, paper: Minutes) -> None:
    """Let the next paper follow when the last role has signed this one."""
    matter = read.disclosure(tx.connection, paper.disclosure)
    if paper.kind == "closing":
        opening = read.minutes(tx.connection, paper.disclosure, "posting")
        if opening is None or opening.missing:
            return  # the opening minutes still wait; their last signature comes back here
    if paper.kind == REPORT:
        tx.enqueue("dossier", f"{matter.id}:{paper.file_sha256[:16]}", disclosure=matter.id)
        return
    closing = read.minutes(tx.connection, paper.disclosure, "closing")
    if closing is not None and not closing.missing and matter.state is DisclosureState.CLOSING:
        change_state(tx, matter, DisclosureState.CLOSED)
        if not tx.enqueue("minutes", f"{matter.id}:{REPORT}", disclosure=matter.id, kind=REPORT):
            # A permanent posting that was taken up again: its report was made when the matter was first filed.
            tx.enqueue("minutes", f"{matter.id}:{REPORT}:again", disclosure=matter.id, kind=REPORT)
    elif paper.kind == "posting" and is_permanent(matter):
        # Permanent postings have no closing minutes: the report follows at once.
        tx.enqueue("minutes", f"{matter.id}:{REPORT}", disclosure=matter.id, kind=REPORT)
