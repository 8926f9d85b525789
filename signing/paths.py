"""
Path and revocation of a signing certificate at a moment, offline.

The work is done by pyhanko-certvalidator; this is the only module that knows it. Trust roots are always given, nothing
is ever fetched. Its answers become indications of EN 319 102-1 here.

Source: RFC 5280 section 6; RFC 6960; EN 319 102-1 clauses 5.2.5 and 5.2.6.
"""

import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from ._text import _
from .keys.certificates import may_sign
from .report import SubIndication
from .trust import Trust

_log = logging.getLogger(__name__)
_MAX_BROUGHT = 6
"""Certificates of a path that are taken from the signature itself; longer paths need the trust folder."""


@dataclass(frozen=True, slots=True)
class PathJudgement:
    """
    What is to be said about a signing certificate at a moment.

    Attributes:
        sub: None when path and status are good.
        revocation: ``good``, ``revoked`` or ``unknown``.
        messages: in the reader's language.
        revoked_at: moment of revocation, None when not revoked.
    """

    sub: SubIndication | None
    revocation: str
    messages: tuple[str, ...]
    revoked_at: datetime | None = None


def judge_path(
    certificate: x509.Certificate, brought: Sequence[x509.Certificate], trust: Trust, at: datetime
) -> PathJudgement:
    """
    Judge a signing certificate.

    Args:
        certificate: the signing certificate.
        brought: certificates that came with the signature; they help to build a path and are never trusted.
        trust: anchors, intermediates, CRLs, OCSP replies.
        at: moment to judge at, with zone.

    Returns:
        The judgement; never raises for what a certificate, CRL or reply contains.
    """
    return _judge(certificate, tuple(brought), trust, at)


@lru_cache(maxsize=2048)
def _judge(
    certificate: x509.Certificate, brought: tuple[x509.Certificate, ...], trust: Trust, at: datetime
) -> PathJudgement:
    """Judge once per signer and moment: a folder of minutes has few signers and many signatures."""
    if not trust.anchors:
        return _judged(
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
            _("Chưa có chứng thư gốc nào được tin cậy; cho thư mục chứng thư gốc bằng --trust."),
        )
    try:
        usage = may_sign(certificate)
    except ValueError:
        return _judged(
            SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, _("Chứng thư của người ký có phần mở rộng hỏng.")
        )
    if usage is False:
        return _judged(
            SubIndication.CHAIN_CONSTRAINTS_FAILURE, _("Chứng thư không được cấp để ký (KeyUsage không cho phép).")
        )
    chain = _upwards(certificate, brought)
    judged = _at(certificate, chain, trust, at)
    if at > certificate.not_valid_after_utc and judged.sub in {
        SubIndication.OUT_OF_BOUNDS_NO_POE,
        SubIndication.TRY_LATER,
    }:
        judged = _expired(certificate, chain, trust)
    if usage is None:
        note = _("Chứng thư không ghi phạm vi sử dụng khóa (KeyUsage).")
        judged = PathJudgement(judged.sub, judged.revocation, (*judged.messages, note), judged.revoked_at)
    return judged


def _judged(sub: SubIndication | None, message: str, revocation: str = "unknown") -> PathJudgement:
    return PathJudgement(sub, revocation, (message,))


def _upwards(certificate: x509.Certificate, brought: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Pick from a signature's own certificates the one line that really issues upwards; no search, no cost to fear."""
    line: list[x509.Certificate] = []
    current = certificate
    left = list(brought)
    while len(line) < _MAX_BROUGHT:
        found = next((one for one in left if _issued(current, one)), None)
        if found is None:
            break
        left.remove(found)
        if found.subject == found.issuer:
            break
        line.append(found)
        current = found
    return line


def _issued(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _expired(certificate: x509.Certificate, chain: list[x509.Certificate], trust: Trust) -> PathJudgement:
    """Tell "expired" from "expired, and known not to have been revoked while it was valid"."""
    end = certificate.not_valid_after_utc
    text = _("Chứng thư đã hết hạn ngày {end}; không có dấu thời gian chứng minh ký trước đó.").format(end=_day(end))
    if _at(certificate, chain, trust, end - timedelta(seconds=1)).sub is None:
        return _judged(SubIndication.OUT_OF_BOUNDS_NOT_REVOKED, text, "good")
    return _judged(SubIndication.OUT_OF_BOUNDS_NO_POE, text)


def _at(certificate: x509.Certificate, chain: list[x509.Certificate], trust: Trust, at: datetime) -> PathJudgement:
    from pyhanko_certvalidator.errors import InsufficientRevinfoError

    try:
        return _passed(_validate(certificate, chain, trust, at, later_data=False), at, later_data=False)
    except InsufficientRevinfoError as first:
        # A list that was issued after the moment tells at least as much about it: who was not revoked later was not
        # revoked then. Only a suspension that was lifted in between would not show; the reader is told.
        try:
            return _passed(_validate(certificate, chain, trust, at, later_data=True), at, later_data=True)
        except Exception as second:
            return _failed(first if isinstance(second, InsufficientRevinfoError) else second, at)
    except Exception as error:  # whatever a hostile certificate or list makes a parser raise, it did not pass
        return _failed(error, at)


def _validate(
    certificate: x509.Certificate, chain: list[x509.Certificate], trust: Trust, at: datetime, *, later_data: bool
) -> Any:
    from asn1crypto import crl, ocsp
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives.serialization import Encoding
    from pyhanko_certvalidator import CertificateValidator, ValidationContext

    def load(der: bytes) -> Any:
        return asn1_x509.Certificate.load(der)

    context = ValidationContext(
        trust_roots=[load(der) for der in trust.anchors],
        other_certs=[load(der) for der in trust.intermediates],
        crls=[crl.CertificateList.load(der) for der in trust.crls],
        ocsps=[ocsp.OCSPResponse.load(der) for der in trust.ocsps],
        allow_fetching=False,
        moment=at,
        revocation_mode="require",
        retroactive_revinfo=later_data,
    )
    validator = CertificateValidator(
        load(certificate.public_bytes(Encoding.DER)),
        intermediate_certs=[load(one.public_bytes(Encoding.DER)) for one in chain],
        validation_context=context,
    )
    return _drive(validator.async_validate_path())


def _drive(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits: without fetching there is nothing to wait for, and no event loop is needed."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    work.close()
    raise RuntimeError("path validation wanted to wait although fetching is off")


def _passed(path: Any, at: datetime, *, later_data: bool) -> PathJudgement:
    anchor = next(iter(path.iter_authorities()), None)
    certificate = getattr(anchor, "certificate", None)
    if len(path) <= 1 or certificate is None:
        return _judged(
            SubIndication.CHAIN_CONSTRAINTS_FAILURE, _("Chứng thư gốc không được dùng trực tiếp để ký văn bản.")
        )
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        return _judged(
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
            _("Chứng thư gốc không trong thời hạn hiệu lực vào thời điểm kiểm tra."), "good",
        )  # fmt: skip
    message = _("Chứng thư có hiệu lực và không bị thu hồi vào {moment}.").format(moment=_day(at))
    if later_data:
        message += " " + _("Trạng thái lấy từ CRL hoặc OCSP phát hành sau thời điểm đó.")
    return PathJudgement(None, "good", (message,))


def _failed(error: Exception, at: datetime) -> PathJudgement:
    """Turn the library's errors into indications."""
    from pyhanko_certvalidator import errors

    _log.info("path not accepted: %s: %s", type(error).__name__, error)
    if isinstance(error, errors.RevokedError):
        signer = bool(error.is_ee_cert) and not error.is_side_validation
        who = _("Chứng thư của người ký") if signer else _("Chứng thư của cơ quan chứng thực")
        return PathJudgement(
            SubIndication.REVOKED_NO_POE if signer else SubIndication.REVOKED_CA_NO_POE,
            "revoked",
            (
                _("{who} đã bị thu hồi ngày {moment}; không có dấu thời gian chứng minh ký trước đó.").format(
                    who=who, moment=_day(error.revocation_dt)
                ),
            ),
            error.revocation_dt,
        )
    if isinstance(error, errors.ExpiredError):
        text = _("Chứng thư đã hết hạn ngày {end}; không có dấu thời gian chứng minh ký trước đó.")
        return _judged(SubIndication.OUT_OF_BOUNDS_NO_POE, text.format(end=_day(error.expired_dt)))
    if isinstance(error, errors.NotYetValidError):
        text = _("Vào {moment} chứng thư chưa có hiệu lực (từ {start}).")
        return _judged(SubIndication.OUT_OF_BOUNDS_NO_POE, text.format(moment=_day(at), start=_day(error.valid_from)))
    if isinstance(error, errors.InsufficientRevinfoError):
        return _judged(
            SubIndication.TRY_LATER,
            _(
                "Không kiểm tra được trạng thái chứng thư: thiếu CRL hoặc OCSP còn hiệu lực cho thời điểm {moment}."
            ).format(moment=_day(at)),
        )
    if isinstance(error, errors.DisallowedAlgorithmError):
        return _judged(
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE, _("Đường dẫn chứng thư dùng thuật toán hoặc khóa quá yếu.")
        )
    if isinstance(error, errors.InsufficientPOEError):
        return _judged(SubIndication.NO_POE, _("Thiếu bằng chứng về thời điểm tồn tại của dữ liệu kiểm tra."))
    if isinstance(error, errors.PathBuildingError | errors.InvalidCertificateError):
        return _judged(
            SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
            _("Không tìm được đường dẫn từ chứng thư của người ký đến một chứng thư gốc được tin cậy."),
        )
    if isinstance(error, errors.PathValidationError) and "signature" not in str(error):
        return _judged(SubIndication.CHAIN_CONSTRAINTS_FAILURE, _("Đường dẫn chứng thư vi phạm ràng buộc của CA."))
    return _judged(SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, _("Đường dẫn chứng thư không kiểm tra được."))


def _day(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M} {moment.tzname()}"
