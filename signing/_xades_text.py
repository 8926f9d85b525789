"""
The text of a XAdES signature, written in canonical form from the start.

What is written here *is* its own exclusive canonicalisation: attributes in canonical order, explicit end tags, no
whitespace between elements, namespaces declared where exclusive canonicalisation would declare them. So no parser and
no canonicaliser run while signing. A test holds that parsing and canonicalising each text gives it back.

Source: EN 319 132-1 (XAdES baseline B, order of properties), XML Signature 1.1, Exclusive XML Canonicalization 1.0.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import tsp, x509

from .algorithms import SHA256_URI, Algorithm
from .xmlsafe import DS, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XADES

_DS_NS = f' xmlns:ds="{DS}"'
_XADES_NS = f' xmlns:xades="{XADES}"'
_SHA256_METHOD = f'<ds:DigestMethod{{ns}} Algorithm="{SHA256_URI}"></ds:DigestMethod>'
_C14N_TRANSFORM = f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'


@dataclass(frozen=True, slots=True)
class SignedObject:
    """
    One thing that a signature covers.

    Attributes:
        uri: value of the reference's ``URI``, ASCII.
        sha256: digest, 32 bytes; of the canonical octets when `canonicalised`, of the raw bytes otherwise.
        media_type: for ``DataObjectFormat``.
        canonicalised: the reference carries the one transform we write, exclusive canonicalisation.
    """

    uri: str
    sha256: bytes
    media_type: str
    canonicalised: bool


@dataclass(frozen=True, slots=True)
class SignatureText:
    """
    A signature before its value exists.

    Attributes:
        element: ``ds:Signature`` with an empty SignatureValue.
        signed_info: octets to sign.
        signed_properties: canonical octets of SignedProperties.
    """

    element: bytes
    signed_info: bytes
    signed_properties: bytes


def escape_text(text: str) -> str:
    """Escape character data as Canonical XML writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def escape_attribute(text: str) -> str:
    """Escape an attribute value as Canonical XML writes it."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def signature_text(
    token: str,
    objects: Sequence[SignedObject],
    *,
    algorithm: Algorithm,
    certificate: bytes,
    chain: Sequence[bytes],
    signing_time: datetime,
    role: str | None,
    place: str | None,
) -> SignatureText:
    """
    Write a XAdES baseline B signature without its value.

    Args:
        token: random part of all ids, hexadecimal.
        objects: what is covered, in order.
        certificate: signing certificate, DER.
        chain: further certificates for KeyInfo, DER.
        signing_time: with zone; written in UTC, whole seconds.
        role: claimed role, or None.
        place: city of the production place, or None.
    """
    fixed = _fixed(certificate, tuple(chain), role, place)
    changing = _formats(token, objects)
    moment = f"{signing_time.astimezone(UTC).isoformat()[:19]}Z"
    octets = (
        f'<xades:SignedProperties{_XADES_NS} Id="sp-{token}">{fixed.opening}{moment}{fixed.named_alone}{changing}'
    ).encode()
    info = _signed_info(token, objects, algorithm, hashlib.sha256(octets).digest())
    element = (
        f'<ds:Signature{_DS_NS} Id="sig-{token}"><ds:SignedInfo>{info}</ds:SignedInfo>'
        f'<ds:SignatureValue Id="sv-{token}"></ds:SignatureValue>{fixed.key_info}'
        f'<ds:Object><xades:QualifyingProperties{_XADES_NS} Target="#sig-{token}">'
        f'<xades:SignedProperties Id="sp-{token}">{fixed.opening}{moment}{fixed.named_inside}{changing}'
        "</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    return SignatureText(
        element=element.encode(),
        signed_info=f"<ds:SignedInfo{_DS_NS}>{info}</ds:SignedInfo>".encode(),
        signed_properties=octets,
    )


def _signed_info(token: str, objects: Sequence[SignedObject], algorithm: Algorithm, properties: bytes) -> str:
    references = "".join(
        f'<ds:Reference Id="ref-{token}-{index}" URI="{escape_attribute(one.uri)}">'
        f"{_C14N_TRANSFORM if one.canonicalised else ''}{_digest(one.sha256)}</ds:Reference>"
        for index, one in enumerate(objects)
    )
    return (
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm.uri}"></ds:SignatureMethod>{references}'
        f'<ds:Reference Type="{SIGNED_PROPERTIES_TYPE}" URI="#sp-{token}">'
        f"{_C14N_TRANSFORM}{_digest(properties)}</ds:Reference>"
    )


def _digest(value: bytes, ns: str = "") -> str:
    return f"{_SHA256_METHOD.format(ns=ns)}<ds:DigestValue{ns}>{b64encode(value).decode()}</ds:DigestValue>"


def _formats(token: str, objects: Sequence[SignedObject]) -> str:
    """Write the end of SignedProperties: a media type for each thing that is covered."""
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#ref-{token}-{index}">'
        f"<xades:MimeType>{escape_text(one.media_type)}</xades:MimeType></xades:DataObjectFormat>"
        for index, one in enumerate(objects)
    )
    return f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties></xades:SignedProperties>"


@dataclass(frozen=True, slots=True)
class _Fixed:
    """
    What stays the same for all signatures of one signer.

    Attributes:
        opening: of SignedProperties, up to the time.
        named_inside: from the time's end tag on, as it stands in the signature.
        named_alone: the same as it is digested, where SignedProperties is the apex and prefixes are declared below it.
        key_info: ``ds:KeyInfo``.
    """

    opening: str
    named_inside: str
    named_alone: str
    key_info: str


@lru_cache(maxsize=64)
def _fixed(certificate: bytes, chain: tuple[bytes, ...], role: str | None, place: str | None) -> _Fixed:
    where = (
        f"<xades:SignatureProductionPlaceV2><xades:City>{escape_text(place)}</xades:City>"
        "</xades:SignatureProductionPlaceV2>"
        if place
        else ""
    )
    claimed = (
        f"<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>{escape_text(role)}</xades:ClaimedRole>"
        "</xades:ClaimedRoles></xades:SignerRoleV2>"
        if role
        else ""
    )
    digest = hashlib.sha256(certificate).digest()
    inside, alone = (
        "</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        f"{_digest(digest, ns)}</xades:CertDigest>"
        f"<xades:IssuerSerialV2>{issuer_serial(certificate)}</xades:IssuerSerialV2></xades:Cert>"
        f"</xades:SigningCertificateV2>{where}{claimed}</xades:SignedSignatureProperties>"
        for ns in ("", _DS_NS)
    )
    certificates = "".join(
        f"<ds:X509Certificate>{b64encode(der).decode()}</ds:X509Certificate>" for der in (certificate, *chain)
    )
    return _Fixed(
        "<xades:SignedSignatureProperties><xades:SigningTime>", inside, alone,
        f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>",
    )  # fmt: skip


@lru_cache(maxsize=256)
def issuer_serial(certificate: bytes) -> str:
    """
    Return base64 of the DER ``IssuerSerial`` of a certificate, as IssuerSerialV2 wants it.

    Args:
        certificate: DER.

    Source: EN 319 132-1 clause 5.2.2; RFC 5035 (IssuerSerial).
    """
    cert = x509.Certificate.load(certificate)
    name = x509.GeneralName(name="directory_name", value=cert.issuer)
    pair = tsp.IssuerSerial({"issuer": [name], "serial_number": cert.serial_number})
    return b64encode(pair.dump()).decode()
