"""
Closing a dossier that will never be complete: a signed decision of the head, which says who, why, and what is missing.

The dossier is then sealed as what it is: its index says that it is not complete, every finding stays, and the decision
lies inside. It counts as incomplete in every list and report. A signature that did not pass is never waived.

Source: the agency's own order of dossiers (docs/how-to/dossiers.md); NĐ 30/2020/NĐ-CP Điều 29.4 (who closes a file).
"""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from congkhai.signing import (
    complete_container,
    member_from_bytes,
    prepare_container,
    recheck_container,
    verify_path,
    write_container,
)

from .clock import ZONE, local_date
from .clock_guard import require_clock
from .dossier_checks import PASSED, trust_of
from .dossier_parts import Item
from .errors import NotAllowedError, OurError
from .house import House
from .interfaces import Signer
from .minutes import decision_around
from .orders import deputy_of
from .paper_matter import require_own
from .platform import temporary_name
from .records import Dossier, Finding, Severity
from .signer_check import checked_signer
from .store import read
from .store import tables as t
from .text import _

HEAD: Final = "head"
NEVER: Final = frozenset({"S01"})
"""Findings that nobody can waive: a paper whose signature did not pass proves nothing."""
STEM: Final = "quyet-dinh/ket-thuc-ho-so-thieu"
NAME: Final = f"{STEM}.asice"
_MEDIA = "application/vnd.etsi.asic-e+zip"


@dataclass(frozen=True, slots=True)
class Waiver:
    """
    A decision to close a dossier although something is missing.

    Attributes:
        role: for whom it was signed; `by`: who signed.
        decision: number and date of the written decision, as entered; may be empty.
        lacking: the findings that it covers, each as id and place.
        sha256: digest of the signed decision: an ASiC-E container when the key was used here, XML when it was signed
            elsewhere and brought back (`dossier_decision`).
    """

    dossier: str
    subject: str
    role: str
    by: str
    reason: str
    decision: str
    lacking: tuple[tuple[str, str], ...]
    sha256: str
    at: datetime


def waiver_of(connection: sa.Connection, dossier: str) -> Waiver | None:
    """Return the decision on a version of a dossier, or None."""
    row = connection.execute(sa.select(t.dossier_waiver).where(t.dossier_waiver.c.dossier == dossier)).one_or_none()
    if row is None:
        return None
    values = {name: getattr(row, name) for name in Waiver.__dataclass_fields__}
    return Waiver(**{**values, "lacking": tuple((one[0], one[1]) for one in row.lacking)})


def errors_in(findings: Sequence[Finding]) -> tuple[tuple[str, str], ...]:
    """Return what keeps a dossier from being complete, as id and place."""
    return tuple(dict.fromkeys((one.id, one.where) for one in findings if one.severity is Severity.ERROR))


def settled(house: House, dossier: str, findings: Sequence[Finding]) -> tuple[tuple[Item, ...], tuple[Finding, ...]]:
    """
    Return what a decision adds to a dossier: the signed decision as a file, and the finding that it was taken.

    Returns:
        Nothing when there is no decision, or it does not cover everything that is wrong now.
    """
    with house.store.read() as connection:
        held = waiver_of(connection, dossier)
    if held is None or not {*errors_in(findings)} <= {*held.lacking}:
        return (), ()
    said = _("{who} quyết định kết thúc hồ sơ khi còn thiếu {places}: {reason}").format(
        who=held.by, places=", ".join(dict.fromkeys(where for _id, where in held.lacking)), reason=held.reason
    )
    advice = _("Hồ sơ không được coi là đầy đủ; có bản thiếu thì lập lại bằng congkhai dossier reopen.")
    return _files(house, held.sha256), (Finding("D02", Severity.WARN, dossier, said, advice),)


def _files(house: House, sha256: str) -> tuple[Item, ...]:
    """Return the members that a signed decision makes in a dossier."""
    title = _("Quyết định kết thúc hồ sơ khi còn thiếu thành phần")
    data = house.store.vault.read(sha256)
    if data.startswith(b"PK"):
        return (Item(NAME, title, "other", _MEDIA, sha256, len(data)),)
    whole = decision_around(data)
    if whole is None:
        return (Item(f"{STEM}.xml", title, "other", "application/xml", sha256, len(data)),)
    # Signed by a program that puts its signature into the body: ours as it was handed out, theirs beside it as it came.
    kept, size = house.store.vault.put(whole)
    beside = f"{STEM}.sig-{HEAD}.xml"
    return (
        Item(f"{STEM}.xml", title, "other", "application/xml", kept, size),
        Item(beside, title, "signature", "application/xml", sha256, len(data)),
    )


def closable(house: House, id_: str) -> Dossier:
    """
    Return a dossier that may be closed although something is missing.

    Args:
        id_: dossier, disclosure or staff matter.

    Raises:
        InputError: there is none of this agency. NotAllowedError: it is sealed, complete, or has a signature that did
            not pass (E737).
    """
    with house.store.read() as connection:
        dossier = read.dossier(connection, id_) or read.dossier_by_id(connection, id_)
        require_own(connection, house.agency, dossier.subject)
    lacking = errors_in(dossier.findings)
    if dossier.sha256 or not lacking or {one for one, _where in lacking} & NEVER:
        raise NotAllowedError(
            what=_("Hồ sơ này đã niêm phong, không còn thiếu gì, hoặc có chữ ký không hợp lệ."), where=dossier.id,
            code="congkhai-E737", advice=_("Xem bằng congkhai dossier show {id}.").format(id=dossier.id),
        )  # fmt: skip
    return dossier


def waive(house: House, id_: str, name: str, reason: str, decision: str = "") -> str:
    """
    Sign the decision to close a dossier as it is, with the head's key at the holder's desk, and have it sealed.

    Args:
        id_: dossier, disclosure or staff matter.
        name: NAME of the ``[signer:NAME]`` section: the head's, or that of the head's deputy today.
        decision: number and date of a written decision, where there is one.

    Returns:
        Id of the dossier.

    Raises:
        NotAllowedError: no reason (E736); the dossier is sealed, complete, or has a signature that did not pass (E737);
            the key is not the head's (E738).
        ConfigurationError, SigningError: the key or its certificate cannot be used; nothing was signed.
    """
    require_clock(house)
    if not reason.strip():
        raise NotAllowedError(_("Kết thúc hồ sơ còn thiếu phải nêu lý do."), where=id_, code="congkhai-E736")
    signer = house.signers.get(name)
    with house.store.read() as connection:
        mine = read.dossier(connection, id_) or read.dossier_by_id(connection, id_)
        require_own(connection, house.agency, mine.subject)
    if signer is None or not may_decide(house, name):
        raise not_the_head(name)
    dossier = closable(house, mine.id)
    sha256 = _signed(house, dossier, signer, reason.strip(), decision.strip())
    keep_decision(house, dossier, signer.person, reason.strip(), decision.strip(), sha256)
    return dossier.id


def may_decide(house: House, name: str) -> bool:
    """Tell whether ``[signer:NAME]`` is the head's, or that of the head's deputy today."""
    signer = house.signers.get(name)
    with house.store.read() as connection:
        deputy = deputy_of(connection, house.agency, HEAD, local_date(house.clock.now()))
    return signer is not None and (signer.role == HEAD or (deputy is not None and deputy.signer == name))


def not_the_head(where: str) -> NotAllowedError:
    """Return the error that says who decides (E738)."""
    return NotAllowedError(
        what=_("Chỉ người đứng đầu, hoặc người ký thay đã ghi, quyết định kết thúc hồ sơ còn thiếu."), where=where,
        code="congkhai-E738", advice=_("Dùng khoá có role = head; ghi người ký thay bằng congkhai orders deputy."),
    )  # fmt: skip


def keep_decision(house: House, dossier: Dossier, person: str, reason: str, decision: str, sha256: str) -> None:
    """
    Keep a signed decision on a dossier, and have it judged anew, in one transaction.

    Args:
        person: who signed; `sha256`: the signed file, in the vault already.

    Raises:
        NotAllowedError: the dossier was sealed, or is judged otherwise, since the decision was made (E821).
    """
    lacking = errors_in(dossier.findings)
    with house.store.write(house.agency, person) as tx:
        present = read.dossier_by_id(tx.connection, dossier.id)
        if present.sha256 or errors_in(present.findings) != lacking:
            raise changed_since(dossier.id)
        tx.connection.execute(sa.delete(t.dossier_waiver).where(t.dossier_waiver.c.dossier == dossier.id))
        tx.connection.execute(
            sa.insert(t.dossier_waiver).values(
                dossier=dossier.id, subject=dossier.subject, role=HEAD, by=person, reason=reason, decision=decision,
                lacking=[list(one) for one in lacking], sha256=sha256, at=tx.now,
            )
        )  # fmt: skip
        head = tx.journal("dossier.waived", dossier.id, sha256=sha256, lacking=[list(one) for one in lacking],
                          reason=tx.remark(dossier.subject, reason))  # fmt: skip
        tx.enqueue("dossier", f"{dossier.subject}:{head.seq}", subject=dossier.subject)


def changed_since(where: str) -> NotAllowedError:
    """Return the error that says that a decision speaks of what is no longer so (E821)."""
    return NotAllowedError(
        what=_("Hồ sơ đã thay đổi từ khi soạn quyết định này; chưa có gì được ghi."), where=where,
        code="congkhai-E821", advice=_("Mở lại trang hồ sơ, xem những gì còn thiếu hiện nay rồi soạn lại."),
    )  # fmt: skip


def _signed(house: House, dossier: Dossier, signer: Signer, reason: str, decision: str) -> str:
    """Write the decision, sign it, have it verified by both implementations, and keep it; returns its digest."""
    now = house.clock.now()
    checked_signer(signer, house.configuration.trust.folder, now)
    members = [
        member_from_bytes("quyet-dinh.txt", "text/plain", _text(house, dossier, signer, reason, decision).encode()),
        member_from_bytes("quyet-dinh.json", "application/json", _data(dossier, signer, reason, decision, now)),
    ]
    prepared = prepare_container(
        members, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=now, role=HEAD,
        chain=tuple(signer.chain()),
    )  # fmt: skip
    signature = complete_container(members, prepared, signer.sign(prepared.octets))
    with tempfile.TemporaryDirectory(dir=house.store.folder, prefix=temporary_name("waiver-")) as folder:
        path = Path(folder) / "decision.asice"
        write_container(path, members, [signature])
        recheck_container(path)
        verdict = verify_path(path, trust_of(house), now).indication
        if verdict != PASSED:
            raise OurError(
                what=_("Quyết định vừa ký không được kiểm tra là hợp lệ ({indication}).").format(indication=verdict),
                where=dossier.id, code="congkhai-E739",
                advice=_("Kiểm tra chứng thư của người ký và thư mục [trust]; chưa có gì được ghi."),
            )  # fmt: skip
        with path.open("rb") as stream:
            return house.store.vault.put(stream)[0]


def _text(house: House, dossier: Dossier, signer: Signer, reason: str, decision: str) -> str:
    """Return the decision as people read it; a paper, so Vietnamese whatever language the reader has chosen."""
    wrong = [one for one in dossier.findings if one.severity is Severity.ERROR]
    return "\n".join([
        "QUYẾT ĐỊNH KẾT THÚC HỒ SƠ KHI CÒN THIẾU THÀNH PHẦN", "",
        f"Cơ quan: {house.configuration.agency.name}",
        f"Hồ sơ: {dossier.id}, phiên bản {dossier.version}: {dossier.title}",
        *([f"Theo: {decision}"] if decision else []),
        f"Lý do: {reason}", "", "Còn thiếu hoặc chưa đúng:",
        *(f"- [{one.id}] {one.where}: {one.message}" for one in wrong), "",
        "Hồ sơ được niêm phong như hiện có và không được coi là hồ sơ đầy đủ.",
        f"Người quyết định: {signer.person}, {house.clock.now().astimezone(ZONE):%H:%M ngày %d/%m/%Y}", "",
    ])  # fmt: skip


def _data(dossier: Dossier, signer: Signer, reason: str, decision: str, now: datetime) -> bytes:
    return json.dumps(
        {
            "dossier": dossier.id, "version": dossier.version, "subject": dossier.subject, "title": dossier.title,
            "by": signer.person, "reason": reason, "decision": decision, "at": now.astimezone(ZONE).isoformat(),
            "lacking": [
                {"id": one.id, "where": one.where, "message": one.message}
                for one in dossier.findings if one.severity is Severity.ERROR
            ],
        },
        ensure_ascii=False, indent=1,
    ).encode()  # fmt: skip
