"""
What a certificate says, and whether it may sign at a moment.

Source: TT 15/2025/TT-BKHCN Điều 5 (check before signing) and Phụ lục II items 1.1, 1.3, 1.5; RFC 5280 section 4.2.1.3.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from .._text import _
from ..algorithms import BY_NAME, default_algorithm, fits, strong_enough
from ..errors import CertificateNotUsableError, KeyLoadError

WARN_BEFORE = timedelta(days=30)
"""From this long before a certificate ends, its holder is warned."""

UNREADABLE = (
    ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What the library raises for certificates, lists and keys that it cannot read; they have no common base."""

_SHORT = {
    NameOID.COMMON_NAME: "CN", NameOID.TITLE: "T", NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.ORGANIZATION_NAME: "O", NameOID.LOCALITY_NAME: "L", NameOID.STATE_OR_PROVINCE_NAME: "ST",
    NameOID.COUNTRY_NAME: "C", NameOID.USER_ID: "UID", NameOID.SERIAL_NUMBER: "SERIALNUMBER",
    NameOID.EMAIL_ADDRESS: "E",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """
    What a certificate says about itself; nothing here is judged.

    Attributes:
        subject: distinguished name as people read it, most telling part first.
        name: common name, or the whole subject when there is none.
        manager: organisation of the subject (đơn vị quản lý); the issuer's organisation when the subject names none.
        serial: hexadecimal, upper case.
        valid_from: first moment of validity, UTC.
        valid_to: last moment of validity, UTC.
        sha256: digest of the DER, hexadecimal.
        days_left: whole days until `valid_to` from the moment asked about; None when no moment was given.
        warnings: what a person should know before signing, in the reader's language.
    """

    subject: str
    name: str
    issuer: str
    manager: str
    serial: str
    valid_from: datetime
    valid_to: datetime
    sha256: str
    days_left: int | None = None
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=256)  # one signer signs many papers; parsing a certificate costs as much as a signature
def load_certificate(der: bytes) -> x509.Certificate:
    """
    Parse one DER certificate; names and extensions are read at once, so that nobody meets a broken one later.

    Raises:
        KeyLoadError: it is not a certificate, or one that cannot be read.
    """
    try:
        found = x509.load_der_x509_certificate(der)
        _read(found)
    except UNREADABLE as error:
        raise KeyLoadError(
            what=_("Không đọc được chứng thư số."),
            advice=_("Kiểm tra tệp chứng thư có đúng là X.509 không."),
            code="congkhai-S111",
        ) from error
    return found


def _read(found: x509.Certificate) -> tuple[object, ...]:
    return found.extensions, found.subject, found.issuer  # the library parses them when they are asked for


def issued(child: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether a certificate bears the signature of another one's key, and names it as its issuer."""
    try:
        child.verify_directly_issued_by(issuer)
    except (InvalidSignature, *UNREADABLE):
        return False
    return True


def readable_name(name: x509.Name) -> str:
    """Return a distinguished name in the order and with the letters that people know, e.g. ``CN=…, O=…, C=VN``."""
    parts = [f"{_SHORT.get(item.oid, item.oid.dotted_string)}={_text(item.value)}" for item in name]
    return ", ".join(reversed(parts))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.hex()


def _first(name: x509.Name, *oids: x509.ObjectIdentifier) -> str:
    for oid in oids:
        found = name.get_attributes_for_oid(oid)
        if found:
            return _text(found[0].value)
    return ""


@lru_cache(maxsize=256)
def certificate_facts(certificate: bytes) -> CertificateFacts:
    """
    Read what a certificate says, without judging it.

    Args:
        certificate: DER.

    Raises:
        KeyLoadError: it cannot be read.
    """
    return _facts(load_certificate(certificate))


def _facts(cert: x509.Certificate) -> CertificateFacts:
    from cryptography.hazmat.primitives import hashes

    try:
        subject, issuer = cert.subject, cert.issuer
    except ValueError as error:
        raise KeyLoadError(what=_("Không đọc được tên trong chứng thư số."), code="congkhai-S111") from error
    organisation = _first(subject, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME)
    return CertificateFacts(
        subject=readable_name(subject),
        name=_first(subject, NameOID.COMMON_NAME) or readable_name(subject),
        issuer=readable_name(issuer),
        manager=organisation or _first(issuer, NameOID.ORGANIZATION_NAME) or readable_name(issuer),
        serial=f"{cert.serial_number:X}",
        valid_from=cert.not_valid_before_utc,
        valid_to=cert.not_valid_after_utc,
        sha256=cert.fingerprint(hashes.SHA256()).hex(),
    )


def chosen_algorithm(cert: x509.Certificate, algorithm: str | None, *, pss: bool = False) -> str:
    """
    Return the algorithm that a key outside this process signs with.

    Args:
        cert: the signing certificate.
        algorithm: one of ``ALGORITHMS``; None takes the usual one for the key.
        pss: with `algorithm` None, take RSA-PSS for an RSA key.

    Raises:
        KeyLoadError: the key cannot be read, is of a kind that cannot sign here, or does not fit the algorithm.
    """
    try:
        public = cert.public_key()
    except ValueError as error:
        raise KeyLoadError(what=_("Không đọc được khóa công khai trong chứng thư số."), code="congkhai-S111") from error
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise KeyLoadError(what=_("Loại khóa này không dùng để ký được; cần RSA hoặc ECDSA."), code="congkhai-S115")
    chosen = algorithm or default_algorithm(public)
    if algorithm is None and pss and chosen.startswith("rsa-sha"):
        chosen = chosen.replace("rsa-", "rsa-pss-", 1)
    if chosen not in BY_NAME or not fits(BY_NAME[chosen], public):
        raise KeyLoadError(
            what=_("Thuật toán {algorithm} không dùng được với khóa này.").format(algorithm=chosen),
            advice=_("Chọn một trong: {names}.").format(names=", ".join(BY_NAME)), code="congkhai-S115",
        )  # fmt: skip
    return chosen


def may_sign(cert: x509.Certificate) -> bool | None:
    """
    Tell whether KeyUsage allows signing documents.

    Returns:
        True with digitalSignature or nonRepudiation, False without both, None when there is no KeyUsage at all.

    Raises:
        ValueError: the extension cannot be parsed.
    """
    try:
        usage = cert.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
    return usage.digital_signature or usage.content_commitment


def check_certificate(certificate: bytes, at: datetime, *, algorithm: str | None = None) -> CertificateFacts:
    """
    Check, before a person is asked, whether a certificate may sign at a moment.

    Path and revocation are the verifier's work; here it is validity, key usage, key length and the algorithm.

    Args:
        certificate: DER.
        at: moment of signing, with zone.
        algorithm: one of `ALGORITHMS` that must fit the key; None asks nothing.

    Returns:
        The facts, with days left and warnings (ends soon, no key usage named).

    Raises:
        CertificateNotUsableError: expired, not yet valid, not meant for signing, key too short, wrong algorithm.
        KeyLoadError: certificate or key cannot be read.
        ValueError: `at` has no zone.
    """
    if at.tzinfo is None:
        raise ValueError("the moment of signing needs a zone")
    cert = load_certificate(certificate)
    facts = _facts(cert)
    if at < facts.valid_from:
        raise CertificateNotUsableError(
            what=_("Chứng thư số chưa có hiệu lực: chỉ có hiệu lực từ {start}.").format(start=_day(facts.valid_from)),
            where=facts.name, advice=_("Kiểm tra đồng hồ của máy, hoặc chờ đến ngày có hiệu lực."),
            code="congkhai-S121",
        )  # fmt: skip
    if at > facts.valid_to:
        raise CertificateNotUsableError(
            what=_("Chứng thư số đã hết hạn ngày {end}.").format(end=_day(facts.valid_to)),
            where=facts.name, advice=_("Gia hạn hoặc xin cấp chứng thư mới rồi ký lại."), code="congkhai-S122",
        )  # fmt: skip
    warnings = _check_key(cert, facts.name, algorithm)
    left = facts.valid_to - at
    if left < WARN_BEFORE:
        warnings.append(_("Chứng thư số sẽ hết hạn sau {days} ngày.").format(days=left.days))
    return CertificateFacts(
        facts.subject, facts.name, facts.issuer, facts.manager, facts.serial, facts.valid_from, facts.valid_to,
        facts.sha256, left.days, tuple(warnings),
    )  # fmt: skip


def _check_key(cert: x509.Certificate, name: str, algorithm: str | None) -> list[str]:
    try:
        key, usage = cert.public_key(), may_sign(cert)
    except ValueError as error:
        raise KeyLoadError(
            what=_("Không đọc được khóa công khai hoặc phạm vi sử dụng trong chứng thư số."), where=name,
            code="congkhai-S111",
        ) from error  # fmt: skip
    if usage is False:
        raise CertificateNotUsableError(
            what=_("Chứng thư số không được cấp để ký (KeyUsage không có digitalSignature, nonRepudiation)."),
            where=name, advice=_("Dùng chứng thư ký số của người ký."), code="congkhai-S123",
        )  # fmt: skip
    if not strong_enough(key):
        raise CertificateNotUsableError(
            what=_("Khóa của chứng thư số quá ngắn hoặc thuộc loại không được dùng (RSA từ 2048, ECC từ 256 bit)."),
            where=name, advice=_("Xin cấp chứng thư có khóa đủ dài."), code="congkhai-S124",
        )  # fmt: skip
    if algorithm is not None and (algorithm not in BY_NAME or not fits(BY_NAME[algorithm], key)):
        raise CertificateNotUsableError(
            what=_("Thuật toán {algorithm} không dùng được với khóa của chứng thư.").format(algorithm=algorithm),
            where=name, advice=_("Chọn một trong: {names}.").format(names=", ".join(BY_NAME)), code="congkhai-S125",
        )  # fmt: skip
    return [] if usage else [_("Chứng thư số không ghi phạm vi sử dụng khóa (KeyUsage).")]


def _day(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M} UTC"
