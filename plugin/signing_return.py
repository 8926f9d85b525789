"""
Signatures made elsewhere, taken back: from the plug-in on the signer's PC, a token program, whatever writes XML-DSig.

One counts only when the content that it covers is the body of the paper and nothing but it, the certificate is the one
registered for the role and may sign now, and two implementations find the mathematics right. XAdES beside the body is
put into our own file; everything else is kept in a file of its own, ``NAME.sig-ROLE.xml``, that `verify` looks for. A
plain XML-DSig is called that wherever it is shown: its long-term proof is the container of the dossier.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from congkhai.signing import (
    BesideFile,
    Returned,
    SignatureReport,
    SigningError,
    SubIndication,
    body_alone,
    merge_returned,
    read_returned,
    recheck_returned,
    verify_bytes,
)

from .clock_guard import require_clock
from .dossier_checks import trust_of
from .errors import InputError, NotAllowedError
from .house import House
from .interfaces import Signer
from .paper_matter import is_own
from .records import Minutes
from .signer_check import checked_signer
from .signing_desk import Proof, keep_signature
from .signing_turns import Turn, turn_of
from .store import Transaction, read
from .text import _

PLAIN = "XML-DSig"
"""The level of a signature without XAdES properties, as the verifier calls it."""
_OPEN = {SubIndication.TRY_LATER, SubIndication.NO_CERTIFICATE_CHAIN_FOUND}
"""What is left open where the trust folder has no data; allowed exactly where the desk would sign as well."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    A signature that was taken back.

    Attributes:
        merged: it stands in the minutes' own file; otherwise in a file of its own.
        level: as the verifier calls it: ``XML-DSig``, ``BES``, ``B``, ``T`` …
        status: what the check of the certificate found: ``good`` or ``unknown``.
    """

    minutes: str
    role: str
    signer: str
    merged: bool
    level: str
    status: str


def body_file(house: House, paper: Minutes) -> bytes:
    """Return what a program of others is handed: the body of a paper alone. Raises NotAllowedError (E742)."""
    data = body_alone(house.store.vault.read(paper.file_sha256))
    if hashlib.sha256(data.partition(b"\n")[2]).hexdigest() != paper.body_sha256:
        raise NotAllowedError(
            what=_("Nội dung biên bản trong kho không khớp mã băm đã ghi."), where=paper.id, code="congkhai-E742",
            advice=_("Dừng ký, giữ nguyên kho và báo cho người quản trị."),
        )  # fmt: skip
    return data


def beside_files(house: House, paper: Minutes, name: str) -> list[tuple[str, BesideFile]]:
    """
    Return the signatures of a paper that lie in files of their own.

    Args:
        name: name of the minutes' own file, e.g. ``bien-ban/bien-ban-niem-yet.xml``; theirs follow from it.

    Returns:
        Role and file, by time of signing.
    """
    stem = name.removesuffix(".xml")
    return [
        (one.role, BesideFile(f"{stem}.sig-{one.role}.xml", house.store.vault.read(one.beside)))
        for one in paper.signatures
        if one.beside
    ]


def accept(house: House, minutes: str, key_role: str, data: bytes, by: str) -> Accepted:
    """
    Take back a signature of the holder of a role.

    Args:
        minutes: id of the paper.
        key_role: role of the key that must have made it.
        data: XML: the body with a signature in it, a whole file with one more signature, or the ``ds:Signature``
            alone; base64 of it, as programs hand it over, is read too.
        by: who brings it, for the journal.

    Raises:
        NotAllowedError: the paper does not wait for this role, or not yet.
        SigningError: not acceptable XML, another body, a certificate that may not sign, or the second verifier refuses.
        InputError: the signature does not hold, covers too little, or is another certificate's (E743 to E745).
    """
    require_clock(house)
    turn = turn_of(house, minutes, key_role)
    now, trust = house.clock.now(), trust_of(house)
    certificate = turn.signer.certificate()
    status = checked_signer(turn.signer, house.configuration.trust.folder, now).status
    current = house.store.vault.read(turn.paper.file_sha256)
    returned = read_returned(returned_xml(data), current)
    seat = SignerSeat(minutes, turn.role, turn.name, turn.signer)
    report = require_valid(seat, returned, current, lambda own, files: verify_bytes(
        own, f"{minutes}.xml", trust, now, companions=files
    ).signatures, status)  # fmt: skip
    beside = ""
    if not returned.merged:
        beside, _size = house.store.vault.put(returned.document)
        written = house.store.vault.read(beside)
        recheck_returned(written, certificate, body_sha256=turn.paper.body_sha256, at=now)
    proof = Proof(
        turn.role, turn.signer.person, returned.signature_id, status, way="returned",
        level="" if returned.merged else report.level, beside=beside,
    )  # fmt: skip

    def made(present: bytes) -> bytes:
        return merge_returned(present, returned.signature) if returned.merged else present

    def commit(finish: Callable[[Transaction], None]) -> None:
        with house.store.write(house.agency, by) as tx:
            finish(tx)

    keep_signature(house, turn.paper, proof, made, commit)
    return Accepted(minutes, turn.role, turn.signer.person, returned.merged, report.level, status)


def paper_of(house: House, data: bytes, waiting: Sequence[Turn]) -> str:
    """
    Find the paper that something brought back belongs to, among those that wait for its signer.

    Raises:
        InputError: it belongs to none of them, or it is a signature alone and several wait (E746).
    """
    xml = returned_xml(data)
    for one in waiting:
        try:
            read_returned(xml, house.store.vault.read(one.paper.file_sha256))
        except SigningError:
            continue
        if b"<" + b"Body" in xml or len(waiting) == 1:
            return one.paper.id
    raise InputError(
        what=_("Không xác định được tệp này thuộc văn bản nào đang chờ ký."), code="congkhai-E746",
        advice=_("Nêu mã văn bản bằng --id; đang chờ: {ids}.").format(
            ids=", ".join(one.paper.id for one in waiting) or _("không có gì")
        ),
    )  # fmt: skip


def returned_xml(data: bytes) -> bytes:
    """Return XML as it came, or out of base64."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return data
    try:
        return base64.b64decode(b"".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return data  # what it is not, the parser says


Judge = Callable[[bytes, Sequence[BesideFile]], Sequence[SignatureReport]]


@dataclass(frozen=True, slots=True)
class SignerSeat:
    """
    Whose signature is expected on what.

    Attributes:
        paper: id of what is signed; `role`: for which it counts.
        name: NAME of the ``[signer:NAME]`` section.
    """

    paper: str
    role: str
    name: str
    signer: Signer


def require_valid(
    seat: SignerSeat, returned: Returned, current: bytes, verify: Judge, status: str
) -> SignatureReport:  # fmt: skip
    """
    Verify what came back the way everybody else will, and refuse what does not hold, in the words of the verifier.

    Args:
        current: our file as it is now.
        status: what the check of the registered certificate found.

    Returns:
        The report on the new signature.

    Raises:
        InputError: it is another certificate's or role's, or does not hold (E743 to E745).
    """
    report = _judged(seat, returned, current, verify)
    registered = hashlib.sha256(seat.signer.certificate()).hexdigest()
    if report.certificate_sha256 != registered:
        raise InputError(
            what=_("Chữ ký này không phải bằng chứng thư đã đăng ký của {person}.").format(person=seat.signer.person),
            where=f"[signer:{seat.name}]", code="congkhai-E743",
            advice=_("Ký bằng đúng chứng thư đã đăng ký, hoặc đăng ký chứng thư mới. Chứng thư trong chữ ký: {who}")
            .format(who=report.signer or _("không có")),
        )  # fmt: skip
    if report.role not in {"", seat.role}:
        raise InputError(
            what=_("Chữ ký ghi vai trò “{claimed}”, văn bản chờ “{role}”.").format(
                claimed=report.role, role=seat.role
            ),
            where=seat.paper, code="congkhai-E744", advice=_("Ký lại với đúng vai trò."),
        )  # fmt: skip
    open_ = report.sub_indication in _OPEN and status == "unknown"
    if report.covers != "FULL" or report.integrity != "intact" or not (report.sub_indication is None or open_):
        raise InputError(
            what=_("Chữ ký gửi về không hợp lệ: {why}").format(why=" ".join(report.messages) or report.indication),
            where=seat.paper, code="congkhai-E745",
            advice=_("Tải lại phần thân, ký đúng tệp đó rồi gửi lại; chưa có gì được ghi nhận."),
        )  # fmt: skip
    return report


def _judged(seat: SignerSeat, returned: Returned, current: bytes, verify: Judge) -> SignatureReport:
    if returned.merged:
        reports = verify(returned.document, ())
        return next(one for one in reports if one.id == returned.signature_id)
    name = f"{seat.paper}.sig-{seat.role}.xml"
    return verify(current, [BesideFile(name, returned.document)])[-1]


def of_paper(house: House, minutes: str) -> Minutes:
    """Read a paper of this agency. Raises InputError."""
    with house.store.read() as connection:
        paper: Minutes = read.minutes_by_id(connection, minutes)
        own = is_own(house, paper, connection)
    if not own:
        raise InputError(_("Không có biên bản nào mang mã này."), where=minutes, code="congkhai-E140")
    return paper


def level_words(level: str) -> str:
    """Return what a level of a signature is called; a plain one is named as such wherever it is shown."""
    if level == PLAIN:
        return _("XML-DSig thường (không phải XAdES; chứng cứ lâu dài là gói hồ sơ)")
    return _("XAdES mức {level}").format(level=level)
