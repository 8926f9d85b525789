"""
The outer form of a ``ds:Signature``: exact children, exact counts, no room for a second of anything.

A mandatory part that is missing or doubled is refused here, so that no later check can be skipped by leaving its
subject out.

Source: XML Signature 1.1 section 4; EN 319 132-1 clause 4.4 (incorporation of qualifying properties).
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

from ._text import _
from .errors import FormatError
from .limits import Limits
from .xmlsafe import SIGNED_PROPERTIES_TYPE, ds, text_of, xades

MAX_VALUE = 4096
"""Bytes of a signature value."""
_DS = ds("")


@dataclass(frozen=True, slots=True)
class Transform:
    """One transform: its identifier, and its element for parameters."""

    algorithm: str
    element: etree._Element


@dataclass(frozen=True, slots=True)
class Reference:
    """
    One ``ds:Reference``.

    Attributes:
        uri: as written; always present.
        kind: ``Type``, or empty.
        digest_uri: digest identifier.
        digest: stated digest.
    """

    id: str
    uri: str
    kind: str
    transforms: tuple[Transform, ...]
    digest_uri: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SignatureParts:
    """
    A signature taken apart.

    Attributes:
        element: the ``ds:Signature``.
        id: its ``Id``, or empty.
        info: ``ds:SignedInfo``.
        c14n: canonicalisation identifier of SignedInfo, `c14n_element` its element.
        method: signature method identifier.
        properties: the one SignedProperties element; None for plain XML-DSig.
        properties_reference: the reference of the SignedProperties type; None for plain XML-DSig.
        certificates: certificates in KeyInfo, DER as found, not parsed.
        objects: ``ds:Object`` elements that do not hold qualifying properties.
        unsigned: names of the unsigned properties, in order.
    """

    element: etree._Element
    id: str
    info: etree._Element
    c14n: str
    c14n_element: etree._Element
    method: str
    references: tuple[Reference, ...]
    value: bytes
    certificates: tuple[bytes, ...]
    properties: etree._Element | None
    properties_reference: Reference | None
    objects: tuple[etree._Element, ...]
    unsigned: tuple[str, ...]


def take_apart(element: etree._Element, limits: Limits) -> SignatureParts:
    """
    Take a ``ds:Signature`` apart.

    Args:
        element: the signature.
        limits: references, transforms and certificates that are accepted.

    Raises:
        FormatError: anything missing, doubled, out of order, beyond the limits, or base64 that is none.
    """
    children = _children(element, "ds:Signature")
    names = [_local(child) for child in children]
    if names[:2] != ["SignedInfo", "SignatureValue"] or any(
        name != "Object" and not (index == 2 and name == "KeyInfo") for index, name in enumerate(names[2:], start=2)
    ):
        raise _wrong(_("các phần của ds:Signature không đúng thứ tự hoặc số lượng"))
    info = children[0]
    if next(info.iter(etree.Comment, etree.PI, etree.Entity), None) is not None:
        raise _wrong(_("SignedInfo có chú thích hoặc chỉ thị"))
    method, c14n, references = _signed_info(info, limits)
    objects = [child for child, name in zip(children, names, strict=True) if name == "Object"]
    properties, unsigned = _qualifying(element, objects)
    reference = _properties_reference(references, properties)
    return SignatureParts(
        element=element, id=element.get("Id", ""), info=info, c14n=c14n.get("Algorithm", ""), c14n_element=c14n,
        method=method, references=references, value=decode(text_of(children[1]), MAX_VALUE),
        certificates=_certificates(children[2] if "KeyInfo" in names else None, limits), properties=properties,
        properties_reference=reference,
        objects=tuple(one for one in objects if one.find(xades("QualifyingProperties")) is None), unsigned=unsigned,
    )  # fmt: skip


def decode(text: str, limit: int = 1024 * 1024) -> bytes:
    """Decode base64 as XML Schema has it: white space is allowed, anything else foreign is not (raises FormatError)."""
    try:
        data = b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(_("có giá trị base64 hỏng")) from error
    if not data or len(data) > limit:
        raise _wrong(_("có giá trị rỗng hoặc quá dài"))
    return data


def _wrong(reason: str) -> FormatError:
    return FormatError(
        what=_("Cấu trúc chữ ký không được chấp nhận: {reason}.").format(reason=reason), code="congkhai-S307"
    )


def _local(element: etree._Element) -> str:
    tag = str(element.tag)
    return tag.removeprefix(_DS)


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    children = list(element)
    for text in (element.text, *[child.tail for child in children]):
        if text and not text.isspace():
            raise _wrong(_("có chữ nằm rời trong {name}").format(name=name))
    return [child for child in children if isinstance(child.tag, str)]


def _signed_info(info: etree._Element, limits: Limits) -> tuple[str, etree._Element, tuple[Reference, ...]]:
    children = _children(info, "ds:SignedInfo")
    names = [_local(child) for child in children]
    if names[:2] != ["CanonicalizationMethod", "SignatureMethod"] or set(names[2:]) != {"Reference"}:
        raise _wrong(_("SignedInfo không đúng thứ tự hoặc không có tham chiếu"))
    if len(names) - 2 > limits.references:
        raise _wrong(_("có hơn {limit} tham chiếu").format(limit=limits.references))
    if len(children[1]):
        raise _wrong(_("SignatureMethod có tham số không được chấp nhận"))
    references = tuple(_reference(child, limits) for child in children[2:])
    return children[1].get("Algorithm", ""), children[0], references


def _reference(element: etree._Element, limits: Limits) -> Reference:
    children = _children(element, "ds:Reference")
    names = [_local(child) for child in children]
    if names not in (["DigestMethod", "DigestValue"], ["Transforms", "DigestMethod", "DigestValue"]):
        raise _wrong(_("tham chiếu không đúng cấu trúc"))
    uri = element.get("URI")
    if uri is None:
        raise _wrong(_("tham chiếu không nêu URI"))
    transforms: list[Transform] = []
    if names[0] == "Transforms":
        for child in _children(children[0], "ds:Transforms"):
            if _local(child) != "Transform":
                raise _wrong(_("tham chiếu không đúng cấu trúc"))
            transforms.append(Transform(child.get("Algorithm", ""), child))
    if len(transforms) > limits.transforms:
        raise _wrong(_("có hơn {limit} phép biến đổi").format(limit=limits.transforms))
    return Reference(
        id=element.get("Id", ""), uri=uri, kind=element.get("Type", ""), transforms=tuple(transforms),
        digest_uri=children[-2].get("Algorithm", ""), digest=decode(text_of(children[-1]), 64),
    )  # fmt: skip


def _certificates(key_info: etree._Element | None, limits: Limits) -> tuple[bytes, ...]:
    if key_info is None:
        return ()
    found = [one for data in key_info.iterchildren(ds("X509Data")) for one in data.iterchildren(ds("X509Certificate"))]
    if len(found) > limits.certificates:
        raise _wrong(_("có hơn {limit} chứng thư").format(limit=limits.certificates))
    return tuple(decode(text_of(one), 64 * 1024) for one in found)


def _qualifying(
    element: etree._Element, objects: list[etree._Element]
) -> tuple[etree._Element | None, tuple[str, ...]]:
    """Find the one QualifyingProperties and the one SignedProperties in it, in their only lawful place."""
    if next(element.iter(xades("QualifyingPropertiesReference")), None) is not None:
        raise _wrong(_("thuộc tính ký nằm ngoài chữ ký"))
    everywhere = [one for one in element.iter(xades("QualifyingProperties")) if _owner(one) is element]
    placed = [child for one in objects for child in one.iterchildren(xades("QualifyingProperties"))]
    if not everywhere:
        if next((one for one in element.iter(xades("SignedProperties")) if _owner(one) is element), None) is not None:
            raise _wrong(_("SignedProperties nằm sai chỗ"))
        return None, ()
    if len(everywhere) != 1 or placed != everywhere or not element.get("Id"):
        raise _wrong(_("có nhiều QualifyingProperties hoặc nằm sai chỗ"))
    qualifying = placed[0]
    if qualifying.get("Target") != f"#{element.get('Id')}":
        raise _wrong(_("QualifyingProperties không trỏ về chữ ký này"))
    names = [child.tag for child in _children(qualifying, "QualifyingProperties")]
    if names not in ([xades("SignedProperties")], [xades("SignedProperties"), xades("UnsignedProperties")]):
        raise _wrong(_("QualifyingProperties không đúng cấu trúc"))
    parent = qualifying.getparent()
    if parent is None or len(_children(parent, "ds:Object")) != 1:
        raise _wrong(_("ds:Object chứa thuộc tính ký lại chứa thứ khác"))
    inside = [one for one in element.iter(xades("SignedProperties")) if _owner(one) is element]
    if len(inside) != 1:
        raise _wrong(_("có nhiều SignedProperties"))
    path = f"{xades('UnsignedProperties')}/{xades('UnsignedSignatureProperties')}/*"
    return inside[0], tuple(etree.QName(one).localname for one in qualifying.iterfind(path))


def _owner(node: etree._Element) -> etree._Element | None:
    """Return the nearest ``ds:Signature`` around a node: a countersignature's properties are not ours."""
    return next(node.iterancestors(ds("Signature")), None)


def _properties_reference(references: tuple[Reference, ...], properties: etree._Element | None) -> Reference | None:
    typed = [one for one in references if one.kind == SIGNED_PROPERTIES_TYPE]
    if properties is None:
        if typed:
            raise _wrong(_("tham chiếu đến SignedProperties không có trong chữ ký"))
        return None
    if len(typed) != 1 or not properties.get("Id") or typed[0].uri != f"#{properties.get('Id')}":
        raise _wrong(_("không có đúng một tham chiếu đến SignedProperties của chữ ký này"))
    return typed[0]
