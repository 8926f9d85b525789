"""
The unsigned properties of a signature, in their order: timestamps, and the certificates and revocation data beside
them.

Nothing here is judged. What is not known is kept by name, because an archive timestamp covers it all the same.

Source: EN 319 132-1 clauses 5.3 (signature timestamp), 5.4 (values), 5.5 (archive timestamp, validation data).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ._text import _
from .errors import FormatError
from .existence import Material
from .limits import Limits
from .structure import SignatureParts, decode
from .xmlsafe import ds, text_of, xades, xades141

_VALUES = {
    xades("CertificateValues"), xades("AttrAuthoritiesCertValues"), xades("RevocationValues"),
    xades("AttributeRevocationValues"), xades141("TimeStampValidationData"), xades141("AnyValidationData"),
}  # fmt: skip
_STAMPS = {xades("SignatureTimeStamp"): "signature", xades141("ArchiveTimeStamp"): "archive"}
_MAX_VALUES = 256
_MAX_VALUE = 16 * 1024**2
C14N_DEFAULT = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


@dataclass(frozen=True, slots=True)
class Stamp:
    """
    One timestamp property.

    Attributes:
        kind: ``signature``, ``archive`` or, among the signed properties, ``content``.
        element: the property.
        id: its ``Id``, or empty.
        c14n: canonicalisation identifier; `c14n_element` its element, None when the default is meant.
        tokens: tokens, DER as found, not parsed.
        plain: it says nothing (an ``Include``, an XML timestamp) that we do not read.
    """

    kind: str
    element: etree._Element
    id: str
    c14n: str
    c14n_element: etree._Element | None
    tokens: tuple[bytes, ...]
    plain: bool


@dataclass(frozen=True, slots=True)
class Unsigned:
    """
    Unsigned properties, in file order.

    Attributes:
        properties: every property element.
        stamps: place in `properties` → timestamp.
        values: place in `properties` → certificates and revocation data in it.
        others: names of what is neither.
    """

    properties: tuple[etree._Element, ...] = ()
    stamps: tuple[tuple[int, Stamp], ...] = ()
    values: tuple[tuple[int, Material], ...] = ()
    others: tuple[str, ...] = ()

    def material(self) -> Material:
        """Return all certificates and revocation data together."""
        found = Material()
        for _place, one in self.values:
            found += one
        return found


NO_UNSIGNED = Unsigned()


def read_unsigned(parts: SignatureParts, limits: Limits) -> Unsigned:
    """
    Read the unsigned properties of a signature.

    Args:
        parts: the signature.
        limits: number of signatures and certificates that are accepted.

    Raises:
        FormatError: doubled containers, base64 that is none, too many values.
    """
    properties = _property_elements(parts)
    stamps: list[tuple[int, Stamp]] = []
    values: list[tuple[int, Material]] = []
    others: list[str] = []
    for place, element in enumerate(properties):
        kind = _STAMPS.get(str(element.tag))
        if kind is not None:
            stamps.append((place, read_stamp(element, kind)))
        elif element.tag in _VALUES:
            values.append((place, _material(element)))
        else:
            others.append(etree.QName(element).localname)
    found = Unsigned(tuple(properties), tuple(stamps), tuple(values), tuple(dict.fromkeys(others)))
    count = len(found.material().all()) + sum(len(one.tokens) for _place, one in stamps)
    if count > _MAX_VALUES or len(stamps) > limits.signatures:
        raise FormatError(
            what=_("Chữ ký mang hơn {limit} chứng thư, CRL, OCSP và dấu thời gian.").format(limit=_MAX_VALUES),
            code="congkhai-S301",
        )
    return found


def _property_elements(parts: SignatureParts) -> list[etree._Element]:
    """Return the property elements; their two containers may each be there once."""
    qualifying = None if parts.properties is None else parts.properties.getparent()
    outer = [] if qualifying is None else list(qualifying.iterchildren(xades("UnsignedProperties")))
    inner = [child for one in outer for child in one if isinstance(child.tag, str)]
    own = [one for one in inner if one.tag == xades("UnsignedSignatureProperties")]
    known = {xades("UnsignedSignatureProperties"), xades("UnsignedDataObjectProperties")}
    if len(outer) > 1 or len(own) > 1 or any(one.tag not in known for one in inner):
        raise FormatError(
            what=_("Cấu trúc chữ ký không được chấp nhận: {reason}.").format(reason="UnsignedProperties"),
            code="congkhai-S307",
        )
    return [child for one in own for child in one if isinstance(child.tag, str)]


def read_stamp(element: etree._Element, kind: str) -> Stamp:
    """Read one timestamp property; raises FormatError for base64 that is none."""
    method = element.find(ds("CanonicalizationMethod"))
    known = {ds("CanonicalizationMethod"), xades("EncapsulatedTimeStamp")}
    children = [one for one in element if isinstance(one.tag, str)]
    tokens = tuple(decode(text_of(one), _MAX_VALUE) for one in element.iterfind(xades("EncapsulatedTimeStamp")))
    return Stamp(
        kind=kind, element=element, id=element.get("Id", ""),
        c14n=C14N_DEFAULT if method is None else method.get("Algorithm", ""), c14n_element=method, tokens=tokens,
        plain=bool(tokens) and all(one.tag in known for one in children),
    )  # fmt: skip


def _material(element: etree._Element) -> Material:
    return Material(
        tuple(_decoded(element, xades("EncapsulatedX509Certificate"))),
        tuple(_decoded(element, xades("EncapsulatedCRLValue"))),
        tuple(_decoded(element, xades("EncapsulatedOCSPValue"))),
    )


def _decoded(element: etree._Element, tag: str) -> Iterator[bytes]:
    for count, one in enumerate(element.iter(tag)):
        if count >= _MAX_VALUES:
            raise FormatError(what=_("Chữ ký mang quá nhiều chứng thư, CRL hoặc OCSP."), code="congkhai-S301")
        yield decode(text_of(one), _MAX_VALUE)
