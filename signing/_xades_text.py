"""
The text of a XAdES signature, written in canonical form from the start.

What is written here *is* its own exclusive canonicalisation: attributes in canonical order, explicit end tags, no
whitespace between elements, namespaces declared where exclusive canonicalisation would declare them. So no parser and
no canonicaliser run while signing. A test holds that parsing and canonicalising each text gives it back. What stays the
same from one signature of a signer to the next is written once and kept.

Source: EN 319 132-1 (XAdES baseline B, order of properties), XML Signature 1.1, Exclusive XML Canonicalization 1.0.
"""

import re
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple

from asn1crypto import tsp, x509

from .algorithms import SHA256_URI, Algorithm
from .xmlsafe import DS, EXCLUSIVE, SIGNED_PROPERTIES_TYPE, XADES

_DS_NS = f' xmlns:ds="{DS}"'
_XADES_NS = f' xmlns:xades="{XADES}"'
_C14N_TRANSFORM = f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
_VALUE_END = b"</ds:SignatureValue>"


class SignedObject(NamedTuple):
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


class SignatureText(NamedTuple):
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

    Raises:
        ValueError: a text with a control character; others that XML cannot hold are the caller's to refuse.
    """
    shapes = tuple([(one.uri, one.media_type, one.canonicalised) for one in objects])
    form = _form(certificate, tuple(chain), role, place, algorithm.uri, shapes)
    moment = signing_time if signing_time.tzinfo is UTC else signing_time.astimezone(UTC)
    values = [token.encode(), b"%bZ" % moment.isoformat()[:19].encode(), b""]
    values += [_base64(one.sha256) for one in objects]
    properties = form.properties % form.of_properties(values)
    values[_PROPERTIES_DIGEST] = _base64(sha256(properties).digest())
    return SignatureText(form.element % form.of_element(values), form.info % form.of_info(values), properties)


def signature_ids_of(token: str, objects: int) -> tuple[str, ...]:
    """Return every id in a signature that `signature_text` wrote over a number of objects."""
    return (f"sig-{token}", f"sv-{token}", f"sp-{token}", *(f"ref-{token}-{index}" for index in range(objects)))


def with_value(element: bytes, value: bytes) -> bytes:
    """Return a ``ds:Signature`` that `signature_text` wrote, with a raw value in its empty SignatureValue."""
    return b"".join(parts_with_value(element, value))


def parts_with_value(element: bytes, value: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the same in three parts, for those who put them into a larger file and need no copy in between."""
    place = element.index(_VALUE_END)
    return element[:place], b2a_base64(value, newline=False), element[place:]


def _base64(value: bytes) -> bytes:
    return b2a_base64(value, newline=False)


_MARK, _TIME, _PROPERTIES_DIGEST, _FIRST_DIGEST = range(4)
"""Places of what differs from one signature to the next; the digests of what is covered follow, in order."""

_Values = Callable[[Sequence[bytes]], tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class _Form:
    """
    All signatures of one signer over things of the same names: three texts, and what fills the holes in each.

    Attributes:
        element: ``ds:Signature`` without a value.
        info: SignedInfo as it is signed.
        properties: SignedProperties as they are digested.
    """

    element: bytes
    of_element: _Values
    info: bytes
    of_info: _Values
    properties: bytes
    of_properties: _Values


@lru_cache(maxsize=64)
def _form(
    certificate: bytes,
    chain: tuple[bytes, ...],
    role: str | None,
    place: str | None,
    algorithm: str,
    shapes: tuple[tuple[str, str, bool], ...],
) -> _Form:
    """Write the three texts with a hole for everything that differs."""
    info = _info(algorithm, shapes)
    before, after = _properties(shapes, role, place)
    inside, alone = (before + _certificate(certificate, ns) + after for ns in ("", _DS_NS))
    certificates = "".join(
        f"<ds:X509Certificate>{b64encode(der).decode()}</ds:X509Certificate>" for der in (certificate, *chain)
    )
    element = (
        f'<ds:Signature{_DS_NS} Id="sig-{_hole(_MARK)}"><ds:SignedInfo>{info}</ds:SignedInfo>'
        f'<ds:SignatureValue Id="sv-{_hole(_MARK)}"></ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo>"
        f'<ds:Object><xades:QualifyingProperties{_XADES_NS} Target="#sig-{_hole(_MARK)}">'
        f"<xades:SignedProperties{inside}</xades:QualifyingProperties></ds:Object></ds:Signature>"
    )
    return _Form(
        *_template(element), *_template(f"<ds:SignedInfo{_DS_NS}>{info}</ds:SignedInfo>"),
        *_template(f"<xades:SignedProperties{_XADES_NS}{alone}"),
    )  # fmt: skip


def _hole(place: int) -> str:
    return f"\x01{place}\x01"  # a character that no XML text can hold


def _template(text: str) -> tuple[bytes, _Values]:
    """Return a text with ``%b`` in each hole, and what picks the values for the holes in their order."""
    parts = re.split("\x01([0-9]+)\x01", text)
    if any("\x01" in part for part in parts):
        raise ValueError("a text with a character that XML cannot hold")
    return b"%b".join([part.replace("%", "%%").encode() for part in parts[::2]]), itemgetter(*map(int, parts[1::2]))


def _info(algorithm: str, shapes: Sequence[tuple[str, str, bool]]) -> str:
    references = "".join(
        f'<ds:Reference Id="ref-{_hole(_MARK)}-{index}" URI="{escape_attribute(uri)}">'
        f"{_C14N_TRANSFORM if canonicalised else ''}{_digest(_hole(_FIRST_DIGEST + index))}</ds:Reference>"
        for index, (uri, _media_type, canonicalised) in enumerate(shapes)
    )
    return (
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>{references}'
        f'<ds:Reference Type="{SIGNED_PROPERTIES_TYPE}" URI="#sp-{_hole(_MARK)}">'
        f"{_C14N_TRANSFORM}{_digest(_hole(_PROPERTIES_DIGEST))}</ds:Reference>"
    )


def _properties(shapes: Sequence[tuple[str, str, bool]], role: str | None, place: str | None) -> tuple[str, str]:
    """Write SignedProperties from behind its namespaces on: what stands before the certificate, and behind it."""
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
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#ref-{_hole(_MARK)}-{index}">'
        f"<xades:MimeType>{escape_text(media_type)}</xades:MimeType></xades:DataObjectFormat>"
        for index, (_uri, media_type, _canonicalised) in enumerate(shapes)
    )
    return (
        f' Id="sp-{_hole(_MARK)}"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{_hole(_TIME)}</xades:SigningTime>",
        f"{where}{claimed}</xades:SignedSignatureProperties><xades:SignedDataObjectProperties>{formats}"
        "</xades:SignedDataObjectProperties></xades:SignedProperties>",
    )


def _certificate(certificate: bytes, ns: str) -> str:
    """Write SigningCertificateV2; `ns` where a prefix must be declared, because no element above does."""
    digest = b64encode(sha256(certificate).digest()).decode()
    return (
        f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>{_digest(digest, ns)}</xades:CertDigest>"
        f"<xades:IssuerSerialV2>{issuer_serial(certificate)}</xades:IssuerSerialV2></xades:Cert>"
        "</xades:SigningCertificateV2>"
    )


def _digest(value: str, ns: str = "") -> str:
    return (
        f'<ds:DigestMethod{ns} Algorithm="{SHA256_URI}"></ds:DigestMethod><ds:DigestValue{ns}>{value}</ds:DigestValue>'
    )


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
