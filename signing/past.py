"""
A certificate judged for the moment at which it was used: now, or in the past with proofs of existence.

Two moments matter. *Existed* is the earliest moment at which the thing that was signed with the certificate (a
signature, a timestamp token) is proven to have existed: the certificate must have been valid and not revoked then.
*Proven* is the moment at which the path and the revocation data are themselves proven to have existed: their issuers
must have been trustworthy then, for whoever holds an authority's key later could have made them up. Without an
archive timestamp that moment is now.

Rules of freshness, where EN 319 102-1 leaves them to a policy:

* A signer's status must come from data issued at or after the moment of existence. Older data say nothing about a
  revocation in between. A CRL that is still in force when somebody verifies counts too (TT 15/2025/TT-BKHCN Phụ lục II
  item 1.2); an OCSP reply older than the timestamp never does.
* For a timestamp service and for authorities, data count that were in force at the time of use, or were issued later.
* Data must speak of the certificate: they were issued before its end, or say that they keep ended ones on record.
* A revocation that any authentic data tell of counts, whatever other data say.

Source: EN 319 102-1 clauses 5.2.5, 5.2.6, 5.6.2.1 (past certificate validation) and 5.6.2.2 (time sliding).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ._text import _
from .errors import SigningError
from .existence import Existence, Material
from .keys.certificates import UNREADABLE, load_certificate
from .paths import Path, day, find_path
from .report import SubIndication
from .status import Status, crl_status, needs_no_check, ocsp_status
from .terms import SIGNER
from .trust import Trust

CLOCKS = timedelta(minutes=1)
"""How far the clocks of a timestamp service and of a revocation service may differ."""


@dataclass(frozen=True, slots=True)
class PathJudgement:
    """
    What is to be said about a certificate.

    Attributes:
        sub: None when path and status are good.
        revocation: ``good``, ``revoked`` or ``unknown``.
        messages: in the reader's language.
        revoked_at: moment of revocation, None when not revoked.
        chain: the certificate first, its anchor last; empty without a path.
        used: the lists and replies that speak for it, DER.
    """

    sub: SubIndication | None
    revocation: str
    messages: tuple[str, ...]
    revoked_at: datetime | None = None
    chain: tuple[x509.Certificate, ...] = ()
    used: tuple[bytes, ...] = ()


def judge_path(
    certificate: x509.Certificate, brought: Sequence[x509.Certificate], trust: Trust, at: datetime
) -> PathJudgement:
    """
    Judge a signing certificate at a moment, without any proof of an earlier one.

    Args:
        certificate: the signing certificate.
        brought: certificates that came with it; they help to build a path and are never trusted.
        trust: anchors, intermediates, CRLs, OCSP replies.
        at: moment to judge at, with zone.
    """
    material = Material(tuple(one.public_bytes(Encoding.DER) for one in brought))
    return judge_certificate(certificate, trust, Existence(at, material=material))


def judge_certificate(
    certificate: x509.Certificate,
    trust: Trust,
    existence: Existence,
    *,
    purpose: str = SIGNER,
    existed: datetime | None = None,
    used_at: datetime | None = None,
) -> PathJudgement:
    """
    Judge a certificate.

    Args:
        certificate: of the signer or of the timestamp service.
        trust: anchors, intermediates, CRLs, OCSP replies of the trust folder.
        existence: moment of verification, proofs, and what came with the signature.
        purpose: ``signer`` or ``timestamp``.
        existed: earliest proven existence of what was signed; None when nothing proves an earlier one than now.
        used_at: for a timestamp service, the time in the token.

    Returns:
        The judgement; never raises for what a certificate, list or reply contains.
    """
    return _judge(certificate, trust, existence, purpose, existed or existence.at, used_at)


@lru_cache(maxsize=512)
def _judge(
    certificate: x509.Certificate,
    trust: Trust,
    existence: Existence,
    purpose: str,
    existed: datetime,
    used_at: datetime | None,
) -> PathJudgement:
    """Judge once per signer and moment: a folder of minutes has few signers and many signatures."""
    case = _Case(certificate, trust, existence, purpose, existed, used_at)
    last = _failed(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "")
    for proven in existence.moments():
        if proven >= existed:
            last = _at(case, proven)
            if last.sub is None:
                return last
    ended = last.sub is SubIndication.OUT_OF_BOUNDS_NO_POE and existed > certificate.not_valid_after_utc
    if ended and _good_to_the_end(case):
        return PathJudgement(SubIndication.OUT_OF_BOUNDS_NOT_REVOKED, "good", last.messages)
    return last


def _good_to_the_end(case: "_Case") -> bool:
    """Tell "expired" from "expired, and known not to have been revoked while it was valid"."""
    end = case.certificate.not_valid_after_utc - timedelta(seconds=1)
    anchors = case.trust.anchors_for(case.purpose, end, end)
    path = find_path(case.certificate, _certificates(case.existence.material), anchors, case.trust.intermediates, end)
    for certificate, issuer in pairwise(path.chain):
        known = statuses(certificate, issuer, case.trust, case.existence.material)
        if any(one.revoked_at is not None and one.revoked_at <= end for one in known):
            return False
        if not any(one.issued >= end or one.in_force(end) for one in known):
            return False
    return path.sub is None


@dataclass(frozen=True, slots=True)
class _Case:
    certificate: x509.Certificate
    trust: Trust
    existence: Existence
    purpose: str
    existed: datetime
    used_at: datetime | None

    @property
    def reference(self) -> datetime:
        """The moment of use, at which data must have been in force or after which they must be issued."""
        return self.used_at or self.existed

    @property
    def has_proof(self) -> bool:
        return self.existed < self.existence.at


def _failed(sub: SubIndication, message: str, chain: tuple[x509.Certificate, ...] = ()) -> PathJudgement:
    return PathJudgement(sub, "unknown", (message,), chain=chain)


def _at(case: _Case, proven: datetime) -> PathJudgement:
    """Judge with what is proven to have existed at a moment."""
    anchors = case.trust.anchors_for(case.purpose, case.existed, proven)
    if not anchors:
        return _untrusted(case)
    brought = _certificates(case.existence.material)
    path = find_path(case.certificate, brought, anchors, case.trust.intermediates, case.existed)
    if path.sub is not None:
        return _no_path(case, path, brought)
    late = _outlived(path.chain, proven, case.existed)
    if late is not None:
        return late
    found = [_status(case, index, path.chain, proven) for index in range(len(path.chain) - 2, -1, -1)]
    bad = next((one for one in found if isinstance(one, PathJudgement)), None)
    if bad is not None:
        return bad
    good = [one for one in found if isinstance(one, Status)]
    message = _("Chứng thư có hiệu lực và không bị thu hồi vào {moment}.").format(moment=day(case.existed))
    if good[-1].issued > case.existed:
        message += " " + _("Trạng thái lấy từ CRL hoặc OCSP phát hành sau thời điểm đó.")
    return PathJudgement(
        None, "good", (message,), chain=path.chain, used=tuple(dict.fromkeys(one.der for one in good))
    )  # fmt: skip


@lru_cache(maxsize=256)
def _certificates(material: Material) -> tuple[x509.Certificate, ...]:
    """Return the readable certificates among what was brought."""
    found: list[x509.Certificate] = []
    for der in material.certificates:
        try:
            one = load_certificate(der)
            one.public_key()
        except (SigningError, *UNREADABLE):
            continue
        found.append(one)
    return tuple(found)


def _untrusted(case: _Case) -> PathJudgement:
    if not case.trust.anchors:
        return _failed(
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
            _("Chưa có chứng thư gốc nào được tin cậy; cho thư mục chứng thư gốc bằng --trust."),
        )
    if not any(case.purpose in term.purposes for own in case.trust.terms for term in own):
        text = _("Không có chứng thư gốc nào được tin cậy cho mục đích này ({purpose}).")
        return _failed(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, text.format(purpose=case.purpose))
    return _failed(
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
        _("Không chứng thư gốc nào được tin cậy vào {moment}.").format(moment=day(case.existed)),
    )


def _no_path(case: _Case, path: Path, brought: tuple[x509.Certificate, ...]) -> PathJudgement:
    early = case.existed < case.certificate.not_valid_before_utc
    if early and case.has_proof and path.sub is SubIndication.OUT_OF_BOUNDS_NO_POE:
        return _failed(
            SubIndication.NOT_YET_VALID,
            _("Chữ ký đã có vào {moment}, trước khi chứng thư có hiệu lực.").format(moment=day(case.existed)),
        )
    if path.sub is SubIndication.NO_CERTIFICATE_CHAIN_FOUND:
        other = find_path(case.certificate, brought, case.trust.anchors, case.trust.intermediates, case.existed)
        if other.sub is None:
            return _retired(case, other)
    return _failed(path.sub or SubIndication.NO_CERTIFICATE_CHAIN_FOUND, path.message)


def _retired(case: _Case, path: Path) -> PathJudgement:
    """There is a path, but its anchor is trusted for something else, or was at another time."""
    anchor = path.chain[-1]
    own = next(
        (
            terms
            for der, terms in zip(case.trust.anchors, case.trust.terms, strict=False)
            if load_certificate(der) == anchor
        ),
        (),
    )
    if any(case.purpose in term.purposes for term in own):
        return _failed(
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
            _("Chứng thư gốc không được tin cậy vào {moment}.").format(moment=day(case.existed)),
        )
    text = _("Chứng thư gốc không được tin cậy cho mục đích này ({purpose}).")
    return _failed(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, text.format(purpose=case.purpose))


def _outlived(chain: Sequence[x509.Certificate], proven: datetime, existed: datetime) -> PathJudgement | None:
    """Refuse a path whose authorities had ended when it is proven, or whose anchor was not yet or no longer valid."""
    for one in chain[1:-1]:
        if not one.not_valid_before_utc <= proven <= one.not_valid_after_utc:
            text = _("Chứng thư của cơ quan chứng thực đã hết hạn ngày {end}; không có bằng chứng từ trước đó.")
            return _failed(
                SubIndication.OUT_OF_BOUNDS_NO_POE, text.format(end=day(one.not_valid_after_utc)), tuple(chain)
            )
    anchor = chain[-1]
    if not (anchor.not_valid_before_utc <= existed and proven <= anchor.not_valid_after_utc):
        text = _("Chứng thư gốc không trong thời hạn hiệu lực vào thời điểm kiểm tra.")
        return PathJudgement(SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "good", (text,), chain=tuple(chain))
    return None


def _status(case: _Case, index: int, chain: tuple[x509.Certificate, ...], proven: datetime) -> Status | PathJudgement:
    """Return what speaks for one certificate of the path, or why nothing does."""
    certificate, issuer = chain[index], chain[index + 1]
    signer = index == 0
    limit = case.existed if signer else proven
    known = statuses(certificate, issuer, case.trust, case.existence.material)
    revoked = min((one.revoked_at for one in known if one.revoked_at is not None), default=None)
    if revoked is not None and revoked <= limit:
        return _revoked(case, revoked, chain, signer=signer)
    good = [
        one
        for one in known
        if case.existence.of(one.der) <= proven and _counts(case, one, certificate, proven, signer=signer)
    ]
    usable = [one for one in good if _responder_holds(case, one, issuer, proven)]
    if usable:
        return usable[0]
    if good:
        text = _("Chứng thư của nơi trả lời OCSP đã hết hạn hoặc không kiểm tra được; không có bằng chứng từ trước đó.")
        return _failed(SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE, text, chain)
    return _failed(SubIndication.TRY_LATER, _why_open(case, known, signer=signer), chain)


def statuses(
    certificate: x509.Certificate, issuer: x509.Certificate, trust: Trust, material: Material
) -> tuple[Status, ...]:
    """
    Return every authentic status of a certificate.

    Args:
        certificate: whose status is asked for.
        issuer: the certificate that issued it.
        trust: its lists and replies come first.
        material: what came with the signature.
    """
    found = [ocsp_status(der, certificate, issuer) for der in dict.fromkeys((*trust.ocsps, *material.ocsps))]
    found += [crl_status(der, certificate, issuer) for der in dict.fromkeys((*trust.crls, *material.crls))]
    return tuple(one for one in found if one is not None)


def _counts(case: _Case, one: Status, certificate: x509.Certificate, proven: datetime, *, signer: bool) -> bool:
    if not one.speaks_of(certificate):
        return False
    if one.issued >= case.reference - CLOCKS and (one.issued >= case.reference or case.has_proof):
        return True
    last = proven == case.existence.at
    if signer and case.used_at is None and case.has_proof:
        return last and one.kind == "crl" and one.in_force(proven)
    return one.in_force(case.reference) or (last and one.in_force(proven)) or (not signer and one.in_force(proven))


def _responder_holds(case: _Case, one: Status, issuer: x509.Certificate, proven: datetime) -> bool:
    """Tell whether a reply's own certificate was valid when the reply is proven, and is not known to be revoked."""
    if one.responder is None:
        return True
    if not one.responder.not_valid_before_utc <= proven <= one.responder.not_valid_after_utc:
        return False
    lists: Iterable[bytes] = (*case.trust.crls, *case.existence.material.crls)
    own = [status for der in lists if (status := crl_status(der, one.responder, issuer)) is not None]
    if any(status.revoked_at is not None and status.revoked_at <= proven for status in own):
        return False
    if needs_no_check(one.responder):
        return True
    return any(status.in_force(one.issued) or status.issued >= one.issued for status in own)


def _revoked(case: _Case, revoked: datetime, chain: tuple[x509.Certificate, ...], *, signer: bool) -> PathJudgement:
    if not signer:
        who = _("Chứng thư của cơ quan chứng thực")
    elif case.used_at is None:
        who = _("Chứng thư của người ký")
    else:
        who = _("Chứng thư của dịch vụ dấu thời gian")
    text = _("{who} đã bị thu hồi ngày {moment}; không có dấu thời gian chứng minh ký trước đó.")
    return PathJudgement(
        SubIndication.REVOKED_NO_POE if signer else SubIndication.REVOKED_CA_NO_POE, "revoked",
        (text.format(who=who, moment=day(revoked)),), revoked, chain,
    )  # fmt: skip


def _why_open(case: _Case, known: Sequence[Status], *, signer: bool) -> str:
    if known and signer and case.has_proof and case.used_at is None:
        return _("CRL và OCSP hiện có đều phát hành trước thời điểm ký {moment}; cần bản phát hành sau đó.").format(
            moment=day(case.existed)
        )
    return _(
        "Không kiểm tra được trạng thái chứng thư: thiếu CRL hoặc OCSP còn hiệu lực cho thời điểm {moment}."
    ).format(moment=day(case.reference))
