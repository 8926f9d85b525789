"""
Path of a certificate to an anchor at a moment, offline.

The work is done by pyhanko-certvalidator; this is the only module that knows it. Trust roots are always given, nothing
is ever fetched, and revocation is not its matter (see `past`). Its answers become indications of EN 319 102-1 here.

Source: RFC 5280 section 6; EN 319 102-1 clauses 5.2.5 and 5.2.6.
"""

import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ._text import _
from .keys.certificates import issued, load_certificate
from .report import SubIndication

_log = logging.getLogger(__name__)
_MAX_BROUGHT = 6
"""Certificates of a path that are taken from the signature itself; longer paths need the trust folder."""


@dataclass(frozen=True, slots=True)
class Path:
    """
    A path, or why there is none.

    Attributes:
        chain: the certificate first, its anchor last; empty without a path.
        sub: None when there is a path whose certificates were all valid at the moment.
        message: in the reader's language; empty when there is a path.
    """

    chain: tuple[x509.Certificate, ...]
    sub: SubIndication | None = None
    message: str = ""


def find_path(
    certificate: x509.Certificate,
    brought: tuple[x509.Certificate, ...],
    anchors: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    at: datetime,
) -> Path:
    """
    Find the path of a certificate at a moment.

    Args:
        certificate: where it begins.
        brought: certificates that came with the signature; they help to build a path and are never trusted.
        anchors: what is trusted, DER.
        intermediates: certificates of the trust folder, DER; they help like those that were brought.
        at: moment at which every certificate below the anchor must be valid, with zone.

    Returns:
        The path or the reason; never raises for what a certificate contains.
    """
    if not anchors:
        return Path((), SubIndication.NO_CERTIFICATE_CHAIN_FOUND, _("Không có chứng thư gốc nào được tin cậy."))
    known = _KNOWN.get((certificate, brought, anchors, intermediates))
    if known is not None and all(one.not_valid_before_utc <= at <= one.not_valid_after_utc for one in known.chain[:-1]):
        return known  # the rules of a path do not change with the moment, only the periods of its certificates count
    found = _find(certificate, brought, anchors, intermediates, at)
    if found.sub is None:
        if len(_KNOWN) >= _MAX_KNOWN:
            _KNOWN.clear()
        _KNOWN[certificate, brought, anchors, intermediates] = found
    return found


_KNOWN: dict[tuple[Any, ...], Path] = {}
_MAX_KNOWN = 2048


@lru_cache(maxsize=2048)
def _find(
    certificate: x509.Certificate,
    brought: tuple[x509.Certificate, ...],
    anchors: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    at: datetime,
) -> Path:
    try:
        return _passed(_validate(certificate, line_upwards(certificate, brought), anchors, intermediates, at))
    except Exception as error:  # whatever a hostile certificate makes a parser raise, it did not pass
        return _failed(error, at)


def line_upwards(certificate: x509.Certificate, brought: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Pick from a signature's own certificates the one line that really issues upwards; no search, no cost to fear."""
    line: list[x509.Certificate] = []
    current = certificate
    left = list(brought)
    while len(line) < _MAX_BROUGHT:
        found = next((one for one in left if issued(current, one)), None)
        if found is None:
            break
        left.remove(found)
        if found.subject == found.issuer:
            break
        line.append(found)
        current = found
    return line


def _validate(
    certificate: x509.Certificate,
    chain: list[x509.Certificate],
    anchors: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    at: datetime,
) -> Any:
    from asn1crypto import x509 as asn1_x509
    from pyhanko_certvalidator import CertificateValidator, ValidationContext

    def load(der: bytes) -> Any:
        return asn1_x509.Certificate.load(der)

    context = ValidationContext(
        trust_roots=[load(der) for der in anchors],
        other_certs=[load(der) for der in intermediates],
        allow_fetching=False,
        moment=at,
        revocation_mode="soft-fail",  # it is given nothing to ask: status is judged apart, with its proofs of existence
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


def _passed(path: Any) -> Path:
    anchor = next(iter(path.iter_authorities()), None)
    if len(path) <= 1 or getattr(anchor, "certificate", None) is None:
        return Path(
            (), SubIndication.CHAIN_CONSTRAINTS_FAILURE,
            _("Chứng thư gốc không được dùng trực tiếp để ký văn bản."),
        )  # fmt: skip
    return Path(tuple(load_certificate(one.dump()) for one in path)[::-1])


def _failed(error: Exception, at: datetime) -> Path:
    """Turn the library's errors into indications."""
    from pyhanko_certvalidator import errors

    _log.info("path not accepted: %s", type(error).__name__)  # its words name the certificate's holder
    if isinstance(error, errors.ExpiredError):
        text = _("Chứng thư đã hết hạn ngày {end}; không có dấu thời gian chứng minh ký trước đó.")
        return Path((), SubIndication.OUT_OF_BOUNDS_NO_POE, text.format(end=day(error.expired_dt)))
    if isinstance(error, errors.NotYetValidError):
        text = _("Vào {moment} chứng thư chưa có hiệu lực (từ {start}).")
        return Path((), SubIndication.OUT_OF_BOUNDS_NO_POE, text.format(moment=day(at), start=day(error.valid_from)))
    if isinstance(error, errors.DisallowedAlgorithmError):
        text = _("Đường dẫn chứng thư dùng thuật toán hoặc khóa quá yếu.")
        return Path((), SubIndication.CRYPTO_CONSTRAINTS_FAILURE, text)
    if isinstance(error, errors.PathBuildingError | errors.InvalidCertificateError):
        text = _("Không tìm được đường dẫn từ chứng thư đến một chứng thư gốc được tin cậy.")
        return Path((), SubIndication.NO_CERTIFICATE_CHAIN_FOUND, text)
    if isinstance(error, errors.PathValidationError) and "signature" not in str(error):
        text = _("Đường dẫn chứng thư vi phạm ràng buộc của CA.")
        return Path((), SubIndication.CHAIN_CONSTRAINTS_FAILURE, text)
    text = _("Đường dẫn chứng thư không kiểm tra được.")
    return Path((), SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE, text)


def day(moment: datetime) -> str:
    """Return a moment as people read it."""
    return f"{moment:%d/%m/%Y %H:%M} {moment.tzname()}"
