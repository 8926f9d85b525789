"""
What the signed XAdES properties say: time, certificate, role, place.

The V2 forms are what we write; the older forms are read too. What is there twice is refused.

Source: EN 319 132-1 clauses 5.2.1 to 5.2.6; RFC 5035 for IssuerSerial.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from lxml import etree

from ._asn1_crypto import BROKEN
from ._text import _
from .algorithms import DIGESTS
from .errors import FormatError
from .structure import decode
from .xmlsafe import child_of, ds, text_of, xades

_MOMENT = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True, slots=True)
class CertificateId:
    """
    How the signed properties name the signing certificate.

    Attributes:
        digest_name: hash function, for hashlib.
        digest: of the DER certificate.
        weak: the hash function is weak.
        issuer_serial: DER ``IssuerSerial``; empty when not stated.
        serial: serial number as the old form states it; None when not stated.
    """

    digest_name: str
    digest: bytes
    weak: bool
    issuer_serial: bytes = b""
    serial: int | None = None


@dataclass(frozen=True, slots=True)
class SignedProperties:
    """
    The signed properties of one signature.

    Attributes:
        signing_time: as claimed; None when missing, unreadable or without zone.
        certificate: None when the property is missing or empty.
        role: first claimed role, or empty.
        formats: object references that a DataObjectFormat describes with a media type.
    """

    signing_time: datetime | None
    certificate: CertificateId | None
    role: str
    formats: frozenset[str]


def read_properties(properties: etree._Element) -> SignedProperties:
    """
    Read SignedProperties.

    Args:
        properties: the element, already tied to its signature by `take_apart`.

    Raises:
        FormatError: something stands there twice, or a digest or base64 that cannot be read.
    """
    own = _one(properties, "SignedSignatureProperties")
    if own is None:
        return SignedProperties(None, None, "", frozenset())
    roles = _one(own, "SignerRoleV2", "SignerRole")
    groups = [] if roles is None else roles.iterchildren(xades("ClaimedRoles"))
    claimed = [text_of(one) for group in groups for one in group.iterchildren(xades("ClaimedRole"))]
    data = _one(properties, "SignedDataObjectProperties")
    formats = [] if data is None else list(data.iterchildren(xades("DataObjectFormat")))
    return SignedProperties(
        signing_time=_moment(text_of(_one(own, "SigningTime"))),
        certificate=_certificate_id(_one(own, "SigningCertificateV2", "SigningCertificate")),
        role=claimed[0] if claimed else "",
        formats=frozenset(
            one.get("ObjectReference", "") for one in formats if text_of(child_of(one, xades("MimeType")))
        ),
    )  # fmt: skip


def _one(parent: etree._Element, *names: str) -> etree._Element | None:
    found = list(parent.iterchildren(*map(xades, names)))
    if len(found) > 1:
        raise FormatError(what=_("Thuộc tính {name} xuất hiện nhiều lần.").format(name=names[0]), code="congkhai-S309")
    return found[0] if found else None


def _moment(text: str) -> datetime | None:
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _certificate_id(element: etree._Element | None) -> CertificateId | None:
    first = child_of(element, xades("Cert"))
    if first is None:
        return None
    digest = child_of(first, xades("CertDigest"))
    method = child_of(digest, ds("DigestMethod"))
    uri = "" if method is None else method.get("Algorithm", "")
    if uri not in DIGESTS:
        raise FormatError(
            what=_("Mã băm của chứng thư dùng thuật toán không được chấp nhận: {uri}.").format(uri=ascii(uri[:100])),
            code="congkhai-S309",
        )
    name, weak = DIGESTS[uri]
    serial = text_of(child_of(first, xades("IssuerSerial"), ds("X509SerialNumber")))
    pair = text_of(child_of(first, xades("IssuerSerialV2")))
    return CertificateId(
        digest_name=name,
        digest=decode(text_of(child_of(digest, ds("DigestValue"))), 64),
        weak=weak,
        issuer_serial=decode(pair, 64 * 1024) if pair else b"",
        serial=int(serial) if re.fullmatch(r"-?\d{1,60}", serial) else None,
    )


def named_certificate(named: CertificateId, candidates: Iterable[bytes]) -> bytes | None:
    """Return the candidate (DER) whose digest the signed properties state, or None."""
    return next((der for der in candidates if hashlib.new(named.digest_name, der).digest() == named.digest), None)


@lru_cache(maxsize=256)
def same_issuer_serial(named: CertificateId, certificate: bytes) -> bool:
    """Tell whether issuer and serial number, where the properties state them, are the certificate's own."""
    try:
        cert = asn1_x509.Certificate.load(certificate)
        if named.serial is not None and named.serial != cert.serial_number:
            return False
        if not named.issuer_serial:
            return True
        pair = tsp.IssuerSerial.load(named.issuer_serial, strict=True)
        names = [one.chosen for one in pair["issuer"] if one.name == "directory_name"]
        return len(names) == 1 and names[0] == cert.issuer and pair["serial_number"].native == cert.serial_number
    except BROKEN:
        return False
