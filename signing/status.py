"""
What one CRL or one OCSP reply says about one certificate, and who vouches for it.

Only what the issuer of the certificate, or a responder that it authorised, has signed is believed; everything else is
as if it were not there. Indirect and delta lists are not read: a status that only they could tell counts as unknown.

Source: RFC 5280 sections 5 and 6.3; RFC 6960 sections 2.7, 4.2.2.2; X.509 (expiredCertsOnCRL).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from asn1crypto import ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from ._asn1_crypto import BROKEN, HASHES, verify_asn1
from .errors import SigningError
from .keys.certificates import UNREADABLE, issued, load_certificate

_NO_NEXT = timedelta(days=1)
"""How long data without a next update count as current."""
_EXPIRED_ON_CRL = x509.ObjectIdentifier("2.5.29.60")


@dataclass(frozen=True, slots=True)
class Status:
    """
    What one list or reply says about one certificate.

    Attributes:
        der: the list or reply.
        kind: ``crl`` or ``ocsp``.
        issued: the moment it speaks of (``thisUpdate``).
        until: its next update; one day after `issued` when it names none.
        revoked_at: None when the certificate is not revoked.
        keeps_from: it also speaks of certificates that ended after this moment; None when it does not say so.
        responder: the responder's own certificate; None when the issuer signed itself.
    """

    der: bytes
    kind: str
    issued: datetime
    until: datetime
    revoked_at: datetime | None
    keeps_from: datetime | None
    responder: x509.Certificate | None

    def in_force(self, at: datetime) -> bool:
        """Tell whether it was the current word at a moment."""
        return self.issued <= at <= self.until

    def speaks_of(self, certificate: x509.Certificate) -> bool:
        """Tell whether it was issued while the certificate was valid, or keeps ended certificates on record."""
        end = certificate.not_valid_after_utc
        return self.issued <= end or (self.keeps_from is not None and self.keeps_from <= end)


@lru_cache(maxsize=32)  # lists can have megabytes
def _load_crl(der: bytes) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(der)


@lru_cache(maxsize=128)
def crl_issuer(der: bytes) -> x509.Name | None:
    """Return the issuer of a list; None when it cannot be read."""
    try:
        return _load_crl(der).issuer
    except UNREADABLE:
        return None


def crl_status(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Status | None:
    """
    Return what a list says about a certificate; None when it says nothing that counts.

    Args:
        der: the list.
        certificate: whose status is asked for.
        issuer: the certificate that issued it.
    """
    if crl_issuer(der) != certificate.issuer:
        return None
    return _crl_status(der, certificate, issuer)


@lru_cache(maxsize=256)
def _crl_status(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Status | None:
    try:
        found = _load_crl(der)
        if not _authentic_crl(found, issuer) or not _in_scope(found, certificate):
            return None
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
        revoked_at = None if entry is None else entry.revocation_date_utc
        if entry is not None and _lifted(entry):
            revoked_at = None
        issued, until = found.last_update_utc, found.next_update_utc
        return Status(der, "crl", issued, until or issued + _NO_NEXT, revoked_at, _keeps_from(found), None)
    except UNREADABLE:
        return None


def _authentic_crl(found: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    function = found.signature_hash_algorithm
    if found.issuer != issuer.subject or function is None or function.name.replace("-", "_") not in HASHES:
        return False
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        pass
    else:
        if not usage.crl_sign:
            return False
    return bool(found.is_signature_valid(issuer.public_key()))  # type: ignore[arg-type]  # it refuses other kinds itself


def _in_scope(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Refuse what the list says of itself that we cannot honour, and lists that leave this certificate out."""
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            return False
        if isinstance(value, x509.IssuingDistributionPoint):
            if value.indirect_crl or value.only_some_reasons or value.only_contains_attribute_certs:
                return False
            authority = _is_authority(certificate)
            if (value.only_contains_ca_certs and not authority) or (value.only_contains_user_certs and authority):
                return False
            if value.relative_name is not None or (value.full_name and not _points_at(certificate, value.full_name)):
                return False
        elif extension.critical:
            return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _points_at(certificate: x509.Certificate, names: list[x509.GeneralName]) -> bool:
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    return any(name in names for point in points for name in point.full_name or ())


def _lifted(entry: x509.RevokedCertificate) -> bool:
    for extension in entry.extensions:
        if isinstance(extension.value, x509.CRLReason):
            return extension.value.reason is x509.ReasonFlags.remove_from_crl
        if extension.critical:  # an entry for somebody else's certificate: not ours to read
            raise ValueError("critical entry extension")
    return False


def _keeps_from(found: x509.CertificateRevocationList) -> datetime | None:
    for extension in found.extensions:
        if extension.oid == _EXPIRED_ON_CRL and isinstance(extension.value, x509.UnrecognizedExtension):
            text = extension.value.value[2:].decode("ascii").rstrip("Z")
            return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return None


@lru_cache(maxsize=1024)
def _load_ocsp(der: bytes) -> ocsp.BasicOCSPResponse | None:
    try:
        reply = ocsp.OCSPResponse.load(der, strict=True)
        if reply["response_status"].native != "successful":
            return None
        basic = reply.basic_ocsp_response
        _ = basic["tbs_response_data"].native  # parses all of it: asn1crypto is lazy, and broken parts raise here
    except BROKEN:
        return None
    return basic


def ocsp_status(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Status | None:
    """
    Return what a reply says about a certificate; None when it says nothing that counts.

    Args:
        der: the whole ``OCSPResponse``; times with fractions of seconds are read too.
        certificate: whose status is asked for.
        issuer: the certificate that issued it.
    """
    return _ocsp_status(der, certificate, issuer)


@lru_cache(maxsize=1024)
def _ocsp_status(der: bytes, certificate: x509.Certificate, issuer: x509.Certificate) -> Status | None:
    basic = _load_ocsp(der)
    if basic is None:
        return None
    try:
        data = basic["tbs_response_data"]
        single = next((one for one in data["responses"] if _is_about(one["cert_id"], certificate, issuer)), None)
        if single is None or _critical(data["response_extensions"]) or _critical(single["single_extensions"]):
            return None
        known, responder = _responder(basic, issuer)
        if not known:
            return None
        status = single["cert_status"]
        if status.name == "unknown":
            return None
        revoked_at = status.chosen["revocation_time"].native if status.name == "revoked" else None
        issued, until = single["this_update"].native, single["next_update"].native
        cutoff = next(
            (
                one["extn_value"].parsed.native
                for one in single["single_extensions"]
                if one["extn_id"].native == "archive_cutoff"
            ),
            None,
        )
    except (*UNREADABLE, *BROKEN):
        return None
    return Status(der, "ocsp", issued, until or issued + _NO_NEXT, revoked_at, cutoff, responder)


def ocsp_nonce(der: bytes) -> bytes | None:
    """Return the nonce of a reply; None when it has none or cannot be read."""
    basic = _load_ocsp(der)
    if basic is None:
        return None
    try:
        for one in basic["tbs_response_data"]["response_extensions"] or ():
            if one["extn_id"].native == "nonce":
                value: bytes = one["extn_value"].parsed.native
                return value
    except BROKEN:
        pass
    return None


def _critical(extensions: Any) -> bool:
    return any(one["critical"].native and one["extn_id"].native != "nonce" for one in extensions or ())


def _is_about(identity: ocsp.CertId, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if identity["serial_number"].native != certificate.serial_number:
        return False
    name = identity["hash_algorithm"]["algorithm"].native
    issued_by: bytes = identity["issuer_name_hash"].native
    signed_by: bytes = identity["issuer_key_hash"].native
    return issued_by == _digest(name, issuer.subject.public_bytes()) and signed_by == _digest(name, _key_bits(issuer))


def _digest(name: str, data: bytes) -> bytes:
    # SHA-1 names the issuer here, as nearly all responders do; nothing is proven by it.
    function = hashes.SHA1() if name == "sha1" else HASHES[name]  # noqa: S303  # nosec B303
    work = hashes.Hash(function)
    work.update(data)
    return work.finalize()


@lru_cache(maxsize=256)
def _key_bits(certificate: x509.Certificate) -> bytes:
    from asn1crypto import keys

    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return bytes(keys.PublicKeyInfo.load(info)["public_key"])


def _responder(basic: ocsp.BasicOCSPResponse, issuer: x509.Certificate) -> tuple[bool, x509.Certificate | None]:
    """Return whether the reply is authentic, and the delegated responder, None when the issuer signed itself."""
    octets, value = basic["tbs_response_data"].dump(), basic["signature"].native
    algorithm = basic["signature_algorithm"]
    if verify_asn1(issuer.public_key(), algorithm, octets, value):
        return True, None
    produced = basic["tbs_response_data"]["produced_at"].native
    for one in list(basic["certs"].native and basic["certs"])[:8]:
        try:
            found = load_certificate(one.dump())
            usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (SigningError, x509.ExtensionNotFound):
            continue
        in_time = found.not_valid_before_utc <= produced <= found.not_valid_after_utc
        if (
            in_time
            and issued(found, issuer)
            and ExtendedKeyUsageOID.OCSP_SIGNING in usage
            and verify_asn1(found.public_key(), algorithm, octets, value)
        ):
            return True, found
    return False, None


def needs_no_check(responder: x509.Certificate) -> bool:
    """Tell whether a responder's certificate says that its own status need not be asked for (id-pkix-ocsp-nocheck)."""
    try:
        responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    except x509.ExtensionNotFound:
        return False
    return True
