"""Signing: exactly what the XML says, by the key of the role, re-verified by a second program before it counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import sqlalchemy as sa

from congkhai.signing import Prepared, complete, prepare, recheck

from .clock_guard import require_clock
from .disclosures import change_state
from .errors import NotAllowedError, OurError
from .house import House
from .interfaces import Signer
from .kinds_matters import judge_again
from .looks import look_of
from .minutes import minutes_pdf, read_minutes, read_report, report_pdf
from .minuting import REPORT
from .orders import call_unattended, key_roles, role_of, settle, why_not_yet
from .paper_matter import is_stopped
from .periods import is_permanent
from .raising import wanted
from .records import DisclosureState, Minutes
from .signer_check import checked_signer
from .signing_turns import not_waiting, unfinished
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
        papers = unfinished(house, connection)
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
        stopped = is_stopped(connection, paper)
        role = role_of(house, connection, minutes, signer)
        missing = key_roles(house, connection, paper)
        hindrance = why_not_yet(house, connection, paper, role) if role in paper.missing else ""
    if (stopped and paper.kind != "closing") or missing.get(role) != signer.role:
        raise not_waiting(minutes, signer.role)
    if hindrance:
        raise NotAllowedError(
            what=_("Chưa đến lượt ký: {why}").format(why=hindrance), where=minutes, code="congkhai-E696",
            advice=_("Xem trình tự ký bằng congkhai orders list."),
        )  # fmt: skip

    def commit(finish: Callable[[Transaction], None]) -> None:
        with house.store.write(house.agency, signer.person) as tx:
            finish(tx)

    _sign(house, paper, signer, role, commit)


Commit = Callable[[Callable[[Transaction], None]], None]


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What is kept of a signature.

    Attributes:
        role: for whom it counts; `person`: who holds the key.
        status: what the check of the certificate found (``good``, ``unknown``).
        way: how it came: empty at the holder's desk, else ``returned`` or ``remote``.
        level, beside: as `MinutesSignature` has them.
    """

    role: str
    person: str
    signature_id: str
    status: str
    way: str = ""
    level: str = ""
    beside: str = ""


def _sign(house: House, paper: Minutes, signer: Signer, role: str, commit: Commit) -> None:
    prepared, status = prepare_for(house, paper, signer, role)
    keep_value(house, prepared, signer.sign(prepared.octets), Proof(role, signer.person, "", status), commit, paper)


def prepare_for(house: House, paper: Minutes, signer: Signer, role: str) -> tuple[Prepared, str]:
    """
    Check a signer's certificate and prepare a signature over the body of a paper.

    Returns:
        What the key signs, and what the check of the certificate found (``good``, ``unknown``).

    Raises:
        SigningError, ConfigurationError, OutsideError: the certificate must not sign, or cannot be read.
        OurError: the kept file is not what was written (E441).
    """
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
    return prepared, status


def keep_value(house: House, prepared: Prepared, value: bytes, proof: Proof, commit: Commit, paper: Minutes) -> None:
    """Put a prepared signature with its value into the paper's file and keep it; errors as `keep_signature`."""
    named = replace(proof, signature_id=prepared.signature_id)
    keep_signature(house, paper, named, lambda present: complete(present, prepared, value), commit)


def keep_signature(house: House, paper: Minutes, proof: Proof, made: Callable[[bytes], bytes], commit: Commit) -> None:
    """
    Keep a signature: the new file verified as it was written, its row, and what follows from it, in one transaction.

    Args:
        made: turns the paper's present file into the one with the signature; returns it unchanged for a signature that
            lies in a file of its own.

    Raises:
        NotAllowedError: the paper does not wait for this role any more.
        SigningError: the signature does not fit the file.
        OurError: the second verifier does not see it (E442), or others kept signing meanwhile (E443).
    """
    for _try in range(_TRIES):
        with house.store.read() as connection:
            present = read.minutes_by_id(connection, paper.id)
        before = house.store.vault.read(present.file_sha256)
        file_sha256, written = present.file_sha256, made(before)
        if written != before:
            file_sha256, _size = house.store.vault.put(written)
            written = house.store.vault.read(file_sha256)
            if proof.signature_id not in recheck(written, body_sha256=paper.body_sha256):
                raise OurError(
                    what=_("Bộ kiểm tra thứ hai không thấy chữ ký vừa tạo."), where=paper.id, code="congkhai-E442",
                    advice=_("Dừng ký và báo cho người quản trị; chữ ký này không được lưu."),
                )  # fmt: skip
        pdf = _rendition(house, present, proof.role, written)
        finish = partial(
            _keep, house=house, paper=present, proof=proof, file_sha256=file_sha256, pdf=pdf, stamped=wanted(house)
        )
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
    tx: Transaction, *, house: House, paper: Minutes, proof: Proof, file_sha256: str, pdf: str, stamped: bool
) -> None:  # fmt: skip
    present, role = read.minutes_by_id(tx.connection, paper.id), proof.role
    if role not in present.missing or why_not_yet(house, tx.connection, present, role):
        raise not_waiting(paper.id, role)  # signed, refused or made anew while we signed
    changed = tx.connection.execute(
        sa.update(t.minutes)
        .where(t.minutes.c.id == paper.id, t.minutes.c.file_sha256 == paper.file_sha256)
        .values(file_sha256=file_sha256, pdf_sha256=pdf)
    )
    if changed.rowcount != 1 or present.missing != paper.missing:
        raise _SignedMeanwhileError
    tx.connection.execute(
        sa.insert(t.signature).values(
            minutes=paper.id, role=role, signer=proof.person, signed_at=tx.now, signature_id=proof.signature_id,
            level=proof.level, beside=proof.beside,
        )
    )  # fmt: skip
    told = {name: getattr(proof, name) for name in ("way", "level", "beside") if getattr(proof, name)}
    tx.journal("minutes.signed", paper.id, role=role, file=file_sha256, signature=proof.signature_id,
               certificate=proof.status, **told)  # fmt: skip
    signed = read.minutes_by_id(tx.connection, paper.id)
    tx.announce("minutes_signed", minutes=signed, role=role)
    if signed.missing:
        call_unattended(tx, house, signed)
    else:
        settle(tx, house.agency, paper.id)
        if stamped:
            tx.set_deadline("raise", paper.id, tx.now, "all roles have signed")
        follow(tx, signed)


def follow(tx: Transaction, paper: Minutes) -> None:
    """Let the next paper follow when the last role has signed this one."""
    if not paper.disclosure:  # minutes of a staff matter are a part of its dossier
        judge_again(tx, paper.subject, tx.journal("minutes.complete", paper.id, matter=paper.subject).seq)
        return
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
