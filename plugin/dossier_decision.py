"""
The head's decision to close an incomplete dossier, as the page leads through it: its words settled, then signed.

The words are frozen first, as a file in the vault whose digest names them from then on, so that what the head reads,
what is signed and what is kept are the same octets. The key stays with its holder: the signature is brought back, or
made by a key of the head that may work by itself. What is never signed stays as what the journal names: a draft.
"""

import re
from dataclasses import dataclass

from congkhai.signing import (
    Returned,
    body_alone,
    complete,
    prepare,
    read_returned,
    recheck,
    recheck_returned,
    verify_bytes,
)

from .clock_guard import require_clock
from .dossier_checks import trust_of
from .dossier_waiver import HEAD, changed_since, closable, errors_in, keep_decision, may_decide, not_the_head
from .errors import InputError, NotAllowedError, OurError, StoreError
from .house import House
from .interfaces import Signer
from .minutes import Agency, DecisionContent, JournalHead, Lack, Role, body_sha256, decision_xml, read_decision
from .orders import seats
from .records import Severity
from .signer_check import checked_signer
from .signing_return import SignerSeat, require_valid, returned_xml
from .store import journal
from .text import _

_DIGEST = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Draft:
    """
    A decision whose words are settled, not yet signed.

    Attributes:
        sha256: of its file, which names it; `body_sha256`: of what is signed.
        xml: its file, unsigned.
    """

    sha256: str
    body_sha256: str
    content: DecisionContent
    xml: bytes

    @property
    def body(self) -> bytes:
        """What a program of others is handed to sign."""
        return body_alone(self.xml)


def key_of(house: House, role: str) -> tuple[str, Signer]:
    """
    Return the registered key by which the holder of a role decides: the head's, or that of the head's deputy today.

    Args:
        role: of the person's own key; empty for somebody who holds none, who is shown the head's.

    Raises:
        NotAllowedError: neither (E738). ConfigurationError: no key has the head's role.
    """
    for name, signer in house.signers.items():
        if signer.role == role and may_decide(house, name):
            return name, signer
    if role:
        raise not_the_head(role)
    return house.signer_of(HEAD)


def settle_words(house: House, id_: str, role: str, reason: str, basis: str = "", by: str = "") -> Draft:
    """
    Settle the words of a decision; nothing is decided by it yet.

    Args:
        id_: the dossier.
        role: of the key of the person who decides.
        basis: number and date of a written decision, where there is one.
        by: who settles them, for the journal; empty: who decides.

    Raises:
        NotAllowedError: no reason (E736), nothing to close (E737), or not the head (E738).
    """
    if not reason.strip():
        raise NotAllowedError(_("Kết thúc hồ sơ còn thiếu phải nêu lý do."), where=id_, code="congkhai-E736")
    dossier = closable(house, id_)
    _name, signer = key_of(house, role)
    wrong = [one for one in dossier.findings if one.severity is Severity.ERROR]
    said = {(one.id, one.where): one.message for one in reversed(wrong)}
    with house.store.read() as connection:
        head = journal.head(connection, house.agency)
    agency = house.configuration.agency
    content = DecisionContent(
        dossier=dossier.id, version=dossier.version, title=dossier.title,
        agency=Agency(agency.name, agency.code, agency.superior), bases=(basis.strip(),) if basis.strip() else (),
        reason=reason.strip(),
        lacking=tuple(Lack(one, where, said[one, where]) for one, where in errors_in(dossier.findings)),
        made=house.clock.now(), journal=JournalHead(head.seq, head.hash),
        roles=(Role(HEAD, _capacity(house, signer), signer.person),),
    )  # fmt: skip
    xml = decision_xml(content)
    sha256, _size = house.store.vault.put(xml)
    with house.store.write(house.agency, by or signer.person) as tx:
        tx.journal("dossier.drafted", dossier.id, sha256=sha256)
    return Draft(sha256, body_sha256(xml), read_decision(xml), xml)


def _capacity(house: House, signer: Signer) -> tuple[str, ...]:
    """Return the lines above the name, as papers have them: the head's own, or the deputy's with their form."""
    rules = [rule for rule in house.regulation.signers if rule.role == HEAD]
    if signer.role == HEAD:
        return rules[0].capacity if rules else ("NGƯỜI ĐỨNG ĐẦU",)
    return next((seat.capacity for seat in seats(house, rules[:1]) if seat.deputy), ("NGƯỜI KÝ THAY",))


def read_draft(house: House, id_: str, sha256: str) -> Draft:
    """
    Read the words that were settled for a dossier.

    Raises:
        InputError: no such draft of this dossier (E820). NotAllowedError: the dossier can no longer be closed by it
            (E737, E821).
    """
    dossier = closable(house, id_)
    unknown = InputError(
        what=_("Không có bản soạn quyết định này."), where=sha256[:64], code="congkhai-E820",
        advice=_("Soạn lại quyết định từ trang hồ sơ."),
    )  # fmt: skip
    if _DIGEST.fullmatch(sha256) is None:
        raise unknown
    try:
        xml = house.store.vault.read(sha256)
        content = read_decision(xml)
    except (InputError, StoreError) as error:
        raise unknown from error
    if content.dossier != dossier.id or decision_xml(content) != xml:
        raise unknown
    covered = tuple((one.finding, one.where) for one in content.lacking)
    if content.version != dossier.version or covered != errors_in(dossier.findings):
        raise changed_since(dossier.id)
    return Draft(sha256, body_sha256(xml), content, xml)


def take_back(house: House, id_: str, sha256: str, role: str, data: bytes) -> None:
    """
    Take back the signed decision, and have the dossier sealed as it is.

    Args:
        role: of the key that must have signed.
        data: as `signing_return.accept` takes it.

    Raises:
        SigningError, InputError: as `signing_return.accept`; nothing was kept.
        NotAllowedError: as `read_draft` and `key_of`.
    """
    require_clock(house)
    draft = read_draft(house, id_, sha256)
    name, signer = _deciding(house, draft, role)
    now, trust = house.clock.now(), trust_of(house)
    status = checked_signer(signer, house.configuration.trust.folder, now).status
    returned = read_returned(returned_xml(data), draft.xml)
    require_valid(
        SignerSeat(draft.content.dossier, HEAD, name, signer), returned, draft.xml,
        lambda own, files: verify_bytes(own, "decision.xml", trust, now, companions=files).signatures, status,
    )  # fmt: skip
    _keep(house, draft, signer, returned)


def sign_here(house: House, id_: str, sha256: str, role: str) -> None:
    """
    Sign the decision with a key of the head that may work by itself, and have the dossier sealed as it is.

    Raises:
        NotAllowedError: the key is its holder's alone to use (E822); as `read_draft` and `key_of`.
        ConfigurationError, SigningError: the key or its certificate cannot be used; nothing was signed.
    """
    require_clock(house)
    draft = read_draft(house, id_, sha256)
    name, signer = _deciding(house, draft, role)
    if signer.attended:
        raise NotAllowedError(
            what=_("Khoá {name} chỉ được dùng khi người giữ khoá tự ký.").format(name=name), where=id_,
            code="congkhai-E822", advice=_("Ký bằng một trong các cách trên trang này."),
        )  # fmt: skip
    now = house.clock.now()
    checked_signer(signer, house.configuration.trust.folder, now)
    prepared = prepare(
        draft.xml, certificate=signer.certificate(), algorithm=signer.algorithm, signing_time=now, role=HEAD,
        chain=tuple(signer.chain()),
    )  # fmt: skip
    signed = complete(draft.xml, prepared, signer.sign(prepared.octets))
    _keep(house, draft, signer, Returned(True, signed, b"", prepared.signature_id))


def _deciding(house: House, draft: Draft, role: str) -> tuple[str, Signer]:
    """Return the key of whom the settled words name. Raises NotAllowedError when that is somebody else meanwhile."""
    name, signer = key_of(house, role)
    if draft.content.roles[0].person != signer.person:
        raise changed_since(draft.content.dossier)
    return name, signer


def _keep(house: House, draft: Draft, signer: Signer, signed: Returned) -> None:
    """Keep the signed file once the second verifier has seen its signature too."""
    kept, _size = house.store.vault.put(signed.document)
    written = house.store.vault.read(kept)
    if signed.merged:
        if signed.signature_id not in recheck(written, body_sha256=draft.body_sha256):
            raise OurError(
                what=_("Bộ kiểm tra thứ hai không thấy chữ ký vừa tạo."), where=draft.content.dossier,
                code="congkhai-E823", advice=_("Dừng ký và báo cho người quản trị; chữ ký này không được lưu."),
            )  # fmt: skip
    else:
        recheck_returned(written, signer.certificate(), body_sha256=draft.body_sha256, at=house.clock.now())
    basis = draft.content.bases[0] if draft.content.bases else ""
    dossier = closable(house, draft.content.dossier)
    keep_decision(house, dossier, signer.person, draft.content.reason, basis, kept)
