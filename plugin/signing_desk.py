"""Signing: exactly what the XML says, by the key of the role, re-verified by a second program before it counts."""

from collections.abc import Callable
from functools import partial

import sqlalchemy as sa

from congkhai.signing import complete, prepare, recheck

from .disclosures import STOPPED, change_state, earliest_close
from .errors import NotAllowedError, OurError
from .house import House
from .interfaces import Signer
from .minutes import minutes_pdf, read_minutes, read_report, report_pdf
from .minuting import REPORT
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
        query = (
            sa.select(t.minutes.c.id)
            .join(t.disclosure, t.disclosure.c.id == t.minutes.c.disclosure)
            .where(t.disclosure.c.agency == house.agency, t.disclosure.c.state != DisclosureState.WITHDRAWN.value)
            .where(~sa.exists().where(t.signature.c.minutes == t.minutes.c.id, t.signature.c.role == role))
            .order_by(t.minutes.c.made_at, t.minutes.c.id)
        )
        papers = [read.minutes_by_id(connection, id_) for id_ in connection.scalars(query).all()]
    return [paper for paper in papers if role in paper.missing]


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
    if signer.role in paper.missing:
        _sign(house, paper, signer, lambda finish: _committing(step, finish))
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
    with house.store.read() as connection:
        paper = read.minutes_by_id(connection, minutes)
        stopped = read.disclosure(connection, paper.disclosure).state in STOPPED
    if stopped or signer.role not in paper.missing:
        raise _not_waiting(minutes, signer.role)

    def commit(finish: Callable[[Transaction], None]) -> None:
        with house.store.write(house.agency, signer.person) as tx:
            finish(tx)

    _sign(house, paper, signer, commit)


def _not_waiting(minutes: str, role: str) -> NotAllowedError:
    return NotAllowedError(
        what=_("Biên bản này không chờ chữ ký của {role}.").format(role=role), where=minutes, code="congkhai-E221",
        advice=_("Xem những gì đang chờ ký bằng congkhai sign."),
    )  # fmt: skip


def _sign(
    house: House, paper: Minutes, signer: Signer, commit: Callable[[Callable[[Transaction], None]], None]
) -> None:  # fmt: skip
    now = house.clock.now()
    status = checked_signer(signer, house.configuration.trust.folder, now).status
    prepared = prepare(
        house.store.vault.read(paper.file_sha256), certificate=signer.certificate(), algorithm=signer.algorithm,
        signing_time=now, role=signer.role, chain=tuple(signer.chain()),
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
        pdf = _rendition(house, present, signer.role, written)

        finish = partial(
            _keep, paper=present, signer=signer, signature_id=prepared.signature_id,
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
        data = report_pdf(read_report(signed), signed, house.clock.now())
    else:
        data = minutes_pdf(read_minutes(signed), signed, house.clock.now())
    return house.store.vault.put(data)[0]


def _keep(
    tx: Transaction, *, paper: Minutes, signer: Signer, signature_id: str, file_sha256: str, pdf: str, status: str,
    stamped: bool,
) -> None:  # fmt: skip
    if signer.role not in read.minutes_by_id(tx.connection, paper.id).missing:
        raise _not_waiting(paper.id, signer.role)
    changed = tx.connection.execute(
        sa.update(t.minutes)
        .where(t.minutes.c.id == paper.id, t.minutes.c.file_sha256 == paper.file_sha256)
        .values(file_sha256=file_sha256, pdf_sha256=pdf)
    )
    if changed.rowcount != 1:
        raise _SignedMeanwhileError
    tx.connection.execute(
        sa.insert(t.signature).values(
            minutes=paper.id, role=signer.role, signer=signer.person, signed_at=tx.now, signature_id=signature_id
        )
    )
    tx.journal(
        "minutes.signed", paper.id, role=signer.role, file=file_sha256, signature=signature_id, certificate=status
    )
    signed = read.minutes_by_id(tx.connection, paper.id)
    tx.announce("minutes_signed", minutes=signed, role=signer.role)
    if not signed.missing:
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
        tx.enqueue("minutes", f"{matter.id}:{REPORT}", disclosure=matter.id, kind=REPORT)
    elif paper.kind == "posting" and earliest_close(matter) is None:
        # Permanent postings have no closing minutes: the report follows at once.
        tx.enqueue("minutes", f"{matter.id}:{REPORT}", disclosure=matter.id, kind=REPORT)
